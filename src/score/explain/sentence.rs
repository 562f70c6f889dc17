//! What happened, in plain words: one sentence for each event and score.

use std::collections::BTreeSet;

use super::{
    super::blame::Usual,
    super::words::ended,
    narrator::Narrator,
    words::{capitalised, quote, span},
};
use crate::{
    event::{Event, Paid, PartyRole, Payload, ProposalOutcome, Rated},
    interaction::{Account, Ending, Rules},
    observation::Channel,
    time::{Span, Timestamp},
};

/// Narrates an event as far as it counts in the given channels, all of one score. `thread` holds all events that are folded
/// together with it.
pub(super) fn narrate(
    event: &Event,
    thread: &[&Event],
    channels: &BTreeSet<Channel>,
    as_of: Timestamp,
    usual: &Usual,
    rules: Rules<'_>,
) -> String {
    let sentence = match &event.payload {
        Payload::Rated(rated) => rating(rated),
        Payload::Paid(paid) => payment(paid, event),
        Payload::Ended(_) => {
            format!("the relationship was {}", Ending::last_of(&[event]).as_ref().map_or_else(String::new, ended))
        }
        Payload::Resolved(resolved) => idea(resolved.outcome, event, thread),
        _ => {
            let account = event.interaction.as_deref().and_then(|id| Account::of(thread, id, rules));
            account.map_or_else(String::new, |account| {
                Narrator { event, account, channels, as_of, usual, model: rules.model }.narrate()
            })
        }
    };
    capitalised(&sentence)
}

fn rating(rated: &Rated) -> String {
    let by = match rated.by {
        PartyRole::Customer => "customer",
        PartyRole::Supplier => "supplier",
    };
    format!("the {by} gave {} of 5 stars", rated.stars)
}

fn payment(paid: &Paid, event: &Event) -> String {
    match paid.due.map(|due| event.occurred_at.since(due)) {
        Some(late) if late > Span::ZERO => format!("paid {} late", span(late)),
        _ => "paid on time".to_owned(),
    }
}

fn idea(outcome: ProposalOutcome, event: &Event, thread: &[&Event]) -> String {
    let offered = thread.iter().filter(|other| other.interaction == event.interaction);
    let mut proposed = offered.filter_map(|other| match &other.payload {
        Payload::Proposed(proposed) => Some(proposed),
        _ => None,
    });
    let Some(proposed) = proposed.next_back() else { return "idea decided".to_owned() };
    let (from, by) = match proposed.by {
        PartyRole::Customer => ("customer", "supplier"),
        PartyRole::Supplier => ("supplier", "customer"),
    };
    let summary = if proposed.summary.is_empty() { String::new() } else { format!(" {}", quote(&proposed.summary)) };
    let fate = match outcome {
        ProposalOutcome::Adopted => "adopted",
        ProposalOutcome::Kept => "kept for later",
        ProposalOutcome::Declined => "declined",
    };
    format!("the {from}'s idea{summary} {fate} by the {by}")
}
