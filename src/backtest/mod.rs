//! Does the score predict? Walks recorded events in the order in which they became known, predicts what each request will
//! come to from what was known before it, and compares with simple ways of predicting.

mod baselines;
mod bootstrap;
mod case;
mod choose;
mod fit;
mod leash;
mod measures;
mod report;
mod search;
mod stretch;
mod tape;
mod target;
mod walk;

#[cfg(test)]
mod tests;

pub use baselines::{Baseline, baselines};
pub use bootstrap::Mean;
pub use case::Case;
pub use choose::{Candidate, Choice, choose};
pub use fit::{Fitted, fit};
pub use leash::Way;
pub use measures::{Bin, Judged};
pub use report::{Quality, Report, judge};
pub use stretch::Stretch;
pub use tape::{Heard, Pair, Request, Tape};
pub use target::Target;
pub use walk::predict;
