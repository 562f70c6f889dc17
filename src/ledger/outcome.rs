//! What becomes of events that are to be recorded.

use crate::store::Revision;

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Recorded {
        /// What it cannot count without and what has not arrived yet, in words.
        waits_for: Option<String>,
    },
    /// The same event was recorded before.
    Duplicate,
    /// Its identity is recorded with other content.
    Conflict,
    /// It would take back a retraction.
    RetractionOfRetraction,
    /// The store fails on it, and on it alone. It is not recorded.
    Unstorable,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// One outcome for each event, in their order.
    pub outcomes: Vec<Outcome>,
    /// The state of the tenant that includes the batch.
    pub revision: Revision,
}
