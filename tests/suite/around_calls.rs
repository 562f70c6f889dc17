//! What is around every call: its id, its count, its place among others, its time, and what becomes of a panic.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use rapport::{
    api::{
        MAX_CALLS,
        v1::{
            GetScoreRequest, ListEventsRequest, RecordEventsRequest, RequestKind, StreamEventsRequest,
            StreamEventsResponse, event_service_client::EventServiceClient, score_service_client::ScoreServiceClient,
        },
    },
    event::Tenant,
    server::{Method, Observer},
    time::{Clock, SystemClock, Timestamp},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Streaming, metadata::MetadataMap};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_types::StatusExt;

use crate::{
    bad_input::reason,
    support::{
        backend::Database,
        service::{Service, event, requested},
    },
};

fn acme_and_bolt() -> GetScoreRequest {
    GetScoreRequest { customer: "Acme".to_owned(), supplier: "Bolt".to_owned(), ..GetScoreRequest::default() }
}

fn request(id: &str) -> RecordEventsRequest {
    RecordEventsRequest { events: vec![event(id, id, "2026-01-05T09:00:00Z", requested(RequestKind::Quote))] }
}

/// A message with an id.
fn with_id<T>(message: T, id: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-request-id", id.parse().unwrap());
    request
}

fn id(metadata: &MetadataMap) -> String {
    metadata.get("x-request-id").expect("every answer has one").to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_the_id_of_its_request() {
    let service = Service::on_sqlite().await;
    let answered = service.scores().get_score(with_id(acme_and_bolt(), "order-7")).await.unwrap();
    assert_eq!(id(answered.metadata()), "order-7");
    let refused = service.scores().get_score(with_id(GetScoreRequest::default(), "order-8")).await.unwrap_err();
    assert_eq!(id(refused.metadata()), "order-8");
    let stream = service.events().stream_events(with_id(tokio_stream::empty(), "order-9")).await.unwrap();
    assert_eq!(id(stream.metadata()), "order-9");
    let nameless = service.scores().get_score(acme_and_bolt()).await.unwrap();
    let senseless = service.scores().get_score(with_id(acme_and_bolt(), "two words")).await.unwrap();
    let (one, other) = (id(nameless.metadata()), id(senseless.metadata()));
    assert!(one != other && [one, other].iter().all(|id| id.len() == 16), "each is given a new one");
}

/// Tells of every call: its method and, at its end, how it ended.
struct Teller(mpsc::UnboundedSender<(&'static str, Option<Code>)>);

impl Observer for Teller {
    fn started(&self, method: &'static Method) {
        let _ = self.0.send((method.name(), None));
    }

    fn ended(&self, method: &'static Method, code: Code, _took: Duration) {
        let _ = self.0.send((method.name(), Some(code)));
    }
}

/// What is told of calls, but for those about health.
struct Told(mpsc::UnboundedReceiver<(&'static str, Option<Code>)>);

impl Told {
    async fn next(&mut self) -> (&'static str, Option<Code>) {
        loop {
            let told = self.0.recv().await.unwrap();
            if !told.0.starts_with("grpc.health") {
                return told;
            }
        }
    }
}

fn observer() -> (Arc<Teller>, Told) {
    let (told, heard) = mpsc::unbounded_channel();
    (Arc::new(Teller(told)), Told(heard))
}

/// A stream that is sent to by hand, and has been answered once.
async fn open(service: &Service, id: &str) -> (mpsc::Sender<StreamEventsRequest>, Streaming<StreamEventsResponse>) {
    let (requests, outgoing) = mpsc::channel(1);
    let mut answers = service.events().stream_events(ReceiverStream::new(outgoing)).await.unwrap().into_inner();
    requests.send(StreamEventsRequest { events: request(id).events }).await.unwrap();
    answers.message().await.unwrap().unwrap();
    (requests, answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_streams_are_counted_when_they_end_and_when_they_are_dropped() {
    const SCORE: &str = "rapport.v1.ScoreService/GetScore";
    const STREAM: &str = "rapport.v1.EventService/StreamEvents";
    let (observer, mut told) = observer();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let service = Service::observed_by(observer, &url).await;
    for (request, code) in [(acme_and_bolt(), Code::Ok), (GetScoreRequest::default(), Code::InvalidArgument)] {
        let _ = service.scores().get_score(request).await;
        assert_eq!((told.next().await, told.next().await), ((SCORE, None), (SCORE, Some(code))));
    }
    let mut nobody = tonic::client::Grpc::new(service.channel());
    nobody.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<GetScoreRequest, GetScoreRequest>::default();
    let path = "/rapport.v1.ScoreService/GuessScore".parse().unwrap();
    nobody.unary(Request::new(acme_and_bolt()), path, codec).await.unwrap_err();
    let unknown = (told.next().await, told.next().await);
    assert_eq!(unknown, (("unknown", None), ("unknown", Some(Code::Unimplemented))), "clients make up no names");

    let (requests, mut answers) = open(&service, "one").await;
    assert_eq!(told.next().await, (STREAM, None));
    drop(requests);
    assert!(answers.message().await.unwrap().is_none());
    assert_eq!(told.next().await, (STREAM, Some(Code::Ok)));

    let dropped = open(&service, "two").await;
    assert_eq!(told.next().await, (STREAM, None));
    drop(dropped);
    assert_eq!(told.next().await, (STREAM, Some(Code::Cancelled)));

    let (_requests, mut answers) = open(&service, "three").await;
    assert_eq!(told.next().await, (STREAM, None));
    let stopped = tokio::spawn(service.stop());
    answers.message().await.unwrap_err();
    assert_eq!(told.next().await, (STREAM, Some(Code::Unavailable)));
    stopped.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_bound_are_shed_whichever_connection_they_are_on() {
    let database = Database::postgres();
    let (observer, mut told) = observer();
    let service = Service::observed_by(observer, &database.url).await;
    let held_up = database.second_store().write(&Tenant::default()).await.unwrap();
    let connections = [service.channel(), service.another_channel().await];
    let calls: Vec<_> = (0..MAX_CALLS)
        .map(|number| {
            let mut client = EventServiceClient::new(connections[number % 2].clone());
            tokio::spawn(async move { client.record_events(request(&number.to_string())).await })
        })
        .collect();
    for _ in 0..MAX_CALLS {
        assert_eq!(told.next().await.1, None, "none can end yet");
    }
    for connection in &connections {
        let mut client = ScoreServiceClient::new(connection.clone());
        let status = client.get_score(acme_and_bolt()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
        assert!(status.get_error_details().retry_info().unwrap().retry_delay.is_some());
    }
    assert_eq!(service.health("").await, ServingStatus::Serving, "a service that has much to do is not a sick one");
    drop(held_up);
    for call in join_all(calls).await {
        call.unwrap().unwrap();
    }
    // A call holds its place until its answer has gone out, which its client may notice first.
    let mut tries = 0;
    while let Err(status) = service.scores().get_score(acme_and_bolt()).await {
        tries += 1;
        assert!(status.code() == Code::ResourceExhausted && tries < 500, "there is room again: {status:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_ends_when_its_client_no_longer_waits() {
    let database = Database::postgres();
    let (observer, mut told) = observer();
    let service = Service::observed_by(observer, &database.url).await;
    let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
    let mut held_up = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE events IN ACCESS EXCLUSIVE MODE").execute(&mut *held_up).await.unwrap();
    let mut list = Request::new(ListEventsRequest::default());
    list.set_timeout(Duration::from_millis(200));
    let status = service.events().list_events(list).await.unwrap_err();
    // The client's own clock may be the first to notice; its library then says that it has cancelled.
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    if status.code() == Code::DeadlineExceeded {
        assert_eq!(reason(&status), "DEADLINE_EXCEEDED");
    }
    let method = "rapport.v1.EventService/ListEvents";
    assert_eq!(told.next().await, (method, None));
    let (ended, code) = told.next().await;
    assert!(ended == method && matches!(code, Some(Code::DeadlineExceeded | Code::Cancelled)), "{ended} {code:?}");
    held_up.rollback().await.unwrap();
    service.events().list_events(ListEventsRequest::default()).await.unwrap();
}

/// A clock that breaks.
struct Broken(AtomicBool);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock is broken");
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_an_error_of_its_call_and_of_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let clock = Arc::new(Broken(AtomicBool::new(false)));
    let service = Service::starting_on(&url, clock.clone()).await.once_serving().await;
    let (requests, mut answers) = open(&service, "one").await;
    clock.0.store(true, Ordering::SeqCst);
    let status = service.scores().get_score(acme_and_bolt()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Internal, "INTERNAL"));
    assert!(!status.message().contains("clock"), "what broke is for the log");
    requests.send(StreamEventsRequest { events: request("two").events }).await.unwrap();
    let status = answers.message().await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Internal, "INTERNAL"));
    clock.0.store(false, Ordering::SeqCst);
    service.scores().get_score(acme_and_bolt()).await.unwrap();
    service.record(request("three").events).await;
}
