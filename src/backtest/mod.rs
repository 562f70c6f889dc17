//! Does the score predict? Walks recorded events in the order in which they became known, predicts what each request will
//! come to from what was known before it, and compares with simple ways of predicting.

mod baselines;
mod bootstrap;
mod fit;
mod measures;
mod report;
mod search;
mod tape;
mod target;
mod walk;

#[cfg(test)]
mod tests;

pub use baselines::{Baseline, baselines};
pub use bootstrap::Mean;
pub use fit::{Fitted, fit};
pub use measures::{Bin, Judged};
pub use report::{Quality, Report, SCORED_SHARE, judge};
pub use tape::{Heard, Pair, Request, Tape};
pub use target::Target;
pub use walk::predict;
