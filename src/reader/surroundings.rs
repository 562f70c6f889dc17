//! States loaded from the store, with the pools of their parties: one of the two places that scores are read off.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use super::answer::Moment;
use crate::{
    event::{PartyRole, Relationship},
    folds,
    model::Model,
    models::Basis,
    replay,
    score::{DaySummary, Demand, Neighbours, Pool, PoolSum, TakenUp},
    store::{Head, Read, RecordedEvent, Selection, StoreError},
    tally::State,
    time::Timestamp,
};

/// Relationships whose states are asked for at a time.
pub(super) const CHUNK: usize = 256;

/// Relationships loaded at one moment. It says everything of those that it was made for; of others, that they had no event.
pub struct Surroundings<'a> {
    as_of: Timestamp,
    model: &'a Model,
    loaded: BTreeMap<Relationship, Loaded>,
    /// By role and party, those whose pools are wanted.
    pools: HashMap<(PartyRole, String), Arc<Pool>>,
    nobody: Arc<Pool>,
    nothing: Loaded,
}

/// A state, and what it comes to for the day once that is asked for.
#[derive(Default)]
struct Loaded {
    state: State,
    summary: OnceLock<Arc<DaySummary>>,
}

impl<'a> Surroundings<'a> {
    /// The surroundings of the given relationships among `states`.
    #[must_use]
    pub fn new(
        states: BTreeMap<Relationship, State>,
        relationships: &[Relationship],
        as_of: Timestamp,
        model: &'a Model,
    ) -> Self {
        let loaded = |(relationship, state)| (relationship, Loaded { state, summary: OnceLock::new() });
        let mut surroundings = Self {
            as_of,
            model,
            loaded: states.into_iter().map(loaded).collect(),
            pools: HashMap::new(),
            nobody: Arc::new(Pool::empty(model)),
            nothing: Loaded::default(),
        };
        for role in [PartyRole::Supplier, PartyRole::Customer] {
            let wanted: BTreeSet<&str> = relationships.iter().map(|wanted| wanted.party(role)).collect();
            surroundings.add_pools(role, &wanted);
        }
        surroundings
    }

    fn add_pools(&mut self, role: PartyRole, wanted: &BTreeSet<&str>) {
        let mut sums: HashMap<&str, PoolSum> = HashMap::new();
        for (relationship, loaded) in self.loaded.iter().filter(|(it, _)| wanted.contains(it.party(role))) {
            loaded
                .summary(self.as_of, self.model)
                .add_to(sums.entry(relationship.party(role)).or_default(), self.model);
        }
        let pool = |(party, sum): (&str, _)| {
            ((role, party.to_owned()), Arc::new(Pool::of_sum(&sum, self.as_of.day(), self.model)))
        };
        let pools: Vec<_> = sums.into_iter().map(pool).collect();
        self.pools.extend(pools);
    }

    fn of(&self, relationship: &Relationship) -> &Loaded {
        self.loaded.get(relationship).unwrap_or(&self.nothing)
    }
}

impl Loaded {
    fn summary(&self, as_of: Timestamp, model: &Model) -> &Arc<DaySummary> {
        self.summary.get_or_init(|| Arc::new(DaySummary::of(&self.state, as_of.day(), model)))
    }
}

impl Neighbours for Surroundings<'_> {
    fn as_of(&self) -> Timestamp {
        self.as_of
    }

    fn model(&self) -> &Model {
        self.model
    }

    fn has(&self, relationship: &Relationship) -> Option<bool> {
        Some(self.loaded.contains_key(relationship))
    }

    fn state(&self, relationship: &Relationship) -> Option<Cow<'_, State>> {
        Some(Cow::Borrowed(&self.of(relationship).state))
    }

    fn summary(&self, relationship: &Relationship) -> Option<Arc<DaySummary>> {
        Some(Arc::clone(self.of(relationship).summary(self.as_of, self.model)))
    }

    fn demand(&self, relationship: &Relationship) -> Option<Demand> {
        Some(self.of(relationship).summary(self.as_of, self.model).demand())
    }

    fn taken_up(&self, relationship: &Relationship) -> Option<TakenUp> {
        Some(TakenUp(self.of(relationship).summary(self.as_of, self.model).taken_up()))
    }

    fn pool(&self, role: PartyRole, party: &str) -> Option<Arc<Pool>> {
        Some(Arc::clone(self.pools.get(&(role, party.to_owned())).unwrap_or(&self.nobody)))
    }

    fn members(&self, role: PartyRole, party: &str) -> Option<Vec<Relationship>> {
        Some(self.loaded.keys().filter(|loaded| loaded.party(role) == party).cloned().collect())
    }

    fn add_to(&self, relationship: &Relationship, sum: &mut PoolSum) -> Option<()> {
        self.of(relationship).summary(self.as_of, self.model).add_to(sum, self.model);
        Some(())
    }
}

