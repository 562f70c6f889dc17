//! Events in few words: builders for tests that are to be read.

use rapport::{
    event::{
        Amended, Delivered, Disposition, EndReason, Ended, Event, Identity, Lot, Merged, Money, Note, Paid, PartyRole,
        Payload, ProposalOutcome, Proposed, Quantity, Rated, RatingSubject, Ratio, Referred, RefusalReason, Refused,
        RequestKind, Requested, Resolved, Responded, Retracted, Returned, Share,
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
    Requested::of(kind)
}

pub fn requested(kind: RequestKind) -> Payload {
    Payload::Requested(request(kind))
}

pub fn responded(disposition: Disposition, promised_by: Option<Timestamp>) -> Payload {
    Payload::Responded(Responded { disposition, promised_by, note: String::new() })
}

pub fn refused(reason: RefusalReason, alternative_offered: bool) -> Payload {
    Payload::Refused(Refused { alternative_offered, ..Refused::of(reason) })
}

/// A no for several reasons; what is said twice counts once.
pub fn refused_for(reasons: &[RefusalReason]) -> Payload {
    let mut further: Vec<RefusalReason> = Vec::new();
    for &reason in &reasons[1..] {
        if reason != reasons[0] && !further.contains(&reason) {
            further.push(reason);
        }
    }
    Payload::Refused(Refused { further, ..Refused::of(reasons[0]) })
}

pub fn delivered(in_full: f64, accepted: f64) -> Payload {
    let in_full = Ratio::new(in_full).unwrap_or_else(|| panic!("{in_full} is no ratio"));
    Payload::Delivered(Delivered { in_full, accepted: share(accepted), ..Delivered::whole() })
}

pub fn quantity(amount: f64) -> Quantity {
    Quantity::new(amount, "kg".to_owned()).unwrap_or_else(|| panic!("{amount} is no amount"))
}

/// Goods delivered by quantity, and how much of it was accepted.
pub fn weighed(amount: f64, accepted: f64) -> Payload {
    let share = share(accepted / amount);
    let (quantity, quantity_accepted) = (Some(quantity(amount)), Some(quantity(accepted)));
    Payload::Delivered(Delivered { accepted: share, quantity, quantity_accepted, ..Delivered::whole() })
}

/// Nothing is changed yet; fields by `Amended { needed_by: .., ..amendment(by) }`.
pub fn amendment(by: PartyRole) -> Amended {
    Amended {
        by,
        respond_by: None,
        needed_by: None,
        promised_by: None,
        quantity: None,
        value: None,
        note: String::new(),
    }
}

pub fn returned(fraction: f64) -> Payload {
    Payload::Returned(Returned { fraction: Some(share(fraction)), quantity: None, note: String::new() })
}

pub fn merged(into: &str) -> Payload {
    Payload::Merged(Merged { into: into.to_owned() })
}

pub fn ended(by: PartyRole, reason: EndReason) -> Payload {
    Payload::Ended(Ended { by, reason, to: None, note: String::new() })
}

/// The end of a relationship, in no interaction.
pub fn end_of(customer: &str, supplier: &str, id: &str, at: Timestamp, by: PartyRole, reason: EndReason) -> Event {
    Event { interaction: None, ..event(customer, supplier, "", id, at, ended(by, reason)) }
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

/// One of each of the eighteen payloads, every field filled in.
pub fn every_payload() -> [Payload; 18] {
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
            quantity: Some(quantity(1_000.000_001)),
            schedule: vec![Lot { due: moment, fraction: None, quantity: Some(quantity(1_000.000_001)) }],
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
            further: vec![RefusalReason::Price, RefusalReason::NoCapacity],
        }),
        Payload::Withdrawn(Note { note: note() }),
        Payload::Delivered(Delivered {
            in_full: share(0.000_001).into(),
            accepted: share(0.999_999),
            note: note(),
            quantity: Some(quantity(1_000_000.0)),
            quantity_accepted: Some(quantity(999_999.0)),
            in_full_said: true,
        }),
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
        Payload::Amended(Amended {
            by: PartyRole::Supplier,
            respond_by: Some(moment),
            needed_by: Some(moment),
            promised_by: Some(moment),
            quantity: Some(quantity(0.5)),
            value: Some(money()),
            note: note(),
        }),
        Payload::Returned(Returned { fraction: Some(share(0.25)), quantity: None, note: note() }),
        Payload::Merged(Merged { into: "another one".to_owned() }),
        Payload::Ended(Ended {
            by: PartyRole::Customer,
            reason: EndReason::Moved,
            to: Some("a third party".to_owned()),
            note: note(),
        }),
    ]
}
