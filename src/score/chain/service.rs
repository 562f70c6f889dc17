//! The service level of a relationship: of what was asked, how much came when it should.
//!
//! A score begins at a wary prior, borrows what others know, and expects something of what is open. Here only what the
//! relationship itself has seen counts, as much as it weighs in a score: whoever looks for the cause of a shortfall would
//! else blame those most of whom least is known.

use super::super::{
    day_summary::Reading,
    estimate::wilson,
    judged::Eyes,
    level::{Memory, Sums},
    scores::Known,
    settled::Settled,
};
use crate::{
    interaction::{Awaited, Payoff},
    model::Model,
    observation::{Channel, Observation},
    time::{Day, Timestamp},
};

/// The channels that say whether what is asked comes when it should: answers, and deliveries.
const OF_SERVICE: [Channel; 2] = [Channel::Timely, Channel::Commitments];

/// How much of what is asked comes when it should, as far as that was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The share of it, 0 to 1.
    pub level: f64,
    /// Lower end of the interval, 0 to the level.
    pub low: f64,
    /// Upper end of the interval, the level to 1.
    pub high: f64,
    /// Effective number of recent observations, more than 0: the mean over its channels, as they weigh in the level.
    pub evidence: f64,
    /// What was observed, in the order in which channels are shown; at least one.
    pub channels: Vec<Channel>,
}

/// One channel that was observed.
struct Observed {
    channel: Channel,
    level: f64,
    interval: (f64, f64),
    evidence: f64,
    weight: f64,
}

impl Service {
    /// Reads it off a relationship at a moment of its summary's day; none where nothing of it was observed.
    pub(super) fn of(known: &Known, as_of: Timestamp, model: &Model) -> Option<Self> {
        let usual = known.usual(model);
        let reading = known.own.at(as_of, Eyes::Fair(&usual), model);
        let counts = |channel: &Channel| model.channel(*channel).weight > 0.0;
        let any_counts = OF_SERVICE.iter().any(counts);
        let wanted = OF_SERVICE.into_iter().filter(|channel| counts(channel) || !any_counts);
        let is_settled = |channel| reading.settled(channel).of(Memory::Slow).weight > 0.0;
        if !wanted.clone().any(is_settled) {
            return None;
        }
        Self::over(&wanted.filter_map(|it| Observed::of(it, &reading, as_of.day(), model)).collect::<Vec<_>>())
    }

    /// The weighted mean of channels. The ends of the interval are means too, as in a score: channels are answered by the
    /// same interactions, so their errors move together.
    fn over(observed: &[Observed]) -> Option<Self> {
        let weight: f64 = observed.iter().map(|it| it.weight).sum();
        let mean = |of: fn(&Observed) -> f64| observed.iter().map(|it| it.weight * of(it)).sum::<f64>() / weight;
        (weight > 0.0).then(|| {
            let level = mean(|it| it.level).clamp(0.0, 1.0);
            Self {
                level,
                low: mean(|it| it.interval.0).clamp(0.0, level),
                high: mean(|it| it.interval.1).clamp(level, 1.0),
                evidence: mean(|it| it.evidence),
                channels: observed.iter().map(|it| it.channel).collect(),
            }
        })
    }
}

impl Observed {
    fn of(channel: Channel, reading: &Reading, today: Day, model: &Model) -> Option<Self> {
        let mut known = *reading.settled(channel);
        for lost in reading.awaited.iter().filter_map(|it| lost(it, channel, today)) {
            known.add(today, lost.into(), today, model);
        }
        let memory = &model.memory;
        let slow = known.of(Memory::Slow);
        // What an observation weighs by the long memory, where it weighs 1 by the short one: as in an estimate.
        let long = memory.fast_prior_weight / (slow.weight + memory.slow_prior_weight);
        let evidence = known.evidence(long, 1.0);
        (evidence > 0.0).then(|| {
            let level = share(&known, long);
            // As much as own observations weigh in the long memory, so that the first of a channel is no step.
            let weight = evidence / (evidence + memory.slow_prior_weight);
            Self { channel, level, interval: wilson(level, evidence, model.interval.z), evidence, weight }
        })
    }
}

/// The share of successes, each observation as it weighs by both memories.
fn share(known: &Settled, long: f64) -> f64 {
    let [slow, fast] = [Memory::Slow, Memory::Fast].map(|memory| known.of(memory));
    let of = |sum: fn(Sums) -> f64| long * sum(slow) + sum(fast);
    (of(|it| it.value) / of(|it| it.weight)).clamp(0.0, 1.0)
}

/// What lateness has eaten up of a delivery that has not come: that has failed, whatever comes. Of all else that is open
/// nothing is known yet.
fn lost(awaited: &Awaited, channel: Channel, today: Day) -> Option<Observation> {
    let late = (awaited.progress - 1.0).clamp(0.0, 1.0);
    let is_late = awaited.channel == channel && awaited.payoff == Some(Payoff::Lateness) && late > 0.0;
    is_late.then(|| Observation::part(awaited.part * late, channel, today, 0.0, awaited.failing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        observation::UNIT,
        score::{DaySummary, Demand, Pool},
        tally::{Cell, State},
        terms::Terms,
    };
    use std::sync::Arc;

    /// The service level and its interval after so many observations of today, given as all and how many succeeded.
    fn seen(answers: (i64, i64), deliveries: (i64, i64)) -> Option<[f64; 3]> {
        let (model, today) = (Model::default(), Day(20_000));
        let mut state = State::default();
        for (channel, (count, successes)) in OF_SERVICE.into_iter().zip([answers, deliveries]) {
            let weight = count * UNIT;
            let cell = Cell { count, weight, value: successes * UNIT, square: weight };
            state.tally.add(channel, today, Terms::FAIR, cell);
        }
        let pool = Arc::new(Pool::empty(&model));
        let own = Arc::new(DaySummary::of(&state, today, &model));
        let known = Known { own, supplier: pool.clone(), customer: pool, reverse: Demand::default() };
        let service = Service::of(&known, today.start(), &model)?;
        assert_eq!(service.channels.len(), usize::from(answers.0 > 0) + usize::from(deliveries.0 > 0));
        Some([service.level, service.low, service.high].map(|it| (it * 100.0).round() / 100.0))
    }

    #[test]
    fn it_is_the_share_that_was_seen_as_the_page_about_the_model_shows() {
        assert_eq!(seen((10, 10), (0, 0)), Some([1.0, 0.79, 1.0]));
        assert_eq!(seen((10, 10), (1, 0)), Some([0.8, 0.63, 0.95]));
        assert_eq!(seen((10, 10), (10, 0)), Some([0.5, 0.39, 0.61]));
        assert_eq!(seen((0, 0), (3, 2)).map(|it| it[0]), Some(0.67));
        assert_eq!(seen((0, 0), (0, 0)), None);
    }
}
