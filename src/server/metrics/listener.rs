//! The listener: `GET /metrics` and nothing else, on a port of its own.
//!
//! Whoever reaches it may be slow, or mean no good. So a connection takes one request, of a bounded size and in a bounded
//! time, and there are few at once; others wait until the kernel's queue is full.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::Service,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    recorder::Metrics,
    scrape::{self, Format},
};

/// Connections at once.
const MOST_CONNECTIONS: usize = 8;
/// How long one may take, from its beginning to the end of the answer.
const CONNECTION_DEADLINE: Duration = Duration::from_secs(10);
/// How long its request may take to arrive.
const REQUEST_DEADLINE: Duration = Duration::from_secs(5);
/// How large the head of its request may be, in bytes.
const MOST_HEAD_BYTES: usize = 8 * 1024;
/// Lines in the head of its request.
const MOST_HEADERS: usize = 64;
/// What its socket could not be taken for, as where there are too many, may have passed after this time.
const PAUSE: Duration = Duration::from_millis(100);

/// A running listener. Where it is dropped, it ends by itself.
pub(in crate::server) struct Scraping {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Scraping {
    /// Serves metrics from now on.
    pub fn start(listener: TcpListener, metrics: Arc<Metrics>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, metrics, stopped));
        Self { stop, task }
    }

    /// Takes no further connection, and waits for those under way to be answered.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

async fn serve(listener: TcpListener, metrics: Arc<Metrics>, stopped: oneshot::Receiver<()>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stopped = pin!(stopped);
    loop {
        let taken = async {
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            _ = &mut stopped => break,
            taken = taken => taken,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::debug!(%error, "a connection for metrics could not be taken");
                sleep(PAUSE).await;
                continue;
            }
        };
        let connection = graceful.watch(connection(socket, Arc::clone(&metrics)));
        tokio::spawn(async move {
            // A client that breaks off, or that is too slow, is told nothing and is no fault of ours.
            let _ = timeout(CONNECTION_DEADLINE, connection).await;
            drop(place);
        });
    }
    drop(listener);
    let _ = timeout(CONNECTION_DEADLINE, graceful.shutdown()).await;
}

fn connection(socket: TcpStream, metrics: Arc<Metrics>) -> http1::Connection<TokioIo<TcpStream>, Page> {
    http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .header_read_timeout(REQUEST_DEADLINE)
        .max_buf_size(MOST_HEAD_BYTES)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(socket), Page(metrics))
}

/// The one page that there is.
struct Page(Arc<Metrics>);

impl Service<Request<Incoming>> for Page {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        ready(Ok(self.respond(&request)))
    }
}

impl Page {
    fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() != "/metrics" {
            return status(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::GET {
            let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return response;
        }
        let format = wanted(request.headers().get(ACCEPT));
        let Ok(text) = scrape::write(&self.0, format) else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
        let mut response = Response::new(Full::from(text));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// OpenMetrics for whoever knows it, which is how Prometheus asks.
fn wanted(accepted: Option<&HeaderValue>) -> Format {
    let accepted = accepted.and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    if accepted.contains("application/openmetrics-text") { Format::OpenMetrics } else { Format::Prometheus }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
