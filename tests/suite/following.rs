//! A dashboard that follows the scores: it asks for what has changed since its last answer, and misses nothing.

use std::collections::BTreeSet;

use rapport::{
    api::v1::{Event, GetCacheStatusRequest, ListScoresRequest, ListScoresResponse, RecordEventsRequest, RequestKind},
    time::{Clock, SECOND, SystemClock},
};
use tonic::Code;

use crate::support::{
    backend::{Database, on_every_backend},
    service::{Service, at, event, requested},
};

on_every_backend!(
    what_changes_is_told_once_and_nothing_is_missed,
    warm_reads_are_counted_as_hits,
    a_sender_whose_clock_is_ahead_holds_nobody_up,
);

/// Writes of each of two processes that write at the same time.
const WRITES: usize = 40;

fn request_of(supplier: &str) -> Event {
    let asked = event("asked", "i", "2026-01-05T09:00:00Z", requested(RequestKind::Information));
    Event { supplier: supplier.to_owned(), ..asked }
}

async fn changed_since(service: &Service, revision: &str) -> ListScoresResponse {
    let request =
        ListScoresRequest { changed_since: revision.to_owned(), page_size: 1_000, ..ListScoresRequest::default() };
    service.scores().list_scores(request).await.unwrap().into_inner()
}

fn suppliers(answer: &ListScoresResponse) -> Vec<&str> {
    answer.scores.iter().map(|score| score.supplier.as_str()).collect()
}

async fn what_changes_is_told_once_and_nothing_is_missed(database: Database) {
    let [one, other] = [Service::on(&database.url).await, Service::on(&database.url).await];
    let write = async |service: &Service, name: &str| {
        for number in 0..WRITES {
            service.record(vec![request_of(&format!("{name} {number:02}"))]).await;
        }
    };
    let follow = async |told: &mut BTreeSet<String>, revision: &mut String| {
        let answer = changed_since(&one, revision).await;
        told.extend(suppliers(&answer).into_iter().map(str::to_owned));
        *revision = answer.revision;
    };
    let (mut told, mut revision) = (BTreeSet::new(), String::new());
    {
        let writing = async { tokio::join!(write(&one, "one"), write(&other, "other")) };
        tokio::pin!(writing);
        while tokio::select! { _ = &mut writing => false, () = follow(&mut told, &mut revision) => true } {}
    }
    // What the other process wrote last shows within a second, or at once to who knows its revision.
    let now = one.events().record_events(RecordEventsRequest::default()).await.unwrap().into_inner().revision;
    let request = ListScoresRequest {
        changed_since: revision.clone(),
        at_least_as_fresh: now.clone(),
        page_size: 1_000,
        ..ListScoresRequest::default()
    };
    let answer = one.scores().list_scores(request).await.unwrap().into_inner();
    told.extend(suppliers(&answer).into_iter().map(str::to_owned));
    assert_eq!(told.len(), 2 * WRITES);

    assert_eq!(suppliers(&changed_since(&one, &now).await), [] as [&str; 0], "nothing has changed since");
    one.record(vec![request_of("late")]).await;
    assert_eq!(suppliers(&changed_since(&one, &now).await), ["late"]);
    assert_eq!(suppliers(&changed_since(&one, "").await).len(), 2 * WRITES + 1);
    let refused = ListScoresRequest { changed_since: "no revision".to_owned(), ..ListScoresRequest::default() };
    assert_eq!(one.scores().list_scores(refused).await.unwrap_err().code(), Code::InvalidArgument);
}

async fn warm_reads_are_counted_as_hits(database: Database) {
    let service = Service::on(&database.url).await;
    service.record(vec![request_of("Bolt")]).await;
    changed_since(&service, "").await;
    let status = async || {
        let answer = service.scores().get_cache_status(GetCacheStatusRequest {}).await.unwrap();
        answer.into_inner().cache.unwrap()
    };
    let before = status().await;
    for _ in 0..10 {
        changed_since(&service, "").await;
    }
    let after = status().await;
    assert_eq!(after.hits + after.misses - before.hits - before.misses, 10);
    assert!(after.hits > 0 && after.refreshes > 0 && after.relationships == 1);
    assert!(0 < after.bytes && after.bytes < after.max_bytes);
}

async fn a_sender_whose_clock_is_ahead_holds_nobody_up(database: Database) {
    let service = Service::on(&database.url).await;
    let ahead = SystemClock.now().plus(120 * SECOND);
    let moment = ahead.to_string();
    let asked = |supplier: &str, occurred_at| Event {
        supplier: supplier.to_owned(),
        ..event("asked", "i", occurred_at, requested(RequestKind::Information))
    };
    service.record(vec![asked("Bolt", "2026-01-05T09:00:00Z"), asked("Brace", &moment)]).await;
    // What is read first fetches what the others are read off.
    changed_since(&service, "").await;
    let answer = changed_since(&service, "").await;
    let mut found = suppliers(&answer);
    found.sort_unstable();
    assert_eq!(found, ["Bolt", "Brace"]);
    assert_eq!(answer.scores[0].as_of, at(&moment), "the latest event counts");
    // Whoever says when gets what was then.
    let request = ListScoresRequest { as_of: at("2026-02-01T00:00:00Z"), ..ListScoresRequest::default() };
    let then = service.scores().list_scores(request).await.unwrap().into_inner();
    assert_eq!(suppliers(&then), ["Bolt"]);
}
