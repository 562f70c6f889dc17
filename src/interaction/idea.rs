//! Ideas: one side offers, the other decides. Either way it counts as co-creation.

use super::findings::{Finding, Fold};
use crate::{
    event::{Event, Payload},
    model::Model,
    observation::{Channel, Observation},
};

/// What an interaction's events, in their order, say about an idea. The last decision counts; one about nothing waits
/// for the idea.
pub(super) fn judge<'a>(events: &[&'a Event], model: &Model) -> Fold<'a> {
    let mut fold = Fold::default();
    let offered = events.iter().any(|event| matches!(event.payload, Payload::Proposed(_)));
    let decision = events.iter().rev().find_map(|event| match &event.payload {
        Payload::Resolved(resolved) => Some((*event, resolved.outcome)),
        _ => None,
    });
    if let Some((event, outcome)) = decision.filter(|_| offered) {
        let value = model.co_creation.value(outcome);
        let observation = Observation::new(Channel::CoCreation, event.occurred_at.day(), value, 1.0);
        fold.settled.push(Finding { observation, event });
    }
    fold
}
