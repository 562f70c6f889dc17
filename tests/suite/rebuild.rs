//! Another model for a database that has a history: served, and at the edges that a served one rarely comes to.

use std::{sync::Arc, time::Duration};

use rapport::{
    api::v1::{
        Event, GetModelStatusRequest, ListScoresRequest, ModelStatus, RecordStatus, RequestKind, Score, ScoreView,
    },
    event::{self, Tenant},
    ledger::Ledger,
    model::{FORMULAS, Model, ModelVersion},
    models::Models,
    reader::Reader,
    rebuild::{Rebuild, Step},
    store::{InUse, KeptModel, StoreError},
};

use crate::support::{
    backend::{Database, on_every_backend, recorded_at},
    events::{at as moment, event as event_of, relationship, requested as request_of},
    service::{Service, answered, at, event, requested},
};

on_every_backend!(
    a_new_model_takes_over_while_the_old_one_serves,
    what_is_folded_is_kept_up_to_date_so_that_a_rebuild_ends,
    a_model_of_older_formulas_is_no_longer_scored_by,
    a_model_of_newer_formulas_is_left_alone,
);

fn other_model() -> Model {
    Model::parse("[requests.information]\nanswer_within_hours = 0.5\n[channels.timely]\nprior = 0.4").unwrap()
}

/// Requests answered within an hour, of so many relationships.
fn answers(relationships: u32) -> Vec<Event> {
    let of_one = |number| {
        let supplier = format!("supplier {number:03}");
        [("asked", "09:00", requested(RequestKind::Information)), ("told", "10:00", answered())].map(
            |(id, time, payload)| Event {
                supplier: supplier.clone(),
                ..event(id, "i", &format!("2026-01-05T{time}:00Z"), payload)
            },
        )
    };
    (0..relationships).flat_map(of_one).collect()
}

async fn scores(service: &Service) -> Vec<Score> {
    scores_since(service, String::new()).await
}

/// The scores, at least as fresh as a revision.
async fn scores_since(service: &Service, at_least_as_fresh: String) -> Vec<Score> {
    let request = ListScoresRequest {
        view: ScoreView::Full.into(),
        as_of: at("2026-02-01T00:00:00Z"),
        page_size: 1_000,
        at_least_as_fresh,
        ..ListScoresRequest::default()
    };
    let mut scores = service.scores().list_scores(request).await.unwrap().into_inner().scores;
    assert!(scores.iter().all(|score| score.model_version == scores[0].model_version), "versions are mixed");
    for score in &mut scores {
        score.revision.clear();
    }
    scores
}

async fn status(service: &Service) -> ModelStatus {
    let answer = service.scores().get_model_status(GetModelStatusRequest {}).await.unwrap();
    answer.into_inner().status.unwrap()
}

