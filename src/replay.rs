//! Recorded events put together again: by relationship, to fold them from scratch, and by thread.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    event::{Event, Identity, Relationship},
    interaction::{Rules, tied_by},
    store::{Read, RecordedEvent, StoreError},
    tally::State,
    time::Timestamp,
};

/// The state of every relationship that `events` speak of; one whose events were all taken back has an empty state.
#[must_use]
pub fn fold_each<'t>(events: &[RecordedEvent], rules: impl Into<Rules<'t>>) -> HashMap<Relationship, State> {
    let rules = rules.into();
    let mut by_relationship: HashMap<&Relationship, Vec<&Event>> = HashMap::new();
    for recorded in events {
        let counted = by_relationship.entry(recorded.event.relationship()).or_default();
        if recorded.retracted.is_none() {
            counted.push(&recorded.event);
        }
    }
    by_relationship
        .into_iter()
        .map(|(relationship, events)| (relationship.clone(), State::fold(events, rules)))
        .collect()
}

/// All events of the given relationships: as they stand on record, or as they stood at a moment.
///
/// # Errors
///
/// Whatever the store cannot do.
pub async fn events(
    tx: &mut dyn Read,
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
pub fn counted<E: Borrow<RecordedEvent>>(events: &[E]) -> Vec<&Event> {
    let counted = events.iter().map(Borrow::borrow).filter(|recorded| recorded.retracted.is_none());
    counted.map(|recorded| &recorded.event).collect()
}

/// All recorded events of some threads, the ends of their relationships, and some events of no interaction: by relationship and
/// interaction.
pub struct RecordedThreads(Vec<Arc<RecordedEvent>>);

impl RecordedThreads {
    /// Puts the events of whole threads together.
    #[must_use]
    pub fn of(mut events: Vec<Arc<RecordedEvent>>) -> Self {
        events.sort_unstable_by(|a, b| Self::place(&a.event).cmp(&Self::place(&b.event)));
        Self(events)
    }

    fn place(event: &Event) -> (&Relationship, Option<&str>) {
        (event.relationship(), event.in_interaction())
    }

    /// Every relationship with its events.
    pub fn iter(&self) -> impl Iterator<Item = (&Relationship, &[Arc<RecordedEvent>])> {
        let by_relationship = self.0.chunk_by(|a, b| a.event.relationship() == b.event.relationship());
        by_relationship.map(|events| (events[0].event.relationship(), events))
    }

    /// The events that count in the interaction of `event`, itself included.
    #[must_use]
    pub fn around(&self, event: &Event) -> Vec<&Event> {
        let place = Self::place(event);
        let first = self.0.partition_point(|it| Self::place(&it.event) < place);
        let around = self.0[first..].iter().take_while(|it| Self::place(&it.event) == place);
        around.filter(|it| it.retracted.is_none()).map(|it| &it.event).collect()
    }

    /// The threads that are a single interaction, each with the key of that.
    pub fn into_interactions(self) -> impl Iterator<Item = ((Relationship, String), Vec<Arc<RecordedEvent>>)> {
        let tied: HashSet<(Relationship, String)> = self.0.iter().flat_map(|it| tied_by(&it.event)).collect();
        let mut interactions: Vec<Vec<Arc<RecordedEvent>>> = Vec::new();
        for recorded in self.0 {
            match interactions.last_mut() {
                Some(last) if Self::place(&last[0].event) == Self::place(&recorded.event) => last.push(recorded),
                _ => interactions.push(vec![recorded]),
            }
        }
        let with_key = |events: Vec<Arc<RecordedEvent>>| Some((events[0].event.interaction_key()?, events));
        interactions.into_iter().filter_map(with_key).filter(move |(key, _)| !tied.contains(key))
    }
}
