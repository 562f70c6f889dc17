//! Connections are cut at every class of moment: before, during and after a commit, between service and database, and
//! between client and service. Whoever sends the same again is told what became of it, and it is recorded once.

use rapport::{
    api::v1::{
        Event, RecordEventsRequest, RecordStatus, StreamEventsRequest, event_service_client::EventServiceClient,
    },
    event::Tenant,
};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

use super::load::event_of_feed;
use crate::support::{
    backend::{Database, verified},
    line::{Line, Way},
    service::Service,
};

/// Events in a batch.
const BATCH: u64 = 10;
/// Places at which a write is cut, each way.
const CUTS: u64 = 40;
/// How often a batch is sent at the most.
const TRIES: usize = 20;

/// What the batches came to that a cut fell upon.
#[derive(Debug, Default)]
struct Outcomes {
    /// Answered as if nothing had been.
    unharmed: u64,
    /// Recorded by the first sending, though it failed.
    unheard: u64,
    /// Recorded by sending again.
    again: u64,
}

/// Sends batches over a line that is cut at one place after the other of a write, and again what failed.
struct Sweep<'a> {
    line: &'a Line,
    client: EventServiceClient<Channel>,
    streams: bool,
    sent: u64,
    outcomes: Outcomes,
}

impl<'a> Sweep<'a> {
    fn over(line: &'a Line, channel: Channel, streams: bool) -> Self {
        Self { line, client: EventServiceClient::new(channel), streams, sent: 0, outcomes: Outcomes::default() }
    }

    fn next(&mut self) -> Vec<Event> {
        self.sent += BATCH;
        (self.sent - BATCH..self.sent).map(event_of_feed).collect()
    }

    async fn send(&mut self, events: &[Event]) -> Result<Vec<RecordStatus>, Status> {
        let events = events.to_vec();
        let results = if self.streams {
            let request = tokio_stream::iter([StreamEventsRequest { events }]);
            let mut answers = self.client.stream_events(request).await?.into_inner();
            let answer = answers.message().await?.ok_or_else(|| Status::unavailable("no answer"))?;
            // All of a stream must be in order, its end too.
            while answers.message().await?.is_some() {}
            answer.results
        } else {
            self.client.record_events(RecordEventsRequest { events }).await?.into_inner().results
        };
        Ok(results.iter().map(rapport::api::v1::EventResult::status).collect())
    }

    /// How many bytes go that way for a batch on a connection that has carried others: the only one, as after each cut.
    async fn measure(&mut self, way: Way) -> u64 {
        self.line.cut_now();
        for _ in 0..2 {
            let warm_up = self.next();
            self.sent_at_last(&warm_up).await;
        }
        let (before, batch) = (self.line.passed(way), self.next());
        self.send(&batch).await.unwrap();
        self.line.passed(way) - before
    }

    /// Cuts at one place of a write after the other.
    async fn run(&mut self, way: Way) {
        let bytes = self.measure(way).await;
        for cut in 0..CUTS {
            self.line.cut_after(way, bytes * cut / CUTS);
            match self.send_twice().await {
                (Ok(_), RecordStatus::Duplicate) => self.outcomes.unharmed += 1,
                (Ok(_), again) => panic!("what was acknowledged is {again:?} when it is sent again"),
                (Err(()), RecordStatus::Duplicate) => self.outcomes.unheard += 1,
                (Err(()), _) => self.outcomes.again += 1,
            }
        }
    }

    /// Sends the next batch, and once more when the line is mended.
    async fn send_twice(&mut self) -> (Result<RecordStatus, ()>, RecordStatus) {
        let batch = self.next();
        let first = self.send(&batch).await.map(|statuses| whole(&statuses)).map_err(|status| assert_passing(&status));
        self.line.mend();
        (first, self.sent_at_last(&batch).await)
    }

    /// Sends until it is answered.
    async fn sent_at_last(&mut self, batch: &[Event]) -> RecordStatus {
        for _ in 0..TRIES {
            match self.send(batch).await {
                Ok(statuses) => return whole(&statuses),
                Err(status) => assert_passing(&status),
            }
        }
        panic!("service does not resume");
    }
}

/// What all events of a batch have become.
fn whole(statuses: &[RecordStatus]) -> RecordStatus {
    assert!(statuses.iter().all(|it| *it == statuses[0]), "half a batch is recorded: {statuses:?}");
    statuses[0]
}

fn assert_passing(status: &Status) {
    match status.get_error_details().error_info() {
        Some(info) => assert_eq!((status.code(), info.reason.as_str()), (Code::Unavailable, "STORE_UNAVAILABLE")),
        None => assert!(
            matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Internal | Code::Cancelled),
            "{status:?}"
        ),
    }
}

/// Fails unless what was sent is in the database, once, and nothing else.
async fn check(database: &Database, sweep: &Sweep<'_>) {
    let chunk = verified(&database.store, &Tenant::default(), false).await;
    assert_eq!((chunk.events as u64, chunk.left), (sweep.sent, vec![]), "{:?}", sweep.outcomes);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_service_and_database() {
    use RecordStatus::{Duplicate, Recorded};
    let database = Database::postgres();
    let line = Line::to(&database.url);
    let service = Service::on(&line.url).await;
    let mut sweep = Sweep::over(&line, service.channel(), false);
    sweep.run(Way::Up).await;
    sweep.run(Way::Down).await;
    assert!(sweep.outcomes.again > CUTS, "most of a write lies before its commit: {:?}", sweep.outcomes);
    for _ in 0..5 {
        line.cut_within(Way::Up, "COMMIT");
        assert_eq!(sweep.send_twice().await, (Err(()), Recorded), "the database never heard of the commit");
        line.cut_after_text(Way::Up, "COMMIT\0");
        assert_eq!(sweep.send_twice().await, (Err(()), Duplicate), "it did, and nobody heard of it");
        line.cut_within(Way::Down, "COMMIT\0");
        assert_eq!(sweep.send_twice().await, (Err(()), Duplicate), "nor of half its answer");
    }
    check(&database, &sweep).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_client_and_service() {
    for streams in [false, true] {
        let database = Database::postgres();
        let service = Service::on(&database.url).await;
        let line = Line::to(&format!("http://{}", service.address));
        let channel = Endpoint::from_shared(line.url.clone()).unwrap().connect_lazy();
        let mut sweep = Sweep::over(&line, channel, streams);
        sweep.run(Way::Up).await;
        sweep.run(Way::Down).await;
        let Outcomes { unheard, again, .. } = sweep.outcomes;
        assert!(again > 0 && unheard > 0, "cuts fall before the commit and after it: {:?}", sweep.outcomes);
        check(&database, &sweep).await;
    }
}
