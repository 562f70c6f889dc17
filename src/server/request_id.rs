//! Every call has an id: its client's, where that is one, or else a new one. The answer says which.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tonic::codegen::{
    Service,
    http::{HeaderMap, HeaderValue, Request, Response},
};
use tower::Layer;

/// The header that carries it, both ways.
pub const REQUEST_ID: &str = "x-request-id";
/// Longest id that is taken from a client, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// Gives every request an id.
#[derive(Clone, Copy)]
pub(super) struct RequestIdLayer;

impl<S> Layer<S> for RequestIdLayer {
    type Service = RequestId<S>;

    fn layer(&self, inner: S) -> RequestId<S> {
        RequestId { inner }
    }
}

/// A service whose requests have ids.
#[derive(Clone)]
pub(super) struct RequestId<S> {
    inner: S,
}

impl<S, A, B> Service<Request<A>> for RequestId<S>
where
    S: Service<Request<A>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Returned<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let id = given(request.headers()).unwrap_or_else(new);
        request.headers_mut().insert(REQUEST_ID, id.clone());
        Returned { inner: self.inner.call(request), id: Some(id) }
    }
}

/// The id of a request that has gone through the layer.
pub(super) fn of(headers: &HeaderMap) -> &str {
    headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default()
}

/// What a client calls its request, where that can stand in a log as it is.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let is_sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    ((1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_sane)).then(|| id.clone())
}

/// Sixteen hexadecimal digits, at random.
fn new() -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = rand::random::<[u8; 8]>().map(|byte| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
    HeaderValue::from_bytes(digits.as_flattened()).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

pin_project! {
    /// An answer that is given the id of its request.
    pub(super) struct Returned<F> {
        #[pin]
        inner: F,
        id: Option<HeaderValue>,
    }
}

impl<F, B, E> Future for Returned<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(context))?;
        if let Some(id) = this.id.take() {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        Poll::Ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_stand_in_a_log_is_taken() {
        let given = |id: &[u8]| {
            let headers = HeaderMap::from_iter([(REQUEST_ID.parse().unwrap(), HeaderValue::from_bytes(id).unwrap())]);
            super::given(&headers)
        };
        for id in ["1", "a-B_c.d:e/f+g=h@i", &"x".repeat(MAX_REQUEST_ID_BYTES)] {
            assert_eq!(given(id.as_bytes()).unwrap(), id);
        }
        for id in ["", "a b", "\"quoted\"", "tab\t", &"x".repeat(MAX_REQUEST_ID_BYTES + 1)] {
            assert_eq!(given(id.as_bytes()), None, "{id:?}");
        }
        assert_eq!(given(&[0xFF]), None);
        let (one, other) = (new(), new());
        assert!(one != other && one.len() == 16 && given(one.as_bytes()).is_some());
    }
}
