//! Events in few words: builders for tests that are to be read.

use rapport::{
    event::{
        Delivered, Disposition, Event, Identity, Money, Note, Paid, PartyRole, Payload, ProposalOutcome, Proposed,
        Rated, RatingSubject, Referred, RefusalReason, Refused, RequestKind, Requested, Resolved, Responded, Retracted,
        Share,
    },
    time::Timestamp,
};

/// The moment of a text such as `2025-03-01T09:30:00Z`, or the midnight of a date.
pub fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap_or_else(|error| panic!("{moment:?} is no moment: {error}"))
}

pub fn relationship(customer: &str, supplier: &str) -> rapport::event::Relationship {
    rapport::event::Relationship { customer: customer.to_owned(), supplier: supplier.to_owned() }
}

/// An event of the source `erp`.
pub fn event(
    customer: &str,
    supplier: &str,
    interaction: &str,
    id: &str,
    occurred_at: Timestamp,
    payload: Payload,
) -> Event {
    let relationship = relationship(customer, supplier);
    Event {
        identity: Identity { relationship, source: "erp".to_owned(), event_id: id.to_owned() },
        interaction: Some(interaction.to_owned()),
        occurred_at,
        payload,
    }
}

/// The retraction of an event by its sender, in no interaction.
pub fn retraction_of(event: &Event, id: &str, occurred_at: Timestamp) -> Event {
    Event {
        identity: Identity { event_id: id.to_owned(), ..event.identity.clone() },
        interaction: None,
        occurred_at,
        payload: retracted(&event.identity.event_id),
    }
}

/// A complete request without dates; further fields by `Requested { respond_by: .., ..request(kind) }`.
pub fn request(kind: RequestKind) -> Requested {
    Requested {
        kind,
        respond_by: None,
        needed_by: None,
        value: None,
        completeness: Share::WHOLE,
        revisits: None,
        channel: String::new(),
        summary: String::new(),
    }
}

pub fn requested(kind: RequestKind) -> Payload {
    Payload::Requested(request(kind))
}

pub fn responded(disposition: Disposition, promised_by: Option<Timestamp>) -> Payload {
    Payload::Responded(Responded { disposition, promised_by, note: String::new() })
}

pub fn refused(reason: RefusalReason, alternative_offered: bool) -> Payload {
    Payload::Refused(Refused { reason, not_before: None, alternative_offered, note: String::new() })
}

pub fn delivered(in_full: f64, accepted: f64) -> Payload {
    Payload::Delivered(Delivered { in_full: share(in_full), accepted: share(accepted), note: String::new() })
}

pub fn retracted(event_id: &str) -> Payload {
    Payload::Retracted(Retracted { event_id: event_id.to_owned(), reason: "a dispute was settled".to_owned() })
}

pub fn clarification_asked() -> Payload {
    Payload::ClarificationAsked(Note::default())
}

pub fn clarified() -> Payload {
    Payload::Clarified(Note::default())
}

pub fn withdrawn() -> Payload {
    Payload::Withdrawn(Note::default())
}

pub fn share(value: f64) -> Share {
    Share::new(value).unwrap_or_else(|| panic!("{value} is no share"))
}

/// One of each of the fourteen payloads, every field filled in.
pub fn every_payload() -> [Payload; 14] {
    let note = || "about \"that\" – äöü 漢字 🚚 \\ %".to_owned();
    let moment = at("2025-06-01T12:30:15.000001Z");
    let money = || Money { currency: "EUR".to_owned(), amount_minor: i64::MAX };
    [
        Payload::Requested(Requested {
            kind: RequestKind::Improvement,
            respond_by: Some(moment),
            needed_by: Some(Timestamp::MAX),
            value: Some(money()),
            completeness: share(0.123_456),
            revisits: Some("an earlier one".to_owned()),
            channel: "e-mail".to_owned(),
            summary: note(),
        }),
        Payload::Acknowledged {},
        Payload::ClarificationAsked(Note { note: note() }),
        Payload::Clarified(Note { note: note() }),
        Payload::Responded(Responded {
            disposition: Disposition::CounterOffer,
            promised_by: Some(moment),
            note: note(),
        }),
        Payload::Refused(Refused {
            reason: RefusalReason::NotNow,
            not_before: Some(moment),
            alternative_offered: true,
            note: note(),
        }),
        Payload::Withdrawn(Note { note: note() }),
        Payload::Delivered(Delivered { in_full: share(0.000_001), accepted: share(0.999_999), note: note() }),
        Payload::Rated(Rated {
            by: PartyRole::Customer,
            subject: RatingSubject::WorkingTogether,
            stars: 5,
            note: note(),
        }),
        Payload::Proposed(Proposed { by: PartyRole::Supplier, summary: note() }),
        Payload::Resolved(Resolved { outcome: ProposalOutcome::Kept, note: note() }),
        Payload::Referred(Referred { by: PartyRole::Customer, to: "a third party".to_owned() }),
        Payload::Paid(Paid { amount: money(), due: Some(moment) }),
        Payload::Retracted(Retracted { event_id: "e-1".to_owned(), reason: note() }),
    ]
}
