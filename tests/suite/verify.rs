//! What is stored is held against the events: every kind of damage is found, named and repaired, and where there is none
//! nothing is found, however much is being written.

use std::sync::Arc;

use rapport::{
    api::v1::{Event, RequestKind},
    event::{self, Money, Paid, Payload, RefusalReason, Tenant},
    ledger::Ledger,
    model::Model,
    models::Models,
    rebuild::{Rebuild, Step},
    tally::State,
};
use serde_json::Value;

use crate::support::{
    backend::{Database, on_every_backend, recorded_at, verified},
    binary::{Served, run, succeed},
    events::{at, event as event_of, refused, relationship, request, requested as request_of, retraction_of},
    service::{Service, answered, event, requested},
};

on_every_backend!(
    damage_is_found_named_and_repaired,
    a_damaged_event_is_found_and_left_as_it_is,
    the_model_that_is_being_built_is_verified_as_far_as_it_has_come,
    beside_writers_nothing_differs,
    the_command_tells_by_its_exit_code,
);

/// Something of everything between Acme and Bolt, in two parts of what is folded, and one request to Brace.
fn history() -> Vec<event::Event> {
    let of = |interaction, id, day, payload| event_of("acme", "bolt", interaction, id, at(day), payload);
    let money = Money { currency: "EUR".to_owned(), amount_minor: 500 };
    let again = event::Requested { revisits: Some("no".to_owned()), ..request(event::RequestKind::Change) };
    let wrong = of("open", "wrong", "2025-01-03", request_of(event::RequestKind::Quote));
    let back = retraction_of(&wrong, "back", at("2025-01-04"));
    vec![
        of("no", "asked", "2025-01-01", request_of(event::RequestKind::Change)),
        of("no", "refused", "2025-01-02", refused(RefusalReason::CannotBeDone, false)),
        of("again", "again", "2025-02-01", Payload::Requested(again)),
        of("open", "open", "2025-03-01", request_of(event::RequestKind::Order)),
        of("open", "paid", "2025-03-02", Payload::Paid(Paid { amount: money, due: None })),
        wrong,
        back,
        event_of("acme", "brace", "i", "1", at("2025-01-01"), request_of(event::RequestKind::Order)),
    ]
}

async fn recorded(database: &Database) {
    let ledger = Ledger::new(database.store.clone(), Arc::new(Models::new(Model::default())));
    for event in history() {
        ledger.record(&Tenant::default(), &[event], recorded_at()).await.unwrap();
    }
}

async fn found(database: &Database) -> Vec<String> {
    let chunk = verified(&database.store, &Tenant::default(), false).await;
    assert_eq!(chunk.repaired, [], "nobody asked for it");
    chunk.left.iter().map(ToString::to_string).collect()
}

/// Fails unless each line has one of the texts in it, and each text is in one of the lines.
fn assert_named(lines: &[String], texts: &[&str], damage: &str) {
    let told = lines.join("\n");
    assert!(texts.iter().all(|text| told.contains(text)), "{damage}: {texts:?} in\n{told}");
    assert!(lines.iter().all(|line| texts.iter().any(|text| line.contains(text))), "{damage}: {texts:?} in\n{told}");
}

