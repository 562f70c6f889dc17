//! gRPC: convert, call, convert. The only room that knows the wire format.
//!
//! A request comes in through `services.rs`, which lists every RPC with its handler, and becomes a `Call`: who makes it, on
//! whose data, when. A handler reads the `Fields` of the message, which collect every violation, puts one question to the
//! reader, and presents the answer. How fresh an answer must be is among the fields, and only what has been checked for it
//! can be presented.

mod call;
mod chain;
mod convert;
mod descriptors;
mod error;
mod events;
mod explain;
mod fields;
mod history;
mod json;
mod limits;
mod model;
mod page;
mod parties;
mod present;
mod probe;
mod quality;
mod query;
mod ranking;
mod record;
mod revision;
mod rollup;
mod scores;
mod services;
mod standing;
mod state;
mod stream;
mod value;

pub use call::Deadline;
pub(crate) use convert::to_wire as wire_time;
pub use descriptors::DESCRIPTORS;
pub use error::{ERROR_DOMAIN, Fault};
pub(crate) use json::{event_descriptor, party_descriptor};
pub use json::{event_from_json, party_from_json, to_json};
pub use limits::{
    CALL_DEADLINE, CONNECTION_WINDOW, DEFAULT_EXPLAINED, DEFAULT_PAGE_SIZE, KEEPALIVE_INTERVAL, MAX_AS_OF_AHEAD,
    MAX_BATCH, MAX_CALLS, MAX_EVENT_STREAMS, MAX_EXPLAINED, MAX_HISTORY_POINTS, MAX_MESSAGE_BYTES, MAX_PAGE_SIZE,
    MAX_STREAMS_PER_CONNECTION, MAX_WATCHES, RETRY_AFTER, STREAM_IDLE, STREAM_WINDOW,
};
pub use present::event as wire_event;
pub(crate) use probe::tokens as probe_tokens;
pub(crate) use quality::present as wire_quality;
pub use record::event_from_wire;
pub use state::{Api, Backend};

/// The messages, clients and servers generated from `proto/`.
#[expect(clippy::all, clippy::pedantic, reason = "generated; the documentation is in proto/")]
pub mod v1 {
    tonic::include_proto!("rapport.v1");
}
