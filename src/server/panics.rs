//! A panic ends its call and nothing else: whoever called is told INTERNAL, and the log says what was wrong.
//!
//! That of tower-http would put every answer in a box of its own, and leaves those who panic while a stream is sent.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use futures::{
    FutureExt,
    future::{CatchUnwind, Map},
};
use http_body::Body;
use tonic::codegen::{
    Bytes, Service,
    http::{Request, Response},
};
use tower::Layer;

use super::body::{Polled, Watch, Watched, last_frame};
use crate::api::Fault;

/// Answers for what panics.
#[derive(Clone, Copy)]
pub(super) struct PanicLayer;

impl<S> Layer<S> for PanicLayer {
    type Service = Caught<S>;

    fn layer(&self, inner: S) -> Caught<S> {
        Caught { inner }
    }
}

/// A service whose calls may panic.
#[derive(Clone)]
pub(super) struct Caught<S> {
    inner: S,
}

/// What a call has led to, or what it said when it panicked.
type Ended<B, E> = Result<Result<Response<B>, E>, Box<dyn Any + Send>>;
type Answered<B, E> = Result<Response<Watched<B, Panics>>, E>;

impl<S, A, B> Service<Request<A>> for Caught<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<Watched<B, Panics>>;
    type Error = S::Error;
    type Future = Map<CatchUnwind<AssertUnwindSafe<S::Future>>, fn(Ended<B, S::Error>) -> Answered<B, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        AssertUnwindSafe(self.inner.call(request)).catch_unwind().map(answered)
    }
}

fn answered<B, E>(ended: Ended<B, E>) -> Answered<B, E> {
    match ended {
        Ok(response) => response.map(|response| response.map(|body| Watched::new(body, Panics))),
        Err(panicked) => Ok(Watched::refusal(fault(panicked.as_ref()), Panics)),
    }
}

fn fault(panicked: &(dyn Any + Send)) -> Fault {
    let said =
        panicked.downcast_ref::<&str>().copied().or_else(|| panicked.downcast_ref::<String>().map(String::as_str));
    Fault::internal(format!("a call ended in a panic: {}", said.unwrap_or("it said nothing")))
}

/// Answers for what panics while an answer is sent.
pub(super) struct Panics;

impl Watch for Panics {
    fn poll<B: Body<Data = Bytes>>(&mut self, body: Pin<&mut B>, context: &mut Context<'_>) -> Polled<B::Error> {
        catch_unwind(AssertUnwindSafe(|| body.poll_frame(context)))
            .unwrap_or_else(|panicked| Poll::Ready(Some(Ok(last_frame(fault(panicked.as_ref()))))))
    }
}
