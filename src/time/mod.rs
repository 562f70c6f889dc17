//! Moments, spans of time between them, days and steps, and the clock.
//!
//! A moment is a [`Timestamp`], and what lies between two of them a [`Span`]: neither is a number, so that microseconds are
//! not taken for days, or a moment for a length of time. Both hold at their ends rather than overflow, for what is stored or
//! sent may be any number.

mod clock;
mod round;
mod span;
mod step;
mod timestamp;

pub use clock::{Clock, SystemClock};
pub use round::roundest;
pub use span::{DAY, HOUR, MICROSECOND, MINUTE, SECOND, Span};
pub use step::Step;
pub use timestamp::{Day, Timestamp};
