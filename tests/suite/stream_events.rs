//! Streams of events over a real socket: answered in order, slowed down rather than refused, ended without a doubt.

use std::time::Duration;

use futures::future::join_all;
use rapport::{
    api::v1::{
        ErrorReason, Event, EventResult, GetScoreRequest, ListEventsRequest, RecordEventsRequest, RecordStatus,
        RequestKind, StreamEventsRequest, StreamEventsResponse,
    },
    event::Tenant,
    store::Write,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming};
use tonic_types::StatusExt;

use crate::support::{
    backend::Database,
    service::{Service, event, on_both, requested},
};

on_both! {
    events_are_answered_for_in_their_order
    an_event_sent_many_times_at_once_is_recorded_once
    a_service_that_stops_answers_for_what_it_took
}

fn request(id: &str) -> Event {
    event(id, id, "2026-01-05T09:00:00Z", requested(RequestKind::Quote))
}

fn requests(from: usize, count: usize) -> Vec<Event> {
    (from..from + count).map(|number| request(&number.to_string())).collect()
}

/// A stream that is sent to by hand.
async fn open(service: &Service) -> (mpsc::Sender<StreamEventsRequest>, Streaming<StreamEventsResponse>) {
    let (requests, outgoing) = mpsc::channel(1);
    let answers = service.events().stream_events(ReceiverStream::new(outgoing)).await.unwrap();
    (requests, answers.into_inner())
}

/// Sends all requests and closes; returns the answers to all, and how the stream ended.
async fn send_all(service: &Service, pieces: Vec<Vec<Event>>) -> (Vec<EventResult>, Result<(), Status>) {
    let pieces = pieces.into_iter().map(|events| StreamEventsRequest { events });
    let mut answers = service.events().stream_events(tokio_stream::iter(pieces)).await.unwrap().into_inner();
    let mut results = Vec::new();
    loop {
        match answers.message().await {
            Ok(Some(answer)) => {
                assert!(answer.results.len() <= 1_000 && !answer.revision.is_empty());
                results.extend(answer.results);
            }
            Ok(None) => return (results, Ok(())),
            Err(status) => return (results, Err(status)),
        }
    }
}

fn statuses(results: &[EventResult]) -> Vec<RecordStatus> {
    results.iter().map(EventResult::status).collect()
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

async fn recorded(service: &Service) -> Vec<String> {
    let request = ListEventsRequest { page_size: 1_000, ..ListEventsRequest::default() };
    let page = service.events().list_events(request).await.unwrap().into_inner();
    page.events.into_iter().map(|it| it.event.unwrap().event_id).collect()
}

async fn events_are_answered_for_in_their_order(service: Service) {
    use RecordStatus::{Duplicate, Recorded, Rejected};
    let reused = Event { supplier: "Bolt".to_owned(), interaction_id: "other".to_owned(), ..request("1") };
    let pieces =
        vec![requests(1, 1), vec![], vec![request("2"), Event::default(), request("1")], vec![reused, request("3")]];
    let (results, ended) = send_all(&service, pieces).await;
    ended.unwrap();
    assert_eq!(statuses(&results), [Recorded, Recorded, Rejected, Duplicate, Rejected, Recorded]);
    assert_eq!(results[2].reason(), ErrorReason::InvalidField);
    assert_eq!(results[4].reason(), ErrorReason::EventIdReused);

    let (requests_up, mut answers) = open(&service).await;
    requests_up.send(StreamEventsRequest { events: requests(10, 3) }).await.unwrap();
    let answer = answers.message().await.unwrap().expect("an answer comes while the stream is open");
    assert_eq!(statuses(&answer.results), [Recorded; 3]);
    let fresh = ListEventsRequest { at_least_as_fresh: answer.revision, ..ListEventsRequest::default() };
    assert_eq!(service.events().list_events(fresh).await.unwrap().into_inner().events.len(), 6);

    let (results, ended) = send_all(&service, vec![requests(20, 2), requests(100, 1_001), requests(30, 2)]).await;
    let status = ended.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "BATCH_TOO_LARGE"));
    assert_eq!(statuses(&results), [Recorded; 2], "what came before is answered for");
    let wordy = Event { event_id: "x".repeat(5 * 1024 * 1024), ..request("40") };
    let (_, ended) = send_all(&service, vec![vec![wordy]]).await;
    assert_eq!(reason(&ended.unwrap_err()), "MESSAGE_TOO_LARGE");
}

async fn an_event_sent_many_times_at_once_is_recorded_once(service: Service) {
    const EVENTS: usize = 120;
    let in_pieces = |size: usize| requests(0, EVENTS).chunks(size).map(<[Event]>::to_vec).collect::<Vec<_>>();
    let streams = join_all([1, 7, 50].map(|size| send_all(&service, in_pieces(size))));
    let calls = join_all(in_pieces(11).into_iter().map(|events| service.record(events)));
    let (streams, calls) = tokio::join!(streams, calls);
    let mut recorded = vec![0; EVENTS];
    let streams = streams.into_iter().map(|(results, ended)| ended.map(|()| results).unwrap());
    for results in streams.chain([calls.concat()]) {
        assert_eq!(results.len(), EVENTS);
        for (times, result) in recorded.iter_mut().zip(results) {
            assert_ne!(result.status(), RecordStatus::Rejected);
            *times += i32::from(result.status() == RecordStatus::Recorded);
        }
    }
    assert_eq!(recorded, [1; EVENTS]);
}

