//! Events on the wire.

use crate::{
    api::{
        convert::to_wire,
        v1::{self, event::Payload as Wire},
    },
    event::{Amended, Delivered, Event, Lot, Money, Payload, Quantity, Ratio, RefusalReason, Requested, Share},
};

/// An event as it is sent.
#[must_use]
pub fn event(event: Event) -> v1::Event {
    let relationship = event.identity.relationship;
    v1::Event {
        event_id: event.identity.event_id,
        source: event.identity.source,
        customer: relationship.customer,
        supplier: relationship.supplier,
        interaction_id: event.interaction.unwrap_or_default(),
        occurred_at: Some(to_wire(event.occurred_at)),
        payload: Some(payload(event.payload)),
    }
}

fn payload(payload: Payload) -> Wire {
    match payload {
        Payload::Requested(it) => Wire::Requested(requested(it)),
        Payload::Acknowledged {} => Wire::Acknowledged(v1::Acknowledged {}),
        Payload::ClarificationAsked(it) => Wire::ClarificationAsked(v1::ClarificationAsked { note: it.note }),
        Payload::Clarified(it) => Wire::Clarified(v1::Clarified { note: it.note }),
        Payload::Responded(it) => Wire::Responded(v1::Responded {
            disposition: it.disposition.to_wire(),
            promised_by: it.promised_by.map(to_wire),
            note: it.note,
        }),
        Payload::Refused(it) => Wire::Refused(v1::Refused {
            reason: it.reason.to_wire(),
            not_before: it.not_before.map(to_wire),
            alternative_offered: it.alternative_offered,
            // Said where there are several.
            reasons: if it.further.is_empty() {
                Vec::new()
            } else {
                it.reasons().map(RefusalReason::to_wire).collect()
            },
            note: it.note,
        }),
        Payload::Withdrawn(it) => Wire::Withdrawn(v1::Withdrawn { note: it.note }),
        Payload::Delivered(it) => Wire::Delivered(delivered(it)),
        Payload::Rated(it) => Wire::Rated(v1::Rated {
            by: it.by.to_wire(),
            subject: it.subject.to_wire(),
            stars: i32::from(it.stars),
            note: it.note,
        }),
        Payload::Proposed(it) => Wire::Proposed(v1::Proposed { by: it.by.to_wire(), summary: it.summary }),
        Payload::Resolved(it) => Wire::Resolved(v1::Resolved { outcome: it.outcome.to_wire(), note: it.note }),
        Payload::Referred(it) => Wire::Referred(v1::Referred { by: it.by.to_wire(), to: it.to }),
        Payload::Paid(it) => Wire::Paid(v1::Paid { amount: Some(money(it.amount)), due: it.due.map(to_wire) }),
        Payload::Retracted(it) => Wire::Retracted(v1::Retracted { event_id: it.event_id, reason: it.reason }),
        Payload::Amended(it) => Wire::Amended(amended(it)),
        Payload::Returned(it) => Wire::Returned(v1::Returned {
            fraction: it.fraction.map(Share::value),
            quantity: it.quantity.map(quantity),
            note: it.note,
        }),
        Payload::Merged(it) => Wire::Merged(v1::Merged { into: it.into }),
        Payload::Ended(it) => Wire::Ended(v1::Ended {
            by: it.by.to_wire(),
            reason: it.reason.to_wire(),
            to: it.to.unwrap_or_default(),
            note: it.note,
        }),
    }
}

fn delivered(it: Delivered) -> v1::Delivered {
    v1::Delivered {
        fraction_in_full: (it.in_full_said || it.in_full != Ratio::WHOLE).then(|| it.in_full.value()),
        fraction_accepted: less_than_whole(it.accepted),
        note: it.note,
        quantity: it.quantity.map(quantity),
        quantity_accepted: it.quantity_accepted.map(quantity),
        quantity_rejected: None,
    }
}

fn amended(it: Amended) -> v1::Amended {
    v1::Amended {
        by: it.by.to_wire(),
        respond_by: it.respond_by.map(to_wire),
        needed_by: it.needed_by.map(to_wire),
        promised_by: it.promised_by.map(to_wire),
        quantity: it.quantity.map(quantity),
        value: it.value.map(money),
        note: it.note,
    }
}

fn quantity(it: Quantity) -> v1::Quantity {
    v1::Quantity { amount: it.amount(), unit: it.unit }
}

fn lot(it: Lot) -> v1::Lot {
    v1::Lot { due: Some(to_wire(it.due)), fraction: it.fraction.map(Share::value), quantity: it.quantity.map(quantity) }
}

fn requested(it: Requested) -> v1::Requested {
    v1::Requested {
        kind: it.kind.to_wire(),
        respond_by: it.respond_by.map(to_wire),
        needed_by: it.needed_by.map(to_wire),
        value: it.value.map(money),
        completeness: less_than_whole(it.completeness),
        revisits_interaction_id: it.revisits.unwrap_or_default(),
        channel: it.channel,
        summary: it.summary,
        quantity: it.quantity.map(quantity),
        schedule: it.schedule.into_iter().map(lot).collect(),
    }
}

/// Unset means the whole.
fn less_than_whole(share: Share) -> Option<f64> {
    (share != Share::WHOLE).then(|| share.value())
}

fn money(it: Money) -> v1::Money {
    v1::Money { currency_code: it.currency, amount_minor: it.amount_minor }
}
