//! The service's clock is set back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use rapport::{
    api::v1::{Event, GetScoreRequest, RecordStatus::Duplicate, Score, ScoreView},
    event::Tenant,
    time::{Clock, DAY, Timestamp},
};
use tonic_health::pb::health_check_response::ServingStatus;

use super::load::event_of_feed;
use crate::support::{
    backend::{Database, on_every_backend, verified},
    service::{Service, at},
};

on_every_backend!(a_clock_that_is_set_back_makes_nothing_wrong);

/// A clock that can be set.
struct Settable(AtomicI64);

impl Clock for Settable {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

const LATER: &str = "2026-03-02T00:00:00Z";

async fn a_clock_that_is_set_back_makes_nothing_wrong(database: Database) {
    const BATCHES: u64 = 6;
    let clock = Arc::new(Settable(AtomicI64::new(LATER.parse::<Timestamp>().unwrap().micros())));
    let service = Service::starting_on(&database.url, clock.clone()).await;
    while service.health("").await != ServingStatus::Serving {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let straight = Service::on_sqlite().await;
    for batch in 0..BATCHES {
        clock.0.fetch_sub(DAY.micros(), Ordering::SeqCst);
        // Some of each batch were in the one before.
        let events: Vec<_> = (batch * 4..batch * 4 + 6).map(event_of_feed).collect();
        let known = service.record(events.clone()).await.iter().filter(|it| it.status() == Duplicate).count();
        assert_eq!(known, if batch == 0 { 0 } else { 2 });
        straight.record(events).await;
        assert_eq!(scores(&service, LATER, None).await, scores(&straight, LATER, None).await);
        let now = clock.now().to_string();
        assert_eq!(scores(&service, "", None).await, scores(&straight, &now, None).await, "now is what the clock says");
    }
    // A moment of the clock means what the clock said, and it said so only when the last batch came.
    let last = Service::on_sqlite().await;
    last.record((BATCHES * 4 - 2..BATCHES * 4 + 2).map(event_of_feed).collect()).await;
    let known_now = scores(&service, LATER, Some(&clock.now().to_string())).await;
    assert_eq!(known_now, scores(&last, LATER, None).await);

    let chunk = verified(&database.store, &Tenant::default(), false).await;
    assert_eq!((chunk.events as u64, chunk.left), (BATCHES * 4 + 2, vec![]));
}

/// The scores of the feed's first supplier relationships, without what differs between two databases.
async fn scores(service: &Service, as_of: &str, known_at: Option<&str>) -> Vec<Score> {
    let mut scores = Vec::new();
    for number in 0..13 {
        let Event { customer, supplier, .. } = event_of_feed(2 * number);
        let as_of = Some(as_of).filter(|it| !it.is_empty()).and_then(at);
        let known_at = known_at.and_then(at);
        let request = GetScoreRequest {
            customer,
            supplier,
            as_of,
            known_at,
            view: ScoreView::Full.into(),
            ..GetScoreRequest::default()
        };
        let score = service.scores().get_score(request).await.unwrap().into_inner().score.unwrap();
        scores.push(Score { revision: String::new(), known_at: None, ..score });
    }
    scores
}