async fn a_new_model_takes_over_while_the_old_one_serves(database: Database) {
    // More than one step of the rebuild takes.
    let events = answers(400);
    let old = Service::on(&database.url).await;
    for result in old.record(events.clone()).await {
        assert_eq!(result.status(), RecordStatus::Recorded);
    }
    let before = scores(&old).await;
    assert_eq!((before.len(), before[0].model_version.as_str()), (400, Model::default().version().as_str()));

    let unused = Database::sqlite();
    let fresh = Service::scoring(&unused.url, other_model()).await;
    fresh.record(events).await;
    let expected = scores(&fresh).await;
    assert_eq!((expected.len(), expected[0].model_version.as_str()), (400, other_model().version().as_str()));

    let (from, to) = (&before[0].model_version, &expected[0].model_version);
    let new = Service::scoring(&database.url, other_model()).await;
    for service in [&new, &old] {
        loop {
            let status = status(service).await;
            let now = scores_since(service, status.revision.clone()).await;
            if now == expected {
                break;
            }
            assert_eq!(now, before, "a score comes wholly from one model");
            assert_eq!((&status.live_version, &status.building_version), (from, to));
            assert!((0..=400).contains(&status.folded_relationships), "{status:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let done = ModelStatus { folded_relationships: 400, relationships: 400, ..ModelStatus::default() };
    let status = ModelStatus { revision: String::new(), ..status(&old).await };
    assert_eq!(status, ModelStatus { live_version: to.clone(), ..done });
    new.stop().await.unwrap();
    let again = Service::scoring(&database.url, other_model()).await;
    assert_eq!(scores(&again).await, expected, "the same model again changes nothing");
}

/// A request of Acme's to Bolt.
fn asked(id: &str) -> event::Event {
    asked_of("bolt", id)
}

/// A request of Acme's to a supplier.
fn asked_of(supplier: &str, id: &str) -> event::Event {
    event_of("acme", supplier, id, id, moment("2025-01-01"), request_of(event::RequestKind::Order))
}

/// Says that scores come from a model that this program does not know.
async fn score_by(database: &Database, version: &str, formulas: i64) -> InUse {
    let version = ModelVersion::named(version);
    let in_use = InUse { live: Some(version.clone()), building: None };
    let mut tx = database.write().await;
    tx.keep_model(&version, &KeptModel { formulas, content: r#"{"another":"key"}"#.to_owned() }).await.unwrap();
    tx.use_versions(in_use.clone()).await.unwrap();
    tx.commit().await.unwrap();
    in_use
}

async fn what_is_folded_is_kept_up_to_date_so_that_a_rebuild_ends(database: Database) {
    let database = database.migrated().await;
    let (store, tenant) = (&database.store, Tenant::default());
    let ledger = Ledger::new(store.clone(), Arc::new(Models::new(Model::default())));
    ledger.record(&tenant, &[asked("1"), asked_of("brace", "2"), asked_of("zinc", "3")], recorded_at()).await.unwrap();
    let models = Arc::new(Models::new(other_model()));
    let mut rebuild = Rebuild::announce(store.clone(), models.clone(), tenant.clone()).await.unwrap();
    assert_eq!(rebuild.step(2).await.unwrap(), Step::Folded(2));
    // A folded one, one that is still to come, and a new one that comes before where the rebuild is.
    ledger.record(&tenant, &[asked("4"), asked_of("zinc", "5"), asked_of("aqua", "6")], recorded_at()).await.unwrap();
    assert_eq!(rebuild.step(2).await.unwrap(), Step::Folded(1));
    ledger.record(&tenant, &[asked_of("zinc", "7"), asked_of("brass", "8")], recorded_at()).await.unwrap();
    // The model is given up, something is missed, and it is taken up again: the rebuild goes back for it.
    let withdrawn = Rebuild::announce(store.clone(), Arc::new(Models::new(Model::default())), tenant.clone()).await;
    assert_eq!(rebuild.step(2).await.unwrap(), Step::Overruled);
    ledger.record(&tenant, &[asked_of("aqua", "9")], recorded_at()).await.unwrap();
    Rebuild::announce(store.clone(), models.clone(), tenant.clone()).await.unwrap();
    for expected in [Step::Folded(1), Step::Switched, Step::Cleared(2), Step::Cleared(2), Step::Cleared(1), Step::Done]
    {
        assert_eq!(rebuild.step(2).await.unwrap(), expected);
    }
    assert_eq!(withdrawn.unwrap().step(2).await.unwrap(), Step::Overruled);
}

async fn a_model_of_older_formulas_is_no_longer_scored_by(database: Database) {
    let database = database.migrated().await;
    let (store, tenant, models) = (&database.store, Tenant::default(), Arc::new(Models::new(other_model())));
    let of_before = Ledger::new(store.clone(), Arc::new(Models::new(Model::default())));
    of_before.record(&tenant, &[asked("1")], recorded_at()).await.unwrap();
    score_by(&database, "older", i64::from(FORMULAS) - 1).await;
    let (ledger, reader) = (Ledger::new(store.clone(), models.clone()), Reader::new(store.clone(), models.clone()));
    let read = async || reader.scores(&tenant, &[relationship("acme", "bolt")], moment("2025-02-01")).await;
    assert!(matches!(read().await, Err(StoreError::Schema(_))), "nobody guesses what the model was");
    let refused = ledger.record(&tenant, &[asked("2")], recorded_at()).await;
    assert!(matches!(refused, Err(StoreError::Schema(_))));

    let mut rebuild = Rebuild::announce(store.clone(), models.clone(), tenant.clone()).await.unwrap();
    let version = &models.given().version;
    assert_eq!(*database.read().await.in_use(), InUse { live: None, building: Some(version.clone()) });
    ledger.record(&tenant, &[asked("2")], recorded_at()).await.unwrap();
    // Off the events themselves, as nothing is folded yet.
    let meanwhile = read().await.unwrap();
    assert_eq!((meanwhile.value[0].kpis.requests, &meanwhile.model_version), (2, version));
    for expected in [Step::Folded(1), Step::Switched, Step::Cleared(1), Step::Done] {
        assert_eq!(rebuild.step(9).await.unwrap(), expected);
    }
    let after = read().await.unwrap();
    assert_eq!((&after.value, &after.model_version), (&meanwhile.value, version));
    assert_eq!(*database.read().await.in_use(), InUse { live: Some(version.clone()), building: None });
}

async fn a_model_of_newer_formulas_is_left_alone(database: Database) {
    let database = database.migrated().await;
    let in_use = score_by(&database, "newer", i64::from(FORMULAS) + 1).await;
    let models = Arc::new(Models::new(other_model()));
    let refused = Rebuild::announce(database.store.clone(), models, Tenant::default()).await.err();
    assert!(matches!(&refused, Some(StoreError::Schema(why)) if why.contains("newer")), "{refused:?}");
    assert_eq!(*database.read().await.in_use(), in_use);
}
