//! Does the score predict? Walks recorded events in the order in which they became known, predicts what each request will
//! come to from what was known before it, and compares with simple ways of predicting.

mod accumulator;
mod baselines;
mod bootstrap;
mod case;
mod choose;
mod event_log;
mod fit;
mod measures;
mod predict;
mod recorder;
mod report;
mod search;
mod shrinkage;
mod target;
mod window;

#[cfg(test)]
mod tests;

pub use baselines::{Baseline, baselines};
pub use bootstrap::Mean;
pub use case::Case;
pub use choose::{Candidate, Choice, choose};
pub use event_log::{EventLog, Heard, Pair, Request};
pub use fit::{Fitted, fit};
pub use measures::{Bin, Judged};
pub use predict::predict;
pub use report::{ENOUGH_OUTCOMES, Quality, Report, judge};
pub use shrinkage::ShrinkageStep;
pub use target::Target;
pub use window::Window;
