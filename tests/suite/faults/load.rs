//! Clients that send the same feed to several instances at once, again wherever a connection breaks, and note what was
//! acknowledged.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::join_all, stream};
use rapport::api::v1::{
    Event, EventResult, RecordEventsRequest, RecordStatus, RequestKind, StreamEventsRequest,
    event_service_client::EventServiceClient,
};
use tokio::{task::JoinHandle, time::timeout};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

use crate::support::service::{answered, event, requested};

/// Relationships that the feed is about: few, so that writes meet.
const RELATIONSHIPS: u64 = 40;
/// Before a client tries again, or a stream sends more: often enough that hardly a moment is without a commit.
const PAUSE: Duration = Duration::from_millis(20);
/// Far longer than anything here takes: who waits for so long waits for ever.
const FOR_EVER: Duration = Duration::from_mins(1);

/// An event of the feed: a request, or the answer to the one before it.
pub fn event_of_feed(number: u64) -> Event {
    let (interaction, is_answer) = (number / 2, number % 2 == 1);
    let payload = if is_answer { answered() } else { requested(RequestKind::Information) };
    let seconds = 1_740_000_000 + i64::try_from(number * 60).unwrap();
    Event {
        supplier: format!("supplier {:02}", interaction % RELATIONSHIPS),
        occurred_at: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        ..event(&number.to_string(), &interaction.to_string(), "2026-01-05T09:00:00Z", payload)
    }
}

/// What clients were told.
#[derive(Default)]
pub struct Log {
    acknowledged: Mutex<BTreeSet<u64>>,
    /// Calls and streams that broke.
    pub broken: AtomicU64,
}

impl Log {
    pub fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Where nothing is acknowledged yet.
    fn front(&self) -> u64 {
        self.acknowledged.lock().unwrap().last().map_or(0, |last| last + 1)
    }

    fn acknowledge(&self, number: u64, result: &EventResult) {
        let known = [RecordStatus::Recorded, RecordStatus::Duplicate].contains(&result.status());
        assert!(known, "event {number}: {result:?}");
        self.acknowledged.lock().unwrap().insert(number);
    }
}

/// Clients at work, two that call and two that stream.
pub struct Load {
    running: Arc<AtomicBool>,
    clients: Vec<(Arc<AtomicU64>, JoinHandle<()>)>,
}

impl Load {
    /// Sends from where nothing is acknowledged yet. Each client is at home on one of the servers; where `wanders`, it
    /// moves on to the next when a connection breaks.
    pub fn start(log: &Arc<Log>, servers: &[String], wanders: bool) -> Self {
        let running = Arc::new(AtomicBool::new(true));
        let channels: Vec<Channel> =
            servers.iter().map(|url| Endpoint::from_shared(url.clone()).unwrap().connect_lazy()).collect();
        let clients = [(10, false), (5, true), (20, true), (1, false)].into_iter().enumerate();
        let clients = clients.map(|(index, (piece, streams))| {
            let mut servers = channels.clone();
            servers.rotate_left(index % channels.len());
            if !wanders {
                servers.truncate(1);
            }
            let (log, running, progress) = (Arc::clone(log), Arc::clone(&running), Arc::default());
            let from = log.front();
            let client = Client { log, running, progress: Arc::clone(&progress), servers, piece, from };
            (progress, tokio::spawn(if streams { client.stream().boxed() } else { client.call().boxed() }))
        });
        let clients = clients.collect();
        Self { running, clients }
    }

    /// Waits until every client has been answered anew.
    pub async fn progress(&self) {
        let counts = self.clients.iter().map(|(progress, _)| progress);
        let all = join_all(counts.map(|count| async {
            let before = count.load(Ordering::SeqCst);
            while count.load(Ordering::SeqCst) == before {
                tokio::time::sleep(PAUSE).await;
            }
        }));
        timeout(FOR_EVER, all).await.expect("service resumes");
    }

    /// Lets the clients end what they have begun.
    pub async fn stop(self) {
        self.running.store(false, Ordering::SeqCst);
        for (_, client) in self.clients {
            timeout(FOR_EVER, client).await.expect("clients end").unwrap();
        }
    }
}

#[derive(Clone)]
struct Client {
    log: Arc<Log>,
    running: Arc<AtomicBool>,
    /// How often it was answered.
    progress: Arc<AtomicU64>,
    /// Where it sends, the present one first.
    servers: Vec<Channel>,
    /// Events in a message.
    piece: u64,
    /// What it sends next.
    from: u64,
}

impl Client {
    fn runs(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    async fn call(mut self) {
        while self.runs() {
            let events = (self.from..self.from + self.piece).map(event_of_feed).collect();
            let mut client = EventServiceClient::new(self.servers[0].clone());
            match client.record_events(RecordEventsRequest { events }).await {
                Ok(answer) => self.answered(&answer.into_inner().results),
                Err(status) => self.broken(&status).await,
            }
        }
    }

    async fn stream(mut self) {
        while self.runs() {
            if let Err(status) = self.stream_once().await {
                self.broken(&status).await;
            }
        }
    }

    async fn stream_once(&mut self) -> Result<(), Status> {
        let sender = self.clone();
        let pieces = stream::unfold(self.from, move |from| {
            let sender = sender.clone();
            async move {
                tokio::time::sleep(PAUSE).await;
                let numbers = from..from + sender.piece;
                let events = numbers.clone().map(event_of_feed).collect();
                sender.runs().then_some((StreamEventsRequest { events }, numbers.end))
            }
        });
        let mut client = EventServiceClient::new(self.servers[0].clone());
        let mut answers = client.stream_events(pieces).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            self.answered(&answer.results);
        }
        Ok(())
    }

    /// Results come in the order of the events.
    fn answered(&mut self, results: &[EventResult]) {
        for result in results {
            self.log.acknowledge(self.from, result);
            self.from += 1;
        }
        self.progress.fetch_add(1, Ordering::SeqCst);
    }

    /// Nothing but passing trouble may come, and what the transport says by itself of a connection that breaks.
    async fn broken(&mut self, status: &Status) {
        let by_service = status.get_error_details().error_info().is_some();
        let transport = matches!(status.code(), Code::Unknown | Code::Internal | Code::Cancelled) && !by_service;
        assert!(status.code() == Code::Unavailable || transport, "{status:?}");
        self.log.broken.fetch_add(1, Ordering::SeqCst);
        self.servers.rotate_left(1);
        tokio::time::sleep(PAUSE).await;
    }
}
