//! What a state consists of, in words.

use crate::{
    counts::Counter,
    flows::{Flow, FlowSum},
    interaction::{Ending, Pending},
    observation::{Channel, UNIT},
    tally::Cell,
    terms::Terms,
    time::Day,
};

pub(super) fn cell_name(channel: Channel, day: Day, terms: Terms) -> String {
    let (name, day) = (channel.name(), day.start().date());
    if terms == Terms::FAIR { format!("{name} {day}") } else { format!("{name} {day}, terms {}", terms.code()) }
}

pub(super) fn cell(cell: &Cell) -> String {
    let share = |millionths: i64| millionths as f64 / UNIT as f64;
    let (weight, value, square) = (share(cell.weight), share(cell.value), share(cell.square));
    format!("{} of weight {weight}, value {value}, square {square}", cell.count)
}

pub(super) fn counter(counter: Counter) -> String {
    match counter {
        Counter::Refused(reason) => format!("refused for {}", reason.name()),
        Counter::AnswerTime(time) => format!("answers after {:.3} hours", time.typical().as_hours()),
        Counter::Requests => "requests".to_owned(),
        Counter::Answered => "answered".to_owned(),
        Counter::OnTime => "on time".to_owned(),
        Counter::Withdrawn => "withdrawn".to_owned(),
        Counter::Incomplete => "incomplete".to_owned(),
        Counter::Unsteady => "unsteady".to_owned(),
        Counter::Payments => "payments".to_owned(),
        Counter::LatePayments => "late payments".to_owned(),
        Counter::Merged => "merged".to_owned(),
        Counter::OrdersDelivered => "orders delivered".to_owned(),
        Counter::OrdersConfirmed => "orders confirmed before their delivery".to_owned(),
        Counter::SinceEnding => "requests since the last ending".to_owned(),
    }
}

pub(super) fn flow_name((flow, currency, day): &(Flow, String, Day)) -> String {
    let currency = if currency.is_empty() { "no currency" } else { currency };
    format!("{} in {currency} {}", flow.name(), day.start().date())
}

pub(super) fn sum(sum: &FlowSum) -> String {
    format!("{} of {} minor units", sum.count, sum.amount)
}

/// The end of a relationship.
pub(super) fn ending(ending: &Ending) -> String {
    let Ending { at, by, reason, to } = ending;
    let to = to.as_ref().map(|to| format!(", to {to}")).unwrap_or_default();
    format!("ended at {at} by the {}: {}{to}", by.name(), reason.name())
}

/// What an interaction waits for.
pub(super) fn pending(pending: &Pending) -> String {
    let Pending { reply, promises, clarification, strikes } = pending;
    let mut waits = Vec::new();
    if let Some(reply) = reply {
        let due = reply.due_at().map_or("not running".to_owned(), |due| format!("due {due}"));
        waits.push(format!("a reply {due}"));
    }
    for promise in promises {
        waits.push(format!("{} of a delivery promised by {}", promise.missing.value(), promise.deadline));
    }
    if let Some(clarification) = clarification {
        waits.push(format!("a clarification asked for at {}", clarification.asked_at));
    }
    if !strikes.is_empty() {
        waits.push(format!("an idea struck {} times", strikes.len()));
    }
    format!("that it waits for {}", waits.join(" and "))
}
