//! What events say for good.

use crate::{counts::Counts, event::Event, flows::Flows, observation::Observation};

/// What an interaction's events say for good, short of further events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold<'a> {
    /// What is known.
    pub settled: Vec<Finding<'a>>,
    /// What the KPIs count.
    pub counts: Counts,
    /// What flows.
    pub flows: Flows,
}

/// An observation, and the event that settled it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding<'a> {
    /// What is known.
    pub observation: Observation,
    /// Since when.
    pub event: &'a Event,
}

impl<'a> Fold<'a> {
    pub(super) fn extend(&mut self, other: Fold<'a>) {
        self.settled.extend(other.settled);
        self.counts.merge_all(&other.counts, 1);
        self.flows.merge_all(&other.flows, 1);
    }

    /// Adds what one event settled.
    pub(super) fn settle(&mut self, event: &'a Event, observations: impl IntoIterator<Item = Observation>) {
        self.settled.extend(observations.into_iter().map(|observation| Finding { observation, event }));
    }
}
