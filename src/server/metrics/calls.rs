//! Calls, by method and code.

use std::{collections::HashMap, time::Duration};

use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::Code;

use crate::api::DESCRIPTORS;

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

/// What is counted as a call to a method that there is not: anybody can make such names up, so they share a label.
const UNKNOWN: &str = "unknown";

/// What is known of a method.
pub(super) struct Method {
    /// `package.Service/Method`.
    pub name: String,
    /// Whether either side sends more than one message.
    pub is_streaming: bool,
    pub open: Gauge,
    pub duration: Histogram,
    /// How many have ended, by code.
    pub ended: [Counter; CODES.len()],
}

/// A place in the table of methods.
#[derive(Clone, Copy, Debug)]
pub struct MethodId(usize);

/// Every method that is served, made from the compiled descriptors. It never grows, so that a call takes no lock on it.
pub(super) struct Calls {
    methods: Vec<Method>,
    by_path: HashMap<String, usize>,
}

impl Method {
    fn new(name: String, is_streaming: bool) -> Self {
        let (open, duration) = (Gauge::default(), Histogram::new(BUCKETS));
        Self { name, is_streaming, open, duration, ended: Default::default() }
    }
}

impl Calls {
    /// All methods of the services in `proto/`, of health and of reflection; none was called yet.
    pub fn new() -> Self {
        let sets = [
            DESCRIPTORS,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let files = sets.into_iter().filter_map(|set| FileDescriptorSet::decode(set).ok()).flat_map(|set| set.file);
        let mut methods: Vec<Method> = files
            .flat_map(|file| {
                let package = file.package().to_owned();
                file.service.into_iter().flat_map(move |service| {
                    let service_name = format!("{package}.{}", service.name());
                    service.method.into_iter().map(move |method| {
                        let is_streaming = method.client_streaming() || method.server_streaming();
                        Method::new(format!("{service_name}/{}", method.name()), is_streaming)
                    })
                })
            })
            .collect();
        methods.push(Method::new(UNKNOWN.to_owned(), false));
        let by_path = methods.iter().enumerate().map(|(place, method)| (format!("/{}", method.name), place)).collect();
        Self { methods, by_path }
    }

    pub fn started(&self, path: &str) -> MethodId {
        let place = self.by_path.get(path).copied().unwrap_or(self.methods.len() - 1);
        self.methods[place].open.inc();
        MethodId(place)
    }

    pub fn ended(&self, MethodId(place): MethodId, code: Code, took: Duration) {
        let method = &self.methods[place];
        method.open.dec();
        method.duration.observe(took.as_secs_f64());
        if let Some(ended) = usize::try_from(i32::from(code)).ok().and_then(|code| method.ended.get(code)) {
            ended.inc();
        }
    }

    pub fn methods(&self) -> &[Method] {
        &self.methods
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_place_and_every_code_its_name() {
        let calls = Calls::new();
        for (path, is_streaming) in [
            ("/rapport.v1.ScoreService/GetScore", false),
            ("/rapport.v1.EventService/StreamEvents", true),
            ("/rapport.v1.PartyService/GetParty", false),
            ("/grpc.health.v1.Health/Check", false),
            ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", true),
            ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", true),
        ] {
            let MethodId(place) = calls.started(path);
            assert_eq!((&calls.methods[place].name[..], calls.methods[place].is_streaming), (&path[1..], is_streaming));
        }
        let stranger = calls.started("/rapport.v1.ScoreService/Gossip");
        assert_eq!(calls.methods[stranger.0].name, UNKNOWN);
        calls.ended(stranger, Code::Unimplemented, Duration::from_millis(3));
        let ended: Vec<u64> = calls.methods[stranger.0].ended.iter().map(Counter::get).collect();
        assert_eq!(ended.iter().sum::<u64>(), 1);
        assert_eq!(ended[12], 1, "{}", CODES[12]);
        for (number, name) in CODES.into_iter().enumerate() {
            let code = Code::from(i32::try_from(number).unwrap());
            assert_eq!(name.replace('_', "").to_lowercase(), format!("{code:?}").to_lowercase());
        }
    }
}
