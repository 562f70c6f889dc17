//! What makes an event valid. Every fault is found, not only the first.

use super::{
    amount::{Money, Quantity, Share},
    fact::Event,
    payload::{Amended, Delivered, Ended, Lot, Payload, Requested, Returned},
    relationship::Relationship,
    vocabulary::{PartyRole, RefusalReason},
};
use crate::time::{Span, Timestamp};

/// Longest party, event, source or interaction id, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 256;
/// Longest note, summary or reason, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 4096;
/// Longest short label (the channel of a request), in bytes of UTF-8.
pub const MAX_LABEL_BYTES: usize = 256;
/// The most lots that an order may come in: one a day for a year, and some.
pub const MAX_LOTS: usize = 400;
/// The most reasons that a refusal may carry: one of each kind.
pub const MAX_REASONS: usize = RefusalReason::ALL.len();
/// By how much the lots of a schedule may add up to more or less than the whole, as a share of it: rounding.
const LOTS_OFF: f64 = 0.001;
/// Nothing is said to have occurred before this: 1970-01-01T00:00:00Z.
pub const EARLIEST_EVENT: Timestamp = Timestamp::from_micros(0);
/// How far the sender's clock may run ahead of ours.
pub const FUTURE_SKEW: Span = Span::minutes(5);

/// One fault in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, in the names of the wire format.
    pub field: String,
    /// What is wrong and how to mend it.
    pub description: String,
}

