//! Events on their way in: checked, queued, and answered for in the order in which they came.

use prost::Message;

use super::{
    Fault,
    call::Call,
    convert,
    limits::MAX_BATCH,
    v1::{self, RecordStatus},
};
use crate::{
    event::Event,
    ledger::{Outcome, Receipt, Recorded, Submission},
    time::Timestamp,
};

/// What is known of a request's events before any is recorded: the result of those that are rejected.
pub(super) struct Checked(Vec<Option<v1::EventResult>>);

pub(super) async fn record_events(
    call: Call,
    request: v1::RecordEventsRequest,
) -> Result<v1::RecordEventsResponse, Fault> {
    let (submission, checked) = check(request.events, call.now)?;
    let receipt = call.queue().offer(&call.tenant, submission).map_err(|_full| Fault::queue_full())?;
    let (results, revision) = checked.settled(receipt, &call).await?;
    Ok(v1::RecordEventsResponse { results, revision })
}

/// Tells the events that can be recorded, at `now`, from those that cannot.
pub(super) fn check(wire: Vec<v1::Event>, now: Timestamp) -> Result<(Submission, Checked), Fault> {
    if wire.len() > MAX_BATCH {
        return Err(Fault::batch_too_large("events", wire.len()));
    }
    let mut submission = Submission { events: Vec::with_capacity(wire.len()), ..Submission::default() };
    let check = |event: v1::Event| {
        let size = event.encoded_len();
        match convert::event(event, now) {
            Ok(event) => {
                submission.events.push(event);
                submission.bytes += size;
                None
            }
            Err(violations) => {
                submission.rejected += 1;
                Some(rejected(Fault::invalid(violations)))
            }
        }
    };
    let checked = wire.into_iter().map(check).collect();
    Ok((submission, Checked(checked)))
}

impl Checked {
    /// One result for each event, and the token to read them back with, once they are durable.
    pub(super) async fn settled(self, receipt: Receipt, call: &Call) -> Result<(Vec<v1::EventResult>, String), Fault> {
        let Recorded { outcomes, revision } = receipt.settled().await?;
        let mut outcomes = outcomes.into_iter();
        let mut next = || match outcomes.next() {
            Some(outcome) => result_of(outcome),
            None => rejected(Fault::internal("an event without an outcome")),
        };
        let results = self.0.into_iter().map(|known| known.unwrap_or_else(&mut next)).collect();
        Ok((results, call.token(revision)))
    }
}

fn result_of(outcome: Outcome) -> v1::EventResult {
    let with = |status: RecordStatus| v1::EventResult { status: status.into(), ..v1::EventResult::default() };
    match outcome {
        Outcome::Recorded { waits_for } => {
            v1::EventResult { waits_for: waits_for.unwrap_or_default(), ..with(RecordStatus::Recorded) }
        }
        Outcome::Duplicate => with(RecordStatus::Duplicate),
        Outcome::Conflict => rejected(Fault::event_id_reused()),
        Outcome::RetractionOfRetraction => rejected(Fault::retraction_of_retraction()),
        Outcome::Unstorable => rejected(Fault::unstorable()),
    }
}

/// The event of a message that arrives at `now`.
///
/// # Errors
///
/// Why it would be rejected, with every violation.
pub fn event_from_wire(wire: v1::Event, now: Timestamp) -> Result<Event, v1::Rejection> {
    convert::event(wire, now).map_err(|faults| Fault::invalid(faults).into())
}

fn rejected(fault: Fault) -> v1::EventResult {
    let v1::Rejection { reason, message, violations } = fault.into();
    v1::EventResult { status: RecordStatus::Rejected.into(), reason, message, violations, waits_for: String::new() }
}
