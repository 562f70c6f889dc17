//! Batches of events up in one stream, and their results down; a broken stream is opened again, and what was not answered
//! for is sent again.

use std::collections::VecDeque;

use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, transport::Channel};

use super::patience::Patience;
use crate::{
    api::v1::{Event, EventResult, StreamEventsRequest, event_service_client::EventServiceClient},
    cli::failure::Failure,
};

/// A stream of events. Clones share it; it ends with the last of them.
#[derive(Clone)]
pub(super) struct EventStream(mpsc::Sender<BatchInFlight>);

/// A batch that is not answered for.
struct BatchInFlight {
    events: Vec<Event>,
    results: Vec<EventResult>,
    answer: oneshot::Sender<Result<Vec<EventResult>, Status>>,
}

impl EventStream {
    /// A stream to the server of `client`, opened when there is something to send.
    pub(super) fn open(client: EventServiceClient<Channel>) -> Self {
        let (batches, incoming) = mpsc::channel(1);
        tokio::spawn(Carrier { client, incoming, unanswered: VecDeque::new() }.run());
        Self(batches)
    }

    /// Sends a batch after those that were sent before. Returns one result for each event, in their order.
    pub(super) async fn record(&self, events: Vec<Event>) -> Result<Vec<EventResult>, Failure> {
        let (answer, answered) = oneshot::channel();
        let ended = || Failure::new("the stream to the server has ended");
        let sent = BatchInFlight { events, results: Vec::new(), answer };
        self.0.send(sent).await.map_err(|_| ended())?;
        Ok(answered.await.map_err(|_| ended())??)
    }
}

struct Carrier {
    client: EventServiceClient<Channel>,
    incoming: mpsc::Receiver<BatchInFlight>,
    /// What was sent, oldest first, as far as it is not answered for.
    unanswered: VecDeque<BatchInFlight>,
}

impl Carrier {
    async fn run(mut self) {
        while let Some(first) = self.incoming.recv().await {
            self.unanswered.push_back(first);
            let mut patience = Patience::new();
            while let Err(trouble) = self.carry(&mut patience).await {
                let Err(trouble) = patience.bear(trouble).await else { continue };
                for sent in self.unanswered.drain(..) {
                    let _ = sent.answer.send(Err(trouble.clone()));
                }
                break;
            }
        }
    }

    /// Opens a stream and sends on it: first what was not answered for, then what comes. Returns when all is answered for
    /// and nothing more comes.
    async fn carry(&mut self, patience: &mut Patience) -> Result<(), Status> {
        let (requests, outgoing) = mpsc::channel(1);
        let mut requests = Some(requests);
        let mut answers = self.client.stream_events(ReceiverStream::new(outgoing)).await?.into_inner();
        // How many of the unanswered have gone up on this stream.
        let mut gone_up = 0;
        for sent in &mut self.unanswered {
            sent.results.clear();
        }
        loop {
            let due = gone_up < self.unanswered.len();
            tokio::select! {
                answer = answers.message() => {
                    let Some(answer) = answer? else {
                        let early = || Status::unavailable("the server ended the stream early");
                        return if self.unanswered.is_empty() { Ok(()) } else { Err(early()) };
                    };
                    *patience = Patience::new();
                    gone_up -= self.settle(answer.results, gone_up);
                }
                place = place(requests.clone()), if due && requests.is_some() => match place {
                    Some(place) => {
                        place.send(StreamEventsRequest { events: self.unanswered[gone_up].events.clone() });
                        gone_up += 1;
                    }
                    // The server has ended the stream; the answers end with its reason.
                    None => requests = None,
                },
                next = self.incoming.recv(), if !due && requests.is_some() => match next {
                    Some(sent) => self.unanswered.push_back(sent),
                    None => requests = None,
                },
            }
        }
    }

    /// Hands out results, in the order of the events, to the oldest batches that have gone up. Returns how many batches
    /// they complete.
    fn settle(&mut self, results: Vec<EventResult>, gone_up: usize) -> usize {
        let (mut results, mut complete) = (results.into_iter(), 0);
        while complete < gone_up
            && let Some(mut oldest) = self.unanswered.pop_front()
        {
            let missing = oldest.events.len() - oldest.results.len();
            oldest.results.extend(results.by_ref().take(missing));
            if oldest.results.len() < oldest.events.len() {
                self.unanswered.push_front(oldest);
                break;
            }
            let _ = oldest.answer.send(Ok(oldest.results));
            complete += 1;
        }
        complete
    }
}

/// A place for one request, as soon as the connection takes another. Returns `None` if it takes no more.
async fn place(requests: Option<mpsc::Sender<StreamEventsRequest>>) -> Option<mpsc::OwnedPermit<StreamEventsRequest>> {
    requests?.reserve_owned().await.ok()
}
