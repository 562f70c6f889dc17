//! The body of an answer, watched while it is sent.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::{
    Status,
    codegen::{
        Bytes,
        http::{HeaderMap, Response},
    },
};

use crate::api::Fault;

/// What polling a body leads to.
pub(super) type Polled<E> = Poll<Option<Result<Frame<Bytes>, E>>>;

/// What a layer does while a body is sent.
pub(super) trait Watch {
    /// Polls the body, or ends it with trailers of its own.
    fn poll<B: Body<Data = Bytes>>(&mut self, body: Pin<&mut B>, context: &mut Context<'_>) -> Polled<B::Error>;
}

pin_project! {
    /// A body and who watches it. The body is dropped when it has ended; the watch with the answer, which is when everything
    /// has gone to the connection, or nobody waits for it any more.
    pub(super) struct Watched<B, W> {
        #[pin]
        body: Option<B>,
        watch: W,
    }
}

impl<B, W> Watched<B, W> {
    pub fn new(body: B, watch: W) -> Self {
        Self { body: Some(body), watch }
    }

    /// The answer of a call that goes no further.
    pub fn refusal(fault: Fault, watch: W) -> Response<Self> {
        let response = Status::from(fault).into_http::<tonic::body::Body>();
        response.map(|_empty| Self { body: None, watch })
    }
}

impl<B: Body<Data = Bytes>, W: Watch> Body for Watched<B, W> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled<B::Error> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let polled = this.watch.poll(body, context);
        let is_over = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers(),
            Poll::Ready(None | Some(Err(_))) => true,
            Poll::Pending => false,
        };
        if is_over {
            this.body.set(None);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// The end of a body that goes no further.
pub(super) fn last_frame(fault: Fault) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    if let Err(error) = Status::from(fault).add_header(&mut trailers) {
        tracing::warn!(%error, "the end of a stream could not be explained");
    }
    Frame::trailers(trailers)
}

#[cfg(test)]
pub(super) mod tests {
    use std::{collections::VecDeque, convert::Infallible, future::poll_fn, time::Duration};

    use tokio::time::{Sleep, sleep};
    use tonic_types::StatusExt;

    use super::*;

    /// A body that says something after each of some pauses, and then nothing more, for ever.
    pub struct Silent {
        pauses: VecDeque<Duration>,
        pause: Option<Pin<Box<Sleep>>>,
    }

    impl Silent {
        pub fn but_for(pauses: &[Duration]) -> Self {
            Self { pauses: pauses.iter().copied().collect(), pause: None }
        }
    }

    impl Clone for Silent {
        fn clone(&self) -> Self {
            Self { pauses: self.pauses.clone(), pause: None }
        }
    }

    impl Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled<Infallible> {
            if self.pause.is_none() {
                self.pause = self.pauses.pop_front().map(|pause| Box::pin(sleep(pause)));
            }
            let Some(pause) = &mut self.pause else { return Poll::Pending };
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"something")))))
        }
    }

    /// The next frame of a body; none at its end.
    pub async fn frame<B: Body>(mut body: Pin<&mut B>) -> Option<Frame<B::Data>> {
        let polled = poll_fn(|context| body.as_mut().poll_frame(context)).await;
        polled.map(|frame| frame.unwrap_or_else(|_| panic!("the bodies of these tests do not fail")))
    }

    /// The reason for an error in headers or trailers.
    pub fn status_of(headers: &HeaderMap) -> String {
        let status = Status::from_header_map(headers).expect("they have one");
        status.get_error_details().error_info().expect("every error has one").reason.clone()
    }
}
