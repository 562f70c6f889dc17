//! Sums: everything the scores need to know about a relationship, as integers that can be added and taken away.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{
    event::{Event, RefusalReason},
    interaction::{self, Pending},
    model::Model,
    observation::{Channel, Observation, UNIT},
    time::Day,
};

/// The sum of the observations of one channel and day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many observations.
    pub count: i64,
    /// Sum of their weights, in millionths.
    pub weight: i64,
    /// Sum of weight times value, in millionths.
    pub value: i64,
    /// Sum of their squared weights, in millionths: what the effective number of observations needs.
    pub square: i64,
}

impl Cell {
    fn add(&mut self, other: Self, sign: i64) {
        self.count += sign * other.count;
        self.weight += sign * other.weight;
        self.value += sign * other.value;
        self.square += sign * other.square;
    }
}

impl From<Observation> for Cell {
    fn from(observation: Observation) -> Self {
        Self {
            count: 1,
            weight: observation.weight,
            value: observation.value,
            square: observation.weight * observation.weight / UNIT,
        }
    }
}

/// Cells by channel and day. Cells that sum to nothing are left out, so equal sums are equal tallies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(Channel, Day), Cell>);

impl Tally {
    /// Adds a sum of observations.
    pub fn add(&mut self, channel: Channel, day: Day, cell: Cell) {
        self.merge(channel, day, cell, 1);
    }

    /// Adds one observation.
    pub fn observe(&mut self, observation: Observation) {
        self.add(observation.channel, observation.day, observation.into());
    }

    fn merge(&mut self, channel: Channel, day: Day, cell: Cell, sign: i64) {
        let sum = self.0.entry((channel, day)).or_default();
        sum.add(cell, sign);
        if *sum == Cell::default() {
            self.0.remove(&(channel, day));
        }
    }

    fn merge_all(&mut self, other: &Self, sign: i64) {
        for (&(channel, day), &cell) in &other.0 {
            self.merge(channel, day, cell, sign);
        }
    }

    /// The days of one channel, oldest first.
    pub fn days(&self, channel: Channel) -> impl Iterator<Item = (Day, Cell)> {
        let range = (channel, Day(i32::MIN))..=(channel, Day(i32::MAX));
        self.0.range(range).map(|(&(_, day), &cell)| (day, cell))
    }

    /// Every cell, by channel and day.
    pub fn cells(&self) -> impl Iterator<Item = (Channel, Day, Cell)> {
        self.0.iter().map(|(&(channel, day), &cell)| (channel, day, cell))
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What the KPIs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// Requests made.
    Requests,
    /// Requests answered.
    Answered,
    /// Requests answered in time.
    OnTime,
    /// Requests withdrawn before an answer.
    Withdrawn,
    /// Requests whose last word was a no, by reason.
    Refused(RefusalReason),
    /// Answers by the time they took, see [`AnswerTime`].
    AnswerTime(AnswerTime),
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests => f.write_str("requests"),
            Self::Answered => f.write_str("answered"),
            Self::OnTime => f.write_str("on_time"),
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::Refused(reason) => write!(f, "refused.{}", reason.name()),
            Self::AnswerTime(AnswerTime(bucket)) => write!(f, "answer_time.{bucket}"),
        }
    }
}

impl FromStr for Counter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let counter = match text.split_once('.') {
            None => match text {
                "requests" => Some(Self::Requests),
                "answered" => Some(Self::Answered),
                "on_time" => Some(Self::OnTime),
                "withdrawn" => Some(Self::Withdrawn),
                _ => None,
            },
            Some(("refused", reason)) => RefusalReason::from_name(reason).map(Self::Refused),
            Some(("answer_time", bucket)) => bucket.parse().ok().map(|it| Self::AnswerTime(AnswerTime(it))),
            Some(_) => None,
        };
        counter.ok_or_else(|| format!("unknown counter {text:?}"))
    }
}

/// A logarithmic bucket of answer times: 32 to an octave, so its middle is within 1.6 % of everything in it.
///
/// Buckets can be added and taken away, which a quantile sketch that samples could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerTime(u16);

impl AnswerTime {
    const BITS: u32 = 5;

    /// The bucket of a time in microseconds; a negative one counts as none.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 59 octaves of 32")]
    pub fn of(micros: i64) -> Self {
        let time = micros.max(0) as u64;
        let octave = time.checked_ilog2().unwrap_or(0).saturating_sub(Self::BITS);
        Self((u64::from(octave << Self::BITS) + (time >> octave)) as u16)
    }

