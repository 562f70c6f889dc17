//! The vocabulary: what can happen between a customer and a supplier, and what makes an event valid.
//!
//! Events are plain values that compare by content. Shares and money are integers, so that the same event is the same
//! event on every path it may take. No I/O, no wire format and no SQL here.

mod payload;
mod validate;

pub use payload::{
    Delivered, Disposition, Money, Note, Paid, PartyRole, Payload, ProposalOutcome, Proposed, Rated, RatingSubject,
    Referred, RefusalReason, Refused, RequestKind, Requested, Resolved, Responded, Retracted, Share,
};
pub use validate::{
    EARLIEST_EVENT, FUTURE_SKEW, MAX_ID_BYTES, MAX_LABEL_BYTES, MAX_TEXT_BYTES, Violation, check_currency, check_event,
    check_id, check_line, check_relationship,
};

use crate::time::Timestamp;

/// Whose data it is. Until authentication comes there is one tenant, [`Tenant::default`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(pub String);

impl Default for Tenant {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// A directed relationship: `customer` asks, `supplier` is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relationship {
    /// The party that asks: an opaque id.
    pub customer: String,
    /// The party that is asked: an opaque id.
    pub supplier: String,
}

impl Relationship {
    /// The opposite direction: the supplier as the customer.
    #[must_use]
    pub fn reverse(&self) -> Self {
        Self { customer: self.supplier.clone(), supplier: self.customer.clone() }
    }

    /// Who has a role in it.
    #[must_use]
    pub fn party(&self, role: PartyRole) -> &str {
        match role {
            PartyRole::Customer => &self.customer,
            PartyRole::Supplier => &self.supplier,
        }
    }
}

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

    /// The interaction it belongs to, with the relationship that makes its id unique.
    #[must_use]
    pub fn interaction_key(&self) -> Option<(Relationship, String)> {
        self.interaction.as_ref().map(|id| (self.relationship().clone(), id.clone()))
    }

    /// The identity of the event that this one takes back.
    #[must_use]
    pub fn target(&self) -> Option<Identity> {
        self.retracts().map(|event_id| Identity { event_id: event_id.to_owned(), ..self.identity.clone() })
    }

    /// The order in which the events of an interaction are read: by time, then by id, never by arrival.
    #[must_use]
    pub fn position(&self) -> (Timestamp, &str, &str) {
        (self.occurred_at, &self.identity.event_id, &self.identity.source)
    }
}
