//! The only maker of a Status: every fault has a code, a documented reason, and every violation.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{
    limits::{MAX_BATCH, MAX_MESSAGE_BYTES, RETRY_AFTER, STREAM_IDLE},
    v1::{self, ErrorReason},
};
use crate::{
    calendar::MAX_CALENDARS,
    event::Violation,
    registry::{MAX_REFOLDED_EVENTS, UpsertError},
    store::StoreError,
};

/// The domain of every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "rapport.v1";

/// Why a call, or one item of a batch, failed.
#[derive(Clone, Debug)]
pub struct Fault {
    code: Code,
    /// The machine-readable reason.
    pub reason: ErrorReason,
    message: String,
    violations: Vec<Violation>,
    /// What the log should know and the client should not.
    detail: String,
}

impl Fault {
    fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), violations: Vec::new(), detail: String::new() }
    }

    /// Missing or malformed fields.
    pub(super) fn invalid(violations: Vec<Violation>) -> Self {
        let faults: Vec<_> = violations.iter().map(|it| format!("{} {}", it.field, it.description)).collect();
        let message = faults.join("; ");
        Self { violations, ..Self::new(Code::InvalidArgument, ErrorReason::InvalidField, message) }
    }

    /// Refuses where there is any violation.
    pub(super) fn if_any(violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() { Ok(()) } else { Err(Self::invalid(violations)) }
    }

    /// One malformed field.
    pub(super) fn invalid_field(field: &str, description: impl Into<String>) -> Self {
        Self::invalid(vec![Violation::new(field, description)])
    }

    pub(super) fn batch_too_large(field: &str, items: usize) -> Self {
        let description = format!("has {items} items; at most {MAX_BATCH} are allowed in one call");
        let reason = ErrorReason::BatchTooLarge;
        Self { reason, ..Self::invalid_field(field, description) }
    }

    pub(super) fn event_id_reused() -> Self {
        let message = "this event id is already recorded with other content; send the new fact under an id of its own, \
                       and retract the old event if this one replaces it";
        Self::new(Code::AlreadyExists, ErrorReason::EventIdReused, message)
    }

    pub(super) fn retraction_of_retraction() -> Self {
        let message = "a retraction cannot be taken back; to count the first event again, send it under a new id";
        Self::new(Code::FailedPrecondition, ErrorReason::RetractionOfRetraction, message)
    }

    pub(super) fn party_not_found(id: &str) -> Self {
        let message = format!("nothing is stored about the party {id:?}; it can be scored even so");
        Self::new(Code::NotFound, ErrorReason::PartyNotFound, message)
    }

    /// `circle` is a party, what it would be part of, and so on until that would be part of it.
    pub(super) fn parent_cycle(circle: &[String]) -> Self {
        let [party, above @ ..] = circle else { return Self::internal("a circle of nobody") };
        let above: Vec<_> = above.iter().chain([party]).map(|it| format!("{it:?}")).collect();
        let description = format!(
            "makes {party:?} a part of itself: it would be part of {}; correct one of these parents",
            above.join(", which is part of ")
        );
        let invalid = Self::invalid_field("parent", description);
        Self { code: Code::FailedPrecondition, reason: ErrorReason::ParentCycle, ..invalid }
    }

    pub(super) fn page_token() -> Self {
        let reason = ErrorReason::InvalidPageToken;
        let description = "is damaged, or belongs to another query or another database; start again without a token";
        Self { reason, ..Self::invalid_field("page_token", description) }
    }

    pub(super) fn revision(field: &str) -> Self {
        let reason = ErrorReason::InvalidRevision;
        let description = "is not a revision that this service returned; use it unchanged, or leave it out";
        Self { reason, ..Self::invalid_field(field, description) }
    }

    pub(super) fn foreign_revision(field: &str) -> Self {
        let invalid = Self::invalid_field(field, "is a revision of another database; leave it out");
        Self { code: Code::FailedPrecondition, reason: ErrorReason::ForeignRevision, ..invalid }
    }

    pub(super) fn revision_ahead() -> Self {
        let message = "the database is older than at_least_as_fresh, as after a restored backup; leave the token out, \
                       and send again what was recorded since the backup";
        Self::new(Code::FailedPrecondition, ErrorReason::RevisionAhead, message)
    }

    pub(super) fn starting() -> Self {
        Self::new(Code::Unavailable, ErrorReason::Starting, "the service is starting; try again in a moment")
    }

    pub(crate) fn overloaded() -> Self {
        Self::new(Code::ResourceExhausted, ErrorReason::Overloaded, "too many calls at once; try again in a moment")
    }

    pub(super) fn queue_full() -> Self {
        let message = "more events wait to be recorded than the service takes; try again in a moment";
        Self { message: message.to_owned(), ..Self::overloaded() }
    }

    pub(super) fn too_many_calendars(calendars: usize) -> Self {
        let most = "put others in the place of some: a calendar takes the place of one with the same valid_from";
        let description = format!("would be {calendars} with those known before, but may be {MAX_CALENDARS}; {most}");
        Self::invalid_field("calendars", description)
    }

    fn too_much_history(events: i64) -> Self {
        let message = format!(
            "the calendars bear on relationships with {events} events, and one call may fold {MAX_REFOLDED_EVENTS} anew; \
             give them a later valid_from, or send fewer parties at a time"
        );
        Self::new(Code::FailedPrecondition, ErrorReason::TooMuchHistory, message)
    }

    pub(super) fn stopping() -> Self {
        let message = "the service is stopping; open another stream and send what was not answered again, it is safe";
        Self::new(Code::Unavailable, ErrorReason::Stopping, message)
    }

    pub(crate) fn idle() -> Self {
        let minutes = STREAM_IDLE.as_secs() / 60;
        let message = format!("the stream was silent for {minutes} minutes; open another when there is more to say");
        Self::new(Code::Unavailable, ErrorReason::StreamIdle, message)
    }

    pub(super) fn unstorable() -> Self {
        let message = "the database cannot take this event, though it keeps every rule; the service's log says why";
        Self::new(Code::Internal, ErrorReason::Unstorable, message)
    }

    pub(crate) fn late() -> Self {
        let message = "the call took too long and was given up; sending the same again is safe";
        Self::new(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, message)
    }

    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        let message = "a fault of the service; its log says more";
        Self { detail: detail.into(), ..Self::new(Code::Internal, ErrorReason::Internal, message) }
    }

    pub(crate) fn message_too_large() -> Self {
        let message = format!("the message is larger than {MAX_MESSAGE_BYTES} bytes; split the batch");
        Self::new(Code::ResourceExhausted, ErrorReason::MessageTooLarge, message)
    }

    /// The fields at fault.
    pub(super) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Whether somebody who runs the service should look at it.
    fn is_ours(&self) -> bool {
        use ErrorReason::{Starting, Stopping, StreamIdle};
        matches!(self.code, Code::Internal | Code::Unavailable | Code::DeadlineExceeded)
            && !matches!(self.reason, Starting | Stopping | StreamIdle)
    }

    fn is_passing(&self) -> bool {
        use ErrorReason::{Overloaded, Starting, Stopping, StoreUnavailable, StreamIdle};
        matches!(self.reason, Starting | Stopping | StoreUnavailable | Overloaded | StreamIdle)
    }

    /// What is said of it in the log, within the span of its call, where the client's part ends.
    fn log(&self) {
        let reason = reason_name(self.reason);
        if self.is_ours() {
            tracing::error!(reason, detail = self.detail, "failed");
        } else {
            tracing::debug!(reason, "refused");
        }
    }
}

