//! What is kept of one tenant, and how long ago it was compared with the database.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::time::Instant;

use super::{fit::Fit, snapshot::Snapshot};
use crate::store::Revision;

/// How long a snapshot may be read without having been compared with the database: what other processes have written shows
/// at most so much later.
pub const CONFIRMED_FOR: Duration = Duration::from_secs(1);

/// What is kept of a tenant.
pub(super) struct TenantCache {
    pub present: ArcSwapOption<Snapshot>,
    /// When the present one was last known to be up to date, in microseconds since the clock below was started.
    confirmed: AtomicU64,
    clock: Instant,
    /// Whoever replaces the present one holds this.
    pub replacing: Mutex<()>,
    /// Whoever reads the database for it holds this: one does so for all.
    pub refreshing: tokio::sync::Mutex<()>,
    /// Whether it fits.
    pub fit: Fit,
}

impl TenantCache {
    pub fn new() -> Self {
        Self {
            present: ArcSwapOption::empty(),
            confirmed: AtomicU64::new(0),
            clock: Instant::now(),
            replacing: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            fit: Fit::default(),
        }
    }

    /// Since when the present snapshot is known to be up to date, at the least.
    pub fn confirm(&self, since: Instant) {
        let since = since.saturating_duration_since(self.clock);
        self.confirmed.fetch_max(u64::try_from(since.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    pub fn age(&self) -> Duration {
        self.clock.elapsed().saturating_sub(Duration::from_micros(self.confirmed.load(Relaxed)))
    }

    /// The present snapshot, if it is at least as fresh as wanted and was confirmed not too long ago.
    pub fn fresh(&self, at_least: Revision) -> Option<Arc<Snapshot>> {
        let present = self.present.load_full()?;
        (present.revision >= at_least && self.age() < CONFIRMED_FOR).then_some(present)
    }
}
