//! From the wire: messages become events and parties, and every fault in them is found.

use super::v1::{self, event::Payload as Wire};
use crate::{
    calendar::{Calendars, GivenCalendar, check_calendars},
    event::{
        Amended, Delivered, Disposition, EndReason, Ended, Event, Identity, Lot, MAX_REASONS, Merged, Money, Note,
        Paid, PartyRole, Payload, ProposalOutcome, Proposed, Quantity, Rated, RatingSubject, Ratio, Referred,
        RefusalReason, Refused, Relationship, RequestKind, Requested, Resolved, Responded, Retracted, Returned, Share,
        Violation, check_event,
    },
    model::Purpose,
    party::{Party, PartyKind, check_party},
    score::{Life, Standing},
    time::{SECOND, Timestamp},
};

/// Enumerations whose variants have the same names on the wire and in the vocabulary.
macro_rules! same_names {
    ($($name:ident { $first:ident $(, $variant:ident)* })*) => { $(
        impl $name {
            /// The value on the wire.
            pub(super) fn to_wire(self) -> i32 {
                match self {
                    Self::$first => v1::$name::$first.into(),
                    $(Self::$variant => v1::$name::$variant.into(),)*
                }
            }

            /// The value from the wire. Where it is missing or unknown that is a fault, and any value stands in.
            pub(super) fn from_wire(value: i32, field: &str, faults: &mut Vec<Violation>) -> Self {
                match v1::$name::try_from(value) {
                    Ok(v1::$name::$first) => return Self::$first,
                    $(Ok(v1::$name::$variant) => return Self::$variant,)*
                    Ok(v1::$name::Unspecified) => faults.push(Violation::new(field, "is required")),
                    Err(_) => faults.push(Violation::new(field, format!("{value} is not a value of {}", stringify!($name)))),
                }
                Self::$first
            }
        }
    )* };
}

same_names! {
    RequestKind { Quote, Order, Change, Information, Support, Complaint, Improvement }
    Disposition { Accepted, Answered, Partial, CounterOffer }
    RefusalReason { CannotBeDone, NoCapacity, Price, Policy, NotNow, NotNeeded, NotInterested, Other }
    EndReason { Moved, NoNeed, Insolvent, Other }
    PartyRole { Customer, Supplier }
    RatingSubject { Work, WorkingTogether }
    ProposalOutcome { Adopted, Kept, Declined }
    Purpose { Request, Order }
    Standing { Unproven, Preferred, Reliable, AtRisk, Failing }
    Life { Active, Dormant, Ended }
    PartyKind { Company, Department, Team, Person }
}

/// The event, or every fault of it.
pub(super) fn event(wire: v1::Event, now: Timestamp) -> Result<Event, Vec<Violation>> {
    let mut faults = Vec::new();
    let occurred_at = moment("occurred_at", wire.occurred_at, &mut faults).unwrap_or_else(|| {
        if wire.occurred_at.is_none() {
            faults.push(Violation::new("occurred_at", "is required: when it happened in the world"));
        }
        now
    });
    let payload = if let Some(wire) = wire.payload {
        payload(wire, &mut faults)
    } else {
        faults.push(Violation::new("payload", "is required: say what happened, as in requested or responded"));
        Payload::Acknowledged {}
    };
    let relationship = Relationship { customer: wire.customer, supplier: wire.supplier };
    let event = Event {
        identity: Identity { relationship, source: wire.source, event_id: wire.event_id },
        interaction: Some(wire.interaction_id).filter(|id| !id.is_empty()),
        occurred_at,
        payload,
    };
    check_event(&event, now, &mut faults);
    if faults.is_empty() { Ok(event) } else { Err(faults) }
}

fn payload(wire: Wire, faults: &mut Vec<Violation>) -> Payload {
    match wire {
        Wire::Requested(it) => Payload::Requested(requested(it, faults)),
        Wire::Acknowledged(v1::Acknowledged {}) => Payload::Acknowledged {},
        Wire::ClarificationAsked(it) => Payload::ClarificationAsked(Note { note: it.note }),
        Wire::Clarified(it) => Payload::Clarified(Note { note: it.note }),
        Wire::Responded(it) => Payload::Responded(Responded {
            disposition: Disposition::from_wire(it.disposition, "responded.disposition", faults),
            promised_by: moment("responded.promised_by", it.promised_by, faults),
            note: it.note,
        }),
        Wire::Refused(it) => Payload::Refused(refused(it, faults)),
        Wire::Withdrawn(it) => Payload::Withdrawn(Note { note: it.note }),
        Wire::Delivered(it) => Payload::Delivered(delivered(it, faults)),
        Wire::Rated(it) => Payload::Rated(Rated {
            by: PartyRole::from_wire(it.by, "rated.by", faults),
            subject: RatingSubject::from_wire(it.subject, "rated.subject", faults),
            // What does not fit is out of range all the same.
            stars: u8::try_from(it.stars).unwrap_or(0),
            note: it.note,
        }),
        Wire::Proposed(it) => {
            Payload::Proposed(Proposed { by: PartyRole::from_wire(it.by, "proposed.by", faults), summary: it.summary })
        }
        Wire::Resolved(it) => Payload::Resolved(Resolved {
            outcome: ProposalOutcome::from_wire(it.outcome, "resolved.outcome", faults),
            note: it.note,
        }),
        Wire::Referred(it) => {
            Payload::Referred(Referred { by: PartyRole::from_wire(it.by, "referred.by", faults), to: it.to })
        }
        Wire::Paid(it) => Payload::Paid(paid(it, faults)),
        Wire::Retracted(it) => Payload::Retracted(Retracted { event_id: it.event_id, reason: it.reason }),
        Wire::Amended(it) => Payload::Amended(amended(it, faults)),
        Wire::Returned(it) => Payload::Returned(Returned {
            fraction: it.fraction.map(|fraction| share("returned.fraction", Some(fraction), faults)),
            quantity: quantity("returned.quantity", it.quantity, faults),
            note: it.note,
        }),
        Wire::Merged(it) => Payload::Merged(Merged { into: it.into }),
        Wire::Ended(it) => Payload::Ended(Ended {
            by: PartyRole::from_wire(it.by, "ended.by", faults),
            reason: EndReason::from_wire(it.reason, "ended.reason", faults),
            to: Some(it.to).filter(|to| !to.is_empty()),
            note: it.note,
        }),
    }
}

