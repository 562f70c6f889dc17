//! What the scores of some relationships are read off: their states, the pools of their parties, and the opposite
//! directions.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::Moment;
use crate::{
    event::Relationship,
    flows::Flows,
    model::Model,
    models::Basis,
    replay,
    score::{DaySummary, Known, Peers, Pool},
    store::{Head, RecordedEvent, Selection, StoreError, Transaction},
    tally::State,
    time::Day,
};

/// Relationships whose states are asked for at a time.
pub(super) const CHUNK: usize = 256;

/// States with the pools of their parties, at one moment.
pub struct Surroundings {
    states: BTreeMap<Relationship, State>,
    summaries: BTreeMap<Relationship, DaySummary>,
    suppliers: HashMap<String, Pool>,
    customers: HashMap<String, Pool>,
    nobody: Pool,
    nothing: (State, DaySummary),
}

impl Surroundings {
    /// Reads all that bears on the given relationships.
    pub(super) async fn of_these(
        tx: &mut dyn Transaction,
        relationships: &[Relationship],
        moment: Moment,
        basis: &Basis,
    ) -> Result<Self, StoreError> {
        let heads = heads_around(tx, relationships, basis.model()).await?;
        let states = all_states_at(tx, heads, moment, basis).await?;
        Ok(Self::new(states, relationships, moment.as_of.day(), basis.model()))
    }

    /// The surroundings of the given relationships among `states`.
    #[must_use]
    pub fn new(
        states: BTreeMap<Relationship, State>,
        relationships: &[Relationship],
        today: Day,
        model: &Model,
    ) -> Self {
        let summary = |state: &State| DaySummary::of(state, today, model);
        let summaries: BTreeMap<_, _> = states.iter().map(|(it, state)| (it.clone(), summary(state))).collect();
        let pools = |party: fn(&Relationship) -> &String| {
            let wanted: BTreeSet<&String> = relationships.iter().map(party).collect();
            let mut members: HashMap<&String, Vec<&DaySummary>> = HashMap::new();
            for (relationship, summary) in &summaries {
                if wanted.contains(party(relationship)) {
                    members.entry(party(relationship)).or_default().push(summary);
                }
            }
            let pool =
                |(party, summaries): (&String, Vec<&DaySummary>)| (party.clone(), Pool::of(summaries, today, model));
            members.into_iter().map(pool).collect::<HashMap<_, _>>()
        };
        let (suppliers, customers) = (pools(|it| &it.supplier), pools(|it| &it.customer));
        let nothing = (State::default(), summary(&State::default()));
        Self { suppliers, customers, states, summaries, nobody: Pool::empty(model), nothing }
    }

    /// Whether the relationship had an event by then.
    #[must_use]
    pub fn has(&self, relationship: &Relationship) -> bool {
        self.states.contains_key(relationship)
    }

    /// The state of a relationship; empty where it had no event by then.
    #[must_use]
    pub fn state(&self, relationship: &Relationship) -> &State {
        self.states.get(relationship).unwrap_or(&self.nothing.0)
    }

    /// What the scores of one of the relationships are read off.
    #[must_use]
    pub fn known(&self, relationship: &Relationship) -> Known<'_> {
        Known {
            own: self.summary(relationship),
            supplier: self.suppliers.get(&relationship.supplier).unwrap_or(&self.nobody),
            customer: self.customers.get(&relationship.customer).unwrap_or(&self.nobody),
            reverse: self.summary(&relationship.reverse()).demand(),
        }
    }

    fn summary(&self, relationship: &Relationship) -> &DaySummary {
        self.summaries.get(relationship).unwrap_or(&self.nothing.1)
    }

    /// What flows in the opposite direction.
    pub(super) fn reverse(&self, relationship: &Relationship) -> &Flows {
        &self.state(&relationship.reverse()).flows
    }

    /// The other relationships of its supplier, and those of its customer.
    pub(super) fn peers(&self, relationship: &Relationship) -> (Peers<'_>, Peers<'_>) {
        let peers = |is_of: &dyn Fn(&Relationship) -> bool| {
            let mut peers = Peers::default();
            for (other, state) in self.states.iter().filter(|(other, _)| is_of(other)) {
                match other.cmp(relationship) {
                    Ordering::Less => peers.before.push(state),
                    Ordering::Equal => {}
                    Ordering::Greater => peers.after.push(state),
                }
            }
            peers
        };
        (
            peers(&|other| other.supplier == relationship.supplier),
            peers(&|other| other.customer == relationship.customer),
        )
    }
}

/// All that bears on the given relationships: they themselves, the opposite directions, and the members of the pools.
/// Heads may repeat.
pub(super) async fn heads_around(
    tx: &mut dyn Transaction,
    relationships: &[Relationship],
    model: &Model,
) -> Result<Vec<Head>, StoreError> {
    let reverse = relationships.iter().map(Relationship::reverse);
    let mut heads = tx.heads(&Selection::These(relationships.iter().cloned().chain(reverse).collect())).await?;
    if model.pool.enabled {
        let customers = relationships.iter().map(|it| it.customer.clone()).collect::<BTreeSet<_>>();
        let suppliers = relationships.iter().map(|it| it.supplier.clone()).collect::<BTreeSet<_>>();
        let parties = Selection::Parties {
            customers: customers.into_iter().collect(),
            suppliers: suppliers.into_iter().collect(),
        };
        heads.extend(tx.heads(&parties).await?);
    }
    Ok(heads)
}

/// The states of any number of relationships at a moment; those without an event by then are left out. Heads may repeat.
pub(super) async fn all_states_at(
    tx: &mut dyn Transaction,
    mut heads: Vec<Head>,
    moment: Moment,
    basis: &Basis,
) -> Result<BTreeMap<Relationship, State>, StoreError> {
    heads.sort_unstable_by(|a, b| a.relationship.cmp(&b.relationship));
    heads.dedup_by(|a, b| a.relationship == b.relationship);
    let mut states = BTreeMap::new();
    for chunk in heads.chunks(CHUNK) {
        states.extend(states_at(tx, chunk, moment, basis).await?);
    }
    Ok(states)
}

/// The states of some relationships at a moment; those without an event by then are left out.
pub(super) async fn states_at(
    tx: &mut dyn Transaction,
    heads: &[Head],
    moment: Moment,
    basis: &Basis,
) -> Result<Vec<(Relationship, State)>, StoreError> {
    let is_stored = |head: &&Head| basis.is_folded() && moment.known_at.is_none() && moment.as_of >= head.latest_at;
    let (stored, replayed): (Vec<_>, Vec<_>) = heads.iter().partition(is_stored);
    let keys = |heads: Vec<&Head>| heads.into_iter().map(|head| head.relationship.clone()).collect::<Vec<_>>();
    let (stored, replayed) = (keys(stored), keys(replayed));
    let mut states = Vec::with_capacity(heads.len());
    if !stored.is_empty() {
        let folded = tx.states(&stored, basis.version()).await?;
        states.extend(stored.into_iter().zip(folded));
    }
    if !replayed.is_empty() {
        let events = events_at(tx, &replayed, moment).await?;
        states.extend(replay::fold_each(&events, basis.model()));
    }
    Ok(states)
}

/// The events of some relationships, as they stand at a moment.
pub(super) async fn events_at(
    tx: &mut dyn Transaction,
    relationships: &[Relationship],
    moment: Moment,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut events = replay::events(tx, relationships, moment.known_at).await?;
    events.retain(|recorded| recorded.event.occurred_at <= moment.as_of);
    Ok(events)
}
