//! The chain behind a supplier: read breadth first, with the same few statements for every level.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Moment, Reader, Scored,
    surroundings::{CHUNK, Surroundings, states_at},
};
use crate::{
    event::{Relationship, Tenant},
    flows::Flows,
    model::Model,
    models::Basis,
    score::{Chain, Link, Status, Upstream, recent_exchange, score, weights},
    store::{Selection, StoreError, Transaction},
};

/// Links in a chain at the most.
pub const MOST_LINKS: usize = 1_000;

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Levels of suppliers behind the supplier.
    pub depth: usize,
    /// Suppliers of one party.
    pub width: usize,
}

/// What flows from each supplier of some parties, by party.
type Suppliers = HashMap<String, BTreeMap<String, Flows>>;

impl Reader {
    /// The chain from a relationship upstream. Where the relationship has no events it stands at what is known of its
    /// parties, or at the priors.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn chain(
        &self,
        tenant: &Tenant,
        relationship: &Relationship,
        reach: Reach,
        moment: impl Into<Moment>,
    ) -> Result<Scored<Chain>, StoreError> {
        let moment = moment.into();
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let mut level = vec![(relationship.clone(), None, 1.0)];
        let mut links: Vec<Link> = Vec::new();
        for depth in 0..=reach.depth {
            let begin = links.len();
            let statuses = statuses(tx.as_mut(), &level, moment, &basis).await?;
            links.extend(level.drain(..).map(|(relationship, downstream, share)| Link {
                status: statuses[&relationship],
                upstream: Upstream::default(),
                relationship,
                downstream,
                share,
            }));
            if depth < reach.depth {
                let parties = links[begin..].iter().map(|link| link.relationship.supplier.clone()).collect();
                let suppliers = suppliers(tx.as_mut(), parties, moment, &basis).await?;
                level = next_level(&mut links, begin, &suppliers, reach.width, moment, basis.model());
            }
            if level.is_empty() {
                break;
            }
        }
        Ok(Scored { value: Chain::of(links), revision: tx.revision(), model_version: basis.version().to_owned() })
    }
}

/// A link before its scores are known: its relationship, the place downstream of it, and its share.
type Found = (Relationship, Option<usize>, f64);

/// How the relationships of a level stand.
async fn statuses(
    tx: &mut dyn Transaction,
    level: &[Found],
    moment: Moment,
    basis: &Basis,
) -> Result<HashMap<Relationship, Status>, StoreError> {
    let relationships: BTreeSet<&Relationship> = level.iter().map(|(relationship, ..)| relationship).collect();
    let relationships: Vec<Relationship> = relationships.into_iter().cloned().collect();
    let around = Surroundings::of_these(tx, &relationships, moment, basis).await?;
    let status = |it: Relationship| {
        let scores = score(&around.known(&it), moment.as_of, basis.model());
        (it, Status::of(&scores, basis.model()))
    };
    Ok(relationships.into_iter().map(status).collect())
}

/// Whom the parties buy from, and what flows.
async fn suppliers(
    tx: &mut dyn Transaction,
    parties: BTreeSet<String>,
    moment: Moment,
    basis: &Basis,
) -> Result<Suppliers, StoreError> {
    let customers = parties.into_iter().collect();
    let heads = tx.heads(&Selection::Parties { customers, suppliers: Vec::new() }).await?;
    let mut suppliers = Suppliers::new();
    for chunk in heads.chunks(CHUNK) {
        for (relationship, state) in states_at(tx, chunk, moment, basis).await? {
            suppliers.entry(relationship.customer).or_default().insert(relationship.supplier, state.flows);
        }
    }
    Ok(suppliers)
}

/// Chooses what is upstream of the links from `begin` on. Those that bear most on the whole come first, as long as there
/// is room.
fn next_level(
    links: &mut [Link],
    begin: usize,
    suppliers: &Suppliers,
    width: usize,
    moment: Moment,
    model: &Model,
) -> Vec<Found> {
    let weights = weights(links);
    let mut places: Vec<usize> = (begin..links.len()).collect();
    places.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let mut level = Vec::new();
    for place in places {
        let party = &links[place].relationship.supplier;
        let Some(of_party) = suppliers.get(party) else { continue };
        let met = met(links, place);
        let candidates: Vec<_> = of_party.iter().filter(|(supplier, _)| !met.contains(&supplier.as_str())).collect();
        let flows: Vec<&Flows> = candidates.iter().map(|(_, flows)| *flows).collect();
        let (currency, exchange) = recent_exchange(&flows, moment.as_of.day(), model);
        let mut chosen: Vec<(&String, f64)> =
            candidates.iter().zip(exchange).map(|((supplier, _), exchange)| (*supplier, exchange)).collect();
        chosen.retain(|(_, exchange)| *exchange > 0.0);
        chosen.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        chosen.truncate(width.min(MOST_LINKS.saturating_sub(links.len() + level.len())));
        let whole: f64 = chosen.iter().map(|(_, exchange)| exchange).sum();
        level.extend(chosen.iter().map(|&(supplier, exchange)| {
            let relationship = Relationship { customer: party.clone(), supplier: supplier.clone() };
            (relationship, Some(place), exchange / whole)
        }));
        links[place].upstream = Upstream { omitted: of_party.len() - chosen.len(), currency };
    }
    level
}

/// The parties on the way from a link to the customer at the end.
fn met(links: &[Link], place: usize) -> Vec<&str> {
    let mut met = vec![links[place].relationship.supplier.as_str()];
    let mut next = Some(place);
    while let Some(place) = next {
        met.push(&links[place].relationship.customer);
        next = links[place].downstream;
    }
    met
}
