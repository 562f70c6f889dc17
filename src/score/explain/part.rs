//! One score, taken apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    event::Event,
    interaction::Threads,
    observation::{Channel, Measure},
    tally::State,
};

use super::{
    super::demand::Demand,
    apportion::apportion,
    attribution::Attribution,
    counterfactual::{Counterfactual, Input, View},
    points::Points,
    sentence::narrate,
    time_given::TimesGiven,
    without::Without,
    words::counted,
};

/// Events that move a score by less than this, in points, are not told one by one: it would be shown as nothing.
const NOTHING: f64 = 0.0005;

/// One score, taken apart: `value` is `baseline` and the points of all contributions, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The score.
    pub measure: Measure,
    /// The score as it is shown.
    pub value: Points,
    /// The score with nothing known.
    pub baseline: Points,
    /// Every channel of the score.
    pub channels: Vec<ChannelPoints>,
    /// The events that moved it most, the farthest first and each with all its channels together; then the rest of each
    /// channel, then what others say. Those that would be shown as nothing are left out.
    pub contributions: Vec<Contribution>,
}

/// What one channel makes of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPoints {
    /// The channel.
    pub channel: Channel,
    /// Its share of the score, 0 to 1.
    pub share: f64,
    /// What it stands at, 0 to 1.
    pub value: f64,
    /// What it stands at with nothing known, 0 to 1.
    pub prior: f64,
    /// Where blame has changed it: the plain share that succeeded, 0 to 1.
    pub raw: Option<f64>,
    /// What happened there, whoever was to blame, in words; empty where blame has changed nothing.
    pub beside: String,
    /// The points of its contributions, exactly.
    pub points: Points,
}

/// What moved a score in one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The channel.
    pub channel: Channel,
    /// By how much the score is higher for it, or, negative, lower.
    pub points: Points,
    /// Who or what moved it.
    pub cause: Cause,
    /// What happened, in words.
    pub sentence: String,
}

/// Who or what moved a score.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// An event.
    Event {
        /// The event.
        event: Box<Event>,
        /// Whether time has a hand in it: what the event opened is still awaited, or went unanswered.
        open: bool,
        /// The score as it would be if the event were taken back.
        without: Points,
    },
    /// The relationship's other events.
    Rest {
        /// How many.
        events: usize,
    },
    /// The party's other relationships.
    Others,
    /// Requests in both directions.
    Reciprocity,
}

/// A contribution before it is rounded.
struct Line {
    channel: Channel,
    points: f64,
    cause: Source,
}

#[derive(Clone, Copy)]
enum Source {
    Event(usize),
    Rest(usize),
    Others,
    Reciprocity,
}

/// What the parts are narrated from.
pub(super) struct Narration<'a> {
    pub input: &'a Input<'a>,
    pub counterfactual: &'a Counterfactual<'a>,
    pub view: &'a View<'a>,
    pub attribution: &'a Attribution,
    pub threads: &'a Threads<'a>,
    pub times: &'a TimesGiven,
    pub state: &'a State,
}

