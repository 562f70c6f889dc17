//! Time zones, out of the rules that the program brings along: so a score is the same wherever it is computed.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::time::{self, Timestamp};

/// Microseconds in a second.
const SECOND: i64 = time::SECOND.micros();

/// The rules of all zones, as this version of the program knows them.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Nobody knows what rules a zone will have in so many years; from this moment on (the year 2200) no more changes of its
/// offset are looked at, which bounds what a span costs: about 2 changes a year.
const FORESEEN: Timestamp = Timestamp::from_micros(7_258_118_400 * SECOND);

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone(TimeZone);

/// A stretch of time with one offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Microseconds by which the local clock is ahead of UTC.
    pub offset: i64,
}

impl Zone {
    /// The zone of an IANA name, and that name as the rules have it.
    pub(super) fn of(name: &str) -> Option<(Self, String)> {
        let zone = ZONES.get(name).ok()?;
        let name = zone.iana_name()?.to_owned();
        Some((Self(zone), name))
    }

    /// Microseconds by which the local clock is ahead of UTC.
    pub(super) fn offset(&self, moment: Timestamp) -> i64 {
        i64::from(self.0.to_offset(to_jiff(moment.min(FORESEEN))).seconds()) * SECOND
    }

    /// Goes from a moment to a later one, stretch by stretch.
    pub(super) fn stretches(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Stretch> {
        let changes =
            self.0.following(to_jiff(from)).map(|change| Timestamp::from_micros(change.timestamp().as_microsecond()));
        let mut changes = changes.take_while(move |&change| change < until && change < FORESEEN);
        let mut next = (from < until).then_some(from);
        std::iter::from_fn(move || {
            let from = next?;
            let change = changes.next();
            next = change;
            Some(Stretch { from, until: change.unwrap_or(until), offset: self.offset(from) })
        })
    }
}

fn to_jiff(moment: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(moment.micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
