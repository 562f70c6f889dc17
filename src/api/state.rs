//! What all services work on, and whether they are open.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use super::Fault;
use crate::{
    ledger::Queue,
    reader::Reader,
    registry::Registry,
    time::{Clock, Timestamp},
};

/// All services. They answer UNAVAILABLE until [`Api::open`] is called. Clones share their state.
#[derive(Clone)]
pub struct Api(Arc<ServiceState>);

struct ServiceState {
    clock: Arc<dyn Clock>,
    stopping: watch::Sender<bool>,
    backend: OnceLock<Arc<Backend>>,
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
        Self(Arc::new(ServiceState { clock, stopping: watch::Sender::new(false), backend: OnceLock::new() }))
    }

    /// Opens the services. A second call changes nothing.
    pub fn open(&self, backend: Backend) {
        let _ = self.0.backend.set(Arc::new(backend));
    }

    /// Ends every stream once what it took is acknowledged.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    pub(super) fn backend(&self) -> Result<Arc<Backend>, Fault> {
        self.0.backend.get().cloned().ok_or_else(Fault::starting)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Becomes true when every stream is to end.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }
}
