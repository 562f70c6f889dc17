//! Recorded events, with whether each of them counts.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{answer::Read, session::Reader};
use crate::{
    event::{Identity, Tenant},
    interaction::Beginnings,
    replay::RecordedThreads,
    store::{self, EventQuery, RecordedEvent, StoreError},
};

impl Reader {
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
        let beside = Beside::load(tx.as_mut(), &events).await?;
        let states = beside.states_of(&events);
        Ok(Read { value: events.into_iter().zip(states).collect(), revision: tx.revision() })
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
struct Beside {
    threads: RecordedThreads,
    targets: HashSet<Identity>,
}

impl Beside {
    async fn load(tx: &mut dyn store::Read, events: &[RecordedEvent]) -> Result<Self, StoreError> {
        let keys: BTreeSet<_> = events.iter().filter_map(|it| it.event.interaction_key()).collect();
        let threads = tx.threads(&Vec::from_iter(keys)).await?;
        let threads = RecordedThreads::of(threads.into_iter().map(Arc::new).collect());
        let targets: Vec<Identity> = events.iter().filter_map(|it| it.event.target()).collect();
        let targets = tx.find(&targets).await?.into_iter().map(|it| it.event.identity).collect();
        Ok(Self { threads, targets })
    }

    fn states_of(&self, events: &[RecordedEvent]) -> Vec<EventState> {
        // Looked up once for each interaction, however many of its events are on the page.
        let mut beginnings = HashMap::new();
        let state_of = |recorded: &RecordedEvent| {
            let event = &recorded.event;
            if recorded.retracted.is_some() {
                return EventState::Retracted;
            }
            let place = (event.relationship().clone(), event.in_interaction().map(str::to_owned));
            let begun = beginnings.entry(place).or_insert_with(|| Beginnings::of(&self.threads.around(event)));
            let waits_for_target = event.target().is_some_and(|target| !self.targets.contains(&target));
            let waits = waits_for_target || begun.missing_for(event).is_some();
            if waits { EventState::Waiting } else { EventState::Counted }
        };
        events.iter().map(state_of).collect()
    }
}
