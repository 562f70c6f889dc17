//! No more calls and streams at a time than the service can hold: who comes on top is told at once to come back.
//!
//! The bounds hold for all connections together. Tower's and tonic's own limits hold for one connection, or let a place go when
//! the answer begins; here it is held until the answer has gone to the connection, for so long it takes memory.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http_body::Body;
use pin_project_lite::pin_project;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::codegen::{
    Bytes, Service,
    http::{Request, Response},
};
use tower::Layer;

use super::{
    body::{Polled, Watch, Watched},
    method::{Method, MethodKind},
};
use crate::api::{Fault, MAX_CALLS, MAX_EVENT_STREAMS, MAX_WATCHES};

/// Sheds calls for which there is no room. Clones share the room.
#[derive(Clone)]
pub(super) struct ShedLayer {
    rooms: Arc<Rooms>,
}

struct Rooms {
    calls: Arc<Semaphore>,
    event_streams: Arc<Semaphore>,
    watches: Arc<Semaphore>,
}

impl ShedLayer {
    /// The room that a service has.
    pub fn new() -> Self {
        Self::with_room(MAX_CALLS, MAX_EVENT_STREAMS, MAX_WATCHES)
    }

    fn with_room(calls: usize, event_streams: usize, watches: usize) -> Self {
        let room = |places| Arc::new(Semaphore::new(places));
        let (calls, event_streams, watches) = (room(calls), room(event_streams), room(watches));
        Self { rooms: Arc::new(Rooms { calls, event_streams, watches }) }
    }
}

impl Rooms {
    /// A place for a call of the method, or its refusal. Who only asks whether the service is well needs none.
    fn enter(&self, method: &Method) -> Result<CallPermit, Fault> {
        let room = match method.kind() {
            MethodKind::Call => &self.calls,
            MethodKind::EventStream => &self.event_streams,
            MethodKind::Watch => &self.watches,
            MethodKind::Probe => return Ok(CallPermit(None)),
        };
        Arc::clone(room).try_acquire_owned().map(|permit| CallPermit(Some(permit))).map_err(|_full| Fault::overloaded())
    }
}

impl<S> Layer<S> for ShedLayer {
    type Service = Shed<S>;

    fn layer(&self, inner: S) -> Shed<S> {
        Shed { inner, rooms: Arc::clone(&self.rooms) }
    }
}

/// A service with only so much room.
#[derive(Clone)]
pub(super) struct Shed<S> {
    inner: S,
    rooms: Arc<Rooms>,
}

impl<S, A, B> Service<Request<A>> for Shed<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<Watched<B, CallPermit>>;
    type Error = S::Error;
    type Future = Admitted<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        match self.rooms.enter(Method::of_request(&request)) {
            Ok(place) => Admitted { inner: Some(self.inner.call(request)), place: Some(Ok(place)) },
            Err(fault) => Admitted { inner: None, place: Some(Err(fault)) },
        }
    }
}

/// A place among the calls under way; it is free again when it is dropped.
pub(super) struct CallPermit(#[expect(dead_code, reason = "is held")] Option<OwnedSemaphorePermit>);

impl Watch for CallPermit {
    fn poll<B: Body<Data = Bytes>>(&mut self, body: Pin<&mut B>, context: &mut Context<'_>) -> Polled<B::Error> {
        body.poll_frame(context)
    }
}

pin_project! {
    /// A call that has its place, or none.
    pub(super) struct Admitted<F> {
        #[pin]
        inner: Option<F>,
        place: Option<Result<CallPermit, Fault>>,
    }
}

impl<F, B, E> Future for Admitted<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Watched<B, CallPermit>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.inner.as_pin_mut() {
            Some(inner) => Some(ready!(inner.poll(context))?),
            None => None,
        };
        Poll::Ready(Ok(match (response, this.place.take()) {
            (Some(response), Some(Ok(place))) => response.map(|body| Watched::new(body, place)),
            (_, Some(Err(fault))) => Watched::refusal(fault, CallPermit(None)),
            (_, _) => return Poll::Pending,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::FutureExt;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::server::body::tests::{Silent, status_of};

    async fn call<S, B>(service: &S, path: &str) -> Result<Response<B>, String>
    where
        S: Service<Request<()>, Response = Response<B>, Error = Infallible> + Clone,
    {
        let request = Request::builder().uri(path).body(()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        if response.headers().contains_key("grpc-status") { Err(status_of(response.headers())) } else { Ok(response) }
    }

    #[tokio::test]
    async fn a_place_is_held_until_the_answer_is_sent_or_dropped() {
        const CALL: &str = "/rapport.v1.ScoreService/GetScore";
        const STREAM: &str = "/rapport.v1.EventService/StreamEvents";
        const WATCH: &str = "/grpc.health.v1.Health/Watch";
        const PROBE: &str = "/grpc.health.v1.Health/Check";
        let layer = ShedLayer::with_room(2, 1, 1);
        let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Silent::but_for(&[]))));
        // As for two connections.
        let (one, other) = (layer.layer(inner), layer.layer(inner));
        let first = call(&one, CALL).await.unwrap();
        let second = call(&other, CALL).await.unwrap();
        for service in [&one, &other] {
            assert_eq!(call(service, CALL).await.err().unwrap(), "OVERLOADED");
            assert!(call(service, PROBE).await.is_ok(), "health can always be asked");
        }
        let (stream, watch) = (call(&one, STREAM).await.unwrap(), call(&other, WATCH).await.unwrap());
        assert_eq!(call(&other, STREAM).await.err().unwrap(), "OVERLOADED");
        assert_eq!(call(&one, WATCH).await.err().unwrap(), "OVERLOADED");
        drop((first, stream, watch));
        assert!(call(&other, STREAM).await.is_ok() && call(&one, WATCH).await.is_ok());
        let third = call(&other, CALL).await.unwrap();
        assert!(call(&one, CALL).await.is_err(), "one has left, and one has come");
        drop((second, third));
        assert!(call(&one, CALL).await.is_ok());
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_before_its_answer_leaves_its_place() {
        let layer = ShedLayer::with_room(1, 0, 0);
        let never = service_fn(|_: Request<()>| std::future::pending::<Result<Response<Silent>, Infallible>>());
        let service = layer.layer(never);
        let mut waiting = Box::pin(call(&service, "/rapport.v1.ScoreService/GetScore"));
        assert!((&mut waiting).now_or_never().is_none());
        assert!(call(&service, "/rapport.v1.ScoreService/GetScore").await.is_err());
        drop(waiting);
        assert!(call(&service, "/rapport.v1.ScoreService/GetScore").now_or_never().is_none(), "it is let in");
    }
}
