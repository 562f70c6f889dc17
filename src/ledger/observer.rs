//! Whoever wants to know how the write path is doing, without it knowing them.

use std::time::Duration;

use super::outcome::Outcome;
use crate::{
    names::named,
    store::{Revision, StoreError},
};

/// Is told what happens on the write path, on that path: it counts and returns.
pub trait WriteObserver: Send + Sync {
    /// So many events have come to this. Every event of a submission comes to something once, unless whoever waited for room
    /// to queue it went away.
    fn settled(&self, settlement: Settlement, events: usize);

    /// A submission found no room.
    fn refused(&self);

    /// A transaction that was to record so many events has ended, after so long: with a revision, or without effect.
    fn written(&self, events: usize, took: Duration, result: Result<Revision, &StoreError>);
}

/// Nobody wants to know.
pub(super) struct Nobody;

impl WriteObserver for Nobody {
    fn settled(&self, _: Settlement, _: usize) {}

    fn refused(&self) {}

    fn written(&self, _: usize, _: Duration, _: Result<Revision, &StoreError>) {}
}

named! {
    /// What an event comes to: its [`Outcome`], or what kept it from one.
    pub enum Settlement {
        /// [`Outcome::Recorded`].
        Recorded = "recorded",
        /// [`Outcome::Duplicate`].
        Duplicate = "duplicate",
        /// [`Outcome::Conflict`].
        Conflict = "conflict",
        /// [`Outcome::RetractionOfRetraction`].
        RetractionOfRetraction = "retraction_of_retraction",
        /// [`Outcome::Unstorable`].
        Unstorable = "unstorable",
        /// It was no valid event, and so not submitted with the others of its request.
        Rejected = "rejected",
        /// There was no room for its submission.
        Refused = "refused",
        /// Nobody waited for it any more before it was written.
        Withdrawn = "withdrawn",
        /// The store could not be used; it is not known whether it was recorded.
        Failed = "failed",
    }
}

impl From<&Outcome> for Settlement {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Recorded { .. } => Self::Recorded,
            Outcome::Duplicate => Self::Duplicate,
            Outcome::Conflict => Self::Conflict,
            Outcome::RetractionOfRetraction => Self::RetractionOfRetraction,
            Outcome::Unstorable => Self::Unstorable,
        }
    }
}