/// A relationship that was selected, and when the latest of its events occurred.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub relationship: Relationship,
    latest_at: Timestamp,
}

impl From<Head> for Selected {
    fn from(Head { relationship, latest_at, .. }: Head) -> Self {
        Self { relationship, latest_at }
    }
}

impl From<(Relationship, Timestamp)> for Selected {
    fn from((relationship, latest_at): (Relationship, Timestamp)) -> Self {
        Self { relationship, latest_at }
    }
}

/// The states of the given relationships and of all that bears on their scores at a moment.
pub(super) async fn states_around(
    tx: &mut dyn Read,
    relationships: &[Relationship],
    moment: Moment,
    basis: &Basis,
) -> Result<BTreeMap<Relationship, State>, StoreError> {
    let around = selected_around(tx, relationships, basis.model()).await?;
    states_of(tx, around, moment, basis).await
}

/// All that bears on the given relationships: they themselves, the opposite directions, and the members of the pools. Some
/// may repeat.
pub(super) async fn selected_around(
    tx: &mut dyn Read,
    relationships: &[Relationship],
    model: &Model,
) -> Result<Vec<Selected>, StoreError> {
    let reverse = relationships.iter().map(Relationship::reverse);
    let mut heads = tx.heads(&Selection::These(relationships.iter().cloned().chain(reverse).collect())).await?;
    if model.pool.enabled {
        let parties = |role| {
            let parties: BTreeSet<&str> = relationships.iter().map(|it| it.party(role)).collect();
            parties.into_iter().map(str::to_owned).collect()
        };
        let (customers, suppliers) = (parties(PartyRole::Customer), parties(PartyRole::Supplier));
        heads.extend(tx.heads(&Selection::Parties { customers, suppliers }).await?);
    }
    Ok(heads.into_iter().map(Selected::from).collect())
}

/// The states of any number of relationships at a moment; those without an event by then are left out. Some may repeat.
pub(super) async fn states_of(
    tx: &mut dyn Read,
    mut selected: Vec<Selected>,
    moment: Moment,
    basis: &Basis,
) -> Result<BTreeMap<Relationship, State>, StoreError> {
    selected.sort_unstable_by(|a, b| a.relationship.cmp(&b.relationship));
    selected.dedup_by(|a, b| a.relationship == b.relationship);
    let mut states = BTreeMap::new();
    for chunk in selected.chunks(CHUNK) {
        states.extend(states_at(tx, chunk, moment, basis).await?);
    }
    Ok(states)
}

async fn states_at(
    tx: &mut dyn Read,
    selected: &[Selected],
    moment: Moment,
    basis: &Basis,
) -> Result<Vec<(Relationship, State)>, StoreError> {
    let is_stored = |it: &&Selected| basis.is_folded() && moment.known_at.is_none() && moment.as_of >= it.latest_at;
    let (stored, replayed): (Vec<_>, Vec<_>) = selected.iter().partition(is_stored);
    let keys = |some: Vec<&Selected>| some.into_iter().map(|it| it.relationship.clone()).collect::<Vec<_>>();
    let (stored, replayed) = (keys(stored), keys(replayed));
    let mut states = Vec::with_capacity(selected.len());
    if !stored.is_empty() {
        let folded = folds::states(tx, &stored, basis.version()).await?;
        states.extend(stored.into_iter().zip(folded));
    }
    if !replayed.is_empty() {
        let events = events_at(tx, &replayed, moment).await?;
        states.extend(replay::fold_each(&events, basis.rules()));
    }
    Ok(states)
}

/// The events of some relationships, as they stand at a moment.
pub(super) async fn events_at(
    tx: &mut dyn Read,
    relationships: &[Relationship],
    moment: Moment,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let mut events = replay::events(tx, relationships, moment.known_at).await?;
    events.retain(|recorded| recorded.event.occurred_at <= moment.as_of);
    Ok(events)
}
