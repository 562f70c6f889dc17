//! Roll-ups: a party is all that it consists of, and its score is the score of the summed tallies.

use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    answer::{Moment, Scored},
    rollup::{Part, PeerRank, Rollup, RollupQuery, Sum},
    scores::scored,
    session::{Query, Reader, Session, Unanswered, give_way, said},
};
use crate::{
    event::{PartyRole, Relationship, Tenant},
    flows::Flows,
    party::{Party, Tree},
    score::{DaySummary, Demand, Known, Lens, Life, Neighbours, Pool, PoolSum, is_capped},
    store::{PartyQuery, Read, Revision, Selection, StoreError},
    tally::State,
};

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
        self.ask(tenant, moment.into(), query).await
    }
}

impl Query for &RollupQuery {
    type Answer = Rollup;

    fn needs_store(&self) -> bool {
        true
    }

    async fn answer(&self, session: &mut Session) -> Result<Rollup, Unanswered> {
        let relatives = Relatives::load(session.store()?, self).await?;
        let everyone = relatives.roots.iter().chain(&self.counterparty);
        let everyone: Vec<String> = everyone.flat_map(|root| relatives.tree.descendants(root)).collect();
        let both_ways = Selection::Parties { customers: everyone.clone(), suppliers: everyone };
        let selected = session.selected(&both_ways, Revision::ZERO).await?;
        let around = session.states(&selected).await?;
        let mut states = BTreeMap::new();
        for (index, selected) in selected.into_iter().enumerate() {
            if said(around.has(&selected.relationship))? {
                let state = said(around.state(&selected.relationship))?;
                states.insert(selected.relationship, state);
            }
            give_way(index).await;
        }
        Roll::new(self, &relatives, &states, &*around).await?.up().await
    }
}

/// What is known about the party, its peers, and the parts of them all.
struct Relatives {
    /// The party and its peers.
    roots: BTreeSet<String>,
    category: Option<String>,
    names: HashMap<String, String>,
    tree: Tree,
}

