//! Calls, by method and code.

use std::time::Duration;

use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};
use tonic::Code;

use crate::server::method::Method;

/// Where the limits between the buckets lie, in seconds: a read from memory takes less than one, and no call more than 30.
const BUCKETS: [f64; 16] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The codes of gRPC by their numbers.
pub(super) const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// What is counted of the calls of one method.
pub(super) struct OfMethod {
    pub method: &'static Method,
    pub open: Gauge,
    pub duration: Histogram,
    /// How many have ended, by code.
    pub ended: [Counter; CODES.len()],
}

/// A place for every method. It never grows, so that a call takes no lock on it.
pub(super) struct Calls(Vec<OfMethod>);

impl Calls {
    /// None was called yet.
    pub fn new() -> Self {
        let of_method = |method| {
            let (open, duration) = (Gauge::default(), Histogram::new(BUCKETS));
            OfMethod { method, open, duration, ended: Default::default() }
        };
        Self(Method::all().map(of_method).collect())
    }

    pub fn started(&self, method: &Method) {
        self.0[method.place()].open.inc();
    }

    pub fn ended(&self, method: &Method, code: Code, took: Duration) {
        let counted = &self.0[method.place()];
        counted.open.dec();
        counted.duration.observe(took.as_secs_f64());
        if let Some(ended) = usize::try_from(i32::from(code)).ok().and_then(|code| counted.ended.get(code)) {
            ended.inc();
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &OfMethod> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_place_and_every_code_its_name() {
        let calls = Calls::new();
        for method in Method::all() {
            assert_eq!(calls.0[method.place()].method, method);
        }
        let stranger = Method::of("/rapport.v1.ScoreService/Gossip");
        calls.started(stranger);
        calls.ended(stranger, Code::Unimplemented, Duration::from_millis(3));
        let ended: Vec<u64> = calls.0[stranger.place()].ended.iter().map(Counter::get).collect();
        assert_eq!(ended.iter().sum::<u64>(), 1);
        assert_eq!(ended[12], 1, "{}", CODES[12]);
        for (number, name) in CODES.into_iter().enumerate() {
            let code = Code::from(i32::try_from(number).unwrap());
            assert_eq!(name.replace('_', "").to_lowercase(), format!("{code:?}").to_lowercase());
        }
    }
}
