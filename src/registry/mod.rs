//! What is known about parties: checked against circles on its way in, and read.
//!
//! A batch is looked at as a whole: parties may be re-hung in any order, as long as nobody ends up a part of themselves.
//! Where somebody would, the last entry of the batch that takes part in it is refused, and all others stand.
//!
//! When somebody works bears on scores. So where an entry changes that, for its party or for whom it hands it down to, their
//! relationships are folded anew in the same write: at no revision do scores and calendars contradict each other.

mod batch;
mod error;
mod moved;
mod refold;
mod upsert;

pub use batch::Outcome;
pub use error::{MAX_REFOLDED_EVENTS, UpsertError};
pub use upsert::{Registry, Upserted};
