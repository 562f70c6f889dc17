//! What can be called: the methods of the services, as the compiled `.proto` files name them.
//!
//! Paths come from clients; the names here do not, so there are only so many of them for logs and metrics to tell apart.

use std::{collections::HashMap, sync::LazyLock};

use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::codegen::http::Request;

use crate::api::DESCRIPTORS;

/// The package of our own services.
const OURS: &str = "rapport.v1";

/// A method that is served.
#[derive(Debug, PartialEq, Eq)]
pub struct Method {
    name: String,
    kind: MethodKind,
    /// Its place among all methods.
    place: usize,
}

/// What a call of a method takes of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MethodKind {
    /// A question or a write: one message each way.
    Call,
    /// A stream of events on their way in.
    EventStream,
    /// A look at the service itself, which costs next to nothing.
    Probe,
    /// A stream on which the service says of itself what is asked or what changes.
    Watch,
}

/// What stands for every path that nobody serves: anybody can make such paths up.
const UNKNOWN: &str = "unknown";

/// Every method, and last what stands for paths that nobody serves.
static METHODS: LazyLock<Vec<Method>> = LazyLock::new(|| {
    use tonic_reflection::pb::{v1, v1alpha};
    let sets =
        [DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET, v1::FILE_DESCRIPTOR_SET, v1alpha::FILE_DESCRIPTOR_SET];
    let known = sets.into_iter().flat_map(methods).chain([(UNKNOWN.to_owned(), MethodKind::Call)]);
    known.enumerate().map(|(place, (name, kind))| Method { name, kind, place }).collect()
});

/// The methods by the paths that they are called by.
static BY_PATH: LazyLock<HashMap<String, &'static Method>> =
    LazyLock::new(|| METHODS.iter().map(|method| (format!("/{}", method.name), method)).collect());

impl Method {
    /// The method that is called by a path.
    pub(super) fn of(path: &str) -> &'static Self {
        BY_PATH.get(path).copied().unwrap_or_else(|| &METHODS[METHODS.len() - 1])
    }

    /// The method that a request calls, as the layer that observes calls has found it.
    pub(super) fn of_request<B>(request: &Request<B>) -> &'static Self {
        request.extensions().get::<&'static Self>().copied().unwrap_or_else(|| Self::of(request.uri().path()))
    }

    /// Every method that is served, and last what stands for paths that nobody serves.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        METHODS.iter()
    }

    /// Its place in [`Self::all`].
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Its full name, as in `rapport.v1.ScoreService/GetScore`; `unknown` stands for every path that nobody serves.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its calls stay open for more than one message.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.kind, MethodKind::EventStream | MethodKind::Watch)
    }

    pub(super) fn kind(&self) -> MethodKind {
        self.kind
    }
}

/// The methods of compiled `.proto` files.
fn methods(descriptors: &[u8]) -> Vec<(String, MethodKind)> {
    let set = FileDescriptorSet::decode(descriptors).unwrap_or_else(|error| {
        tracing::error!(%error, "the compiled proto files cannot be read; their methods have no names");
        FileDescriptorSet::default()
    });
    let mut found = Vec::new();
    for file in set.file {
        let package = file.package();
        for service in &file.service {
            for method in &service.method {
                let kind = match (package == OURS, method.client_streaming() || method.server_streaming()) {
                    (true, false) => MethodKind::Call,
                    (true, true) => MethodKind::EventStream,
                    (false, false) => MethodKind::Probe,
                    (false, true) => MethodKind::Watch,
                };
                found.push((format!("{package}.{}/{}", service.name(), method.name()), kind));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_by_their_paths_and_nothing_else_is() {
        for (path, kind) in [
            ("/rapport.v1.ScoreService/GetScore", MethodKind::Call),
            ("/rapport.v1.EventService/StreamEvents", MethodKind::EventStream),
            ("/grpc.health.v1.Health/Check", MethodKind::Probe),
            ("/grpc.health.v1.Health/Watch", MethodKind::Watch),
            ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", MethodKind::Watch),
            ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", MethodKind::Watch),
        ] {
            let method = Method::of(path);
            assert_eq!((format!("/{}", method.name()).as_str(), method.kind()), (path, kind));
        }
        for path in ["", "/", "/rapport.v1.ScoreService/getscore", "rapport.v1.ScoreService/GetScore"] {
            assert_eq!((Method::of(path).name(), Method::of(path).kind()), ("unknown", MethodKind::Call), "{path:?}");
        }
    }
}
