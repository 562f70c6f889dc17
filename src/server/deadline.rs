//! How long a call may take: as long as its client waits for it, but no longer than the service allows. A call that is late is
//! answered so, and its work ends.
//!
//! A stream may last; it ends when nothing has been answered on it for long, or when its client has said that it must.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::codegen::{
    Bytes, Service,
    http::{HeaderMap, Request, Response},
};
use tower::Layer;

use super::{
    body::{Polled, Watch, Watched, last_frame},
    method::Method,
};
use crate::api::{CALL_DEADLINE, Deadline, Fault, STREAM_IDLE};

/// The answer that a call is late must be on its way before the transport ends the call without a reason.
const AHEAD: Duration = Duration::from_millis(5);

/// Ends what takes too long.
#[derive(Clone, Copy)]
pub(super) struct DeadlineLayer;

impl<S> Layer<S> for DeadlineLayer {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner }
    }
}

/// A service whose calls end in time.
#[derive(Clone)]
pub(super) struct Timed<S> {
    inner: S,
}

impl<S, A, B> Service<Request<A>> for Timed<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<Watched<B, Time>>;
    type Error = S::Error;
    type Future = InTime<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let now = Instant::now();
        let asked = asked(request.headers());
        let answered_by = now + asked.map_or(CALL_DEADLINE, |asked| asked.min(CALL_DEADLINE));
        let is_stream = Method::of_request(&request).is_stream();
        let time = Time(is_stream.then(|| StreamTime::new(asked.map(|asked| now + asked))));
        if time.0.is_none() {
            request.extensions_mut().insert(Deadline(answered_by));
        }
        InTime { inner: self.inner.call(request), late: sleep_until(answered_by), time: Some(time) }
    }
}

/// The time that a client gives, as far as it is the service's: none where it gives none.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get("grpc-timeout").and_then(|it| it.to_str().ok()).and_then(parse)?;
    Some(asked.saturating_sub(AHEAD))
}

/// At most eight digits and a unit, as the gRPC protocol has it.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

pin_project! {
    /// A call until its answer begins, which it does in time.
    pub(super) struct InTime<F> {
        #[pin]
        inner: F,
        #[pin]
        late: Sleep,
        time: Option<Time>,
    }
}

impl<F, B, E> Future for InTime<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Watched<B, Time>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(response) = this.inner.poll(context) {
            let time = this.time.take().unwrap_or(Time(None));
            return Poll::Ready(response.map(|response| response.map(|body| Watched::new(body, time))));
        }
        ready!(this.late.poll(context));
        Poll::Ready(Ok(Watched::refusal(Fault::late(), Time(None))))
    }
}

/// The time of an answer: a call's is up when it begins, a stream's goes on.
pub(super) struct Time(Option<StreamTime>);

/// How long a stream goes on.
struct StreamTime {
    /// When its client has said that it must end.
    until: Option<Instant>,
    over: Pin<Box<Sleep>>,
}

impl StreamTime {
    fn new(until: Option<Instant>) -> Self {
        Self { until, over: Box::pin(sleep_until(Self::end(until))) }
    }

    /// When it ends where it is silent from now on.
    fn end(until: Option<Instant>) -> Instant {
        let silent = Instant::now() + STREAM_IDLE;
        until.map_or(silent, |until| until.min(silent))
    }

    fn fault(&self) -> Fault {
        if self.until.is_some_and(|until| until <= Instant::now()) { Fault::late() } else { Fault::idle() }
    }
}

impl Watch for Time {
    fn poll<B: Body<Data = Bytes>>(&mut self, body: Pin<&mut B>, context: &mut Context<'_>) -> Polled<B::Error> {
        let polled = body.poll_frame(context);
        let Some(time) = &mut self.0 else { return polled };
        if polled.is_ready() {
            time.over.as_mut().reset(StreamTime::end(time.until));
            return polled;
        }
        ready!(time.over.as_mut().poll(context));
        Poll::Ready(Some(Ok(last_frame(time.fault()))))
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::pending};

    use tonic::{Code, Status, body::Body as Sent};
    use tonic_types::StatusExt;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::server::body::tests::{Silent, frame, status_of};

