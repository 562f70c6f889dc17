//! The scores: a pure function of the relationship's state, of what others know of its parties, the moment and the model.
//! No clock, no I/O.

mod chain;
mod coverage;
mod curve;
mod day_summary;
mod estimate;
mod explain;
mod figures;
mod forecast;
mod kpi;
mod lens;
mod lifetime;
mod pool;
mod reciprocity;
mod standing;

pub use chain::{Chain, Link, Status, Upstream, Weakest, recent_exchange, weights};
pub use coverage::{Coverage, Fed, coverage};
pub use day_summary::{DaySummary, Demand, Member, PoolShare, Settled};
pub(crate) use estimate::decay;
pub use estimate::{Basis, Estimate, Level, Memory, Sample, Sums};
pub use explain::{
    Cause, ChannelPoints, Contribution, Explanation, Improvement, Input, Part, Peers, Points, Suggestion,
    SuggestionKind, explain, improvements,
};
pub use figures::Figures;
pub use forecast::{forecast, lead_of, pool_level};
pub use kpi::{Kpis, kpis};
pub use lens::{Dealings, Lens, Views, views};
pub use lifetime::{Past, Value, ValueAtRisk, value_at_risk};
pub use pool::{Members, Pool};
pub use standing::{Placement, is_capped, reasons};

pub use crate::model::Standing;

use crate::{
    interaction::Awaited,
    model::Model,
    observation::{Channel, Measure},
    time::Timestamp,
};

use curve::Curve;
use day_summary::Reading;
use estimate::{estimate, memories};

/// How often the curve of answer times is fitted to the estimate that follows from it.
const CURVE_ROUNDS: u32 = 4;

/// Everything that the scores of a relationship are read off.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The relationship itself, summed up for the day of the moment.
    pub own: &'a DaySummary,
    /// Its supplier, across all its customers.
    pub supplier: &'a Pool,
    /// Its customer, across all its suppliers.
    pub customer: &'a Pool,
    /// How often the supplier asks the customer.
    pub reverse: Demand,
}

/// The scores of a relationship at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Does the supplier answer?
    pub responsiveness: Score,
    /// Is the supplier a partner?
    pub partnership: Score,
    /// The mirror: is the customer a good one?
    pub customership: Score,
    /// The band, and what speaks for or against it.
    pub placement: Placement,
}

impl Scores {
    /// One of them.
    #[must_use]
    pub fn of(&self, measure: Measure) -> &Score {
        match measure {
            Measure::Responsiveness => &self.responsiveness,
            Measure::Partnership => &self.partnership,
            Measure::Customership => &self.customership,
        }
    }
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
    /// By how much the short memory stands above (or, negative, below) the long one.
    pub trend: f64,
    /// The channels it is made of, with the share of each; none in a [`Figures`].
    pub channels: Vec<(f64, Estimate)>,
}

/// Reads the scores off what is known. `as_of` must not lie before the last event in it.
#[must_use]
pub fn score(known: &Known<'_>, as_of: Timestamp, model: &Model) -> Scores {
    let today = as_of.day();
    let (reading, curves) = read(known, as_of, model);
    let measure = |measure: Measure| {
        let (pool, others) = match measure {
            Measure::Customership => (known.customer, known.supplier),
            Measure::Responsiveness | Measure::Partnership => (known.supplier, known.customer),
        };
        let channels = Channel::of(measure).map(|channel| {
            let estimate = if channel == Channel::Reciprocity {
                reciprocity::estimate(known.own.demand(), known.reverse, model)
            } else {
                let estimate = estimate(channel, &reading, pool.level(channel), today, curves.of(channel), model);
                estimate.expecting(others.level(channel).mean, model)
            };
            (model.share(channel), estimate)
        });
        Score::of(channels.collect())
    };
    let (responsiveness, partnership) = (measure(Measure::Responsiveness), measure(Measure::Partnership));
    let placement = Placement::of(&responsiveness, &partnership, known.own.strikes(), model);
    Scores { responsiveness, partnership, customership: measure(Measure::Customership), placement }
}

