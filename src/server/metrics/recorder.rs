//! What is counted as it happens.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use prometheus_client::metrics::{counter::Counter, histogram::Histogram};
use tonic::Code;

use super::calls::Calls;
use crate::{
    cache::Caches,
    ledger::{Queue, Settlement, WriteObserver},
    rebuild::Course,
    server::{Method, Observer},
    store::{Revision, Store, StoreError},
};

/// Where the limits between the buckets lie for the events of a transaction: a group of full size is filled up by one batch.
const SIZES: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0];
/// The same for its time, in seconds.
const DURATIONS: [f64; 13] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Why transactions fail, by the names that the label has.
pub(super) const REASONS: [&str; 3] = ["unavailable", "failed", "schema"];

/// The metrics of a server.
pub struct Metrics {
    pub(super) calls: Calls,
    /// In the order of [`Settlement::ALL`].
    pub(super) events: [Counter; Settlement::ALL.len()],
    pub(super) commit_events: Histogram,
    pub(super) commit_duration: Histogram,
    /// In the order of [`REASONS`].
    pub(super) commit_failures: [Counter; REASONS.len()],
    pub(super) queue_refusals: Counter,
    pub(super) written: AtomicI64,
    pub(super) store: Arc<dyn Store>,
    pub(super) opened: OnceLock<Opened>,
}

/// What is there once the store is ready.
pub struct Opened {
    /// The write path.
    pub queue: Queue,
    /// The memory that reads are answered from.
    pub caches: Arc<Caches>,
    /// How far the rebuilds have come.
    pub rebuilds: Vec<Arc<Course>>,
}

impl Metrics {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            calls: Calls::new(),
            events: Default::default(),
            commit_events: Histogram::new(SIZES),
            commit_duration: Histogram::new(DURATIONS),
            commit_failures: Default::default(),
            queue_refusals: Counter::default(),
            written: AtomicI64::default(),
            store,
            opened: OnceLock::new(),
        }
    }

    /// From now on, these are looked at too. A second call changes nothing.
    pub fn open(&self, opened: Opened) {
        let _ = self.opened.set(opened);
    }
}

impl Observer for Metrics {
    fn started(&self, method: &'static Method) {
        self.calls.started(method);
    }

    fn ended(&self, method: &'static Method, code: Code, took: Duration) {
        self.calls.ended(method, code, took);
    }
}

impl WriteObserver for Metrics {
    fn settled(&self, settlement: Settlement, events: usize) {
        self.events[settlement as usize].inc_by(events as u64);
    }

    fn refused(&self) {
        self.queue_refusals.inc();
    }

    fn written(&self, events: usize, took: Duration, result: Result<Revision, &StoreError>) {
        match result {
            // Without any, it was only asked which revision is the present one.
            Ok(_) if events == 0 => {}
            Ok(revision) => {
                self.written.fetch_max(revision.number(), Relaxed);
                self.commit_events.observe(events as f64);
                self.commit_duration.observe(took.as_secs_f64());
            }
            Err(error) => {
                let reason = match error {
                    StoreError::Unavailable(_) => 0,
                    StoreError::Failed(_) => 1,
                    StoreError::Schema(_) => 2,
                };
                self.commit_failures[reason].inc();
            }
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
