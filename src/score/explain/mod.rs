//! The explanation: what a score is made of, down to the event, and what would raise it.
//!
//! A channel's value is a weighted mean of its prior and of the observations, so that value - prior is a sum with one
//! exact, signed share for each observation, of whatever age, in both memories and in the pool. What is awaited has a
//! share as well: by how much it has sunk below what was expected when it was asked. The shares of an event are its
//! points; rounded together they add up to the score as it is shown.

mod apportion;
mod attribution;
mod counterfactual;
mod explanation;
mod improvement;
mod narrator;
mod part;
mod points;
mod sentence;
mod suggestion;
mod time_given;
mod without;
mod words;

pub use counterfactual::Input;
pub use explanation::{Explanation, explain};
pub use improvement::Improvement;
pub use part::{Cause, ChannelPoints, Contribution, Part};
pub use points::Points;
pub use suggestion::{Suggestion, SuggestionKind};