impl Violation {
    /// A fault in `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// Adds every fault of `event` at the time `now`.
pub fn check_event(event: &Event, now: Timestamp, faults: &mut Vec<Violation>) {
    check_id("event_id", &event.identity.event_id, faults);
    check_id("source", &event.identity.source, faults);
    check_relationship(event.relationship(), faults);
    check_interaction(event, faults);
    check_occurred_at(event.occurred_at, now, faults);
    check_payload(event, faults);
}

/// Adds every fault of a relationship's key.
pub fn check_relationship(relationship: &Relationship, faults: &mut Vec<Violation>) {
    check_id("customer", &relationship.customer, faults);
    check_id("supplier", &relationship.supplier, faults);
    if !relationship.customer.is_empty() && relationship.customer == relationship.supplier {
        faults.push(Violation::new("supplier", "must differ from customer: nobody is their own supplier"));
    }
}

/// Adds every fault of an id: 1 to [`MAX_ID_BYTES`] bytes, no control characters, no white space at the ends.
pub fn check_id(field: &str, id: &str, faults: &mut Vec<Violation>) {
    if id.is_empty() {
        faults.push(Violation::new(field, "is required"));
    } else {
        check_line(field, id, MAX_ID_BYTES, faults);
    }
}

/// Adds every fault of a text that stands on one line: at most `most` bytes, no control characters, no white space at
/// the ends.
pub fn check_line(field: &str, text: &str, most: usize, faults: &mut Vec<Violation>) {
    if text.len() > most {
        faults.push(Violation::new(field, format!("has {} bytes; at most {most} are allowed", text.len())));
    }
    if text.chars().any(|letter| letter.is_control() || letter == char::MAX) {
        faults.push(Violation::new(field, "must not contain control characters or U+10FFFF"));
    }
    if text.trim() != text {
        faults.push(Violation::new(field, "must not begin or end with white space"));
    }
}

fn check_text(field: &str, text: &str, most: usize, faults: &mut Vec<Violation>) {
    if text.len() > most {
        faults.push(Violation::new(field, format!("has {} bytes; at most {most} are allowed", text.len())));
    }
    if text.contains('\0') {
        faults.push(Violation::new(field, "must not contain a NUL character"));
    }
}

fn check_interaction(event: &Event, faults: &mut Vec<Violation>) {
    let optional = matches!(
        event.payload,
        Payload::Rated(_) | Payload::Referred(_) | Payload::Paid(_) | Payload::Retracted(_) | Payload::Ended(_)
    );
    match &event.interaction {
        Some(id) => check_id("interaction_id", id, faults),
        None if optional => {}
        None => faults.push(Violation::new(
            "interaction_id",
            "is required: it ties this event to its request or idea (only rated, referred, paid, retracted and ended go without)",
        )),
    }
}

fn check_occurred_at(occurred_at: Timestamp, now: Timestamp, faults: &mut Vec<Violation>) {
    if occurred_at < EARLIEST_EVENT {
        faults.push(Violation::new("occurred_at", format!("must not be before {EARLIEST_EVENT}")));
    }
    if occurred_at > now + FUTURE_SKEW {
        faults.push(Violation::new(
            "occurred_at",
            format!("is in the future: the service's clock says {now}, and at most 5 minutes ahead are allowed"),
        ));
    }
}

fn check_payload(event: &Event, faults: &mut Vec<Violation>) {
    match &event.payload {
        Payload::Requested(requested) => check_requested(event, requested, faults),
        Payload::Acknowledged {} => {}
        Payload::ClarificationAsked(asked) => {
            check_text("clarification_asked.note", &asked.note, MAX_TEXT_BYTES, faults);
        }
        Payload::Clarified(clarified) => check_text("clarified.note", &clarified.note, MAX_TEXT_BYTES, faults),
        Payload::Responded(responded) => check_text("responded.note", &responded.note, MAX_TEXT_BYTES, faults),
        Payload::Refused(refused) => check_text("refused.note", &refused.note, MAX_TEXT_BYTES, faults),
        Payload::Withdrawn(withdrawn) => check_text("withdrawn.note", &withdrawn.note, MAX_TEXT_BYTES, faults),
        Payload::Delivered(delivered) => check_delivered(delivered, faults),
        Payload::Amended(amended) => check_amended(amended, faults),
        Payload::Returned(returned) => check_returned(returned, faults),
        Payload::Merged(merged) => {
            check_id("merged.into", &merged.into, faults);
            if event.interaction.as_ref() == Some(&merged.into) {
                faults.push(Violation::new("merged.into", "must name another interaction than the event's own"));
            }
        }
        Payload::Rated(rated) => {
            if !(1..=5).contains(&rated.stars) {
                faults.push(Violation::new("rated.stars", "must be from 1 (worst) to 5 (best)"));
            }
            check_text("rated.note", &rated.note, MAX_TEXT_BYTES, faults);
        }
        Payload::Proposed(proposed) => check_text("proposed.summary", &proposed.summary, MAX_TEXT_BYTES, faults),
        Payload::Resolved(resolved) => check_text("resolved.note", &resolved.note, MAX_TEXT_BYTES, faults),
        Payload::Referred(referred) => check_id("referred.to", &referred.to, faults),
        Payload::Paid(paid) => check_money("paid.amount", &paid.amount, faults),
        Payload::Retracted(retracted) => {
            check_id("retracted.event_id", &retracted.event_id, faults);
            if retracted.event_id == event.identity.event_id {
                faults.push(Violation::new("retracted.event_id", "must name another event than the retraction itself"));
            }
            if retracted.reason.is_empty() {
                faults.push(Violation::new("retracted.reason", "is required: say why the event is taken back"));
            }
            check_text("retracted.reason", &retracted.reason, MAX_TEXT_BYTES, faults);
        }
        Payload::Ended(ended) => check_ended(event, ended, faults),
    }
}

fn check_requested(event: &Event, requested: &Requested, faults: &mut Vec<Violation>) {
    if let Some(value) = &requested.value {
        check_money("requested.value", value, faults);
    }
    if let Some(earlier) = &requested.revisits {
        check_id("requested.revisits_interaction_id", earlier, faults);
        if event.interaction.as_ref() == Some(earlier) {
            faults.push(Violation::new(
                "requested.revisits_interaction_id",
                "must name an earlier interaction, not the request's own",
            ));
        }
    }
    check_quantity("requested.quantity", requested.quantity.as_ref(), true, faults);
    check_schedule(requested, faults);
    check_text("requested.channel", &requested.channel, MAX_LABEL_BYTES, faults);
    check_text("requested.summary", &requested.summary, MAX_TEXT_BYTES, faults);
}

/// Adds every fault of a schedule: too many lots, lots that say how much in different ways, or that are not the whole.
fn check_schedule(requested: &Requested, faults: &mut Vec<Violation>) {
    let (schedule, field) = (&requested.schedule, "requested.schedule");
    let mut fault = |what: String| faults.push(Violation::new(field, what));
    if schedule.is_empty() {
        return;
    }
    if schedule.len() > MAX_LOTS {
        fault(format!("has {} lots; at most {MAX_LOTS} are allowed", schedule.len()));
    }
    let shares: Option<Vec<f64>> = schedule.iter().map(|lot| lot.fraction.map(Share::value)).collect();
    let quantities: Option<Vec<&Quantity>> = schedule.iter().map(|lot| lot.quantity.as_ref()).collect();
    let both = |lot: &Lot| lot.fraction.is_some() && lot.quantity.is_some();
    match (shares, quantities) {
        _ if schedule.iter().any(both) => fault("has a lot with a fraction and a quantity; say one of them".to_owned()),
        (Some(shares), _) => {
            let sum: f64 = shares.iter().sum();
            if shares.contains(&0.0) || (sum - 1.0).abs() > LOTS_OFF {
                fault(format!("has fractions that add up to {sum}; each must be more than 0, and all of them 1"));
            }
        }
        (_, Some(quantities)) => check_lots(&quantities, requested.quantity.as_ref(), fault),
        _ => fault("must say for each lot a fraction, or for each lot a quantity".to_owned()),
    }
}

fn check_lots(quantities: &[&Quantity], whole: Option<&Quantity>, mut fault: impl FnMut(String)) {
    let unlike = |other: &Quantity| quantities.iter().any(|quantity| !quantity.is_like(other));
    if quantities.first().is_some_and(|first| unlike(first)) || whole.is_some_and(unlike) {
        return fault("has quantities in several units; all of an order must be in one".to_owned());
    }
    let sum: f64 = quantities.iter().map(|quantity| quantity.amount()).sum();
    let off = whole.map_or(0.0, |whole| (sum / whole.amount() - 1.0).abs());
    if quantities.iter().any(|quantity| quantity.millionths <= 0) || off > LOTS_OFF {
        fault(format!("has quantities that add up to {sum}; each must be more than 0, and all of them the quantity"));
    }
}

fn check_delivered(delivered: &Delivered, faults: &mut Vec<Violation>) {
    check_quantity("delivered.quantity", delivered.quantity.as_ref(), false, faults);
    check_quantity("delivered.quantity_accepted", delivered.quantity_accepted.as_ref(), false, faults);
    if let Some(accepted) = &delivered.quantity_accepted {
        let field = "delivered.quantity_accepted";
        match &delivered.quantity {
            None => faults.push(Violation::new(field, "needs the quantity that it is a part of")),
            Some(all) if !accepted.is_like(all) => {
                faults.push(Violation::new(field, "must be in the unit of quantity"));
            }
            Some(all) if accepted.millionths > all.millionths => {
                faults.push(Violation::new(field, "must not be more than quantity"));
            }
            Some(_) => {}
        }
    }
    check_text("delivered.note", &delivered.note, MAX_TEXT_BYTES, faults);
}

fn check_amended(amended: &Amended, faults: &mut Vec<Violation>) {
    let Amended { by: _, respond_by, needed_by, promised_by, quantity, value, note } = amended;
    if [respond_by, needed_by, promised_by].into_iter().all(Option::is_none) && quantity.is_none() && value.is_none() {
        faults.push(Violation::new("amended", "changes nothing: say a date, a quantity or a value"));
    }
    check_quantity("amended.quantity", quantity.as_ref(), true, faults);
    if let Some(value) = value {
        check_money("amended.value", value, faults);
    }
    check_text("amended.note", note, MAX_TEXT_BYTES, faults);
}

fn check_returned(returned: &Returned, faults: &mut Vec<Violation>) {
    if returned.fraction.is_some() && returned.quantity.is_some() {
        faults.push(Violation::new("returned", "has a fraction and a quantity; say one of them"));
    }
    check_quantity("returned.quantity", returned.quantity.as_ref(), true, faults);
    check_text("returned.note", &returned.note, MAX_TEXT_BYTES, faults);
}

fn check_ended(event: &Event, ended: &Ended, faults: &mut Vec<Violation>) {
    if let Some(to) = &ended.to {
        check_id("ended.to", to, faults);
        if [PartyRole::Customer, PartyRole::Supplier].iter().any(|&role| event.relationship().party(role) == to) {
            faults.push(Violation::new("ended.to", "must name a third party, neither the customer nor the supplier"));
        }
    }
    check_text("ended.note", &ended.note, MAX_TEXT_BYTES, faults);
}

fn check_quantity(field: &str, quantity: Option<&Quantity>, positive: bool, faults: &mut Vec<Violation>) {
    let Some(quantity) = quantity else { return };
    if positive && quantity.millionths <= 0 {
        faults.push(Violation::new(format!("{field}.amount"), "must be more than 0"));
    }
    check_line(&format!("{field}.unit"), &quantity.unit, MAX_LABEL_BYTES, faults);
}

/// Adds the fault of a currency code that is none.
pub fn check_currency(field: &str, code: &str, faults: &mut Vec<Violation>) {
    if code.len() != 3 || !code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        faults.push(Violation::new(field, "must be the three capital letters of ISO 4217, as in EUR"));
    }
}

fn check_money(field: &str, money: &Money, faults: &mut Vec<Violation>) {
    check_currency(&format!("{field}.currency_code"), &money.currency, faults);
    if money.amount_minor < 0 {
        faults.push(Violation::new(format!("{field}.amount_minor"), "must not be negative"));
    }
}