async fn a_service_that_stops_answers_for_what_it_took(service: Service) {
    let (requests_up, mut answers) = open(&service).await;
    requests_up.send(StreamEventsRequest { events: requests(0, 300) }).await.unwrap();
    let first = answers.message().await.unwrap().unwrap();
    let stopped = tokio::spawn(service.stop());
    let status = answers.message().await.unwrap_err();
    assert_eq!(first.results.len(), 300);
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "STOPPING"));
    assert!(status.get_error_details().retry_info().unwrap().retry_delay.is_some());
    stopped.await.unwrap().unwrap();
}

/// A service whose writes another process holds up until what is returned with it is dropped. PostgreSQL only: SQLite waits
/// a few seconds for another process, and no longer.
async fn held_up() -> (Service, Box<dyn Write>) {
    let database = Database::postgres();
    let service = Service::on(&database.url).await;
    let other = database.second_store().write(&Tenant::default()).await.unwrap();
    (service, other)
}

/// Far longer than a message takes on its way, far shorter than any deadline.
const A_WHILE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_slowed_down_and_nobody_else() {
    let (service, other) = held_up().await;
    let mut streams = Vec::new();
    for number in 0..3 {
        let (requests_up, answers) = open(&service).await;
        let mut sent = 0;
        let wordy = |id: &str| {
            let summary = "x".repeat(1_000);
            let kind = RequestKind::Quote.into();
            let payload = rapport::api::v1::Requested { kind, summary, ..Default::default() };
            event(id, id, "2026-01-05T09:00:00Z", rapport::api::v1::event::Payload::Requested(payload))
        };
        // Sixteen requests fill the window, and the transport takes about a mebibyte more.
        while sent < 100 {
            let ids = (0..250).map(|it| format!("{number}/{sent}/{it}"));
            let events = ids.map(|id| wordy(&id)).collect();
            if timeout(A_WHILE, requests_up.send(StreamEventsRequest { events })).await.is_err() {
                break;
            }
            sent += 1;
        }
        assert!(sent < 100, "flow control must reach the sender");
        streams.push((requests_up, answers, sent));
    }
    let read = GetScoreRequest { customer: "Acme".into(), supplier: "Bolt".into(), ..GetScoreRequest::default() };
    let read = timeout(10 * A_WHILE, async { service.scores().get_score(read).await });
    read.await.expect("a read on the same connection is not held up").unwrap();
    drop(streams.drain(1..));
    drop(other);
    let (requests_up, mut answers, sent) = streams.remove(0);
    drop(requests_up);
    let mut answered = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        answered += answer.results.iter().filter(|it| it.status() == RecordStatus::Recorded).count();
    }
    assert_eq!(answered, sent * 250);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_late_or_cancelled_while_it_waits_records_nothing() {
    let (service, other) = held_up().await;
    let record = |id: &str| RecordEventsRequest { events: vec![request(id)] };
    let call = |id: &str| {
        let (mut client, request) = (service.events(), record(id));
        tokio::spawn(async move { client.record_events(request).await })
    };
    let writing = call("writing");
    tokio::time::sleep(A_WHILE).await;
    let (cancelled, queued) = (call("cancelled"), call("queued"));
    let mut late = Request::new(record("late"));
    late.set_timeout(A_WHILE);
    let status = service.events().record_events(late).await.unwrap_err();
    // The client's own clock may be the first to notice; its library then says that it has cancelled.
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    cancelled.abort();
    tokio::time::sleep(A_WHILE).await;
    drop(other);
    writing.await.unwrap().unwrap();
    queued.await.unwrap().unwrap();
    service.record(vec![request("last")]).await;
    assert_eq!(recorded(&service).await, ["last", "queued", "writing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_find_no_room_are_told_to_come_back() {
    let (service, other) = held_up().await;
    let call = |number: usize| {
        let (mut client, events) = (service.events(), requests(number * 1_000, 1_000));
        tokio::spawn(async move { client.record_events(RecordEventsRequest { events }).await })
    };
    let mut calls: Vec<_> = (0..26).map(call).collect();
    let (refused, index, _) = futures::future::select_all(&mut calls).await;
    let status = refused.unwrap().unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert!(status.get_error_details().retry_info().unwrap().retry_delay.is_some());
    calls.remove(index);
    // Whoever gives up takes no more room.
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    tokio::time::sleep(A_WHILE).await;
    let last = call(26);
    tokio::time::sleep(A_WHILE).await;
    drop(other);
    let last = last.await.unwrap().unwrap().into_inner().results;
    assert!(last.iter().all(|it| it.status() == RecordStatus::Recorded));
}
