//! The chain behind a supplier: read breadth first, with the same few statements for every level.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    answer::{Moment, Scored},
    session::{Query, Reader, Session, Unanswered, give_way, said},
    surroundings::CHUNK,
};
use crate::{
    event::{Relationship, Tenant},
    flows::Flows,
    model::Model,
    score::{Chain, Link, Status, Upstream, recent_exchange, weights},
    store::{Revision, Selection, StoreError},
    time::Timestamp,
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
    /// The chain from a relationship upstream. A relationship without events is an unknown link.
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
        self.ask(tenant, moment.into(), Upstreams { relationship, reach }).await
    }
}

struct Upstreams<'a> {
    relationship: &'a Relationship,
    reach: Reach,
}

impl Query for Upstreams<'_> {
    type Answer = Chain;

    async fn answer(&self, session: &mut Session) -> Result<Chain, Unanswered> {
        let as_of = session.moment().as_of;
        let mut level = vec![(self.relationship.clone(), None, 1.0)];
        let mut links: Vec<Link> = Vec::new();
        for depth in 0..=self.reach.depth {
            let begin = links.len();
            let statuses = statuses(session, &level).await?;
            links.extend(level.drain(..).map(|(relationship, downstream, share)| Link {
                status: statuses[&relationship].clone(),
                upstream: Upstream::default(),
                relationship,
                downstream,
                share,
            }));
            if depth < self.reach.depth {
                let parties = links[begin..].iter().map(|link| link.relationship.supplier.clone()).collect();
                let suppliers = suppliers(session, parties).await?;
                level = next_level(&mut links, begin, &suppliers, self.reach.width, as_of, session.model());
            }
            if level.is_empty() {
                break;
            }
        }
        Ok(Chain::of(links, session.model()))
    }
}

/// A link before its scores are known: its relationship, the place downstream of it, and its share.
type Found = (Relationship, Option<usize>, f64);

/// How the relationships of a level stand.
async fn statuses(session: &mut Session, level: &[Found]) -> Result<HashMap<Relationship, Status>, Unanswered> {
    let relationships: BTreeSet<&Relationship> = level.iter().map(|(relationship, ..)| relationship).collect();
    let relationships: Vec<Relationship> = relationships.into_iter().cloned().collect();
    let around = session.around(&relationships).await?;
    let mut statuses = HashMap::with_capacity(relationships.len());
    for (index, relationship) in relationships.iter().enumerate() {
        let status = Status::of(&said(around.known(relationship))?, around.as_of(), around.model());
        statuses.insert(relationship.clone(), status);
        give_way(index).await;
    }
    Ok(statuses)
}

/// Whom the parties buy from, and what flows.
async fn suppliers(session: &mut Session, parties: BTreeSet<String>) -> Result<Suppliers, Unanswered> {
    let customers = parties.into_iter().collect();
    let selected = session.selected(&Selection::Parties { customers, suppliers: Vec::new() }, Revision::ZERO).await?;
    let mut suppliers = Suppliers::new();
    for chunk in selected.chunks(CHUNK) {
        let around = session.states(chunk).await?;
        for (index, selected) in chunk.iter().enumerate() {
            let Relationship { customer, supplier } = &selected.relationship;
            if said(around.has(&selected.relationship))? {
                let state = said(around.state(&selected.relationship))?.into_owned();
                suppliers.entry(customer.clone()).or_default().insert(supplier.clone(), state.flows);
            }
            give_way(index).await;
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
    as_of: Timestamp,
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
        let (currency, exchange) = recent_exchange(&flows, as_of.day(), model);
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