async fn damage_is_found_named_and_repaired(database: Database) {
    let database = database.migrated().await;
    recorded(&database).await;
    assert_eq!(found(&database).await, [] as [&str; 0]);
    let (tenant, bolt) = (Tenant::default(), relationship("acme", "bolt"));
    let counted: Vec<_> = history().into_iter().filter(|it| it.identity.event_id != "wrong").collect();
    let expected = State::fold(counted.iter().filter(|it| *it.relationship() == bolt), &Model::default());
    let damages: [(&str, &[&str]); 15] = [
        (
            "DELETE FROM folds WHERE supplier = 'bolt'",
            &[
                "acme -> bolt: fold revision (model ",
                ": stored 0, expected 7",
                "acme -> bolt: counter ",
                "acme -> bolt: tally ",
                "flow exchange in EUR 2025-03-02",
                "acme -> bolt: flow ",
                ": stored nothing, expected that it waits for a reply due 2025-03-",
                "acme -> bolt: pending ",
            ],
        ),
        (
            "DELETE FROM folded_days WHERE supplier = 'bolt'",
            &["acme -> bolt: tally ", "acme -> bolt: flow requests in no currency 2025-01-01"],
        ),
        ("UPDATE folded_days SET state = substr(state, 1, 2)", &["acme -> bolt: fold state"]),
        ("UPDATE folds SET revision = 0 WHERE supplier = 'bolt'", &["fold revision (model"]),
        ("UPDATE folds SET state = substr(state, 1, 2)", &["acme -> bolt: fold state", "acme -> brace: fold state"]),
        (
            "UPDATE folds SET state = (SELECT f.state FROM folds f WHERE f.supplier = 'brace') WHERE supplier = 'bolt'",
            &["acme -> bolt: counter requests (model ", ": stored 1, expected 3", "acme -> bolt: "],
        ),
        ("DELETE FROM relationships WHERE supplier = 'bolt'", &["relationship row: stored nothing, expected 7 events"]),
        ("UPDATE relationships SET events = 8 WHERE supplier = 'bolt'", &["relationship events: stored 8, expected 7"]),
        (
            "UPDATE relationships SET events = 9223372036854775807",
            &["acme -> bolt: relationship events", "acme -> brace: relationship events"],
        ),
        (
            "UPDATE relationships SET latest_at = 0 WHERE supplier = 'bolt'",
            &["latest_at: stored 1970-01-01T00:00:00Z, expected 2025-03-02T00:00:00Z"],
        ),
        (
            "UPDATE relationships SET revision = 1000000 WHERE supplier = 'bolt'",
            &["relationship revision: stored 1000000, expected ", "fold revision"],
        ),
        (
            "UPDATE relationships SET revision = 1 WHERE supplier = 'brace'",
            &["relationship revision: stored 1, expected 8, the write", "fold revision"],
        ),
        (
            "INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
             SELECT tenant, 'ghost', supplier, revision, latest_at, 3 FROM relationships",
            &["ghost -> bolt: relationship row: stored 3 events, expected nothing", "ghost -> brace"],
        ),
        (
            "INSERT INTO folds (tenant, customer, supplier, model, revision, state)
             SELECT tenant, 'ghost', supplier, model, revision, state FROM folds",
            &["ghost -> bolt: fold row (model ", ": stored a state, expected nothing", "ghost -> brace"],
        ),
        (
            "INSERT INTO folded_days (tenant, customer, supplier, model, part, state)
             SELECT tenant, 'ghost', supplier, model, part, state FROM folded_days",
            &["ghost -> bolt: fold row (model ", ": stored a state, expected nothing"],
        ),
    ];
    for (damage, texts) in damages {
        database.execute(damage).await;
        let lines = found(&database).await;
        assert_named(&lines, texts, damage);
        let repaired = verified(&database.store, &tenant, true).await;
        let told: Vec<_> = repaired.repaired.iter().map(ToString::to_string).collect();
        assert_eq!((told, repaired.left), (lines, vec![]), "{damage}");
        assert_eq!(found(&database).await, [] as [&str; 0], "{damage}");
        assert_eq!(database.state(&bolt, &Model::default().version()).await, expected, "{damage}");
    }
    let before = database.read().await.revision();
    verified(&database.store, &tenant, true).await;
    assert_eq!(database.read().await.revision(), before, "where nothing differs nothing is written");
    // What was repaired can be written to.
    let ledger = Ledger::new(database.store.clone(), Arc::new(Models::new(Model::default())));
    let more = event_of("acme", "bolt", "more", "more", at("2025-04-01"), request_of(event::RequestKind::Quote));
    ledger.record(&tenant, &[more], recorded_at()).await.unwrap();
    assert_eq!(found(&database).await, [] as [&str; 0]);
}

