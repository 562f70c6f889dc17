//! Terms: what a request gave its supplier to meet it with, in steps so coarse that observations are summed up by them.
//!
//! What is usual between two is learned from all that was asked, and an event that arrives late changes it. So no observation
//! is weighed when it is folded: it keeps its terms, and is weighed by what is usual when a score is read.

use serde::{Deserialize, Serialize};

use crate::{
    event::{RequestKind, Share},
    time::{MICROSECOND, SECOND, Span, roundest},
};

/// Steps to an octave of time: within one, times differ by a quarter at the most.
const STEPS: i64 = 4;
/// Times are told apart up to so many octaves of seconds, which are 68 years.
const OCTAVES: u32 = 31;
/// Completeness is told apart in so many steps.
const PARTS: u16 = 20;

const TIME_BITS: u32 = 7;
const PART_BITS: u32 = 5;
const OWED_BITS: u32 = 1;

const _: () = {
    assert!(STEPS * (OCTAVES as i64) < 1 << TIME_BITS, "a time has no room");
    assert!(PARTS < 1 << PART_BITS, "a completeness has no room");
    let mut place = 0;
    while place < RequestKind::ALL.len() {
        let room = 1 << (u16::BITS - TIME_BITS - PART_BITS - OWED_BITS);
        assert!((RequestKind::ALL[place].code() as u16) < room, "a kind of request has no room");
        place += 1;
    }
};

/// What a request was to be met with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owed {
    /// An answer.
    Answer,
    /// A delivery.
    Delivery,
}

/// What a request gave its supplier to meet it with: the time for the answer or for the delivery, and how complete it was.
///
/// From the lowest bits up: the step of the time, 0 for none; what is missing of completeness; [`Owed`]; the kind's code. It
/// is a part of what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Terms(u16);

impl Terms {
    /// Nothing was asked in a hurry or in part.
    pub const FAIR: Self = Self(0);

    /// The terms of a request of that kind and completeness that gave so much time for what is owed, or said nothing
    /// about it.
    #[must_use]
    pub fn of(kind: RequestKind, owed: Owed, completeness: Share, given: Option<Span>) -> Self {
        let time = given.map_or(0, step);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share lies between 0 and 1")]
        let missing = ((1.0 - completeness.value()) * f64::from(PARTS)).round() as u16;
        if time == 0 && missing == 0 {
            return Self::FAIR;
        }
        let kind = u16::from(kind.code()) << OWED_BITS | owed as u16;
        Self((kind << PART_BITS | missing) << TIME_BITS | time)
    }

    /// What is stored of them.
    #[must_use]
    pub fn code(self) -> u16 {
        self.0
    }

    /// The terms of that code.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        let terms = Self(code);
        let is_known = terms.time() <= span_steps() && terms.missing() <= PARTS && terms.known_kind().is_some();
        let is_fair = terms.time() == 0 && terms.missing() == 0;
        (is_known && (!is_fair || terms == Self::FAIR)).then_some(terms)
    }

    /// What was asked for, where the terms say something about it.
    #[must_use]
    pub fn kind(self) -> RequestKind {
        self.known_kind().unwrap_or(RequestKind::Quote)
    }

    /// What was owed.
    #[must_use]
    pub fn owed(self) -> Owed {
        if self.0 >> (TIME_BITS + PART_BITS) & 1 == 0 { Owed::Answer } else { Owed::Delivery }
    }

    /// How complete the request was, 0 to 1.
    #[must_use]
    pub fn completeness(self) -> f64 {
        1.0 - f64::from(self.missing()) / f64::from(PARTS)
    }

    /// The same, had nothing been missing.
    #[must_use]
    pub fn complete(self) -> Self {
        if self.time() == 0 { Self::FAIR } else { Self(self.0 & !(((1 << PART_BITS) - 1) << TIME_BITS)) }
    }

    /// The time that it gave, in microseconds as a power of two; `None` if it said nothing about that.
    #[must_use]
    pub fn octaves(self) -> Option<f64> {
        (self.time() > 0).then(|| middle(self.time()))
    }

    /// The roundest of the times that it may have given: nothing is told more exactly than it is known.
    #[must_use]
    pub fn typical(self) -> Option<Span> {
        let step = i64::from(self.time().checked_sub(1)?);
        let (octave, within) = (step / STEPS, step % STEPS);
        let edge = |within: i64| Span::seconds((STEPS + within) << octave) / STEPS;
        Some(roundest(edge(within), edge(within + 1) - MICROSECOND))
    }

    fn time(self) -> u16 {
        self.0 & ((1 << TIME_BITS) - 1)
    }

    fn missing(self) -> u16 {
        self.0 >> TIME_BITS & ((1 << PART_BITS) - 1)
    }

    fn known_kind(self) -> Option<RequestKind> {
        RequestKind::from_code(u8::try_from(self.0 >> (TIME_BITS + PART_BITS + OWED_BITS)).ok()?)
    }
}

