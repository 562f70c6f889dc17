//! `StreamEvents`: requests are taken as there is room for them, and answered in their order.
//!
//! Nothing is read that there is no room for, so a sender is slowed down by the flow control of its own connection.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tonic::{Code, Status, Streaming};

use super::{
    Api, Fault,
    call::Call,
    limits::{MAX_BATCH, STREAM_WINDOW},
    record::{self, Checked},
    v1,
};
use crate::{ledger::Receipt, time::Timestamp};

/// What a stream of events is answered with.
pub(super) type Answers = Pin<Box<dyn Stream<Item = Result<v1::StreamEventsResponse, Status>> + Send>>;

/// A request whose events are queued.
struct Queued {
    checked: Checked,
    receipt: Receipt,
    /// Its place among the events of the stream that are not answered yet.
    place: Option<OwnedSemaphorePermit>,
}

/// Records what comes in on a stream until it ends, or the service does.
pub(super) fn stream_events(api: &Api, call: Call, inbound: Streaming<v1::StreamEventsRequest>) -> Answers {
    let (api, call) = (api.clone(), Arc::new(call));
    let answering = Arc::clone(&call);
    let window = Arc::new(Semaphore::new(STREAM_WINDOW));
    let answers = requests(inbound, api.stopping())
        .then(move |request| {
            let (call, now, window) = (Arc::clone(&call), api.now(), Arc::clone(&window));
            async move { queue(&call, request?, now, window).await }
        })
        .map(move |queued| {
            let call = Arc::clone(&answering);
            async move { answer(&call, queued?).await }
        })
        .buffered(STREAM_WINDOW)
        .ready_chunks(STREAM_WINDOW)
        .flat_map(|answers| stream::iter(merged(answers)));
    Box::pin(answers)
}

async fn queue(
    call: &Call,
    request: v1::StreamEventsRequest,
    now: Timestamp,
    window: Arc<Semaphore>,
) -> Result<Queued, Status> {
    // An empty request takes a place too, or nothing would bound how many of them wait.
    let places = u32::try_from(request.events.len().clamp(1, STREAM_WINDOW)).unwrap_or(u32::MAX);
    let (submission, checked) = record::check(request.events, now)?;
    let place = window.acquire_many_owned(places).await.ok();
    let receipt = call.queue().put(&call.tenant, submission).await;
    Ok(Queued { checked, receipt, place })
}

async fn answer(call: &Call, queued: Queued) -> Result<v1::StreamEventsResponse, Status> {
    let Queued { checked, receipt, place } = queued;
    let settled = checked.settled(receipt, call).await;
    drop(place);
    let (results, revision) = settled?;
    Ok(v1::StreamEventsResponse { results, revision })
}

/// The requests of a stream. They end with the first that cannot be read, and when the service stops.
fn requests(
    inbound: Streaming<v1::StreamEventsRequest>,
    stopping: watch::Receiver<bool>,
) -> impl Stream<Item = Result<v1::StreamEventsRequest, Status>> {
    stream::unfold(Some((inbound, stopping)), |state| async {
        let (mut inbound, mut stopping) = state?;
        let next = tokio::select! {
            biased;
            _ = stopping.wait_for(|it| *it) => Some(Err(Fault::stopping().into())),
            next = inbound.next() => next.map(|request| request.map_err(explained)),
        };
        match next? {
            Ok(request) => Some((Ok(request), Some((inbound, stopping)))),
            Err(status) => Some((Err(status), None)),
        }
    })
}

/// What the transport says of a message, in the service's words where it has any.
fn explained(status: Status) -> Status {
    if status.code() == Code::OutOfRange { Fault::message_too_large().into() } else { status }
}

/// Answers put together, as far as one message may go; after an error comes nothing more.
fn merged(answers: Vec<Result<v1::StreamEventsResponse, Status>>) -> Vec<Result<v1::StreamEventsResponse, Status>> {
    let mut merged: Vec<Result<v1::StreamEventsResponse, Status>> = Vec::new();
    for answer in answers {
        match (merged.last_mut(), answer) {
            (Some(Err(_)), _) => break,
            (Some(Ok(last)), Ok(answer)) if last.results.len() + answer.results.len() <= MAX_BATCH => {
                last.results.extend(answer.results);
                last.revision = answer.revision;
            }
            (_, answer) => merged.push(answer),
        }
    }
    merged
}
