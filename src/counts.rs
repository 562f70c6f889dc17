//! Plain counts, as integers that can be added and taken away: what the KPIs are read off.

use crate::{
    event::RefusalReason,
    names::are_distinct,
    time::{Span, roundest},
    totals::Totals,
};

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
    /// Requests that were incomplete.
    Incomplete,
    /// Accepted requests that were taken back or changed.
    Unsteady,
    /// Payments whose due date is known.
    Payments,
    /// Payments after their due date.
    LatePayments,
    /// Requests that turned out to be duplicates of others; they are not among the requests.
    Merged,
    /// Orders of which anything was delivered.
    OrdersDelivered,
    /// Those of them that had a word before their first delivery.
    OrdersConfirmed,
    /// Requests made after the relationship was last ended.
    SinceEnding,
}

/// The codes of refusals: this and the code of the reason.
const REFUSED: u32 = 32;
/// The codes of answer times: this and the number of the bucket.
const ANSWER_TIMES: u32 = 64;

/// What states hold of each counter: a code that was given is never given to another one.
macro_rules! codes {
    ($($counter:ident as $code:literal,)+) => {
        const _: () = {
            assert!(are_distinct(&[$($code),+]), "two counters have the same code");
            $(assert!($code < REFUSED, "a counter has the code of a refusal");)+
        };

        impl Counter {
            /// What is stored of it.
            #[must_use]
            pub fn code(self) -> u32 {
                match self {
                    $(Self::$counter => $code,)+
                    Self::Refused(reason) => REFUSED + u32::from(reason.code()),
                    Self::AnswerTime(AnswerTime(bucket)) => ANSWER_TIMES + u32::from(bucket),
                }
            }

            /// The counter of that code.
            #[must_use]
            pub fn from_code(code: u32) -> Option<Self> {
                match code {
                    $($code => Some(Self::$counter),)+
                    ANSWER_TIMES.. => u16::try_from(code - ANSWER_TIMES).ok().map(|it| Self::AnswerTime(AnswerTime(it))),
                    REFUSED.. => RefusalReason::from_code(u8::try_from(code - REFUSED).ok()?).map(Self::Refused),
                    _ => None,
                }
            }
        }
    };
}

codes! {
    Requests as 0,
    Answered as 1,
    OnTime as 2,
    Withdrawn as 3,
    Incomplete as 4,
    // 5 and 6 were counts of hasty requests.
    Unsteady as 7,
    Payments as 8,
    LatePayments as 9,
    Merged as 10,
    OrdersDelivered as 11,
    OrdersConfirmed as 12,
    SinceEnding as 13,
}

const _: () = {
    let mut place = 0;
    while place < RefusalReason::ALL.len() {
        assert!(
            REFUSED + (RefusalReason::ALL[place].code() as u32) < ANSWER_TIMES,
            "a refusal has the code of an answer time"
        );
        place += 1;
    }
};

/// A logarithmic bucket of answer times: 64 to an octave, so whatever is in it is within 1.6 % of all else in it.
///
/// Buckets can be added and taken away, which a quantile sketch that samples could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerTime(u16);

impl AnswerTime {
    const BITS: u32 = 6;

    /// The bucket of a time; a negative one counts as none.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 58 octaves of 64")]
    pub fn of(time: Span) -> Self {
        let time = time.micros().max(0) as u64;
        let octave = time.checked_ilog2().unwrap_or(0).saturating_sub(Self::BITS);
        Self((u64::from(octave << Self::BITS) + (time >> octave)) as u16)
    }

    /// The roundest time in the bucket: nothing is told more exactly than it is known.
    #[must_use]
    pub fn typical(self) -> Span {
        let bucket = i64::from(self.0);
        let octave = (bucket >> Self::BITS).saturating_sub(1).max(0);
        let low = (bucket - (octave << Self::BITS)) << octave;
        let high = low.saturating_add((1 << octave) - 1);
        roundest(Span::from_micros(low), Span::from_micros(high))
    }
}

/// Counters that are not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Totals<Counter, i64>);

impl Counts {
    /// Adds to a counter.
    pub fn add(&mut self, counter: Counter, count: i64) {
        // As in a tally: damaged bytes must not end in a panic.
        self.0.change(counter, |sum| *sum = sum.wrapping_add(count));
    }

    /// What a counter stands at.
    #[must_use]
    pub fn get(&self, counter: Counter) -> i64 {
        self.0.get(&counter).copied().unwrap_or(0)
    }

    /// Every counter that is not zero, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Counter, i64)> {
        self.0.iter().copied()
    }

    /// Adds all of another's counts, or takes them away where `sign` is -1.
    pub fn merge_all(&mut self, other: &Self, sign: i64) {
        for (counter, count) in other.iter() {
            self.add(counter, sign.wrapping_mul(count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR, MICROSECOND, SECOND};

    #[test]
    fn counters_come_back_by_their_codes() {
        for code in 0..2 * ANSWER_TIMES {
            assert!(Counter::from_code(code).is_none_or(|counter| counter.code() == code));
        }
        for counter in RefusalReason::ALL.map(Counter::Refused).into_iter().chain([
            Counter::LatePayments,
            Counter::AnswerTime(AnswerTime::of(Span::ZERO)),
            Counter::AnswerTime(AnswerTime::of(Span::from_micros(i64::MAX))),
        ]) {
            assert_eq!(Counter::from_code(counter.code()), Some(counter));
        }
        assert_eq!(Counter::from_code(u32::MAX), None);
    }

    #[test]
    fn answer_times_stay_within_two_percent() {
        let longer = (1..400).map(|step| step * step * SECOND).chain([400 * DAY, Span::from_micros(i64::MAX / 2)]);
        for time in (0..2_000).map(Span::from_micros).chain(longer) {
            let typical = AnswerTime::of(time).typical();
            assert!(50 * (typical - time).abs() <= time.max(MICROSECOND), "{time:?} became {typical:?}");
        }
    }

    #[test]
    fn answer_times_are_told_in_round_numbers() {
        let told = |time: Span| AnswerTime::of(time).typical();
        for round in [Span::ZERO, SECOND, 90 * SECOND, HOUR / 2, 6 * HOUR, 30 * HOUR, 3 * DAY, 21 * DAY] {
            assert_eq!(told(round), round);
        }
        assert_eq!(told(6 * HOUR + 7 * SECOND), 6 * HOUR, "the seconds are not known");
        assert_eq!(told(Span::from_micros(21_743_271_936)).micros() % SECOND.micros(), 0);
    }
}
