//! What may still be expected of what is open.

use crate::{observation::Channel, terms::Terms};

/// An observation, or a part of one, that is not settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Awaited {
    /// The channel it will be an observation of.
    pub channel: Channel,
    /// How its value follows from the time at which it ends; `None` if it can only fail from here.
    pub payoff: Option<Payoff>,
    /// How far the time has run, as a multiple of what is allowed.
    pub progress: f64,
    /// How much of an interaction it is about: a share of a delivery, or a multiple for what was asked again.
    pub part: f64,
    /// What a failure of the whole weighs, where a success weighs 1.
    pub failing: f64,
    /// What the request gave to meet it with.
    pub terms: Terms,
    /// The customer's channel that a failure will be charged to, and what it weighs there; none before it is judged.
    pub charge: Option<(Channel, f64)>,
}

impl Awaited {
    /// Something that the customer owes.
    pub(super) fn of_customer(channel: Channel, payoff: Payoff, progress: f64) -> Self {
        Self { channel, payoff: Some(payoff), progress, part: 1.0, failing: 1.0, terms: Terms::FAIR, charge: None }
    }
}

/// How a value follows from the time T at which something comes, as a multiple of what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payoff {
    /// 1 up to the due time, 0 after it.
    InTime,
    /// Halves with every half-life, 0 from the lapse on.
    Prompt,
    /// 1 up to the lapse, 0 after it.
    BeforeLapse,
    /// 1 up to the deadline, then down to 0 in a straight line within another lead time.
    Lateness,
}
