//! What the service takes at the most. The comments in `proto/` state the same numbers.

use std::time::Duration;

use crate::{
    event::{FUTURE_SKEW, MAX_ID_BYTES, MAX_LABEL_BYTES, MAX_TEXT_BYTES},
    ledger::Limits,
    time::Span,
};

/// Largest request message.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// Most items in one batch.
pub const MAX_BATCH: usize = 1_000;
/// Parts of a party that are shown at the most.
pub const MAX_PARTS: usize = 1_000;
/// Entries on a page where the request names no number.
pub const DEFAULT_PAGE_SIZE: u32 = 100;
/// Entries on a page at the most; a larger number is lowered to this.
pub const MAX_PAGE_SIZE: u32 = 1_000;
/// Levels of suppliers behind a supplier where the request names no number.
pub const DEFAULT_CHAIN_DEPTH: usize = 3;
/// Levels of suppliers behind a supplier at the most; a larger number is lowered to this.
pub const MAX_CHAIN_DEPTH: usize = 6;
/// Suppliers of one party in a chain where the request names no number.
pub const DEFAULT_CHAIN_WIDTH: usize = 5;
/// Suppliers of one party in a chain at the most; a larger number is lowered to this.
pub const MAX_CHAIN_WIDTH: usize = 20;
/// Events on a page at the most, in bytes: a page with long notes is cut short, or clients could not take it.
pub const MAX_PAGE_BYTES: usize = 3 * 1024 * 1024;
/// Events that an explanation tells of each score where the request names no number.
pub const DEFAULT_EXPLAINED: u32 = 10;
/// Events that an explanation tells of each score at the most; a larger number is lowered to this.
pub const MAX_EXPLAINED: u32 = 100;
/// How far ahead a score can be read.
pub const MAX_AS_OF_AHEAD: Span = Span::days(3_653);
/// Moments in one history.
pub const MAX_HISTORY_POINTS: usize = 1_000;
/// How far back a history goes that names no beginning.
pub const DEFAULT_HISTORY: Span = Span::days(365);
/// How long a call may take.
pub const CALL_DEADLINE: Duration = Duration::from_secs(30);
/// Calls at the same time.
pub const MAX_CALLS: usize = 1_024;
/// Calls and streams at the same time on one connection.
pub const MAX_STREAMS_PER_CONNECTION: u32 = 1_024;
/// Streams at the same time on which the service says of itself what is asked or what changes: health and reflection.
pub const MAX_WATCHES: usize = 1_024;
/// How long a connection is silent before its client is asked whether it is still there. One that is not gives back what
/// its streams hold.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// How long nothing may be answered on a stream before it ends and gives its place back.
pub const STREAM_IDLE: Duration = Duration::from_hours(1);
/// Streams of events at the same time.
pub const MAX_EVENT_STREAMS: usize = 256;
/// Events of one stream that are taken and not answered yet: some commits' worth, so that none waits for the client.
pub const STREAM_WINDOW: usize = 4_000;
/// What a connection may have under way to the service, in bytes. Far more than a stream may (1 MiB, the transport's
/// default), so that streams which are not read from do not hold up the other calls of their connection.
pub const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// When to try again after UNAVAILABLE.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The largest event that is valid, in bytes on the wire: six ids, a label and a text, and some numbers and times.
const LARGEST_EVENT: usize = 6 * MAX_ID_BYTES + MAX_LABEL_BYTES + MAX_TEXT_BYTES + 256;

/// Messages: what is allowed in number fits in bytes.
const _: () = {
    assert!(MAX_BATCH * (LARGEST_EVENT - MAX_TEXT_BYTES) <= MAX_MESSAGE_BYTES, "a full batch of events without texts");
    assert!(MAX_BATCH * (2 * MAX_ID_BYTES + 16) <= MAX_MESSAGE_BYTES, "a full batch of relationships");
    let page = MAX_PAGE_BYTES + MAX_PAGE_SIZE as usize * 8 + LARGEST_EVENT;
    assert!(page <= MAX_MESSAGE_BYTES, "a full page, its lengths and its token, for a client with the usual limit");
    assert!(CONNECTION_WINDOW as usize >= 4 * MAX_MESSAGE_BYTES, "streams that are not read leave room for a call");
};

/// The write path: what may be sent finds room where nothing else is.
const _: () = {
    let queue = Limits::DEFAULT;
    assert!(queue.events >= MAX_BATCH && queue.bytes >= MAX_MESSAGE_BYTES, "the queue takes any call whole");
    assert!(STREAM_WINDOW >= MAX_BATCH, "the window of a stream takes any request whole");
    assert!(STREAM_WINDOW <= queue.events && STREAM_WINDOW <= u32::MAX as usize, "no stream waits for itself");
    assert!(!shorter(queue.patience, CALL_DEADLINE), "no commit is given up that a call may wait for");
    assert!(shorter(queue.patience, STREAM_IDLE), "no stream is idle that waits for a commit");
};

/// The rest: defaults are within their bounds, and the present can be read.
const _: () = {
    assert!(DEFAULT_PAGE_SIZE <= MAX_PAGE_SIZE && DEFAULT_EXPLAINED <= MAX_EXPLAINED);
    assert!(DEFAULT_CHAIN_DEPTH <= MAX_CHAIN_DEPTH && DEFAULT_CHAIN_WIDTH <= MAX_CHAIN_WIDTH);
    assert!(MAX_PARTS <= MAX_BATCH && MAX_HISTORY_POINTS <= MAX_BATCH, "no answer has more scores than a batch has");
    assert!(
        DEFAULT_HISTORY.micros() <= Span::days(365).micros() && MAX_HISTORY_POINTS > 365,
        "a history that names only its step can be by day"
    );
    assert!(MAX_AS_OF_AHEAD.micros() > FUTURE_SKEW.micros(), "what senders' clocks are ahead can be read");
    assert!(shorter(KEEPALIVE_INTERVAL, STREAM_IDLE), "who is gone is noticed before who is silent");
    assert!(shorter(RETRY_AFTER, CALL_DEADLINE));
};

const fn shorter(one: Duration, other: Duration) -> bool {
    one.as_micros() < other.as_micros()
}
