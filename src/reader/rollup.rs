//! Roll-ups: a party is all that it consists of, and its score is the score of the summed tallies.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::{Moment, Reader, RelationshipScores, Scored, scored, surroundings::all_states_at};
use crate::{
    event::{PartyRole, Relationship, Tenant},
    flows::Flows,
    model::Model,
    party::{Party, Tree},
    score::{DaySummary, Demand, Known, Lens, Pool, is_capped},
    store::{PartyQuery, Selection, StoreError, Transaction},
    tally::State,
    time::Timestamp,
};

/// Whose roll-up, and how its parts and peers are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupQuery {
    /// The party.
    pub party: String,
    /// As what.
    pub role: PartyRole,
    /// Only what it does with this party and its parts; with anyone where none is given.
    pub counterparty: Option<String>,
    /// What parts and peers are compared by.
    pub lens: Lens,
    /// The currency that the lens goes by, where it is about money; the party's main one where none is given.
    pub currency: Option<String>,
}

/// A party as the sum of its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// All of it.
    pub whole: Sum,
    /// The currency that parts and peers are compared in; empty where the lens is not about money.
    pub currency: String,
    /// What it directly consists of, the weakest first. Parts that have no relationship in this role are left out.
    pub parts: Vec<Part>,
    /// Where it stands among its peers; none where it has no category, or no relationship in this role.
    pub peers: Option<PeerRank>,
}

/// Some relationships, summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The scores. Its relationship names whom it was asked for; a side that is anyone is empty.
    pub scores: RelationshipScores,
    /// How many relationships there are.
    pub relationships: usize,
    /// How many of them are held down by a chain of strikes. The sum is not.
    pub capped: usize,
}

/// A part of a party.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its id.
    pub party: String,
    /// What people call it; empty where its id serves.
    pub display_name: String,
    /// Whether this is what the party does under its own id, beside its parts.
    pub own: bool,
    /// The part, with all that it consists of.
    pub sum: Sum,
}

/// A rank among the parties of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRank {
    /// The category.
    pub category: String,
    /// 1 for the best; equals share a rank.
    pub rank: usize,
    /// How many of the category have a relationship in this role, the party included.
    pub count: usize,
}

impl Reader {
    /// The scores of a party with all its parts, of each of the parts, and its rank among its peers.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn rollup(
        &self,
        tenant: &Tenant,
        query: &RollupQuery,
        moment: impl Into<Moment>,
    ) -> Result<Scored<Rollup>, StoreError> {
        let moment = moment.into();
        let mut tx = self.store.read(tenant).await?;
        let parties = Parties::load(tx.as_mut(), query).await?;
        let everyone = parties.roots.iter().chain(&query.counterparty);
        let everyone: Vec<String> = everyone.flat_map(|root| parties.tree.descendants(root)).collect();
        let both_ways = Selection::Parties { customers: everyone.clone(), suppliers: everyone };
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let heads = tx.heads(&both_ways).await?;
        let states = all_states_at(tx.as_mut(), heads, moment, &basis).await?;
        let value = Roll::new(query, &parties, &states, moment.as_of, basis.model()).up();
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
    }
}

/// What is known about the party, its peers, and the parts of them all.
struct Parties {
    /// The party and its peers.
    roots: BTreeSet<String>,
    category: Option<String>,
    names: HashMap<String, String>,
    tree: Tree,
}

impl Parties {
    async fn load(tx: &mut dyn Transaction, query: &RollupQuery) -> Result<Self, StoreError> {
        let party = tx.parties(&[&query.party]).await?.pop();
        let category = party.and_then(|party| party.category);
        let mut roots = BTreeSet::from([query.party.clone()]);
        if let Some(category) = &category {
            let peers = PartyQuery { category: Some(category.clone()), limit: u32::MAX, ..PartyQuery::default() };
            roots.extend(tx.list_parties(&peers).await?.into_iter().map(|peer| peer.id));
        }
        let with_parts: Vec<&str> = roots.iter().chain(&query.counterparty).map(String::as_str).collect();
        let known = tx.parts(&with_parts).await?;
        let tree = Tree::of(&known);
        let names = known.into_iter().map(|Party { id, display_name, .. }| (id, display_name)).collect();
        Ok(Self { roots, category, names, tree })
    }

    fn with_parts(&self, party: &str) -> BTreeSet<String> {
        self.tree.descendants(party).into_iter().collect()
    }
}

/// Relationships by the party in one role.
type ByParty<'a> = HashMap<&'a str, Vec<(&'a Relationship, &'a State)>>;

fn by_party(states: &BTreeMap<Relationship, State>, role: PartyRole) -> ByParty<'_> {
    let mut by_party = ByParty::new();
    for (relationship, state) in states {
        by_party.entry(relationship.party(role)).or_default().push((relationship, state));
    }
    by_party
}

/// The relationships of some parties.
fn of<'a>(by_party: &ByParty<'a>, parties: &BTreeSet<String>) -> Vec<(&'a Relationship, &'a State)> {
    parties.iter().filter_map(|party| by_party.get(party.as_str())).flatten().copied().collect()
}

/// All that a roll-up is made of.
struct Roll<'a> {
    query: &'a RollupQuery,
    parties: &'a Parties,
    /// What each party does in the role, with whomever.
    there: ByParty<'a>,
    /// What each party does in the opposite role.
    back: ByParty<'a>,
    /// The counterparty with its parts, and its pool; none where it is anyone.
    counterparty: Option<(BTreeSet<String>, Pool)>,
    as_of: Timestamp,
    model: &'a Model,
}