/// A time as a power of two of microseconds, as exactly as terms hold it.
#[must_use]
pub fn octaves(time: Span) -> f64 {
    middle(step(time))
}

#[expect(clippy::cast_possible_truncation, reason = "there are no more steps than fit into a few bits")]
const fn span_steps() -> u16 {
    STEPS as u16 * OCTAVES as u16
}

/// The step of a time, from 1 on. Nothing is shorter than a second.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time is cut to what fits")]
fn step(time: Span) -> u16 {
    let seconds = (time.micros() / SECOND.micros()).clamp(1, (1 << OCTAVES) - 1);
    let octave = seconds.ilog2();
    let within = ((seconds * STEPS) >> octave) - STEPS;
    (1 + i64::from(octave) * STEPS + within) as u16
}

/// The middle of a step, in microseconds as a power of two.
fn middle(step: u16) -> f64 {
    let (octave, within) = (i64::from(step - 1) / STEPS, i64::from(step - 1) % STEPS);
    octave as f64 + (1.0 + (within as f64 + 0.5) / STEPS as f64).log2() + (SECOND.micros() as f64).log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    #[test]
    fn terms_come_back_by_their_codes() {
        let shares = [0.0, 0.05, 0.5, 0.99, 1.0].map(|share| Share::new(share).expect("a share"));
        let times =
            [None, Some(-HOUR), Some(Span::ZERO), Some(SECOND), Some(7 * HOUR), Some(14 * DAY), Some(i64::MAX * DAY)];
        for kind in RequestKind::ALL {
            for owed in [Owed::Answer, Owed::Delivery] {
                for share in shares {
                    for given in times {
                        let terms = Terms::of(kind, owed, share, given);
                        assert_eq!(Terms::from_code(terms.code()), Some(terms));
                        assert!((terms.completeness() - share.value()).abs() <= 0.025 + 1e-9);
                        assert_eq!(terms.octaves().is_some(), given.is_some());
                        if terms != Terms::FAIR {
                            assert_eq!((terms.kind(), terms.owed()), (kind, owed));
                        }
                    }
                }
            }
        }
        assert_eq!(Terms::from_code(u16::MAX), None);
        assert_eq!(Terms::from_code(1 << (TIME_BITS + PART_BITS)), None, "fair terms have one code");
    }

    #[test]
    fn times_stay_within_an_eighth_and_in_order() {
        let mut before = 0.0;
        for seconds in (1..4_000).chain((64..2_000).map(|step| step * step)) {
            let octaves = octaves(seconds * SECOND);
            let off = octaves.exp2() / (seconds * SECOND).micros() as f64;
            assert!((0.888..=1.126).contains(&off) || seconds < 8, "{seconds} s became {off} of that");
            assert!(seconds == 4_096 || octaves >= before, "{seconds}");
            before = octaves;
        }
    }
}
