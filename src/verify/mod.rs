//! Whether what is stored is what the events lead to, found out beside a live service, and set right where it is not.
//!
//! Relationship after relationship is read as it is stored, folded anew, and compared: each chunk of them in one read
//! transaction, which sees one state and keeps nobody from writing. To set something right takes a write transaction,
//! which looks again first. The events are the truth and are never touched.

mod compare;
mod difference;
mod look;
mod verification;
mod words;

pub use difference::{Difference, Kind};
pub use verification::{Chunk, Verification};
