//! Endings: one side ends the whole relationship, and with it what is open in each interaction that began before.

use serde::{Deserialize, Serialize};

use crate::{
    event::{EndReason, Ended, Event, PartyRole, Payload},
    time::Timestamp,
};

/// What one side said when it ended a relationship.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// The side that ended it.
    pub by: PartyRole,
    /// Why.
    pub reason: EndReason,
    /// Whom it turned to instead.
    pub to: Option<String>,
}

impl Ending {
    /// The last of the endings among some events of one relationship.
    #[must_use]
    pub fn last_of(events: &[&Event]) -> Option<Self> {
        let last = Endings::of(events).0.pop()?;
        let Payload::Ended(Ended { by, reason, to, note: _ }) = &last.payload else { return None };
        Some(Self { at: last.occurred_at, by: *by, reason: *reason, to: to.clone() })
    }
}

/// The endings among events of one relationship, in their order.
pub(super) struct Endings<'a>(Vec<&'a Event>);

impl<'a> Endings<'a> {
    pub fn of(events: &[&'a Event]) -> Self {
        let mut endings: Vec<&Event> = events.iter().copied().filter(|event| event.is_ending()).collect();
        endings.sort_unstable_by_key(|event| event.position());
        Self(endings)
    }

    /// The first one after an event.
    pub fn after(&self, event: &Event) -> Option<&'a Event> {
        self.0.get(self.0.partition_point(|ending| ending.position() < event.position())).copied()
    }

    /// Whether there are any, and all of them before an event.
    pub fn are_before(&self, event: &Event) -> bool {
        !self.0.is_empty() && self.after(event).is_none()
    }
}
