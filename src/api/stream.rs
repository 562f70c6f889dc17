//! `StreamEvents`: requests are taken as there is room for them, and answered in their order.
//!
//! Nothing is read that there is no room for, so a sender is slowed down by the flow control of its own connection.

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt, stream};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::Instant,
};
use tonic::{Code, Status, Streaming};

use super::{
    Api, Fault,
    limits::{MAX_BATCH, STREAM_WINDOW},
    log,
    record::Checked,
    v1,
};
use crate::ledger::Receipt;

/// What a stream of events is answered with.
pub(super) type Answers = Pin<Box<dyn Stream<Item = Result<v1::StreamEventsResponse, Status>> + Send>>;

/// A request whose events are queued.
struct Queued {
    checked: Checked,
    receipt: Receipt,
    since: Instant,
    /// Its place among the events of the stream that are not answered yet.
    place: Option<OwnedSemaphorePermit>,
}

impl Api {
    /// Records what comes in on a stream until it ends, or the service does.
    pub(super) fn stream(&self, inbound: Streaming<v1::StreamEventsRequest>) -> Result<Answers, Fault> {
        self.backend()?;
        let stream = Arc::clone(&self.0.streams).try_acquire_owned().map_err(|_| Fault::overloaded())?;
        let (taking, answering) = (self.clone(), self.clone());
        let window = Arc::new(Semaphore::new(STREAM_WINDOW));
        let answers = requests(inbound, self.0.stopping.subscribe())
            .then(move |request| {
                let (api, window) = (taking.clone(), Arc::clone(&window));
                async move { api.queue(request?, window).await }
            })
            .map(move |queued| {
                let api = answering.clone();
                async move { api.answer(queued?).await }
            })
            .buffered(STREAM_WINDOW)
            .ready_chunks(STREAM_WINDOW)
            .flat_map(move |answers| {
                let _held_to_the_end = &stream;
                stream::iter(merged(answers))
            });
        Ok(Box::pin(answers))
    }

    async fn queue(&self, request: v1::StreamEventsRequest, window: Arc<Semaphore>) -> Result<Queued, Status> {
        let since = Instant::now();
        // An empty request takes a place too, or nothing would bound how many of them wait.
        let places = u32::try_from(request.events.len().clamp(1, STREAM_WINDOW)).unwrap_or(u32::MAX);
        let (submission, checked) = self.check(request.events).map_err(|fault| refused(since, fault))?;
        let place = window.acquire_many_owned(places).await.ok();
        let queue = &self.backend().map_err(|fault| refused(since, fault))?.queue;
        let receipt = queue.put(&Self::tenant(), submission).await;
        Ok(Queued { checked, receipt, since, place })
    }

    async fn answer(&self, queued: Queued) -> Result<v1::StreamEventsResponse, Status> {
        let Queued { checked, receipt, since, place } = queued;
        let settled = match self.backend() {
            Ok(backend) => checked.settled(receipt, backend).await,
            Err(fault) => Err(fault),
        };
        drop(place);
        let (results, revision) = settled.map_err(|fault| refused(since, fault))?;
        Ok(v1::StreamEventsResponse { results, revision })
    }
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

/// The end of a stream, logged like that of a call.
fn refused(since: Instant, fault: Fault) -> Status {
    log::<()>("StreamEvents", since.elapsed(), &Err(fault.clone()));
    fault.into()
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
