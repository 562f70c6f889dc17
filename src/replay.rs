//! Recorded events put together again: by relationship, to fold them from scratch, and by interaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    event::{Event, Relationship},
    model::Model,
    store::{RecordedEvent, StoreError, Transaction},
    tally::State,
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

/// The events that count: those not taken back.
#[must_use]
pub fn counted(events: &[RecordedEvent]) -> Vec<&Event> {
    events.iter().filter(|recorded| recorded.retracted.is_none()).map(|recorded| &recorded.event).collect()
}

/// All recorded events of some interactions.
pub struct Interactions(BTreeMap<(Relationship, String), Vec<RecordedEvent>>);

impl Interactions {
    /// Reads the interactions with the given keys.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn load(tx: &mut dyn Transaction, keys: BTreeSet<(Relationship, String)>) -> Result<Self, StoreError> {
        let mut interactions: BTreeMap<_, Vec<RecordedEvent>> = BTreeMap::new();
        for recorded in tx.interactions(&keys.into_iter().collect::<Vec<_>>()).await? {
            if let Some(key) = recorded.event.interaction_key() {
                interactions.entry(key).or_default().push(recorded);
            }
        }
        Ok(Self(interactions))
    }

    /// Every interaction with its events, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&(Relationship, String), &[RecordedEvent])> {
        self.0.iter().map(|(key, events)| (key, events.as_slice()))
    }

    /// The events that count in the interaction of `event`, itself included.
    #[must_use]
    pub fn around(&self, event: &Event) -> Vec<&Event> {
        event.interaction_key().and_then(|key| self.0.get(&key)).map(|events| counted(events)).unwrap_or_default()
    }
}