/// Of several reasons the first is the one of old; each counts once.
fn refused(it: v1::Refused, faults: &mut Vec<Violation>) -> Refused {
    if it.reasons.len() > MAX_REASONS {
        let what = format!("has {} reasons; at most {MAX_REASONS} are allowed", it.reasons.len());
        faults.push(Violation::new("refused.reasons", what));
    }
    let mut said = Vec::new();
    if it.reason != v1::RefusalReason::Unspecified as i32 || it.reasons.is_empty() {
        said.push(RefusalReason::from_wire(it.reason, "refused.reason", faults));
    }
    for (place, reason) in it.reasons.into_iter().enumerate().take(MAX_REASONS) {
        let reason = RefusalReason::from_wire(reason, &format!("refused.reasons[{place}]"), faults);
        if !said.contains(&reason) {
            said.push(reason);
        }
    }
    let further = said.split_off(1);
    Refused {
        reason: said[0],
        not_before: moment("refused.not_before", it.not_before, faults),
        alternative_offered: it.alternative_offered,
        note: it.note,
        further,
    }
}

fn delivered(it: v1::Delivered, faults: &mut Vec<Violation>) -> Delivered {
    let all = quantity("delivered.quantity", it.quantity, faults);
    let rejected = quantity("delivered.quantity_rejected", it.quantity_rejected, faults);
    let accepted = quantity("delivered.quantity_accepted", it.quantity_accepted, faults);
    let quantity_accepted = match rejected {
        Some(rejected) => less_rejected(all.as_ref(), &rejected, accepted.is_some(), faults),
        None => accepted,
    };
    let measured = quantity_accepted.as_ref().zip(all.as_ref()).and_then(|(accepted, all)| accepted.part_of(all));
    let accepted = it.fraction_accepted.or(measured.map(|share| share.min(1.0)));
    let in_full = it.fraction_in_full.map_or(Some(Ratio::WHOLE), Ratio::new).unwrap_or_else(|| {
        let what = format!("{} is not a number from 0 to {}", it.fraction_in_full.unwrap_or_default(), Ratio::MOST);
        faults.push(Violation::new("delivered.fraction_in_full", what));
        Ratio::WHOLE
    });
    Delivered {
        in_full,
        accepted: share("delivered.fraction_accepted", accepted, faults),
        note: it.note,
        in_full_said: all.is_some() && it.fraction_in_full.is_some(),
        quantity: all,
        quantity_accepted,
    }
}

/// What was accepted where it is said what was not.
fn less_rejected(
    all: Option<&Quantity>,
    rejected: &Quantity,
    is_accepted_said: bool,
    faults: &mut Vec<Violation>,
) -> Option<Quantity> {
    let all = all.filter(|all| !is_accepted_said && all.is_like(rejected) && rejected.millionths <= all.millionths);
    let Some(all) = all else {
        let what = "must be a part of quantity, in its unit, and without quantity_accepted";
        faults.push(Violation::new("delivered.quantity_rejected", what));
        return None;
    };
    Some(Quantity { millionths: all.millionths - rejected.millionths, ..all.clone() })
}

fn amended(it: v1::Amended, faults: &mut Vec<Violation>) -> Amended {
    Amended {
        by: PartyRole::from_wire(it.by, "amended.by", faults),
        respond_by: moment("amended.respond_by", it.respond_by, faults),
        needed_by: moment("amended.needed_by", it.needed_by, faults),
        promised_by: moment("amended.promised_by", it.promised_by, faults),
        quantity: quantity("amended.quantity", it.quantity, faults),
        value: it.value.map(money),
        note: it.note,
    }
}

