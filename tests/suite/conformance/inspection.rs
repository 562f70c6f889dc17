//! What is stored as it is: nothing that is damaged hides, or hides the rest.

use std::collections::{BTreeMap, HashMap};

use rapport::{
    event::{Relationship, RequestKind},
    folds,
    model::ModelVersion,
    store::{Head, Revision, Selection, StoredEvent, Update},
    tally::{Change, State, Unreadable},
};

use crate::support::{
    backend::{Database, on_every_backend},
    events::{at, event, relationship, request, requested, retraction_of},
};

on_every_backend!(
    everything_stored_is_listed_in_pages,
    events_come_as_they_are_stored,
    states_come_as_they_are_stored,
    heads_are_put_and_removed,
);

/// A relationship with a head and a state, but no event.
async fn store_head_and_state(database: &Database, of: &Relationship) {
    let mut tx = database.write().await;
    tx.save(&[Update { relationship: of.clone(), latest_at: at("2025-01-01"), events: 7 }]).await.unwrap();
    folds::add(tx.as_mut(), &BTreeMap::from([(of.clone(), Change::default())]), &ModelVersion::named("model"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn everything_stored_is_listed_in_pages(database: Database) {
    let database = database.migrated().await;
    let order = [("Z", "a"), ("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")].map(|(it, other)| relationship(it, other));
    let [eventful, folded, headed, both, last] = &order;
    for (of, number) in [(eventful, 0), (eventful, 1), (both, 2), (last, 3)] {
        let id = number.to_string();
        let payload = requested(RequestKind::Order);
        database.insert(&[&event(&of.customer, &of.supplier, "i", &id, at("2025-01-01"), payload)]).await;
    }
    for of in [folded, headed, both] {
        store_head_and_state(&database, of).await;
    }
    database.execute("DELETE FROM relationships WHERE customer = 'a' AND supplier = 'x'").await;
    database.execute("DELETE FROM folds WHERE customer = 'a' AND supplier = 'y'").await;
    let with_counts: Vec<_> = order.iter().cloned().zip([2, 0, 7, 7, 1]).collect();
    let mut tx = database.read().await;
    for limit in 1..=6 {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let page = tx.list_stored(after.as_ref(), limit).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            assert!(page.len() <= limit as usize);
            after = Some(last.clone());
            pages.extend(page);
        }
        assert_eq!(pages, with_counts, "in pages of {limit}");
    }
}

async fn events_come_as_they_are_stored(database: Database) {
    let database = database.migrated().await;
    let again = rapport::event::Requested { revisits: Some("earlier".to_owned()), ..request(RequestKind::Change) };
    let asked = event("acme", "bolt", "i", "1", at("2025-01-01"), rapport::event::Payload::Requested(again));
    let back = retraction_of(&asked, "2", at("2025-01-02"));
    let other = event("acme", "brace", "i", "1", at("2025-01-01"), requested(RequestKind::Order));
    database.insert(&[&asked, &back, &other]).await;
    let stored = async || {
        let wanted = [asked.relationship().clone(), relationship("no", "body")];
        let mut stored = database.read().await.stored_events(&wanted).await.unwrap();
        stored.sort_unstable_by(|a, b| a.identity.cmp(&b.identity));
        stored
    };
    let expected = [(&asked, None, Some("earlier")), (&back, Some("1"), None)].map(|(event, retracts, revisits)| {
        let (retracts, revisits) = (retracts.map(str::to_owned), revisits.map(str::to_owned));
        let (identity, occurred_at) = (event.identity.clone(), event.occurred_at);
        StoredEvent {
            identity,
            occurred_at,
            revision: Revision::new(1),
            retracts,
            revisits,
            ended_by: None,
            event: Ok(event.clone()),
        }
    });
    assert_eq!(stored().await, expected);
    database.execute("UPDATE events SET payload = 'x', revisits = NULL, revision = 9 WHERE event_id = '1'").await;
    let damaged = stored().await;
    assert_eq!((damaged[0].revision.number(), &damaged[0].revisits, damaged[0].event.is_err()), (9, &None, true));
    assert_eq!(damaged[1], expected[1], "another event's");
}

async fn states_come_as_they_are_stored(database: Database) {
    let database = database.migrated().await;
    let (acme, other) = (relationship("acme", "bolt"), relationship("acme", "brace"));
    store_head_and_state(&database, &acme).await;
    store_head_and_state(&database, &other).await;
    database.execute("UPDATE folds SET state = substr(state, 1, 1), revision = 5 WHERE supplier = 'brace'").await;
    let wanted = [other.clone(), relationship("no", "body"), acme.clone()];
    let mut tx = database.read().await;
    let folded = tx.folded(&wanted, &ModelVersion::named("model")).await.unwrap();
    let read = folded.into_iter().map(|(of, folded)| (of, folded.revision.number(), folds::state(&folded.blocks)));
    let mut read: Vec<_> = read.collect();
    read.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(read, [(acme, 1, Ok(State::default())), (other, 5, Err(Unreadable))]);
    assert_eq!(tx.folded(&wanted, &ModelVersion::named("another model")).await.unwrap(), HashMap::new());
}

async fn heads_are_put_and_removed(database: Database) {
    let database = database.migrated().await;
    let known = ["bolt", "brace", "clamp"].map(|supplier| relationship("acme", supplier));
    store_head_and_state(&database, &known[0]).await;
    store_head_and_state(&database, &known[1]).await;
    let head = |index: usize, revision, latest_at: &str, events| Head {
        relationship: known[index].clone(),
        revision: Revision::new(revision),
        latest_at: at(latest_at),
        events,
    };
    let mut tx = database.write().await;
    tx.put_heads(&[head(0, 8, "2024-01-01", 3), head(2, 9, "2026-01-01", 4)]).await.unwrap();
    tx.remove_heads(&[known[1].clone(), relationship("no", "body")]).await.unwrap();
    tx.put_heads(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let heads = database.read().await.heads(&Selection::All).await.unwrap();
    assert_eq!(heads, [head(0, 8, "2024-01-01", 3), head(2, 9, "2026-01-01", 4)]);
}
