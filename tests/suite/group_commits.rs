//! Concurrent writes share commits, and each is told the truth about its own events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use rapport::{
    event::{Event, RequestKind, Tenant},
    ledger::{Full, Ledger, Limits, Outcome, Queue, Receipt, Recorded, Submission},
    model::Model,
    models::Models,
    store::StoreError,
    time::{Clock, Timestamp},
};

use crate::support::{
    backend::{Database, on_every_backend, recorded_at},
    events::{at, event, requested},
};

on_every_backend! {
    who_comes_during_a_commit_shares_the_next,
    of_two_that_send_the_same_event_one_has_recorded_it,
    a_full_queue_refuses_calls_and_holds_streams_back,
    what_nobody_waits_for_is_not_recorded,
    an_event_that_the_database_cannot_take_sinks_nobody_else,
    a_database_that_takes_nothing_is_no_fault_of_the_events,
}

/// A clock that tells how many commits have begun.
struct Counting(AtomicU32);

impl Clock for Counting {
    fn now(&self) -> Timestamp {
        self.0.fetch_add(1, Ordering::SeqCst);
        recorded_at()
    }
}

struct Bench {
    database: Database,
    queue: Queue,
    commits: Arc<Counting>,
}

impl Bench {
    async fn with(database: Database, limits: Limits) -> Self {
        let database = database.migrated().await;
        let ledger = Ledger::new(database.store.clone(), Arc::new(Models::new(Model::default())));
        let commits = Arc::new(Counting(AtomicU32::new(0)));
        Self { queue: Queue::new(ledger, commits.clone(), limits), commits, database }
    }

    fn offer(&self, events: &[Event]) -> Result<Receipt, Full> {
        self.queue.offer(&Tenant::default(), submission(events))
    }

    async fn record(&self, events: &[Event]) -> Result<Recorded, StoreError> {
        self.offer(events).unwrap().settled().await
    }

    /// Queues an event whose commit has begun and cannot end while another process, whose write is returned, holds it up.
    async fn held_up(&self, first: &Event) -> (Receipt, Box<dyn rapport::store::Write>) {
        let other = self.database.second_store().write(&Tenant::default()).await.unwrap();
        let receipt = self.offer(std::slice::from_ref(first)).unwrap();
        while self.commits.0.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (receipt, other)
    }

    async fn is_recorded(&self, event: &Event) -> bool {
        self.database.found(event).await.is_some()
    }
}

fn submission(events: &[Event]) -> Submission {
    Submission { events: events.to_vec(), bytes: 100 * events.len(), ..Submission::default() }
}

fn request(id: &str) -> Event {
    event("Acme", "Bolt", id, id, at("2026-01-05"), requested(RequestKind::Quote))
}

fn requests(from: u32, count: u32) -> Vec<Event> {
    (from..from + count).map(|number| request(&number.to_string())).collect()
}

const NEW: Outcome = Outcome::Recorded { waits_for: None };

async fn who_comes_during_a_commit_shares_the_next(database: Database) {
    let bench = Bench::with(database, Limits { group: 10, ..Limits::DEFAULT }).await;
    let (first, other) = bench.held_up(&request("first")).await;
    let waiting: Vec<_> = (0..6).map(|number| bench.offer(&requests(number * 4, 4)).unwrap()).collect();
    drop(other);
    let first = first.settled().await.unwrap();
    let mut revisions = Vec::new();
    for settled in join_all(waiting.into_iter().map(Receipt::settled)).await {
        let Recorded { outcomes, revision } = settled.unwrap();
        assert_eq!(outcomes, [NEW; 4]);
        revisions.push(revision.number() - first.revision.number());
    }
    assert_eq!(revisions, [1, 1, 1, 2, 2, 2], "a group is closed once it has its ten events");
    assert_eq!(bench.commits.0.load(Ordering::SeqCst), 3);
    let nothing = bench.record(&[]).await.unwrap();
    assert_eq!(nothing, Recorded { outcomes: Vec::new(), revision: first.revision.next().next() });
}

async fn of_two_that_send_the_same_event_one_has_recorded_it(database: Database) {
    let bench = Bench::with(database, Limits::DEFAULT).await;
    let (_first, other) = bench.held_up(&request("first")).await;
    let same = request("same");
    let contrary = Event { occurred_at: at("2026-01-06"), ..same.clone() };
    let offered = [vec![same.clone(), request("one")], vec![request("two"), same], vec![contrary]];
    let receipts: Vec<_> = offered.iter().map(|events| bench.offer(events).unwrap()).collect();
    drop(other);
    let settled = join_all(receipts.into_iter().map(Receipt::settled)).await;
    let outcomes: Vec<_> = settled.into_iter().map(|it| it.unwrap().outcomes).collect();
    assert_eq!(outcomes, [vec![NEW, NEW], vec![NEW, Outcome::Duplicate], vec![Outcome::Conflict]]);
}