fn requested(it: v1::Requested, faults: &mut Vec<Violation>) -> Requested {
    Requested {
        kind: RequestKind::from_wire(it.kind, "requested.kind", faults),
        respond_by: moment("requested.respond_by", it.respond_by, faults),
        needed_by: moment("requested.needed_by", it.needed_by, faults),
        value: it.value.map(money),
        completeness: share("requested.completeness", it.completeness, faults),
        revisits: Some(it.revisits_interaction_id).filter(|id| !id.is_empty()),
        channel: it.channel,
        summary: it.summary,
        quantity: quantity("requested.quantity", it.quantity, faults),
        schedule: it.schedule.into_iter().enumerate().map(|(place, wire)| lot(place, wire, faults)).collect(),
    }
}

/// A lot of a schedule, by its place in it.
fn lot(place: usize, it: v1::Lot, faults: &mut Vec<Violation>) -> Lot {
    let field = |name: &str| format!("requested.schedule[{place}].{name}");
    let due = moment(&field("due"), it.due, faults);
    if it.due.is_none() {
        faults.push(Violation::new(field("due"), "is required: when the lot is due"));
    }
    Lot {
        due: due.unwrap_or(Timestamp::MIN),
        fraction: it.fraction.map(|fraction| share(&field("fraction"), Some(fraction), faults)),
        quantity: quantity(&field("quantity"), it.quantity, faults),
    }
}

fn quantity(field: &str, wire: Option<v1::Quantity>, faults: &mut Vec<Violation>) -> Option<Quantity> {
    let v1::Quantity { amount, unit } = wire?;
    let quantity = Quantity::new(amount, unit);
    if quantity.is_none() {
        let what = format!("{amount} is not a number from 0 to {}", Quantity::MOST);
        faults.push(Violation::new(format!("{field}.amount"), what));
    }
    quantity
}

fn paid(it: v1::Paid, faults: &mut Vec<Violation>) -> Paid {
    if it.amount.is_none() {
        faults.push(Violation::new("paid.amount", "is required"));
    }
    let nothing = || Money { currency: "XXX".to_owned(), amount_minor: 0 };
    Paid { amount: it.amount.map_or_else(nothing, money), due: moment("paid.due", it.due, faults) }
}

fn money(it: v1::Money) -> Money {
    Money { currency: it.currency_code, amount_minor: it.amount_minor }
}

fn share(field: &str, value: Option<f64>, faults: &mut Vec<Violation>) -> Share {
    let Some(value) = value else { return Share::WHOLE };
    Share::new(value).unwrap_or_else(|| {
        faults.push(Violation::new(field, format!("{value} is not a share from 0 to 1")));
        Share::WHOLE
    })
}

/// The party, or every fault of it.
pub(super) fn party(wire: v1::Party) -> Result<Party, Vec<Violation>> {
    let mut faults = Vec::new();
    let party = Party {
        id: wire.party,
        display_name: wire.display_name,
        parent: Some(wire.parent).filter(|id| !id.is_empty()),
        category: Some(wire.category).filter(|category| !category.is_empty()),
        kind: party_kind("kind", wire.kind, &mut faults),
        calendars: calendars("calendars", wire.calendars, &mut faults),
    };
    check_party(&party, &mut faults);
    if faults.is_empty() { Ok(party) } else { Err(faults) }
}

/// When a party works.
fn calendars(field: &str, wire: Vec<v1::Calendar>, faults: &mut Vec<Violation>) -> Calendars {
    let mut given = Vec::with_capacity(wire.len());
    for (place, v1::Calendar { zone, hours, holidays, valid_from, .. }) in wire.into_iter().enumerate() {
        let valid_from = moment(&format!("{field}[{place}].valid_from"), valid_from, faults);
        given.push(GivenCalendar { zone, hours, holidays, valid_from });
    }
    check_calendars(field, given, faults)
}

/// The kind of a party; none where it is unspecified.
pub(super) fn party_kind(field: &str, value: i32, faults: &mut Vec<Violation>) -> Option<PartyKind> {
    (value != v1::PartyKind::Unspecified as i32).then(|| PartyKind::from_wire(value, field, faults))
}

/// A moment, where there is one and it is one.
pub(super) fn moment(
    field: &str,
    value: Option<prost_types::Timestamp>,
    faults: &mut Vec<Violation>,
) -> Option<Timestamp> {
    let value = value?;
    let nanos = (0..1_000_000_000).contains(&value.nanos).then_some(i64::from(value.nanos));
    let micros = nanos.and_then(|nanos| value.seconds.checked_mul(SECOND.micros())?.checked_add(nanos / 1_000));
    let moment = micros.filter(|micros| (Timestamp::MIN.micros()..=Timestamp::MAX.micros()).contains(micros));
    if moment.is_none() {
        faults.push(Violation::new(field, "is not a time between the years 1 and 9999"));
    }
    moment.map(Timestamp::from_micros)
}

/// A moment for the wire.
pub(crate) fn to_wire(moment: Timestamp) -> prost_types::Timestamp {
    let micros = moment.micros();
    let nanos = micros.rem_euclid(SECOND.micros()) * 1_000;
    prost_types::Timestamp {
        seconds: micros.div_euclid(SECOND.micros()),
        nanos: i32::try_from(nanos).unwrap_or_default(),
    }
}
