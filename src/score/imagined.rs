//! Events that did not happen, to score what would be if they did.

use crate::{
    event::{Event, Identity, Payload, Relationship},
    time::Timestamp,
};

/// An interaction in which nothing happened. No id of an interaction of a relationship begins like that: ids hold no control
/// characters.
pub(super) const IMAGINED: &str = "\u{0}";

/// An event of an imagined interaction; no two of them have the same id.
pub(super) fn imagined(interaction: &str, event_id: &str, occurred_at: Timestamp, payload: Payload) -> Event {
    let relationship = Relationship { customer: String::new(), supplier: String::new() };
    let identity = Identity { relationship, source: IMAGINED.to_owned(), event_id: event_id.to_owned() };
    Event { identity, interaction: Some(interaction.to_owned()), occurred_at, payload }
}