    const GET: &str = "/rapport.v1.ScoreService/GetScore";
    const STREAM: &str = "/rapport.v1.EventService/StreamEvents";
    const WATCH: &str = "/grpc.health.v1.Health/Watch";

    #[test]
    fn a_client_can_shorten_the_time_and_nothing_else() {
        let of = |text: &str| {
            let headers = HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), text.parse().unwrap())]);
            asked(&headers)
        };
        assert_eq!(of("2S"), Some(Duration::from_millis(1_995)));
        assert_eq!(of("100m"), Some(Duration::from_millis(95)));
        assert_eq!(of("1n"), Some(Duration::ZERO));
        for other in ["", "S", "+1S", "1x", "123456789n", "é"] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }

    fn request(path: &str, timeout: Option<&str>) -> Request<()> {
        let mut request = Request::builder().uri(path);
        if let Some(timeout) = timeout {
            request = request.header("grpc-timeout", timeout);
        }
        request.body(()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn every_call_is_answered_in_its_time() {
        let never = service_fn(|_: Request<()>| pending::<Result<Response<Sent>, Infallible>>());
        let late = DeadlineLayer.layer(never);
        for (timeout, after) in
            [(None, CALL_DEADLINE), (Some("1S"), Duration::from_millis(995)), (Some("1H"), CALL_DEADLINE)]
        {
            let begun = Instant::now();
            let response = late.clone().oneshot(request(GET, timeout)).await.unwrap();
            let status = Status::from_header_map(response.headers()).unwrap();
            assert_eq!(status.code(), Code::DeadlineExceeded);
            assert_eq!(status.get_error_details().error_info().unwrap().reason, "DEADLINE_EXCEEDED");
            assert_eq!(begun.elapsed().as_millis(), after.as_millis());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_know_their_deadline_and_streams_have_none() {
        let service = DeadlineLayer.layer(service_fn(async |request: Request<()>| {
            let deadline = request.extensions().get::<Deadline>().map(|deadline| deadline.0 - Instant::now());
            let mut response = Response::new(Sent::empty());
            response.extensions_mut().insert(deadline);
            Ok::<_, Infallible>(response)
        }));
        let known = async |path, timeout| {
            let response = service.clone().oneshot(request(path, timeout)).await.unwrap();
            *response.extensions().get::<Option<Duration>>().unwrap()
        };
        assert_eq!(known(GET, None).await, Some(CALL_DEADLINE));
        assert_eq!(known(GET, Some("1S")).await, Some(Duration::from_millis(995)));
        assert_eq!(known(STREAM, Some("1S")).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_stream_ends_and_one_that_says_something_goes_on() {
        let ends = async |path, timeout, speaks: &[Duration]| {
            let silent = Silent::but_for(speaks);
            let service = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(silent.clone())));
            let response = DeadlineLayer.layer(service).oneshot(request(path, timeout)).await.unwrap();
            let (begun, mut body) = (Instant::now(), std::pin::pin!(response.into_body()));
            loop {
                let frame = frame(body.as_mut()).await.unwrap();
                if let Some(trailers) = frame.trailers_ref() {
                    assert!(frame_is_last(body.as_mut()).await);
                    return (status_of(trailers), begun.elapsed());
                }
            }
        };
        let minute = Duration::from_mins(1);
        for path in [STREAM, WATCH] {
            assert_eq!(ends(path, None, &[]).await, ("STREAM_IDLE".to_owned(), STREAM_IDLE));
        }
        let (reason, after) = ends(STREAM, None, &[59 * minute, 59 * minute]).await;
        assert_eq!((reason.as_str(), after), ("STREAM_IDLE", 118 * minute + STREAM_IDLE));
        let (reason, after) = ends(STREAM, Some("75M"), &[59 * minute]).await;
        assert_eq!((reason.as_str(), after.as_secs()), ("DEADLINE_EXCEEDED", 75 * 60 - 1));
    }

    async fn frame_is_last<B: Body<Data = Bytes>>(body: Pin<&mut B>) -> bool {
        body.is_end_stream() && frame(body).await.is_none()
    }
}
