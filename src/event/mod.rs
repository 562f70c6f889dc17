//! The vocabulary: what can happen between a customer and a supplier, and what makes an event valid.
//!
//! Events are plain values that compare by content. Shares and money are integers, so that the same event is the same
//! event on every path it may take. No I/O, no wire format and no SQL here.

mod amount;
mod fact;
mod payload;
mod relationship;
mod validate;
mod vocabulary;

pub use amount::{Money, Quantity, Ratio, Share};
pub use fact::{Event, Identity};
pub use payload::{
    Amended, Delivered, Ended, Lot, Merged, Note, Paid, Payload, Proposed, Rated, Referred, Refused, Requested,
    Resolved, Responded, Retracted, Returned,
};
pub use relationship::{Relationship, Tenant};
pub use validate::{
    EARLIEST_EVENT, FUTURE_SKEW, MAX_ID_BYTES, MAX_LABEL_BYTES, MAX_LOTS, MAX_REASONS, MAX_TEXT_BYTES, Violation,
    check_currency, check_event, check_id, check_line, check_relationship,
};
pub use vocabulary::{Disposition, EndReason, PartyRole, ProposalOutcome, RatingSubject, RefusalReason, RequestKind};