impl<'a> Roll<'a> {
    fn new(
        query: &'a RollupQuery,
        parties: &'a Parties,
        states: &'a BTreeMap<Relationship, State>,
        as_of: Timestamp,
        model: &'a Model,
    ) -> Self {
        let counterparty = query.counterparty.as_deref().map(|party| {
            let members = parties.with_parts(party);
            let theirs = states.iter().filter(|(it, _)| members.contains(it.party(query.role.other())));
            let pool = pool(theirs.map(|(_, state)| state), as_of, model);
            (members, pool)
        });
        let [there, back] = [query.role, query.role.other()].map(|role| by_party(states, role));
        Self { query, parties, there, back, counterparty, as_of, model }
    }

    fn up(&self) -> Rollup {
        let id = &self.query.party;
        let whole = self.sum(id, &self.parties.with_parts(id));
        let lens = Compared { lens: self.query.lens, currency: self.currency(&whole) };
        let direct = self.parties.tree.parts(id).map(|part| self.part(part, &self.parties.with_parts(part), false));
        let own = self.part(id, &BTreeSet::from([id.clone()]), true);
        let mut parts: Vec<Part> = direct.chain([own]).filter(|part| part.sum.relationships > 0).collect();
        if parts.iter().all(|part| part.own) {
            parts.clear();
        }
        parts.sort_by(|a, b| lens.compare(&a.sum, &b.sum).then_with(|| a.party.cmp(&b.party)));
        let peers = self.peers(&whole, &lens);
        Rollup { whole, currency: lens.currency, parts, peers }
    }

    fn part(&self, party: &str, members: &BTreeSet<String>, own: bool) -> Part {
        let display_name = self.parties.names.get(party).cloned().unwrap_or_default();
        Part { party: party.to_owned(), display_name, own, sum: self.sum(party, members) }
    }

    /// The sum over the relationships of `members`, as the one of `party`. As a single relationship stands over the
    /// pools of its parties, the sum stands over the pools of its two sides; of anyone, what is summed is all there is.
    fn sum(&self, party: &str, members: &BTreeSet<String>) -> Sum {
        let all = of(&self.there, members);
        let own_pool = pool(all.iter().map(|(_, state)| *state), self.as_of, self.model);
        let (mut state, mut others, mut relationships, mut capped) = (State::default(), BTreeSet::new(), 0, 0);
        for (relationship, one) in all {
            let other = relationship.party(self.query.role.other());
            if self.counterparty.as_ref().is_none_or(|(them, _)| them.contains(other)) {
                state.merge(relationship, one);
                others.insert(other);
                relationships += 1;
                capped += usize::from(is_capped(one, self.model));
            }
        }
        let (reverse, today) = (self.reverse(members, &others), self.as_of.day());
        let other_pool = self.counterparty.as_ref().map_or(&own_pool, |(_, pool)| pool);
        let (supplier, customer) = match self.query.role {
            PartyRole::Customer => (other_pool, &own_pool),
            PartyRole::Supplier => (&own_pool, other_pool),
        };
        let (own, reverse) = (DaySummary::of(&state, today, self.model), Demand::of(&reverse, today, self.model));
        let known = Known { own: &own, supplier, customer, reverse };
        let scores = scored(&self.name(party), &state, &known, self.as_of, self.model);
        Sum { scores, relationships, capped }
    }

    /// What flows back: business goes both ways where it does between the two sides, whichever of their parts do it. Of
    /// anyone, those count with whom there is business at all.
    fn reverse(&self, members: &BTreeSet<String>, others: &BTreeSet<&str>) -> Flows {
        let mut reverse = Flows::default();
        for (relationship, one) in of(&self.back, members) {
            let other = relationship.party(self.query.role);
            if self.counterparty.as_ref().map_or(others.contains(other), |(them, _)| them.contains(other)) {
                reverse.merge_all(&one.flows, 1);
            }
        }
        reverse
    }

    fn name(&self, party: &str) -> Relationship {
        let (party, counterparty) = (party.to_owned(), self.query.counterparty.clone().unwrap_or_default());
        match self.query.role {
            PartyRole::Customer => Relationship { customer: party, supplier: counterparty },
            PartyRole::Supplier => Relationship { customer: counterparty, supplier: party },
        }
    }

    fn peers(&self, whole: &Sum, lens: &Compared) -> Option<PeerRank> {
        let category = self.parties.category.clone().filter(|_| whole.relationships > 0)?;
        let others = self.parties.roots.iter().filter(|root| **root != self.query.party);
        let others = others.map(|peer| self.sum(peer, &self.parties.with_parts(peer)));
        let others: Vec<Sum> = others.filter(|sum| sum.relationships > 0).collect();
        let better = others.iter().filter(|other| lens.compare(other, whole) == Ordering::Greater).count();
        Some(PeerRank { category, rank: better + 1, count: others.len() + 1 })
    }

    fn currency(&self, whole: &Sum) -> String {
        match &self.query.currency {
            Some(currency) if self.query.lens.is_about_money() => currency.clone(),
            _ => self.query.lens.main_currency([&whole.scores.views]),
        }
    }
}

fn pool<'a>(states: impl Iterator<Item = &'a State>, as_of: Timestamp, model: &Model) -> Pool {
    let summaries: Vec<DaySummary> = states.map(|state| DaySummary::of(state, as_of.day(), model)).collect();
    Pool::of(&summaries, as_of.day(), model)
}

/// How sums compare.
struct Compared {
    lens: Lens,
    currency: String,
}

impl Compared {
    fn compare(&self, a: &Sum, b: &Sum) -> Ordering {
        let value = |sum: &Sum| self.lens.value(&sum.scores.scores, &sum.scores.views, &self.currency);
        value(a).total_cmp(&value(b))
    }
}
