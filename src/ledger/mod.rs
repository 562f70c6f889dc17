//! The write path: events go in, are deduplicated, folded and committed.
//!
//! Concurrent submissions wait in the [`Queue`] and share commits; the [`Ledger`] records what it is given in one
//! transaction. The store says which events are new; for each interaction they touch, `new fold - old fold` is added to the
//! tallies. An event, its idempotency record (its own row) and its tallies commit together or not at all.

mod batch;
mod effect;
mod lines;
mod observer;
mod outcome;
mod queue;
mod recent;
mod record;
mod room;
mod submission;
mod writer;

pub use observer::{Settlement, WriteObserver};
pub use outcome::{Outcome, Recorded};
pub use queue::Queue;
pub use record::Ledger;
pub use room::{Limits, RoomUsage};
pub use submission::{Full, Receipt, Submission};