impl Narration<'_> {
    pub(super) fn part(&self, measure: Measure, limit: usize, without: &mut Without<'_>) -> Part {
        let score = self.view.scores.of(measure);
        let value = Points::round(score.value);
        let baseline: f64 = score.channels.iter().map(|(share, estimate)| share * estimate.prior).sum();
        let lines = self.lines(measure, &self.most_moving(measure, limit));
        // Where nothing moved the score, nothing may take up a difference in the last bit either.
        let missed = lines.iter().map(|line| line.points).sum::<f64>() - (score.value - 100.0 * baseline);
        debug_assert!(missed.abs() < 2.0 * NOTHING, "{} is not explained by {missed}", measure.name());
        let baseline = if lines.is_empty() { value } else { Points::round(100.0 * baseline) };
        let rounded = apportion(&lines.iter().map(|line| line.points).collect::<Vec<_>>(), value.0 - baseline.0);
        let mut points: BTreeMap<Channel, i64> = BTreeMap::new();
        let mut contributions = Vec::new();
        for (line, shown) in lines.iter().zip(rounded).filter(|(_, shown)| *shown != 0) {
            *points.entry(line.channel).or_default() += shown;
            contributions.push(self.contribution(measure, line, &lines, Points(shown), without));
        }
        let channels = score.channels.iter().map(|&(share, estimate)| ChannelPoints {
            channel: estimate.channel,
            share,
            value: estimate.value,
            prior: estimate.prior,
            raw: estimate.raw,
            beside: self.times.beside(&estimate).unwrap_or_default(),
            points: Points(points.get(&estimate.channel).copied().unwrap_or(0)),
        });
        Part { measure, value, baseline, channels: channels.collect(), contributions }
    }

    /// The shares of a score's channels in each event.
    fn shares(&self, measure: Measure) -> BTreeMap<usize, Vec<(Channel, f64)>> {
        let mut shares: BTreeMap<usize, Vec<(Channel, f64)>> = BTreeMap::new();
        for (&(place, channel), share) in &self.attribution.shares {
            if channel.measure() == measure {
                shares.entry(place).or_default().push((channel, share.points));
            }
        }
        shares
    }

    /// The places of the events that moved a score most, the farthest first. A third of them, where there are so many,
    /// moved it the other way than most: whoever only saw what raised a score would not know what to mend.
    fn most_moving(&self, measure: Measure, limit: usize) -> Vec<usize> {
        let sum = |shares: Vec<(Channel, f64)>| shares.into_iter().map(|(_, points)| points).sum::<f64>();
        let mut moved: Vec<(usize, f64)> =
            self.shares(measure).into_iter().map(|(place, shares)| (place, sum(shares))).collect();
        moved.retain(|(_, points)| points.abs() >= NOTHING);
        moved.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let raised = |(_, points): &(usize, f64)| *points > 0.0;
        let (up, third) = (moved.iter().filter(|it| raised(it)).count(), limit / 3);
        let among_first = moved.iter().take(limit).filter(|it| raised(it)).count();
        let chosen_up = among_first.clamp(third.min(up), limit - third.min(moved.len() - up));
        let (mut left_up, mut left_down) = (chosen_up, limit - chosen_up);
        moved.retain(|it| {
            let left = if raised(it) { &mut left_up } else { &mut left_down };
            let is_chosen = *left > 0;
            *left = left.saturating_sub(1);
            is_chosen
        });
        moved.into_iter().map(|(place, _)| place).collect()
    }

    /// All that moved a score: the chosen events, the rest of each channel, and what others say.
    fn lines(&self, measure: Measure, chosen: &[usize]) -> Vec<Line> {
        let mut shares = self.shares(measure);
        let mut lines = Vec::new();
        for &place in chosen {
            let of_event = shares.remove(&place).unwrap_or_default();
            lines.extend(of_event.into_iter().map(|(channel, points)| Line {
                channel,
                points,
                cause: Source::Event(place),
            }));
        }
        let rest: Vec<(Channel, f64)> = shares.into_values().flatten().collect();
        for &(share, estimate) in &self.view.scores.of(measure).channels {
            let channel = estimate.channel;
            let whole = 100.0 * share * (estimate.value - estimate.prior);
            if channel == Channel::Reciprocity {
                lines.push(Line { channel, points: whole, cause: Source::Reciprocity });
                continue;
            }
            let of_channel = || rest.iter().filter(|(other, _)| *other == channel);
            let (points, count) = (of_channel().map(|(_, points)| points).sum(), of_channel().count());
            lines.push(Line { channel, points, cause: Source::Rest(count) });
            lines.push(Line { channel, points: self.by_others(channel), cause: Source::Others });
        }
        lines.retain(|line| line.points != 0.0);
        lines
    }

    /// What the pool moves beyond what this relationship moved in it.
    fn by_others(&self, channel: Channel) -> f64 {
        let attribution = self.attribution;
        let of = |sums: &BTreeMap<Channel, f64>| sums.get(&channel).copied().unwrap_or(0.0);
        let others = of(&attribution.pools) - of(&attribution.by_pool);
        // Without others it is what solving the levels left.
        if others.abs() < NOTHING / 1000.0 { 0.0 } else { others }
    }

    fn contribution(
        &self,
        measure: Measure,
        line: &Line,
        lines: &[Line],
        points: Points,
        without: &mut Without<'_>,
    ) -> Contribution {
        let channel = line.channel;
        let (cause, sentence) = match line.cause {
            Source::Event(place) => {
                let event = self.input.events[place];
                let of_event = |it: &&Line| matches!(it.cause, Source::Event(other) if other == place);
                let channels: BTreeSet<Channel> = lines.iter().filter(of_event).map(|it| it.channel).collect();
                let thread = self.threads.around(event);
                let Counterfactual { as_of, rules, .. } = self.counterfactual;
                let sentence = narrate(event, &thread, &channels, *as_of, &self.view.usual, *rules);
                let without = Points::round(without.scores(self.input, place).of(measure).value);
                let open = self.attribution.shares.get(&(place, channel)).is_some_and(|share| share.open);
                (Cause::Event { event: Box::new(event.clone()), open, without }, sentence)
            }
            Source::Rest(events) => (Cause::Rest { events }, counted(events, "other event")),
            Source::Others => (Cause::Others, others(measure).to_owned()),
            Source::Reciprocity => (Cause::Reciprocity, self.both_ways()),
        };
        Contribution { channel, points, cause, sentence }
    }

    fn both_ways(&self) -> String {
        let count = |demand: Demand| usize::try_from(demand.count).unwrap_or(0);
        let here = Demand::of(&self.state.flows, self.counterfactual.today(), self.counterfactual.model);
        let (here, back) = (count(here), count(self.input.reverse));
        format!("{} this way, {back} the other way; newer ones count more", counted(here, "request"))
    }
}

fn others(measure: Measure) -> &'static str {
    if measure == Measure::Customership {
        "What the customer's other suppliers say"
    } else {
        "What the supplier's other customers say"
    }
}
