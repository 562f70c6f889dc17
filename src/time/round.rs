//! Spans of time as people round them.

use super::span::{DAY, HOUR, MINUTE, Span};

/// The longest first; shorter ones are powers of ten, in microseconds.
const ROUND_SPANS: [Span; 13] = [
    Span::days(7),
    DAY,
    Span::hours(12),
    Span::hours(6),
    HOUR,
    Span::minutes(30),
    Span::minutes(15),
    Span::minutes(10),
    Span::minutes(5),
    MINUTE,
    Span::seconds(30),
    Span::seconds(10),
    Span::seconds(5),
];

/// The roundest span from `low` to `high`: nothing is told more exactly than it is known.
#[must_use]
pub fn roundest(low: Span, high: Span) -> Span {
    let (low, high) = (low.micros(), high.micros());
    let powers = (0..7).rev().map(|power| 10_i64.pow(power));
    let mut round = ROUND_SPANS.map(Span::micros).into_iter().chain(powers).map(|span| high / span * span);
    Span::from_micros(round.find(|&time| time >= low).unwrap_or(low))
}
