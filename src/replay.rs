//! Folding recorded events from scratch: what every stored fold must equal.

use std::collections::HashMap;

use crate::{
    event::{Event, Relationship},
    model::Model,
    store::RecordedEvent,
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
