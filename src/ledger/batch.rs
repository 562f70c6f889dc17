//! What becomes of each event of a batch: it is new, repeats one, contradicts one, or takes back what cannot be.

use std::collections::{HashMap, HashSet};

use super::outcome::Outcome;
use crate::{
    event::{Event, Identity, Relationship},
    interaction::{Beginnings, Missing},
    replay::RecordedThreads,
    store::{Read, RecordedEvent, StoreError},
};

/// A batch sorted by identity: the first event of each identity is offered to the store, its repetitions are compared.
pub(super) struct Batch<'a> {
    events: &'a [Event],
    outcomes: Vec<Option<Outcome>>,
    first: HashMap<&'a Identity, usize>,
}

impl<'a> Batch<'a> {
    pub(super) fn sort(events: &'a [Event], targets: &HashMap<Identity, RecordedEvent>) -> Self {
        let mut batch = Self { events, outcomes: vec![None; events.len()], first: HashMap::new() };
        // A retraction may also name a retraction of the same batch.
        let retractions: HashSet<&Identity> =
            events.iter().filter(|event| event.retracts().is_some()).map(|event| &event.identity).collect();
        for (index, event) in events.iter().enumerate() {
            let takes_back_retraction = event.target().is_some_and(|target| {
                retractions.contains(&target) || targets.get(&target).is_some_and(|it| it.event.retracts().is_some())
            });
            // One that was recorded before its target turned out to be a retraction is a duplicate, as ever.
            if takes_back_retraction && !targets.contains_key(&event.identity) {
                batch.outcomes[index] = Some(Outcome::RetractionOfRetraction);
            } else {
                batch.first.entry(&event.identity).or_insert(index);
            }
        }
        batch
    }

    /// What may be recorded: the first event of each identity, in order.
    pub(super) fn offered(&self) -> Vec<&'a Event> {
        let mut offered: Vec<usize> = self.first.values().copied().collect();
        offered.sort_unstable();
        offered.into_iter().map(|index| &self.events[index]).collect()
    }

    /// Settles what became of each event, once so many of the offered ones were recorded as new. Returns these.
    pub(super) async fn settle(
        &mut self,
        tx: &mut dyn Read,
        offered: &[&'a Event],
        inserted: usize,
    ) -> Result<Vec<&'a Event>, StoreError> {
        let recorded = if inserted == offered.len() {
            Vec::new()
        } else {
            tx.find(&offered.iter().map(|event| event.identity.clone()).collect::<Vec<_>>()).await?
        };
        let before = recorded.iter().filter(|it| it.revision < tx.revision());
        let recorded: HashMap<&Identity, &Event> = before.map(|it| (&it.event.identity, &it.event)).collect();
        let new = offered.iter().copied().filter(|event| !recorded.contains_key(&event.identity)).collect();
        for (index, event) in self.events.iter().enumerate() {
            if self.outcomes[index].is_some() {
                continue;
            }
            let first = self.first[&event.identity];
            let outcome = match recorded.get(&event.identity) {
                None if first == index => Outcome::Recorded { waits_for: None },
                None if self.events[first] == *event => Outcome::Duplicate,
                Some(known) if **known == *event => Outcome::Duplicate,
                _ => Outcome::Conflict,
            };
            self.outcomes[index] = Some(outcome);
        }
        Ok(new)
    }

    /// Tells the recorded events that cannot count yet what they wait for.
    pub(super) fn note_waiting(&mut self, threads: &RecordedThreads, targets: &HashMap<Identity, RecordedEvent>) {
        // Looked up once for each interaction, however many of its events are new.
        let mut beginnings: HashMap<(&Relationship, Option<&str>), Beginnings<'_>> = HashMap::new();
        for (event, outcome) in self.events.iter().zip(&mut self.outcomes) {
            let Some(Outcome::Recorded { waits_for }) = outcome else { continue };
            let place = (event.relationship(), event.in_interaction());
            *waits_for = if let Some(target) = event.target() {
                let known = targets.contains_key(&target) || self.first.contains_key(&target);
                (!known).then(|| format!("the event {:?} that it takes back", target.event_id))
            } else {
                let begun = beginnings.entry(place).or_insert_with(|| Beginnings::of(&threads.around(event)));
                let id = event.interaction.as_deref().unwrap_or_default();
                begun.missing_for(event).map(|missing| match missing {
                    Missing::Opening => format!("the request or the idea that opens the interaction {id:?}"),
                    Missing::Quantity => {
                        format!(
                            "a request of the interaction {id:?} for a quantity in its unit; or say fraction_in_full"
                        )
                    }
                })
            };
        }
    }

    pub(super) fn outcomes(self) -> Vec<Outcome> {
        self.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Conflict)).collect()
    }
}