impl From<StoreError> for Fault {
    /// What the driver says stays in the log.
    fn from(error: StoreError) -> Self {
        let detail = error.in_full();
        match error {
            StoreError::Unavailable(_) => {
                let message = "the database cannot be reached, or cannot write; try again in a moment, sending the same twice is safe";
                Self { detail, ..Self::new(Code::Unavailable, ErrorReason::StoreUnavailable, message) }
            }
            StoreError::Schema(_) | StoreError::Failed(_) => Self::internal(detail),
        }
    }
}

impl From<UpsertError> for Fault {
    fn from(error: UpsertError) -> Self {
        match error {
            UpsertError::Store(error) => error.into(),
            UpsertError::TooMuchHistory { events } => Self::too_much_history(events),
        }
    }
}

/// The reason as `ErrorInfo` carries it: without the prefix of the enum.
fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

impl From<Fault> for Status {
    /// What the client is told; the log is told the rest.
    fn from(fault: Fault) -> Self {
        fault.log();
        let mut details = ErrorDetails::new();
        details.set_error_info(reason_name(fault.reason), ERROR_DOMAIN, HashMap::new());
        if !fault.violations.is_empty() {
            let violations = fault.violations.iter();
            details.set_bad_request(
                violations.map(|it| tonic_types::FieldViolation::new(&it.field, &it.description)).collect::<Vec<_>>(),
            );
        }
        if fault.is_passing() {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Self::with_error_details(fault.code, fault.message, details)
    }
}

impl From<Fault> for v1::Rejection {
    fn from(fault: Fault) -> Self {
        Self {
            reason: fault.reason.into(),
            message: fault.message,
            violations: fault.violations.into_iter().map(v1::FieldViolation::from).collect(),
        }
    }
}

impl From<Violation> for v1::FieldViolation {
    fn from(violation: Violation) -> Self {
        Self { field: violation.field, description: violation.description }
    }
}
