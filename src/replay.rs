//! Recorded events put together again: by relationship, to fold them from scratch, and by thread.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::{
    event::{Event, Identity, Relationship},
    model::Model,
    store::{RecordedEvent, StoreError, Transaction},
    tally::State,
    time::Timestamp,
};

/// The state of every relationship that `events` speak of; one whose events were all taken back has an empty state.
#[must_use]
pub fn fold_each(events: &[RecordedEvent], model: &Model) -> HashMap<Relationship, State> {
    let mut by_relationship: HashMap<&Relationship, Vec<&Event>> = HashMap::new();
    for recorded in events {
        let counted = by_relationship.entry(recorded.event.relationship()).or_default();
        if recorded.retracted.is_none() {
            counted.push(&recorded.event);
        }
    }
    by_relationship
        .into_iter()
        .map(|(relationship, events)| (relationship.clone(), State::fold(events, model)))
        .collect()
}

/// All events of the given relationships: as they stand on record, or as they stood at a moment.
///
/// # Errors
///
/// Whatever the store cannot do.
pub async fn events(
    tx: &mut dyn Transaction,
    relationships: &[Relationship],
    known_at: Option<Timestamp>,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let events = tx.events(relationships).await?;
    Ok(match known_at {
        Some(moment) => self::known_at(events, moment),
        None => events,
    })
}

/// The events as they stood on record at a moment: what was recorded later had not been heard, and what was taken back
/// later still counted.
#[must_use]
pub fn known_at(mut events: Vec<RecordedEvent>, moment: Timestamp) -> Vec<RecordedEvent> {
    events.retain(|recorded| recorded.recorded_at <= moment);
    let taken_back: HashSet<Identity> = events.iter().filter_map(|recorded| recorded.event.target()).collect();
    for recorded in &mut events {
        recorded.retracted = recorded.retracted.filter(|_| taken_back.contains(&recorded.event.identity));
    }
    events
}

/// The events that count: those not taken back.
#[must_use]
pub fn counted(events: &[RecordedEvent]) -> Vec<&Event> {
    events.iter().filter(|recorded| recorded.retracted.is_none()).map(|recorded| &recorded.event).collect()
}

/// All recorded events of some threads, and some events of no interaction, by relationship.
pub struct Threads(BTreeMap<Relationship, Vec<RecordedEvent>>);

impl Threads {
    /// Reads the threads of the given interactions, and the events with the given identities.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn load(
        tx: &mut dyn Transaction,
        interactions: BTreeSet<(Relationship, String)>,
        lone: BTreeSet<Identity>,
    ) -> Result<Self, StoreError> {
        let mut events = Vec::new();
        if !interactions.is_empty() {
            events.extend(tx.threads(&interactions.into_iter().collect::<Vec<_>>()).await?);
        }
        if !lone.is_empty() {
            events.extend(tx.find(&lone.into_iter().collect::<Vec<_>>()).await?);
        }
        let mut by_relationship: BTreeMap<_, Vec<RecordedEvent>> = BTreeMap::new();
        for recorded in events {
            by_relationship.entry(recorded.event.relationship().clone()).or_default().push(recorded);
        }
        Ok(Self(by_relationship))
    }

    /// Every relationship with its events.
    pub fn iter(&self) -> impl Iterator<Item = (&Relationship, &[RecordedEvent])> {
        self.0.iter().map(|(relationship, events)| (relationship, events.as_slice()))
    }

    /// The events that count in the interaction of `event`, itself included.
    #[must_use]
    pub fn around(&self, event: &Event) -> Vec<&Event> {
        let of_relationship = self.0.get(event.relationship()).map(|events| counted(events)).unwrap_or_default();
        of_relationship.into_iter().filter(|other| other.interaction == event.interaction).collect()
    }
}
