//! The read path: states come out of the store, scores out of states.
//!
//! A score counts what had occurred by its `as_of`. Where that is not before the relationship's last event, the stored
//! fold says it all; otherwise, and where the fold is out of date, the events are folded anew. Both give the same.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    event::{Identity, Relationship, Tenant},
    interaction::is_waiting,
    model::Model,
    replay::{self, Interactions},
    score::{Kpis, Scores, kpis, score},
    store::{EventQuery, Head, RecordedEvent, Revision, Selection, Store, StoreError, Transaction},
    tally::State,
    time::Timestamp,
};

/// Relationships whose states are in memory at the same time while many are scored.
const CHUNK: usize = 256;

/// Reads scores and events under one model.
pub struct Reader {
    store: Arc<dyn Store>,
    model: Arc<Model>,
    model_version: String,
}

/// What was read, and the state of the tenant it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// What was read.
    pub value: T,
    /// The state of the tenant.
    pub revision: Revision,
}

/// The scores of one relationship.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationshipScores {
    /// The relationship.
    pub relationship: Relationship,
    /// Its scores.
    pub scores: Scores,
    /// Its plain counts.
    pub kpis: Kpis,
}

impl Reader {
    /// A reader that scores under `model`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, model: Arc<Model>) -> Self {
        let model_version = model.version();
        Self { store, model, model_version }
    }

    /// The version of the model that the scores come from.
    #[must_use]
    pub fn model_version(&self) -> &str {
        &self.model_version
    }

    /// The scores of the given relationships, in their order; one without events stands at its prior.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn scores(
        &self,
        tenant: &Tenant,
        relationships: &[Relationship],
        as_of: Timestamp,
    ) -> Result<Read<Vec<RelationshipScores>>, StoreError> {
        let read = self.select(tenant, &Selection::These(relationships.to_vec()), as_of).await?;
        let known: HashMap<_, _> = read.value.iter().map(|it| (&it.relationship, it)).collect();
        let scored = |relationship: &Relationship| {
            known
                .get(relationship)
                .map_or_else(|| self.score(relationship.clone(), &State::default(), as_of), |known| (*known).clone())
        };
        Ok(Read { value: relationships.iter().map(scored).collect(), revision: read.revision })
    }

    /// The scores of all selected relationships that had an event by `as_of`, ordered by customer and supplier.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn select(
        &self,
        tenant: &Tenant,
        selection: &Selection,
        as_of: Timestamp,
    ) -> Result<Read<Vec<RelationshipScores>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let heads = tx.heads(selection, &self.model_version).await?;
        let mut scores = Vec::with_capacity(heads.len());
        for chunk in heads.chunks(CHUNK) {
            for (relationship, state) in self.states(tx.as_mut(), chunk, as_of).await? {
                scores.push(self.score(relationship, &state, as_of));
            }
        }
        scores.sort_unstable_by(|a, b| a.relationship.cmp(&b.relationship));
        scores.dedup_by(|a, b| a.relationship == b.relationship);
        Ok(Read { value: scores, revision: tx.revision() })
    }

    fn score(&self, relationship: Relationship, state: &State, as_of: Timestamp) -> RelationshipScores {
        let scores = score(state, as_of, &self.model);
        RelationshipScores { relationship, scores, kpis: kpis(state, as_of, &self.model) }
    }

    /// The states of some relationships as of a moment.
    async fn states(
        &self,
        tx: &mut dyn Transaction,
        heads: &[Head],
        as_of: Timestamp,
    ) -> Result<Vec<(Relationship, State)>, StoreError> {
        let (stored, replayed): (Vec<_>, Vec<_>) =
            heads.iter().partition(|head| head.is_folded() && as_of >= head.latest_at);
        let keys = |heads: Vec<&Head>| heads.into_iter().map(|head| head.relationship.clone()).collect::<Vec<_>>();
        let (stored, replayed) = (keys(stored), keys(replayed));
        let mut states = Vec::with_capacity(heads.len());
        if !stored.is_empty() {
            let folded = tx.states(&stored, &self.model_version).await?;
            states.extend(stored.into_iter().zip(folded));
        }
        if !replayed.is_empty() {
            let mut events = tx.events(&replayed).await?;
            events.retain(|recorded| recorded.event.occurred_at <= as_of);
            states.extend(replay::fold_each(&events, &self.model));
        }
        Ok(states)
    }

    /// A page of events with whether each counts, ordered by customer, supplier, time, source and event id.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn events(
        &self,
        tenant: &Tenant,
        query: &EventQuery,
    ) -> Result<Read<Vec<(RecordedEvent, EventState)>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let events = tx.list(query).await?;
        let surroundings = Surroundings::load(tx.as_mut(), &events).await?;
        let with_state = |recorded: RecordedEvent| {
            let state = surroundings.state_of(&recorded);
            (recorded, state)
        };
        Ok(Read { value: events.into_iter().map(with_state).collect(), revision: tx.revision() })
    }

    /// The tenant's present revision.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn revision(&self, tenant: &Tenant) -> Result<Revision, StoreError> {
        Ok(self.store.read(tenant).await?.revision())
    }
}

/// Whether a recorded event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventState {
    /// It takes part in the scores.
    Counted,
    /// What it belongs to has not arrived yet.
    Waiting,
    /// It was taken back.
    Retracted,
}

/// What decides whether some events count: the rest of their interactions, and what they take back.
struct Surroundings {
    interactions: Interactions,
    targets: HashSet<Identity>,
}

impl Surroundings {
    async fn load(tx: &mut dyn Transaction, events: &[RecordedEvent]) -> Result<Self, StoreError> {
        let keys = events.iter().filter_map(|it| it.event.interaction_key()).collect();
        let interactions = Interactions::load(tx, keys).await?;
        let targets: Vec<Identity> = events.iter().filter_map(|it| it.event.target()).collect();
        let targets = tx.find(&targets).await?.into_iter().map(|it| it.event.identity).collect();
        Ok(Self { interactions, targets })
    }

    fn state_of(&self, recorded: &RecordedEvent) -> EventState {
        if recorded.retracted.is_some() {
            return EventState::Retracted;
        }
        let around = self.interactions.around(&recorded.event);
        let waits_for_target = recorded.event.target().is_some_and(|target| !self.targets.contains(&target));
        if waits_for_target || is_waiting(&recorded.event, &around) { EventState::Waiting } else { EventState::Counted }
    }
}
