//! An event: who is meant, when, and what happened.

use super::{payload::Payload, relationship::Relationship, vocabulary::PartyRole};
use crate::time::Timestamp;

/// The identity of an event within its tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The relationship the event is about.
    pub relationship: Relationship,
    /// The system that sent it.
    pub source: String,
    /// The id that system gave it.
    pub event_id: String,
}

/// An immutable fact about one relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What the event is known by.
    pub identity: Identity,
    /// The interaction it belongs to, where it belongs to one.
    pub interaction: Option<String>,
    /// When it happened in the world.
    pub occurred_at: Timestamp,
    /// What happened.
    pub payload: Payload,
}

impl Event {
    /// The relationship the event is about.
    #[must_use]
    pub fn relationship(&self) -> &Relationship {
        &self.identity.relationship
    }

    /// The id of the event (same source, same relationship) that this one takes back.
    #[must_use]
    pub fn retracts(&self) -> Option<&str> {
        match &self.payload {
            Payload::Retracted(retracted) => Some(&retracted.event_id),
            _ => None,
        }
    }

    /// The earlier interaction that this request asks again.
    #[must_use]
    pub fn revisits(&self) -> Option<&str> {
        match &self.payload {
            Payload::Requested(requested) => requested.revisits.as_deref(),
            _ => None,
        }
    }

    /// Whether it ends its relationship.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        matches!(self.payload, Payload::Ended(_))
    }

    /// The side that ends the relationship by it.
    #[must_use]
    pub fn ended_by(&self) -> Option<PartyRole> {
        match &self.payload {
            Payload::Ended(ended) => Some(ended.by),
            _ => None,
        }
    }

    /// The interaction that it is a part of. What ends a relationship is a part of none, whatever its sender says.
    #[must_use]
    pub fn in_interaction(&self) -> Option<&str> {
        self.interaction.as_deref().filter(|_| !self.is_ending())
    }

    /// The interaction it belongs to, with the relationship that makes its id unique.
    #[must_use]
    pub fn interaction_key(&self) -> Option<(Relationship, String)> {
        self.in_interaction().map(|id| (self.relationship().clone(), id.to_owned()))
    }

    /// The identity of the event that this one takes back.
    #[must_use]
    pub fn target(&self) -> Option<Identity> {
        self.retracts().map(|event_id| Identity { event_id: event_id.to_owned(), ..self.identity.clone() })
    }

    /// The order in which the events of an interaction are read: by time, then by what comes first in a deal (many senders
    /// know days only, and nothing is answered or delivered before it is asked for), then by id, never by arrival.
    #[must_use]
    pub fn position(&self) -> (Timestamp, u8, &str, &str) {
        (self.occurred_at, self.payload.place(), &self.identity.event_id, &self.identity.source)
    }
}
