//! How a pool of connections is doing.

use std::{
    future::Future,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use sqlx::{Database, Pool};
use tokio::time::Instant;

/// How a pool of connections is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUsage {
    /// Connections at work.
    pub in_use: u32,
    /// Connections that are open and idle.
    pub idle: u32,
    /// Connections at the most.
    pub most: u32,
    /// Transactions that were begun, or could not be.
    pub begun: u64,
    /// How long it took to begin them: to get a connection, to see that it still works, and to say BEGIN on it.
    pub waited: Duration,
}

/// How long those who begin transactions on a pool wait for it.
#[derive(Debug, Default)]
pub(super) struct Waits {
    begun: AtomicU64,
    micros: AtomicU64,
}

impl Waits {
    /// Counts the time that a transaction takes to begin.
    pub async fn over<T>(&self, beginning: impl Future<Output = T>) -> T {
        let asked = Instant::now();
        let result = beginning.await;
        self.begun.fetch_add(1, Relaxed);
        self.micros.fetch_add(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
        result
    }

    /// With what the pool says of itself.
    pub fn usage<DB: Database>(&self, pool: &Pool<DB>) -> PoolUsage {
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        PoolUsage {
            in_use: pool.size().saturating_sub(idle),
            idle,
            most: pool.options().get_max_connections(),
            begun: self.begun.load(Relaxed),
            waited: Duration::from_micros(self.micros.load(Relaxed)),
        }
    }
}
