//! What is around every call, in its order.
//!
//! `tonic` puts one thing around all of this: where a client gives a time it ends the call then, without a reason.
//! Each layer here is one that `tower` has, or says why it is not.

use std::{convert::Infallible, sync::Arc};

use http_body::Body as HttpBody;
use tonic::{
    Status,
    body::Body,
    codegen::{
        Bytes, Service,
        http::{Request, Response},
    },
    service::Routes,
};
use tower::{
    Layer, ServiceBuilder,
    util::{MapRequestLayer, MapResponseLayer},
};

use super::{
    deadline::DeadlineLayer,
    observe::{ObserveLayer, Observer},
    oversized,
    panics::PanicLayer,
    request_id::RequestIdLayer,
    shed::ShedLayer,
};
use crate::principal::Principal;

/// All layers. What comes first is outermost: it sees a request first and its answer last.
pub(super) fn around(
    observers: Vec<Arc<dyn Observer>>,
) -> impl Layer<
    Routes,
    Service = impl Service<
        Request<Body>,
        Response = Response<impl HttpBody<Data = Bytes, Error = Status> + Send + 'static>,
        Error = Infallible,
        Future = impl Send,
    > + Clone
              + Send
              + 'static,
> + Clone {
    ServiceBuilder::new()
        // First, so that every answer says its id, those of the layers below too.
        .layer(RequestIdLayer)
        // Around all that can end a call, so that each is counted once, as what it ended as. Its span has the id.
        .layer(ObserveLayer::new(observers))
        // Inside of what counts, so that a refusal is counted as what the client is told.
        .layer(MapResponseLayer::new(oversized::explain::<_> as fn(_) -> _))
        // Around all that does something of its own, so that a panic of it is answered for; inside of what counts.
        .layer(PanicLayer)
        // Before anything is spent on a call. Outside of the time, which no timer is needed for where there is no room.
        .layer(ShedLayer::new())
        // Around all that may wait, and that is everything from here on.
        .layer(DeadlineLayer)
        // AUTHENTICATE: here, where it is bounded and timed like the call itself. Until identities come, all are the operator.
        .layer(MapRequestLayer::new(authenticate as fn(_) -> _))
}

/// Says who makes a call.
fn authenticate(mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Principal::LocalOperator);
    request
}
