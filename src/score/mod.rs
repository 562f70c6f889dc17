//! The scores: a pure function of a relationship's state, the moment and the model. No clock, no I/O.

mod curve;
mod estimate;
mod kpi;

pub use estimate::Estimate;
pub use kpi::{Kpis, kpis};

use crate::{
    interaction::Awaited,
    model::{Model, StandingModel},
    observation::{Channel, Measure},
    tally::State,
    time::Timestamp,
};

use curve::Curve;
use estimate::estimate;

/// How often the curve of answer times is fitted to the estimate that follows from it.
const CURVE_ROUNDS: u32 = 4;

/// Both scores of a relationship at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Do they answer?
    pub responsiveness: Score,
    /// Are they a partner?
    pub partnership: Score,
    /// The band.
    pub standing: Standing,
}

/// One score, 0 to 100, in thousandths.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The score.
    pub value: f64,
    /// Lower end of its interval, at most the value.
    pub low: f64,
    /// Upper end of its interval, at least the value.
    pub high: f64,
    /// Effective number of recent observations: the mean over the channels by their share.
    pub evidence: f64,
    /// The channels it is made of, with the share of each.
    pub channels: Vec<(f64, Estimate)>,
}

/// The band a relationship is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Too little is known.
    Unproven,
    /// A partner to ask first.
    Preferred,
    /// Does what can be expected.
    Reliable,
    /// Look before ordering.
    AtRisk,
    /// Do not count on it.
    Failing,
}

/// Reads the scores off a state. `as_of` must not lie before the relationship's last event.
#[must_use]
pub fn score(state: &State, as_of: Timestamp, model: &Model) -> Scores {
    let mut tally = state.tally.clone();
    let mut awaited = Vec::new();
    for pending in state.pending.values() {
        pending.settled_by(as_of, model).into_iter().for_each(|observation| tally.observe(observation));
        awaited.extend(pending.awaited_at(as_of, model));
    }
    let today = as_of.day();
    let estimate = |channel, curve: &Curve<'_>| estimate(channel, &tally, &awaited, today, curve, model);
    // How long answers take follows from how many come in time, and what may be expected of open requests, which
    // decides how many come in time, follows from how long answers take. Deliveries likewise.
    let fit = |lead: Channel| {
        let shape = if lead == Channel::Timely { model.reply.curve_shape } else { model.delivery.curve_shape };
        let curve = |in_time| Curve::new(in_time, shape, &model.reply);
        let mut fitted = curve(model.channel(lead).prior);
        if awaited.iter().any(|it: &Awaited| it.channel.clock() == lead) {
            for _ in 0..CURVE_ROUNDS {
                fitted = curve(estimate(lead, &fitted).value);
            }
        }
        fitted
    };
    let (replies, deliveries) = (fit(Channel::Timely), fit(Channel::Commitments));
    let measure = |measure: Measure| {
        let channels = Channel::ALL.into_iter().filter(|channel| channel.measure() == measure);
        let curve = |channel: Channel| if channel.clock() == Channel::Timely { &replies } else { &deliveries };
        Score::of(channels.map(|channel| (model.share(channel), estimate(channel, curve(channel)))).collect())
    };
    let (responsiveness, partnership) = (measure(Measure::Responsiveness), measure(Measure::Partnership));
    let standing = Standing::of(&responsiveness, &partnership, &model.standing);
    Scores { responsiveness, partnership, standing }
}

impl Channel {
    /// The channel that says how many come in time by the clock that this channel's open observations run on.
    fn clock(self) -> Self {
        match self {
            Self::Commitments | Self::Trust => Self::Commitments,
            _ => Self::Timely,
        }
    }
}

impl Score {
    /// The weighted sum of channels. The ends of the interval are summed too: the channels are answered by the same
    /// interactions, so their errors move together and do not cancel out.
    fn of(channels: Vec<(f64, Estimate)>) -> Self {
        let sum = |of: fn(&Estimate) -> f64| channels.iter().map(|(share, estimate)| share * of(estimate)).sum::<f64>();
        Self {
            value: thousandths(100.0 * sum(|it| it.value)),
            low: thousandths(100.0 * sum(|it| it.low)),
            high: thousandths(100.0 * sum(|it| it.high)),
            evidence: thousandths(sum(|it| it.evidence)),
            channels,
        }
    }
}

/// Rounds to what is shown.
fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

impl Standing {
    fn of(responsiveness: &Score, partnership: &Score, bands: &StandingModel) -> Self {
        let mean = f64::midpoint(responsiveness.value, partnership.value);
        if f64::midpoint(responsiveness.evidence, partnership.evidence) < bands.evidence_needed {
            Self::Unproven
        } else if mean >= bands.preferred_from {
            Self::Preferred
        } else if mean >= bands.reliable_from {
            Self::Reliable
        } else if mean >= bands.at_risk_from {
            Self::AtRisk
        } else {
            Self::Failing
        }
    }
}
