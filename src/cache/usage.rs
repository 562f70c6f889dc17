//! How what is kept is doing.

use std::sync::atomic::AtomicU64;

/// How often what happened.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub hits: AtomicU64,
    pub misses: AtomicU64,
    pub refreshes: AtomicU64,
}

/// How caches are doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in use, about.
    pub bytes: usize,
    /// Bytes that may be in use.
    pub most_bytes: usize,
    /// Relationships in memory.
    pub relationships: usize,
    /// Reads that asked the database for nothing.
    pub hits: u64,
    /// Reads that had to wait for the database.
    pub misses: u64,
    /// How often a snapshot was compared with the database.
    pub refreshes: u64,
}
