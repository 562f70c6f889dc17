//! The database goes away and comes back; the service says so and resumes by itself.

use std::{sync::Arc, time::Duration};

use rapport::{
    api::v1::{GetScoreRequest, RecordEventsRequest, RecordStatus, RequestKind},
    store::{Store, StoreError},
    time::SystemClock,
};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_types::StatusExt;

use crate::support::{
    postgres::{self, Server},
    service::{Service, event, requested},
};

fn some_event(id: &str) -> RecordEventsRequest {
    let event = event(id, id, "2026-01-05T09:00:00Z", requested(RequestKind::Quote));
    RecordEventsRequest { events: vec![event] }
}

fn acme_and_bolt() -> GetScoreRequest {
    GetScoreRequest { customer: "Acme".to_owned(), supplier: "Bolt".to_owned(), ..GetScoreRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_unavailable_and_service_resumes() {
    let mut server = Server::start();
    let service = Service::on(&server.fresh_database()).await;
    service.events().record_events(some_event("before")).await.unwrap();

    server.stop();
    let refused = service.events().record_events(some_event("during")).await.unwrap_err();
    let unread = service.scores().get_score(acme_and_bolt()).await.unwrap_err();
    for status in [refused, unread] {
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "STORE_UNAVAILABLE");
        assert!(details.retry_info().unwrap().retry_delay.is_some());
        for word in ["postgres", "sqlx", "socket", "Connection", "os error"] {
            assert!(!status.message().contains(word), "the driver speaks: {}", status.message());
        }
    }

    server.start_again();
    let mut tries = 0;
    let results = loop {
        match service.events().record_events(some_event("during")).await {
            Ok(response) => break response.into_inner().results,
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status:?}"),
        }
        tries += 1;
        assert!(tries < 100, "service does not resume");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(results[0].status(), RecordStatus::Recorded);
    let again = service.record(some_event("before").events).await;
    assert_eq!(again[0].status(), RecordStatus::Duplicate, "what was acknowledged is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_serving_until_the_database_is_there_and_again_while_draining() {
    let mut server = Server::start();
    let url = server.fresh_database();
    server.stop();
    let service = Service::starting_on(&url, Arc::new(SystemClock)).await;
    for name in ["", "rapport.v1.EventService", "rapport.v1.ScoreService"] {
        assert_eq!(service.health(name).await, ServingStatus::NotServing, "{name:?}");
    }
    let early = service.scores().get_score(acme_and_bolt()).await.unwrap_err();
    assert_eq!(early.code(), Code::Unavailable);
    assert_eq!(early.get_error_details().error_info().unwrap().reason, "STARTING");
    assert!(early.get_error_details().retry_info().is_some());

    server.start_again();
    let mut health = tonic_health::pb::health_client::HealthClient::new(service.channel());
    let request = tonic_health::pb::HealthCheckRequest { service: String::new() };
    let mut watched = health.watch(request).await.unwrap().into_inner();
    while watched.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}
    service.scores().get_score(acme_and_bolt()).await.unwrap();

    let stopped = tokio::spawn(service.stop());
    assert_eq!(watched.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    drop(watched);
    drop(health);
    stopped.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_a_newer_version_is_refused_at_start() {
    let url = postgres::server().fresh_database();
    let store = rapport::store::Postgres::open(&url).unwrap();
    store.migrate("one").await.unwrap();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'from the future', true, '\\x00', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    let service = Service::starting_on(&url, Arc::new(SystemClock)).await;
    let error = service.ended().await.unwrap_err();
    assert!(error.to_string().contains("newer version"), "{error}");
    assert!(matches!(store.migrate("one").await, Err(StoreError::Schema(_))));
}