async fn a_damaged_event_is_found_and_left_as_it_is(database: Database) {
    let database = database.migrated().await;
    recorded(&database).await;
    for (damage, undo, named) in [
        (
            "UPDATE events SET retracts = NULL WHERE event_id = 'back'",
            "UPDATE events SET retracts = 'wrong' WHERE event_id = 'back'",
            "acme -> bolt: event back of erp: retracts: stored nothing, expected wrong",
        ),
        (
            "UPDATE events SET revisits = 'nobody' WHERE event_id = 'again'",
            "UPDATE events SET revisits = 'no' WHERE event_id = 'again'",
            "event again of erp: revisits: stored nobody, expected no",
        ),
        (
            "UPDATE events SET ended_by = 'supplier' WHERE event_id = 'paid'",
            "UPDATE events SET ended_by = NULL WHERE event_id = 'paid'",
            "event paid of erp: ended_by: stored supplier, expected nothing",
        ),
        (
            "UPDATE events SET payload = 'x' || payload WHERE event_id = 'paid'",
            "UPDATE events SET payload = substr(payload, 2) WHERE event_id = 'paid'",
            "event paid of erp: payload: stored what cannot be read (",
        ),
        (
            "UPDATE events SET revision = revision + 1000000 WHERE event_id = 'paid'",
            "UPDATE events SET revision = revision - 1000000 WHERE event_id = 'paid'",
            "event paid of erp: revision: stored 1000005, expected at most that of the tenant's last write",
        ),
    ] {
        database.execute(damage).await;
        assert_named(&found(&database).await, &[named], damage);
        let after = verified(&database.store, &Tenant::default(), true).await;
        assert_eq!((after.repaired.len(), after.left.len()), (0, 1), "{damage}");
        database.execute(undo).await;
        assert_eq!(found(&database).await, [] as [&str; 0], "{undo}");
    }
}

async fn the_model_that_is_being_built_is_verified_as_far_as_it_has_come(database: Database) {
    let database = database.migrated().await;
    recorded(&database).await;
    let (tenant, store) = (Tenant::default(), &database.store);
    let other = Model::parse("[reply]\nlapse_after = 2.5").unwrap();
    let version = other.version();
    let mut rebuild = Rebuild::announce(store.clone(), Arc::new(Models::new(other)), tenant.clone()).await.unwrap();
    assert_eq!(rebuild.step(1).await.unwrap(), Step::Folded(1));
    assert_eq!(found(&database).await, [] as [&str; 0], "Brace is still to come");
    database.execute("UPDATE folds SET state = substr(state, 1, 2)").await;
    let repaired = verified(store, &tenant, true).await;
    assert_eq!(repaired.left, []);
    let mut of: Vec<_> = repaired.repaired.iter().map(|it| (&it.relationship.supplier, it.model.clone())).collect();
    of.sort();
    let live = Some(Model::default().version());
    let mut expected = [("bolt", live.clone()), ("bolt", Some(version)), ("brace", live)];
    expected.sort();
    assert_eq!(of.iter().map(|(it, model)| (it.as_str(), model.clone())).collect::<Vec<_>>(), expected);
    for step in [Step::Folded(1), Step::Switched, Step::Cleared(2), Step::Done] {
        assert_eq!(rebuild.step(9).await.unwrap(), step);
        assert_eq!(found(&database).await, [] as [&str; 0], "after {step:?}");
    }
}

/// A request and its answer, to a supplier.
fn request_and_answer(supplier: usize, number: usize) -> [Event; 2] {
    let interaction = format!("i{number}");
    [("asked", "09:00", requested(RequestKind::Information)), ("told", "10:00", answered())].map(
        |(what, time, payload)| Event {
            supplier: format!("supplier {supplier:03}"),
            ..event(&format!("{what} {number}"), &interaction, &format!("2026-01-05T{time}:00Z"), payload)
        },
    )
}

