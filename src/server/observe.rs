//! Every call is seen to begin and to end: it has a span, its end is logged, and whoever counts calls is told.
//!
//! A call ends when the last of its answer has gone to the connection, or when it is dropped, for its client or the connection
//! is gone. Either way it ends once: what ends it is that its [`CallUnderWay`] is dropped.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tonic::{
    Code, Status,
    codegen::{
        Bytes, Service,
        http::{HeaderMap, HeaderValue, Request, Response},
    },
};
use tower::Layer;
use tracing::Span;

use super::{
    body::{Polled, Watch, Watched},
    method::Method,
    request_id::{self, REQUEST_ID},
};

/// Who is told of every call. Its functions are called where the call is answered, and must not wait.
pub trait Observer: Send + Sync + 'static {
    /// A call has come in.
    fn started(&self, method: &'static Method);

    /// The call has ended with `code`, `took` after it came in: `Cancelled` where it was dropped before all of its answer had
    /// gone out. Of a stream, `took` is how long it was open.
    fn ended(&self, method: &'static Method, code: Code, took: Duration);
}

/// Everybody who is told.
type Observers = Arc<[Arc<dyn Observer>]>;

/// Observes every call.
#[derive(Clone)]
pub(super) struct ObserveLayer {
    observers: Observers,
}

impl ObserveLayer {
    /// Tells each of `observers`.
    pub fn new(observers: Vec<Arc<dyn Observer>>) -> Self {
        Self { observers: observers.into() }
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe { inner, observers: Arc::clone(&self.observers) }
    }
}

/// A service whose calls are observed.
#[derive(Clone)]
pub(super) struct Observe<S> {
    inner: S,
    observers: Observers,
}

impl<S, A, B> Service<Request<A>> for Observe<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<Watched<B, CallUnderWay>>;
    type Error = S::Error;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let method = Method::of(request.uri().path());
        // A span that the log wants is formatted for every call; at the level that is usual, only a failure names its call.
        let span = tracing::debug_span!("call", method = method.name(), request_id = request_id::of(request.headers()));
        let id = request.headers().get(REQUEST_ID).cloned();
        self.observers.iter().for_each(|observer| observer.started(method));
        // The layers further in ask which method it is.
        request.extensions_mut().insert(method);
        let observers = Arc::clone(&self.observers);
        let call = CallUnderWay { method, id, since: Instant::now(), observers, span, code: None };
        let inner = call.span.in_scope(|| self.inner.call(request));
        Observed { inner, call: Some(call) }
    }
}

/// A call under way.
pub(super) struct CallUnderWay {
    method: &'static Method,
    /// The id of its request.
    id: Option<HeaderValue>,
    since: Instant,
    observers: Observers,
    span: Span,
    /// How it has ended, once that is known.
    code: Option<Code>,
}

impl Drop for CallUnderWay {
    fn drop(&mut self) {
        let (code, took) = (self.code.unwrap_or(Code::Cancelled), self.since.elapsed());
        self.observers.iter().for_each(|observer| observer.ended(self.method, code, took));
        let _in_span = self.span.enter();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if code == Code::Internal {
            tracing::error!(method = self.method.name(), request_id = ?self.id, micros, "a call failed");
        } else {
            tracing::debug!(?code, micros, "ended");
        }
    }
}

impl Watch for CallUnderWay {
    fn poll<B: Body<Data = Bytes>>(&mut self, body: Pin<&mut B>, context: &mut Context<'_>) -> Polled<B::Error> {
        let _in_span = self.span.enter();
        let polled = body.poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.code = Some(code(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(_)) | None) => self.code = Some(self.code.unwrap_or(Code::Unknown)),
            Poll::Pending => {}
        }
        polled
    }
}

/// How a call has ended, as headers or trailers say; none where they say nothing.
fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|code| Code::from_bytes(code.as_bytes()))
}

pin_project! {
    /// A call until its answer begins.
    pub(super) struct Observed<F> {
        #[pin]
        inner: F,
        call: Option<CallUnderWay>,
    }
}

impl<F, B, E> Future for Observed<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Watched<B, CallUnderWay>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = {
            let _in_span = this.call.as_ref().map(|call| call.span.enter());
            ready!(this.inner.poll(context))
        };
        let Some(mut call) = this.call.take() else { return Poll::Pending };
        Poll::Ready(match response {
            Ok(response) => {
                call.code = code(response.headers());
                Ok(response.map(|body| Watched::new(body, call)))
            }
            Err(error) => {
                call.code = Some(Code::Unknown);
                Err(error)
            }
        })
    }
}