/// What the relationship itself says at `as_of`, and how long what it awaits takes.
fn read<'a, 'm>(known: &Known<'a>, as_of: Timestamp, model: &'m Model) -> (Reading<'a>, Curves<'m>) {
    debug_assert_eq!(known.own.day(), as_of.day(), "a summary is for one day");
    let mut reading = known.own.at(as_of, model);
    let (curves, charges) = Curves::fit(&reading, model, |lead, curve| {
        memories(lead, &reading, known.supplier.level(lead), as_of.day(), curve, model).1.mean
    });
    reading.awaited.extend(charges);
    (reading, curves)
}

/// How long what is awaited takes: by the supplier's answers, by its deliveries, and by the customer's.
struct Curves<'a> {
    replies: Curve<'a>,
    deliveries: Curve<'a>,
    customer: Curve<'a>,
}

impl<'a> Curves<'a> {
    /// Fits the curves to what is known, and finds what the customer is to be charged for what will fail.
    ///
    /// How long answers take follows from how many come in time, and what may be expected of open requests, which
    /// decides how many come in time, follows from how long answers take. Deliveries likewise.
    fn fit(basis: &impl Basis, model: &'a Model, in_time: impl Fn(Channel, &Curve<'a>) -> f64) -> (Self, Vec<Awaited>) {
        let fit = |lead| fit_curve(lead, basis, model, |curve| in_time(lead, curve));
        let curves = Self {
            replies: fit(Channel::Timely),
            deliveries: fit(Channel::Commitments),
            customer: start_curve(Channel::Timely, model),
        };
        let charges = basis.awaited().iter().filter_map(|it| curves.charge(it)).collect();
        (curves, charges)
    }

    /// The curve that the open observations of a channel follow.
    fn of(&self, channel: Channel) -> &Curve<'a> {
        match clock(channel) {
            Some(Channel::Commitments) => &self.deliveries,
            Some(_) => &self.replies,
            None => &self.customer,
        }
    }

    /// What an open observation charges the customer: nothing at the start, all of it once failure is certain, so that
    /// neither the due time nor the lapse is a step in the mirror.
    fn charge(&self, awaited: &Awaited) -> Option<Awaited> {
        let (channel, whole) = awaited.charge?;
        let part = awaited.part * whole * (1.0 - self.of(awaited.channel).left_of(awaited));
        Some(Awaited { channel, outcome: None, part, failing: 1.0, charge: None, ..*awaited })
    }
}

/// The curve before anything is known of who follows it.
fn start_curve(lead: Channel, model: &Model) -> Curve<'_> {
    let prior = model.channel(lead).prior;
    if lead == Channel::Commitments {
        Curve::new(prior, model.delivery.curve_shape, &model.reply)
    } else {
        Curve::new(prior, model.reply.curve_shape, &model.reply).in_time_by(model.reply.due_shape)
    }
}

/// Fits one curve: `in_time` says how many come in time where what is open follows a given one.
fn fit_curve<'a>(
    lead: Channel,
    basis: &impl Basis,
    model: &'a Model,
    in_time: impl Fn(&Curve<'a>) -> f64,
) -> Curve<'a> {
    let mut fitted = start_curve(lead, model);
    if basis.awaited().iter().any(|it| clock(it.channel) == Some(lead)) {
        for _ in 0..CURVE_ROUNDS {
            fitted = fitted.through(in_time(&fitted));
        }
    }
    fitted
}

/// The channel that says how many come in time by the clock that a channel's open observations run on; none where it is
/// the customer's.
fn clock(channel: Channel) -> Option<Channel> {
    match channel {
        Channel::Commitments | Channel::Trust => Some(Channel::Commitments),
        _ if channel.measure() == Measure::Customership => None,
        _ => Some(Channel::Timely),
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
            trend: thousandths(100.0 * sum(|it| it.value - it.slow.mean)),
            channels,
        }
    }
}

/// Rounds to what is shown.
#[must_use]
pub fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
