//! Calendars: when a party works, and how much of its working time lies between two moments.
//!
//! A calendar is open at a moment if its weekly hours have the local time of that moment, and the local day is no holiday.
//! Working time is elapsed time, as a clock without hands measures it, of which the calendar was open. So where clocks are
//! put forward in the night, a night shift is an hour shorter, and where they are put back, an hour longer.

mod check;
mod closed;
mod dated;
mod hours;
mod schedule;
mod zone;

pub use check::{GivenCalendar, MAX_CALENDARS, MAX_HOLIDAYS, MAX_HOURS, MAX_ZONE_BYTES, check_calendars};
pub use dated::{Calendars, DatedCalendar, WorkingTime, WorkingTimes};
pub use hours::WeeklyHours;
pub use schedule::{Calendar, UnknownZone};
