//! Which channels the recorded events feed, and what the scores can reach.
//!
//! A channel that nobody ever feeds holds everybody at its prior: a flawless supplier then looks mediocre. Its weight is
//! better 0; the weights of a score are divided by their sum, so the others then count to 100.

use std::collections::BTreeMap;

use super::value::thousandths;
use crate::{
    model::Model,
    observation::{Channel, Measure},
};

/// What the events of a tenant feed under a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Every channel, in the order in which they are shown.
    pub channels: Vec<Fed>,
    /// What each score of a flawless party would come close to.
    pub reach: Vec<(Measure, f64)>,
}

/// How a channel is fed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fed {
    /// The channel.
    pub channel: Channel,
    /// How many observations there are, of all relationships; for reciprocity, how many relationships go both ways.
    pub observations: i64,
    /// Its weight in the model.
    pub weight: f64,
    /// The weight it should have: 0 where nothing feeds it.
    pub proposed: f64,
}

/// Looks at the observations there are. A score of which nothing is fed keeps its weights: all of them at 0 are none.
#[must_use]
pub fn coverage(observations: &BTreeMap<Channel, i64>, model: &Model) -> Coverage {
    let count = |channel| observations.get(&channel).copied().unwrap_or(0);
    let is_blank = |measure| Channel::of(measure).all(|channel| count(channel) == 0);
    let fed = |channel: Channel| {
        let (observations, weight) = (count(channel), model.channel(channel).weight);
        let proposed = if observations > 0 || is_blank(channel.measure()) { weight } else { 0.0 };
        Fed { channel, observations, weight, proposed }
    };
    let reach = |measure| {
        let best = |channel| if count(channel) > 0 { 1.0 } else { model.channel(channel).prior };
        let sum: f64 = Channel::of(measure).map(|channel| model.share(channel) * best(channel)).sum();
        (measure, thousandths(100.0 * sum))
    };
    Coverage { channels: Channel::ALL.map(fed).to_vec(), reach: Measure::ALL.map(reach).to_vec() }
}

/// Said where no answer is recorded.
const NO_ANSWERS: &str = "; no answers are recorded, and an order that only its delivery confirms is none";

impl Coverage {
    /// The channels that count in a score and that nothing feeds.
    #[must_use]
    pub fn unfed(&self, measure: Measure) -> Vec<Channel> {
        let of_it = self.channels.iter().filter(|it| it.channel.measure() == measure);
        of_it.filter(|it| it.observations == 0 && it.weight > 0.0).map(|it| it.channel).collect()
    }

    /// What is to be said about it, in sentences; nothing where every channel that counts is fed.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let finding = |&(measure, reach): &(Measure, f64)| {
            let unfed: Vec<&str> = self.unfed(measure).into_iter().map(Channel::name).collect();
            (!unfed.is_empty()).then(|| {
                let (name, unfed) = (measure.name(), unfed.join(", "));
                // Where nobody's answers are recorded, that is why, however many orders were delivered.
                let no_answers = if unfed.starts_with(Channel::Timely.name()) { NO_ANSWERS } else { "" };
                format!("{name}: no event feeds {unfed}, so that nobody comes much above {reach:.1}{no_answers}")
            })
        };
        self.reach.iter().filter_map(finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_feeds_is_said_and_dropped() {
        let model = Model::default();
        let fed = [Channel::Timely, Channel::Prompt, Channel::Substantive, Channel::Commitments, Channel::Trust];
        let coverage = coverage(&fed.into_iter().map(|channel| (channel, 7)).collect(), &model);
        let [(_, responsiveness), (_, partnership), _] = coverage.reach[..] else { panic!("three scores") };
        assert!((responsiveness - 100.0).abs() < 1e-9);
        // 30 and 15 of 100 reach 1; vision, willingness, co-creation, regard and reciprocity stay where they stand.
        let expected = 45.0 + 20.0 * 0.5 + 10.0 * 0.65 + 10.0 * 0.2 + 10.0 * 0.5 + 5.0 * 0.1;
        assert!((partnership - expected).abs() < 1e-9, "{partnership} {expected}");
        let proposed: Vec<f64> = coverage.channels[3..10].iter().map(|it| it.proposed).collect();
        assert_eq!(proposed, [0.3, 0.0, 0.15, 0.0, 0.0, 0.0, 0.0]);
        assert!(coverage.channels[10..].iter().all(|it| it.proposed > 0.0), "nothing to go by");
        assert_eq!(coverage.findings().len(), 2);
    }
}
