//! gRPC: convert, call, convert. The only room that knows the wire format.

mod chain;
mod convert;
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
mod revision;
mod rollup;
mod scores;
mod standing;
mod value;

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{sync::Semaphore, time::timeout};
use tonic::Status;

pub(crate) use convert::to_wire as wire_time;
pub use error::{ERROR_DOMAIN, Fault};
pub(crate) use events::event_from_wire;
pub(crate) use json::{event_descriptor, party_descriptor};
pub use json::{event_from_json, party_from_json, to_json};
pub use limits::{
    CALL_DEADLINE, DEFAULT_EXPLAINED, DEFAULT_PAGE_SIZE, MAX_AS_OF_AHEAD, MAX_BATCH, MAX_CALLS, MAX_EXPLAINED,
    MAX_HISTORY_POINTS, MAX_MESSAGE_BYTES, MAX_PAGE_SIZE, RETRY_AFTER,
};
pub use present::event as wire_event;
pub(crate) use quality::present as wire_quality;

use crate::{
    event::Tenant,
    ledger::Ledger,
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
    backend: OnceLock<Backend>,
}

/// What the services work on once the store is ready.
pub struct Backend {
    /// The write path.
    pub ledger: Ledger,
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
        Self(Arc::new(Shared { clock, calls: Semaphore::new(MAX_CALLS), backend: OnceLock::new() }))
    }

    /// Opens the services. A second call changes nothing.
    pub fn open(&self, backend: Backend) {
        let _ = self.0.backend.set(backend);
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

    /// Runs one call: within the bound on calls and the deadline, logged, and with a panic turned into an error. A
    /// call whose client has gone away runs on, so that a write is never cut off by a lost connection.
    async fn call<T, F>(&self, name: &'static str, work: impl FnOnce(Self) -> F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        let Ok(_permit) = self.0.calls.try_acquire() else {
            return Err(Fault::overloaded().into());
        };
        let started = tokio::time::Instant::now();
        let mut task = tokio::spawn(work(self.clone()));
        let result = match timeout(CALL_DEADLINE, &mut task).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panicked)) => Err(Fault::internal("a call ended in a panic")),
            Err(_late) => {
                task.abort();
                Err(Fault::late())
            }
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