impl Relatives {
    async fn load(tx: &mut dyn Read, query: &RollupQuery) -> Result<Self, StoreError> {
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

/// The states of all that a roll-up may sum up.
type States<'a> = BTreeMap<Relationship, Cow<'a, State>>;

/// Relationships by the party in one role.
type ByParty<'a> = HashMap<&'a str, Vec<(&'a Relationship, &'a State)>>;

fn by_party<'a>(states: &'a States<'_>, role: PartyRole) -> ByParty<'a> {
    let mut by_party = ByParty::new();
    for (relationship, state) in states {
        by_party.entry(relationship.party(role)).or_default().push((relationship, state.as_ref()));
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
    relatives: &'a Relatives,
    around: &'a dyn Neighbours,
    /// What each party does in the role, with whomever.
    there: ByParty<'a>,
    /// What each party does in the opposite role.
    back: ByParty<'a>,
    /// The counterparty with its parts, and its pool; none where it is anyone.
    counterparty: Option<(BTreeSet<String>, Arc<Pool>)>,
}

impl<'a> Roll<'a> {
    async fn new(
        query: &'a RollupQuery,
        relatives: &'a Relatives,
        states: &'a States<'_>,
        around: &'a dyn Neighbours,
    ) -> Result<Self, Unanswered> {
        let [there, back] = [query.role, query.role.other()].map(|role| by_party(states, role));
        let mut roll = Self { query, relatives, around, there, back, counterparty: None };
        if let Some(party) = query.counterparty.as_deref() {
            let members = relatives.with_parts(party);
            let theirs = states.keys().filter(|it| members.contains(it.party(query.role.other())));
            let pool = roll.pool(theirs).await?;
            roll.counterparty = Some((members, pool));
        }
        Ok(roll)
    }

    async fn pool(&self, relationships: impl Iterator<Item = &Relationship>) -> Result<Arc<Pool>, Unanswered> {
        let mut sum = PoolSum::default();
        for (index, relationship) in relationships.enumerate() {
            said(self.around.add_to(relationship, &mut sum))?;
            give_way(index).await;
        }
        Ok(Arc::new(Pool::of_sum(&sum, self.around.as_of().day(), self.around.model())))
    }

    async fn up(&self) -> Result<Rollup, Unanswered> {
        let id = &self.query.party;
        let whole = self.sum(id, &self.relatives.with_parts(id)).await?;
        let lens = Compared { lens: self.query.lens, currency: self.currency(&whole) };
        let mut parts = Vec::new();
        for part in self.relatives.tree.parts(id) {
            parts.push(self.part(part, &self.relatives.with_parts(part), false).await?);
        }
        parts.push(self.part(id, &BTreeSet::from([id.clone()]), true).await?);
        parts.retain(|part| part.sum.relationships > 0);
        if parts.iter().all(|part| part.own) {
            parts.clear();
        }
        parts.sort_by(|a, b| lens.compare(&a.sum, &b.sum).then_with(|| a.party.cmp(&b.party)));
        let peers = self.peers(&whole, &lens).await?;
        Ok(Rollup { whole, currency: lens.currency, parts, peers })
    }

    async fn part(&self, party: &str, members: &BTreeSet<String>, own: bool) -> Result<Part, Unanswered> {
        let display_name = self.relatives.names.get(party).cloned().unwrap_or_default();
        Ok(Part { party: party.to_owned(), display_name, own, sum: self.sum(party, members).await? })
    }

    /// The sum over the relationships of `members`, as the one of `party`. As a single relationship stands over the
    /// pools of its parties, the sum stands over the pools of its two sides; of anyone, what is summed is all there is.
    async fn sum(&self, party: &str, members: &BTreeSet<String>) -> Result<Sum, Unanswered> {
        let (as_of, model) = (self.around.as_of(), self.around.model());
        let all = of(&self.there, members);
        let own_pool = self.pool(all.iter().map(|(relationship, _)| *relationship)).await?;
        let (mut state, mut others, mut relationships) = (State::default(), BTreeSet::new(), 0);
        let (mut capped, mut ended) = (0, 0);
        for (index, (relationship, one)) in all.into_iter().enumerate() {
            let other = relationship.party(self.query.role.other());
            if self.counterparty.as_ref().is_none_or(|(them, _)| them.contains(other)) {
                state.merge(relationship, one);
                others.insert(other);
                relationships += 1;
                capped += usize::from(is_capped(one, model));
                ended += usize::from(one.ended().is_some());
            }
            give_way(index).await;
        }
        let reverse = self.reverse(members, &others).await;
        let other_pool = self.counterparty.as_ref().map_or(&own_pool, |(_, pool)| pool);
        let (supplier, customer) = match self.query.role {
            PartyRole::Customer => (other_pool, &own_pool),
            PartyRole::Supplier => (&own_pool, other_pool),
        };
        let known = Known {
            own: Arc::new(DaySummary::of(&state, as_of.day(), model)),
            supplier: Arc::clone(supplier),
            customer: Arc::clone(customer),
            reverse: Demand::of(&reverse, as_of.day(), model),
        };
        let mut scores = scored(&self.name(party), &state, &known, as_of, model);
        if ended == relationships && relationships > 0 {
            scores.scores.placement.life = Life::Ended;
        }
        Ok(Sum { scores, relationships, capped })
    }

    /// What flows back: business goes both ways where it does between the two sides, whichever of their parts do it. Of
    /// anyone, those count with whom there is business at all.
    async fn reverse(&self, members: &BTreeSet<String>, others: &BTreeSet<&str>) -> Flows {
        let mut reverse = Flows::default();
        for (index, (relationship, one)) in of(&self.back, members).into_iter().enumerate() {
            let other = relationship.party(self.query.role);
            if self.counterparty.as_ref().map_or(others.contains(other), |(them, _)| them.contains(other)) {
                reverse.merge_all(&one.flows, 1);
            }
            give_way(index).await;
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

    async fn peers(&self, whole: &Sum, lens: &Compared) -> Result<Option<PeerRank>, Unanswered> {
        let Some(category) = self.relatives.category.clone().filter(|_| whole.relationships > 0) else {
            return Ok(None);
        };
        let (mut better, mut count, mut left_out) = (0, 1, 0);
        for peer in self.relatives.roots.iter().filter(|root| **root != self.query.party) {
            let other = self.sum(peer, &self.relatives.with_parts(peer)).await?;
            if other.relationships == 0 {
                continue;
            }
            if self.query.include.has(other.scores.scores.placement.life) {
                better += usize::from(lens.compare(&other, whole) == Ordering::Greater);
                count += 1;
            } else {
                left_out += 1;
            }
        }
        Ok(Some(PeerRank { category, rank: better + 1, count, left_out }))
    }

    fn currency(&self, whole: &Sum) -> String {
        match &self.query.currency {
            Some(currency) if self.query.lens.is_about_money() => currency.clone(),
            _ => Lens::main_currency(self.query.lens.sums(&whole.scores.views)),
        }
    }
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
