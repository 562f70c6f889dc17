//! Ids are opaque: whatever valid text they are, they come back as they were and are ordered byte by byte.

use std::collections::BTreeMap;

use rapport::{
    event::{Event, MAX_ID_BYTES, Relationship, RequestKind, Tenant, Violation, check_event},
    folds,
    model::{Model, ModelVersion},
    store::{EventQuery, Selection, Update, Write},
    tally::{Change, State},
};

use crate::support::{
    backend::{Database, folded_and_unfolded, on_every_backend, recorded_at, recorded_state},
    events::{at, event, relationship, requested},
};

on_every_backend!(odd_ids_come_back_as_they_were, text_is_ordered_byte_by_byte, tenants_have_odd_names_too);

/// Ids that trip programs up, in the order of their bytes.
fn odd_ids() -> Vec<String> {
    let mut ids: Vec<String> = [
        "\"quoted\"",
        "%",
        "' OR 1 = 1 --",
        "''",
        "$1",
        "0",
        "00",
        "1e3",
        "?1",
        "A",
        "MISSIONPHARMA A/S",
        "Z",
        "[1, 2]",
        "\\",
        "\\u0000",
        "_",
        "a",
        "a\u{a0}b",
        "ab",
        "e\u{301}",
        "null",
        "true",
        "{}",
        "{\"a\":1}",
        "\u{e9}",
        "ﬀ",
        "漢字",
        "\u{fffd}",
        "👩‍🚒",
    ]
    .map(str::to_owned)
    .into();
    ids.push("é".repeat(MAX_ID_BYTES / 2));
    ids.push("x".repeat(MAX_ID_BYTES));
    ids.push("👩".repeat(MAX_ID_BYTES / 4));
    ids.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    ids
}

/// An event in which everything is called `id`, save that a customer is not its own supplier.
fn event_called(id: &str) -> Event {
    let mut event = event(id, "bolt", id, id, at("2025-01-01"), requested(RequestKind::Order));
    id.clone_into(&mut event.identity.source);
    event
}

fn valid(event: &Event) -> bool {
    let mut faults: Vec<Violation> = Vec::new();
    check_event(event, recorded_at(), &mut faults);
    faults.is_empty()
}

async fn odd_ids_come_back_as_they_were(database: Database) {
    let database = database.migrated().await;
    let events: Vec<Event> = odd_ids().iter().map(|id| event_called(id)).collect();
    let mut tx = database.write().await;
    let inserted = tx.insert(&events.iter().collect::<Vec<_>>(), recorded_at()).await.unwrap();
    assert_eq!(inserted, events.len());
    save(tx.as_mut(), &events).await;
    tx.commit().await.unwrap();
    for event in &events {
        assert!(valid(event), "{event:?}");
        let found = database.found(event).await.map(|recorded| recorded.event);
        assert_eq!(found.as_ref(), Some(event));
        let mut tx = database.read().await;
        let of_interaction = tx.threads(&event.interaction_key().into_iter().collect::<Vec<_>>()).await.unwrap();
        assert_eq!(of_interaction.iter().map(|it| &it.event).collect::<Vec<_>>(), [event]);
        let query = EventQuery {
            customer: Some(event.relationship().customer.clone()),
            interaction: event.interaction.clone(),
            limit: 9,
            ..EventQuery::default()
        };
        let listed = tx.list(&query).await.unwrap();
        assert_eq!(listed.iter().map(|it| &it.event).collect::<Vec<_>>(), [event]);
        assert_eq!(
            database.state(event.relationship(), &ModelVersion::named("model")).await,
            State::fold([event], &Model::default())
        );
    }
}

/// Saves what new events mean, each for a relationship of its own.
async fn save(tx: &mut dyn Write, events: &[Event]) {
    let update = |it: &Event| Update { relationship: it.relationship().clone(), latest_at: it.occurred_at, events: 1 };
    tx.save(&events.iter().map(update).collect::<Vec<_>>()).await.unwrap();
    let model = Model::default();
    let change = |it| Change::between(&[], &[it], &model);
    let changes = events.iter().map(|it| (it.relationship().clone(), change(it))).collect();
    folds::add(tx, &changes, &ModelVersion::named("model")).await.unwrap();
}

async fn text_is_ordered_byte_by_byte(database: Database) {
    let database = database.migrated().await;
    let mut events = Vec::new();
    for id in odd_ids() {
        for (customer, supplier) in [(id.as_str(), "bolt"), ("acme", id.as_str())] {
            let mut event = event_called(&id);
            event.identity.relationship = relationship(customer, supplier);
            database.insert(&[&event]).await;
            events.push(event);
        }
    }
    let mut tx = database.write().await;
    save(tx.as_mut(), &events).await;
    tx.commit().await.unwrap();
    let mut expected: Vec<Relationship> = events.iter().map(|event| event.relationship().clone()).collect();
    expected.sort_unstable();
    let folded = folded_and_unfolded(database.store.as_ref(), &Tenant::default(), &ModelVersion::named("model")).await;
    assert_eq!(folded, (expected.clone(), vec![]));
    let folded = folded_and_unfolded(database.store.as_ref(), &Tenant::default(), &ModelVersion::named("none")).await;
    assert_eq!(folded, (vec![], expected.clone()));
    let mut tx = database.read().await;
    let mut places = expected.iter().enumerate();
    assert!(places.len() > 2);
    while let Some((index, place)) = places.next() {
        let next = tx.list_unfolded(&ModelVersion::named("none"), Some(place), 1).await.unwrap();
        assert_eq!(next.first().map(|(it, _)| it), expected.get(index + 1));
        let all: Vec<_> = std::iter::once(place.clone()).chain(places.clone().map(|(_, it)| it.clone())).collect();
        assert_eq!(tx.unfolded_of(&all, &ModelVersion::named("none")).await.unwrap().len(), all.len());
    }
    let customers = tx.heads(&Selection::Supplier("bolt".to_owned())).await.unwrap();
    assert_eq!(customers.into_iter().map(|head| head.relationship.customer).collect::<Vec<_>>(), odd_ids());
    let listed = tx.list(&EventQuery { limit: 1_000, ..EventQuery::default() }).await.unwrap();
    assert_eq!(
        listed.iter().map(|it| it.event.relationship()).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
}

async fn tenants_have_odd_names_too(database: Database) {
    let database = database.migrated().await;
    let store = database.store.as_ref();
    let event = event_called("e");
    for id in odd_ids() {
        let mut tx = store.write(&Tenant(id)).await.unwrap();
        assert_eq!(tx.revision().number(), 1);
        tx.insert(&[&event], recorded_at()).await.unwrap();
        save(tx.as_mut(), std::slice::from_ref(&event)).await;
        tx.commit().await.unwrap();
    }
    let expected = State::fold([&event], &Model::default());
    assert_eq!(expected.pending.keys().collect::<Vec<_>>(), [&"e"]);
    for id in odd_ids() {
        let state = recorded_state(store, &Tenant(id), event.relationship(), &ModelVersion::named("model")).await;
        assert_eq!(state, expected);
    }
    let none =
        recorded_state(store, &Tenant("none".to_owned()), event.relationship(), &ModelVersion::named("model")).await;
    assert_eq!(none, State { pending: BTreeMap::new(), ..State::default() });
}
