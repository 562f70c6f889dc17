//! A message over the limit is refused below the services, with a code that fits and no reason. This gives it both.

use tonic::{Status, codegen::http::Response};

use crate::api::Fault;

/// What the transport says of a message that is too large.
const TOO_LARGE: &str = "message length too large";

/// Rewrites the refusal of an oversized message; leaves every other response as it is.
pub(super) fn explain<B>(mut response: Response<B>) -> Response<B> {
    let refused = Status::from_header_map(response.headers())
        .is_some_and(|status| status.code() == tonic::Code::OutOfRange && status.message().contains(TOO_LARGE));
    if refused {
        let status = Status::from(Fault::message_too_large());
        if let Err(error) = status.add_header(response.headers_mut()) {
            tracing::warn!(%error, "a refusal could not be explained");
        }
    }
    response
}