async fn beside_writers_nothing_differs(database: Database) {
    // More than one chunk has.
    const SUPPLIERS: usize = 300;
    const ROUNDS: usize = 20;
    let service = Service::on(&database.url).await;
    service.record((0..SUPPLIERS).flat_map(|supplier| request_and_answer(supplier, 0)).collect()).await;
    let (store, tenant) = (database.second_store(), Tenant::default());
    let writing = async {
        for number in 1..=ROUNDS {
            let events = (0..SUPPLIERS).skip(number % 7).step_by(7).flat_map(|it| request_and_answer(it, number));
            service.record(events.collect()).await;
        }
    };
    tokio::pin!(writing);
    let (mut looks, mut done) = (0, false);
    while !done {
        let look = verified(&store, &tenant, true);
        tokio::pin!(look);
        let chunk = loop {
            tokio::select! {
                chunk = &mut look => break chunk,
                () = &mut writing, if !done => done = true,
            }
        };
        assert_eq!((chunk.relationships, chunk.left, chunk.repaired), (SUPPLIERS, vec![], vec![]));
        looks += 1;
    }
    assert!(looks > 1, "{looks} looks while events came in");
    let chunk = verified(&store, &tenant, false).await;
    let written: usize = (1..=ROUNDS).map(|number| (0..SUPPLIERS).skip(number % 7).step_by(7).count()).sum();
    assert_eq!((chunk.events, chunk.left), (2 * (SUPPLIERS + written), vec![]));
}

async fn the_command_tells_by_its_exit_code(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let served = Served::start(folder, &database.url);
    let line = r#"{"eventId":"1","source":"t","customer":"Acme","supplier":"Bolt","interactionId":"i","occurredAt":"2026-01-05T09:00:00Z","requested":{"kind":"REQUEST_KIND_QUOTE"}}"#;
    std::fs::write(folder.join("one.ndjson"), line).unwrap();
    succeed(folder, &["import", "one.ndjson", "--server", &served.url]);
    let verify = |more: &[&str]| {
        let output = run(folder, &[&["verify", "--database-url", &database.url], more].concat());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let score = || {
        let score =
            succeed(folder, &["score", "Acme", "Bolt", "--as-of", "2026-01-06", "--json", "--server", &served.url]);
        let mut score: Value = serde_json::from_str(&score).unwrap();
        score["revision"].take();
        score
    };
    let before = score();
    let clean = (0, "1 relationships with 1 events: nothing differs\n".to_owned());
    assert_eq!(verify(&[]), clean);
    database.execute("UPDATE relationships SET events = 2").await;
    database.execute("UPDATE folds SET revision = 0").await;
    let (code, told) = verify(&[]);
    let first = "default: Acme -> Bolt: relationship events: stored 2, expected 1\n";
    assert!(code == 1 && told.starts_with(first) && told.ends_with("1 events: 2 differences\n"), "{code}: {told}");
    let (code, told) = verify(&["--repair", "--json"]);
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let difference = serde_json::json!({
        "tenant": "default", "customer": "Acme", "supplier": "Bolt", "model": null, "kind": "relationship",
        "name": "events", "stored": "2", "expected": "1", "repaired": true,
    });
    let summary = serde_json::json!({ "relationships": 1, "events": 1, "differences": 2, "repaired": 2 });
    assert_eq!((code, lines.len(), &lines[0], &lines[2]), (0, 3, &difference, &summary));
    assert_eq!(verify(&[]), clean);
    assert_eq!(score(), before, "the server reads what was repaired");
    database.execute("UPDATE events SET payload = 'x'").await;
    let (code, told) = verify(&["--repair"]);
    assert!(code == 1 && told.ends_with("1 differences, 1 of them not repaired\n"), "{code}: {told}");

    let nothing = run(folder, &["verify", "--database-url", "sqlite:none.db"]);
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(1), 0));
    assert!(!folder.join("none.db").exists(), "looking makes no database");
}