async fn a_full_queue_refuses_calls_and_holds_streams_back(database: Database) {
    let bench = Bench::with(database, Limits { events: 5, bytes: 1_000, ..Limits::DEFAULT }).await;
    let (first, other) = bench.held_up(&request("first")).await;
    let second = bench.offer(&requests(0, 3)).unwrap();
    assert_eq!(bench.offer(&requests(10, 2)).unwrap_err(), Full, "four of five are taken");
    let large = Submission { bytes: 601, ..submission(&requests(20, 1)) };
    assert_eq!(bench.queue.offer(&Tenant::default(), large).unwrap_err(), Full, "400 bytes of 1,000 are taken");
    // Calls take no room from those who wait for it, and one that is larger than all there is goes when it is alone.
    let queued = bench.queue.put(&Tenant::default(), submission(&requests(30, 8))).await;
    let tenant = Tenant::default();
    let mut late = Box::pin(bench.queue.put(&tenant, submission(&requests(40, 1))));
    assert!(futures::poll!(&mut late).is_pending());
    drop(other);
    for receipt in [first, second, queued, late.await] {
        assert!(receipt.settled().await.unwrap().outcomes.iter().all(|it| *it == NEW));
    }
    let again = bench.record(&requests(10, 5)).await.unwrap();
    assert_eq!(again.outcomes, [NEW; 5], "room is given back");
}

async fn what_nobody_waits_for_is_not_recorded(database: Database) {
    let bench = Bench::with(database, Limits { events: 3, ..Limits::DEFAULT }).await;
    let (first, other) = bench.held_up(&request("first")).await;
    let (gone, stays) = (request("gone"), request("stays"));
    let withdrawn = bench.offer(std::slice::from_ref(&gone)).unwrap();
    let waiting = bench.offer(std::slice::from_ref(&stays)).unwrap();
    assert_eq!(bench.offer(&requests(0, 1)).unwrap_err(), Full);
    drop(withdrawn);
    let instead = bench.offer(&requests(0, 1)).expect("what is withdrawn gives its room back at once");
    drop(first);
    drop(other);
    instead.settled().await.unwrap();
    waiting.settled().await.unwrap();
    assert!(bench.is_recorded(&request("first")).await, "it was being written already");
    assert!(bench.is_recorded(&stays).await && !bench.is_recorded(&gone).await);
}

/// Makes the database refuse the events with ids that begin so.
async fn refuse(database: &Database, prefix: &str) {
    let rule = format!("event_id LIKE '{prefix}%'");
    let sql = if database.url.starts_with("sqlite:") {
        format!("CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.{rule} BEGIN SELECT RAISE(ABORT, 'no'); END")
    } else {
        format!("ALTER TABLE events ADD CONSTRAINT c CHECK (NOT {rule})")
    };
    database.alter(sql).await;
}

async fn an_event_that_the_database_cannot_take_sinks_nobody_else(database: Database) {
    let bench = Bench::with(database, Limits::DEFAULT).await;
    refuse(&bench.database, "poison").await;
    let (first, other) = bench.held_up(&request("first")).await;
    let mut bad = requests(100, 50);
    bad.insert(17, request("poison 1"));
    bad.insert(18, request("poison 2"));
    bad.push(bad[0].clone());
    let offered = [requests(0, 20), bad, requests(200, 20), vec![request("poison 3")]];
    let receipts: Vec<_> = offered.iter().map(|events| bench.offer(events).unwrap()).collect();
    drop(other);
    first.settled().await.unwrap();
    let mut settled = Vec::new();
    for (receipt, events) in receipts.into_iter().zip(&offered) {
        let Recorded { outcomes, revision } = receipt.settled().await.unwrap();
        for ((place, event), outcome) in events.iter().enumerate().zip(&outcomes) {
            let expected = if event.identity.event_id.starts_with("poison") {
                Outcome::Unstorable
            } else if place == 52 {
                Outcome::Duplicate
            } else {
                NEW
            };
            assert_eq!(*outcome, expected, "{:?}", event.identity);
            assert_eq!(bench.is_recorded(event).await, expected != Outcome::Unstorable);
        }
        settled.push((outcomes.len(), revision));
    }
    assert_eq!(settled.iter().map(|it| it.0).collect::<Vec<_>>(), [20, 53, 20, 1]);
    assert!(settled.is_sorted_by(|a, b| a.1 <= b.1), "{settled:?}");
}

async fn a_database_that_takes_nothing_is_no_fault_of_the_events(database: Database) {
    let bench = Bench::with(database, Limits::DEFAULT).await;
    refuse(&bench.database, "").await;
    let failed = bench.record(&requests(0, 100)).await.unwrap_err();
    assert!(matches!(failed, StoreError::Failed(_)), "{failed}");
    let tries = bench.commits.0.load(Ordering::SeqCst);
    assert!(tries < 40, "{tries} tries");
}
