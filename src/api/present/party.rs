//! Parties on the wire.

use crate::{
    api::{convert::to_wire, v1},
    calendar::DatedCalendar,
    party::{Party, PartyKind},
    time::Timestamp,
};

/// A party.
pub fn party(it: Party) -> v1::Party {
    v1::Party {
        party: it.id,
        display_name: it.display_name,
        parent: it.parent.unwrap_or_default(),
        category: it.category.unwrap_or_default(),
        kind: it.kind.map_or(0, PartyKind::to_wire),
        calendars: it.calendars.iter().map(calendar).collect(),
    }
}

fn calendar(it: &DatedCalendar) -> v1::Calendar {
    v1::Calendar {
        zone: it.calendar.zone().to_owned(),
        hours: it.calendar.hours().lines(),
        holidays: it.calendar.holidays().iter().map(|day| day.start().date()).collect(),
        valid_from: Some(it.valid_from).filter(|&moment| moment != Timestamp::MIN).map(to_wire),
        version: it.calendar.version(),
    }
}
