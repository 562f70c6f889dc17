//! gRPC: convert, call, convert. The only room that knows the wire format.

mod chain;
mod convert;
mod deadline;
mod error;
mod events;
mod explain;
mod history;
mod json;
mod limits;
mod model;
mod page;
mod parties;
mod present;
mod quality;
mod ranking;
mod record;
mod revision;
mod rollup;
mod scores;
mod standing;
mod stream;
mod value;

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};
use tonic::Status;

pub(crate) use convert::to_wire as wire_time;
pub use error::{ERROR_DOMAIN, Fault};
pub(crate) use json::{event_descriptor, party_descriptor};
pub use json::{event_from_json, party_from_json, to_json};
pub use limits::{
    CALL_DEADLINE, CONNECTION_WINDOW, DEFAULT_EXPLAINED, DEFAULT_PAGE_SIZE, MAX_AS_OF_AHEAD, MAX_BATCH, MAX_CALLS,
    MAX_EVENT_STREAMS, MAX_EXPLAINED, MAX_HISTORY_POINTS, MAX_MESSAGE_BYTES, MAX_PAGE_SIZE, MAX_STREAMS_PER_CONNECTION,
    RETRY_AFTER, STREAM_WINDOW,
};
pub use present::event as wire_event;
pub(crate) use quality::present as wire_quality;
pub use record::event_from_wire;

/// Reads text as each kind of token: no token is refused with a panic, and one that is taken comes back.
pub(crate) fn probe_tokens(text: &str) {
    const DATASTORE: &str = "one";
    if let Ok(revision) = revision::decode(DATASTORE, text) {
        assert_eq!(revision::decode(DATASTORE, &revision::encode(DATASTORE, revision)).ok(), Some(revision));
    }
    page::probe(DATASTORE, text);
}

use crate::{
    event::{FUTURE_SKEW, Tenant},
    ledger::Queue,
    reader::Reader,
    registry::Registry,
    time::{Clock, Timestamp},
};

/// The messages, clients and servers generated from `proto/`.
#[expect(clippy::all, clippy::pedantic, reason = "generated; the documentation is in proto/")]
pub mod v1 {
    tonic::include_proto!("rapport.v1");
}

/// The compiled `proto/`, for reflection and for JSON.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// All services. They answer UNAVAILABLE until [`Api::open`] is called. Clones share their state.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    calls: Semaphore,
    streams: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
    backend: OnceLock<Backend>,
}

/// What the services work on once the store is ready.
pub struct Backend {
    /// The write path.
    pub queue: Queue,
    /// The read path.
    pub reader: Reader,
    /// What is known about parties.
    pub registry: Registry,
    /// The database's own id, which revision tokens carry.
    pub datastore: String,
}

impl Api {
    /// Services without a backend yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            clock,
            calls: Semaphore::new(MAX_CALLS),
            streams: Arc::new(Semaphore::new(MAX_EVENT_STREAMS)),
            stopping: watch::Sender::new(false),
            backend: OnceLock::new(),
        }))
    }

    /// Opens the services. A second call changes nothing.
    pub fn open(&self, backend: Backend) {
        let _ = self.0.backend.set(backend);
    }

    /// Ends every stream once what it took is acknowledged.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    fn backend(&self) -> Result<&Backend, Fault> {
        self.0.backend.get().ok_or_else(Fault::starting)
    }

    /// Until authentication comes, everybody is the default tenant.
    fn tenant() -> Tenant {
        Tenant::default()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Now, to read at. The clocks of senders may be a little ahead: then it is when the latest event occurred, or scores
    /// would not count it yet, and could not be read off what is kept in memory.
    fn present(&self) -> Timestamp {
        let now = self.now();
        let latest = self.backend().ok().and_then(|backend| backend.reader.latest_at(&Self::tenant()));
        latest.filter(|it| (now..=now.plus(FUTURE_SKEW)).contains(it)).unwrap_or(now)
    }

    /// As [`Self::call_within`], for as long as the service allows.
    async fn call<T, F>(&self, name: &'static str, work: impl FnOnce(Self) -> F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        self.call_within(CALL_DEADLINE, name, work).await
    }

    /// Runs one call: within the bound on calls and its time, logged, and with a panic turned into an error. A call that
    /// nobody waits for any more ends; a write that was begun is then either completed or undone.
    async fn call_within<T, F>(
        &self,
        time: Duration,
        name: &'static str,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        let Ok(_permit) = self.0.calls.try_acquire() else {
            return Err(Fault::overloaded().into());
        };
        let started = tokio::time::Instant::now();
        let result = match timeout(time, AssertUnwindSafe(work(self.clone())).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panicked)) => Err(Fault::internal("a call ended in a panic")),
            Err(_late) => Err(Fault::late()),
        };
        log(name, started.elapsed(), &result);
        result.map_err(Status::from)
    }
}

fn log<T>(call: &str, took: Duration, result: &Result<T, Fault>) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match result {
        Ok(_) => tracing::debug!(call, micros, "ok"),
        Err(fault) if fault.is_ours() => {
            tracing::error!(call, micros, reason = fault.reason.as_str_name(), detail = fault.detail, "failed");
        }
        Err(fault) => tracing::debug!(call, micros, reason = fault.reason.as_str_name(), "refused"),
    }
}
