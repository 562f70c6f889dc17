//! A database that is slow, and one that falls silent.

use std::{sync::Arc, time::Duration};

use futures::future::{join_all, select_all};
use rapport::{
    api::v1::{GetScoreRequest, RecordEventsRequest, RecordStatus},
    event::{RequestKind, Tenant},
    ledger::{Ledger, Limits, Queue, Submission},
    model::Model,
    models::Models,
    store::StoreError,
    time::SystemClock,
};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use super::load::event_of_feed;
use crate::support::{
    backend::Database,
    events::{at, event, requested},
    line::Line,
    service::Service,
};

/// How long a client waits here: far longer than a message takes.
const DEADLINE: Duration = Duration::from_millis(400);
/// What a slow database takes for each message each way: a write takes far longer than the client waits.
const SLOW: Duration = Duration::from_millis(100);
/// How often something is tried that works again by itself.
const TRIES: u32 = 20;

fn with_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_database_keeps_nobody_past_their_deadline() {
    let database = Database::postgres();
    let line = Line::to(&database.url);
    let service = Service::on(&line.url).await;
    let batch =
        |from: u64, count: u64| RecordEventsRequest { events: (from..from + count).map(event_of_feed).collect() };
    let read = GetScoreRequest { customer: "Acme".into(), supplier: "Bolt".into(), ..GetScoreRequest::default() };
    service.record(batch(0, 10).events).await;

    line.slow_down(SLOW);
    let late = service.events().record_events(with_deadline(batch(10, 10))).await.unwrap_err();
    let unread = service.scores().get_score(with_deadline(read.clone())).await;
    // The client's own clock may be the first to notice; its library then says that it has cancelled.
    let is_late = |code| matches!(code, Code::DeadlineExceeded | Code::Cancelled);
    assert!(is_late(late.code()), "{late:?}");
    // A read that needs no database is not late.
    assert!(unread.as_ref().err().is_none_or(|status| is_late(status.code())), "{unread:?}");
    let slow = service.record(batch(20, 10).events).await;
    assert!(slow.iter().all(|it| it.status() == RecordStatus::Recorded), "who waits is served: {slow:?}");

    let call = |number: u64| {
        let (mut client, request) = (service.events(), batch(number * 1_000, 1_000));
        tokio::spawn(async move { client.record_events(request).await })
    };
    let mut calls: Vec<_> = (1..=26).map(call).collect();
    let (refused, index, _) = select_all(&mut calls).await;
    let status = refused.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert!(status.get_error_details().retry_info().unwrap().retry_delay.is_some());

    line.mend();
    calls.remove(index);
    for call in join_all(calls).await {
        call.unwrap().unwrap();
    }
    service.scores().get_score(with_deadline(read)).await.unwrap();
    let again = service.record(batch(10, 10).events).await;
    assert!(again.iter().all(|it| it.status() != RecordStatus::Rejected), "what came of it is told: {again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_falls_silent_is_given_up() {
    // PostgreSQL is told so by the service, only not quite so soon.
    let database = Database::postgres();
    let line = Line::to(&format!("{}?options=-c%20idle_in_transaction_session_timeout=1s", database.url));
    let over_line = Database::at(&line.url).migrated().await;
    let ledger = Ledger::new(over_line.store.clone(), Arc::new(Models::new(Model::default())));
    let limits = Limits { patience: Duration::from_secs(2), ..Limits::DEFAULT };
    let queue = Queue::new(ledger, Arc::new(SystemClock), limits);
    // Each silent connection, and each stall of the machine, costs a try.
    let record = async |id: &str| {
        for _ in 0..TRIES {
            let event = event("Acme", "Bolt", id, id, at("2025-01-05"), requested(RequestKind::Quote));
            let submission = Submission { events: vec![event], bytes: 100, ..Submission::default() };
            match queue.offer(&Tenant::default(), submission).unwrap().settled().await {
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
                Ok(_) => return,
            }
        }
        panic!("nothing is recorded any more");
    };
    record("before").await;

    let held = over_line.write().await;
    line.silence();
    let other = Database::at(&database.url);
    let turn = tokio::time::timeout(Duration::from_mins(1), other.write()).await;
    drop(turn.expect("the turn to write passes on from who has fallen silent"));
    // Idle connections are silent too.
    record("after").await;
    drop(held);
}
