//! A history in the order in which it became known, folded to what bears on a target.
//!
//! It is made once and walked many times, under models that differ in how they weigh the past.

use super::target::Target;
use crate::{
    event::{Event, Relationship},
    interaction::Pending,
    observation::{Channel, Observation},
    time::Timestamp,
};

/// An event, and when it became known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When it was recorded; where nobody knows, when it occurred.
    pub at: Timestamp,
    /// The event.
    pub event: Event,
}

/// A request whose outcome is to be predicted when it becomes known.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// When it became known.
    pub at: Timestamp,
    /// Its relationship, as a place in [`EventLog::relationships`].
    pub relationship: usize,
    /// The channel that predicts it.
    pub channel: Channel,
    /// What it came to in the end; `None` if that is not known, or was known before the request was.
    pub outcome: Option<bool>,
    /// When that was first known, and what it seemed to be then.
    pub decided: Option<(Timestamp, bool)>,
}

/// A relationship, with its parties numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The relationship.
    pub relationship: Relationship,
    /// The number of its supplier.
    pub supplier: usize,
    /// The number of its customer.
    pub customer: usize,
}

/// Something that became known, in its turn.
#[derive(Debug)]
pub(super) enum LogEntry {
    /// A request, by its place in [`EventLog::requests`].
    Request(usize),
    /// What an interaction says now, in place of what it said.
    Change(Box<InteractionChange>),
}

/// What changes about an interaction.
#[derive(Debug)]
pub(super) struct InteractionChange {
    /// Its relationship, as a place in [`EventLog::relationships`].
    pub relationship: usize,
    /// The number of the interaction.
    pub interaction: usize,
    /// What it said before.
    pub removed: Vec<Observation>,
    /// What it says now.
    pub added: Vec<Observation>,
    /// What it waits for now.
    pub pending: Option<Pending>,
}

/// A history made ready for predictions of one target.
#[derive(Debug)]
pub struct EventLog {
    pub(super) target: Target,
    pub(super) channels: Vec<Channel>,
    pub(super) entries: Vec<LogEntry>,
    /// Every request, in the order in which they became known.
    pub requests: Vec<Request>,
    /// Every relationship.
    pub relationships: Vec<Pair>,
    /// How many suppliers there are.
    pub suppliers: usize,
    /// How many customers there are.
    pub customers: usize,
}

impl EventLog {
    /// The requests that can be judged, in their order, up to those that became known at `until` or later: those whose
    /// outcome is known and was not before they were.
    #[must_use]
    pub fn judgeable(&self, until: Option<Timestamp>) -> Vec<usize> {
        let is_judgeable = |place: &usize| {
            let request = &self.requests[*place];
            let open = request.decided.is_some_and(|(at, _)| at >= request.at);
            open && request.outcome.is_some() && until.is_none_or(|until| request.at < until)
        };
        (0..self.requests.len()).filter(is_judgeable).collect()
    }

    /// What the given requests came to.
    pub(super) fn outcomes(&self, requests: &[usize]) -> Vec<bool> {
        requests.iter().map(|&place| self.requests[place].outcome == Some(true)).collect()
    }
}