    /// The time in the middle of the bucket, in microseconds.
    #[must_use]
    pub fn middle(self) -> i64 {
        let bucket = i64::from(self.0);
        let octave = (bucket >> Self::BITS).saturating_sub(1).max(0);
        let low = (bucket - (octave << Self::BITS)) << octave;
        low + ((1 << octave) >> 1)
    }
}

/// Counters that are not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Counter, i64>);

impl Counts {
    /// Adds to a counter.
    pub fn add(&mut self, counter: Counter, count: i64) {
        let sum = self.0.entry(counter).or_default();
        *sum += count;
        if *sum == 0 {
            self.0.remove(&counter);
        }
    }

    /// What a counter stands at.
    #[must_use]
    pub fn get(&self, counter: Counter) -> i64 {
        self.0.get(&counter).copied().unwrap_or(0)
    }

    /// Every counter that is not zero, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Counter, i64)> {
        self.0.iter().map(|(&counter, &count)| (counter, count))
    }

    fn merge_all(&mut self, other: &Self, sign: i64) {
        for (counter, count) in other.iter() {
            self.add(counter, sign * count);
        }
    }
}

/// Everything the scores of a relationship are read off, at any moment not before its last event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What is settled.
    pub tally: Tally,
    /// What the KPIs count.
    pub counts: Counts,
    /// What only time, or another event, will settle, by interaction.
    pub pending: BTreeMap<String, Pending>,
}

impl State {
    /// The state that the events of one relationship lead to: the definition that every shortcut must equal.
    #[must_use]
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>, model: &Model) -> Self {
        let mut interactions: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in events {
            if let Some(interaction) = &event.interaction {
                interactions.entry(interaction).or_default().push(event);
            }
        }
        let mut state = Self::default();
        for (interaction, events) in interactions {
            state.apply(&Change::between(interaction, &[], &events, model));
        }
        state
    }

    /// Takes a change in.
    pub fn apply(&mut self, change: &Change) {
        self.tally.merge_all(&change.tally, 1);
        self.counts.merge_all(&change.counts, 1);
        for (interaction, pending) in &change.pending {
            match pending {
                Some(pending) => self.pending.insert(interaction.clone(), pending.clone()),
                None => self.pending.remove(interaction),
            };
        }
    }
}

/// What some events change about the state of their relationship: new minus old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// To be added to the tally; cells may be negative.
    pub tally: Tally,
    /// To be added to the counters; counts may be negative.
    pub counts: Counts,
    /// To be set (or removed, where none) by interaction.
    pub pending: BTreeMap<String, Option<Pending>>,
}

impl Change {
    /// What it changes that an interaction consists of the events `new`, where it consisted of `old`.
    #[must_use]
    pub fn between(interaction: &str, old: &[&Event], new: &[&Event], model: &Model) -> Self {
        let mut change = Self::default();
        change.extend(interaction, old, new, model);
        change
    }

    /// Adds the change of one more interaction.
    pub fn extend(&mut self, interaction: &str, old: &[&Event], new: &[&Event], model: &Model) {
        let (before, after) = (interaction::fold(old, model), interaction::fold(new, model));
        for (fold, sign) in [(&before, -1), (&after, 1)] {
            for &observation in &fold.settled {
                self.tally.merge(observation.channel, observation.day, observation.into(), sign);
            }
            self.counts.merge_all(&fold.counts, sign);
        }
        if before.pending != after.pending {
            self.pending.insert(interaction.to_owned(), after.pending);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, SECOND};

    #[test]
    fn answer_times_stay_within_two_percent() {
        for micros in (0..2_000).chain((1..400).map(|step| step * step * SECOND)).chain([400 * DAY, i64::MAX / 2]) {
            let middle = AnswerTime::of(micros).middle();
            assert!((middle - micros).abs() * 50 <= micros.max(1), "{micros} became {middle}");
        }
    }

    #[test]
    fn counters_read_what_they_print() {
        let some = [
            Counter::Requests,
            Counter::Withdrawn,
            Counter::Refused(RefusalReason::NotNeeded),
            Counter::AnswerTime(AnswerTime::of(90 * SECOND)),
        ];
        for counter in some {
            assert_eq!(counter.to_string().parse(), Ok(counter));
        }
        assert!("refused.because".parse::<Counter>().is_err());
    }
}
