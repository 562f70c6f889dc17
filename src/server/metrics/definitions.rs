//! Every metric: its name, labels and help, in the order in which they are served. `docs/metrics.md` has the same table.
//!
//! Names keep to the conventions of Prometheus: what counts up ends with `_total`, and before that, or at the end, stands the
//! unit, where there is one. A label takes few values, all known beforehand: no id of a party, and no tenant, is ever one.

use prometheus_client::{metrics::MetricType, registry::Unit};

/// What a metric is.
#[derive(Debug)]
pub struct Definition {
    /// Its name in full.
    pub name: &'static str,
    /// Its kind.
    pub kind: MetricType,
    /// What its series are told apart by.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

impl Definition {
    /// The unit that its name ends with, if any.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        match name.rsplit('_').next() {
            Some("seconds") => Some(Unit::Seconds),
            Some("bytes") => Some(Unit::Bytes),
            _ => None,
        }
    }

    /// Its name without what the format adds for its kind and its unit.
    pub(super) fn stem(&self) -> &'static str {
        let name = match self.kind {
            MetricType::Counter => self.name.strip_suffix("_total"),
            MetricType::Info => self.name.strip_suffix("_info"),
            _ => None,
        };
        let name = name.unwrap_or(self.name);
        self.unit().and_then(|unit| name.strip_suffix(unit.as_str())?.strip_suffix('_')).unwrap_or(name)
    }
}

macro_rules! definitions {
    ($($key:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal,)+) => {
        $(
            pub(super) const $key: Definition =
                Definition { name: $name, kind: MetricType::$kind, labels: &[$($label),*], help: $help };
        )+
        /// All of them.
        pub const ALL: &[Definition] = &[$($key),+];
    };
}

definitions! {
    CALLS: Counter "rapport_rpc_calls_total" ["method", "code"]
        "Calls and streams that have ended; one whose client has gone ends as CANCELLED.",
    CALL_DURATION: Histogram "rapport_rpc_duration_seconds" ["method"]
        "How long calls and streams took, from their headers until the last of their answer had gone to the connection, or they \
         were dropped.",
    CALLS_OPEN: Gauge "rapport_rpc_calls_open" ["method"]
        "Calls under way, without streams.",
    STREAMS_OPEN: Gauge "rapport_rpc_streams_open" ["method"]
        "Streams under way.",

    EVENTS: Counter "rapport_events_total" ["result"]
        "Events that were sent, by what became of them; failed means that the database could not be used, and that it is \
         not known whether they were recorded.",
    COMMIT_EVENTS: Histogram "rapport_commit_events" []
        "Events that one transaction took in, be they new or not; without transactions that failed.",
    COMMIT_DURATION: Histogram "rapport_commit_duration_seconds" []
        "How long transactions that record events took, from asking for the revision to being durable; without those that \
         failed.",
    COMMIT_FAILURES: Counter "rapport_commit_failures_total" ["reason"]
        "Transactions that record events and failed: the database was unavailable, failed on what it was given, or has \
         another schema.",

    QUEUE_REFUSALS: Counter "rapport_queue_refusals_total" []
        "Calls that were refused since there was no room for their events.",
    QUEUE_EVENTS: Gauge "rapport_queue_events" ["from"]
        "Events that wait to be recorded or are being recorded; a request without events counts as one.",
    QUEUE_LIMIT_EVENTS: Gauge "rapport_queue_limit_events" ["from"]
        "Events that may wait: a call beyond that is refused, a stream is no longer read from.",
    QUEUE_BYTES: Gauge "rapport_queue_bytes" ["from"]
        "Size of the events that wait.",
    QUEUE_LIMIT_BYTES: Gauge "rapport_queue_limit_bytes" ["from"]
        "Size that the events that wait may have.",

    CACHE_BYTES: Gauge "rapport_cache_bytes" []
        "Memory of the cache, about.",
    CACHE_LIMIT_BYTES: Gauge "rapport_cache_limit_bytes" []
        "Memory that the cache may take for each tenant.",
    CACHE_RELATIONSHIPS: Gauge "rapport_cache_relationships" []
        "Relationships in the cache.",
    CACHE_HITS: Counter "rapport_cache_hits_total" []
        "Reads that asked the database for nothing.",
    CACHE_MISSES: Counter "rapport_cache_misses_total" []
        "Reads that had to wait for the database.",
    CACHE_REFRESHES: Counter "rapport_cache_refreshes_total" []
        "How often the cache was compared with the database.",

    POOL_CONNECTIONS: Gauge "rapport_pool_connections" ["pool", "state"]
        "Open connections to the database.",
    POOL_LIMIT: Gauge "rapport_pool_limit_connections" ["pool"]
        "Connections to the database that may be open.",
    POOL_BEGUN: Counter "rapport_pool_transactions_total" ["pool"]
        "Transactions that were begun, or could not be.",
    POOL_WAIT: Counter "rapport_pool_wait_seconds_total" ["pool"]
        "Time that transactions took to begin: waiting for a connection, looking whether it works, and BEGIN.",

    REBUILD_FOLDED: Gauge "rapport_rebuild_folded_relationships" []
        "Relationships folded under the model that is being built; 0 while none is.",
    REBUILD_RELATIONSHIPS: Gauge "rapport_rebuild_relationships" []
        "Relationships to fold under the model that is being built; 0 while none is.",
    REVISION: Gauge "rapport_revision" []
        "The latest revision that this process knows, of the tenant that has most.",

    PROCESS_RESIDENT: Gauge "process_resident_memory_bytes" []
        "Memory of the process that is in RAM.",
    PROCESS_VIRTUAL: Gauge "process_virtual_memory_bytes" []
        "Addresses that the process has asked for.",
    PROCESS_FDS: Gauge "process_open_fds" []
        "Open file descriptors.",
    PROCESS_MAX_FDS: Gauge "process_max_fds" []
        "File descriptors that may be open.",
    BUILD: Info "rapport_build_info" ["version", "formulas"]
        "Which program this is, and the number of its formulas.",
}
