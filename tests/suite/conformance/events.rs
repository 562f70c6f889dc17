//! Events: what goes in comes out, once.

use std::sync::Arc;

use rapport::{
    event::{Disposition, EndReason, Event, PartyRole, Payload, RequestKind, Requested, Tenant},
    ledger::{Ledger, Outcome},
    model::Model,
    models::Models,
    store::{RecordedEvent, Revision, Selection},
    tally::State,
    time::{HOUR, Timestamp},
};

use crate::support::{
    backend::{Database, on_every_backend, recorded_at},
    events::{
        at, delivered, end_of, event, every_payload, relationship, request, requested, responded, retracted,
        retraction_of,
    },
};

on_every_backend!(
    every_payload_comes_back_as_it_was,
    only_new_identities_are_inserted,
    extreme_times_come_back_as_they_were,
    a_retraction_marks_what_it_names,
    a_retraction_that_came_first_counts_too,
    what_is_taken_back_before_it_comes_is_awaited,
    events_are_read_by_relationship_and_by_interaction,
    a_thread_is_all_that_asks_again,
    whatever_ends_a_relationship_is_in_every_thread,
    a_thousand_events_are_one_write,
);

fn recorded(event: &Event, by: i64) -> RecordedEvent {
    RecordedEvent { event: event.clone(), recorded_at: recorded_at(), revision: Revision::new(by), retracted: None }
}

fn sorted(mut events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
    events.sort_by(|a, b| a.event.identity.cmp(&b.event.identity));
    events
}

async fn every_payload_comes_back_as_it_was(database: Database) {
    let database = database.migrated().await;
    let mut events: Vec<Event> = every_payload()
        .into_iter()
        .enumerate()
        .map(|(index, payload)| event("acme", "bolt", "i", &format!("e-{index:02}"), at("2025-01-01"), payload))
        .collect();
    // Without an interaction, too, where that is optional.
    events.iter_mut().filter(|it| matches!(it.payload, Payload::Paid(_))).for_each(|it| it.interaction = None);
    database.insert(&events.iter().collect::<Vec<_>>()).await;
    let found = database.read().await.events(&[relationship("acme", "bolt")]).await.unwrap();
    // The retraction among them takes the second back.
    let expected: Vec<_> = events
        .iter()
        .map(|it| RecordedEvent {
            retracted: (it.identity.event_id == "e-1").then_some(Revision::new(1)),
            ..recorded(it, 1)
        })
        .collect();
    assert_eq!(sorted(found), expected);
}

async fn only_new_identities_are_inserted(database: Database) {
    let database = database.migrated().await;
    let one = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    let two = event("acme", "bolt", "i", "2", at("2025-01-02"), delivered(1.0, 1.0));
    let mut tx = database.write().await;
    assert_eq!(tx.insert(&[], recorded_at()).await.unwrap(), 0);
    assert_eq!(tx.insert(&[&one], recorded_at()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let other_content = Event { payload: requested(RequestKind::Order), ..one.clone() };
    let mut tx = database.write().await;
    assert_eq!(tx.insert(&[&other_content, &two], Timestamp::MAX).await.unwrap(), 1);
    assert_eq!(tx.insert(&[&one, &two], Timestamp::MAX).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(database.found(&one).await, Some(recorded(&one, 1)), "what is recorded stays as it is");
    assert_eq!(database.found(&two).await, Some(RecordedEvent { recorded_at: Timestamp::MAX, ..recorded(&two, 2) }));
}

async fn extreme_times_come_back_as_they_were(database: Database) {
    let database = database.migrated().await;
    let times = [Timestamp::from_micros(i64::MIN), Timestamp::from_micros(-1), Timestamp::from_micros(i64::MAX)];
    for (index, moment) in times.into_iter().enumerate() {
        let payload = responded(Disposition::Accepted, Some(moment));
        let event = event("acme", "bolt", "i", &index.to_string(), moment, payload);
        let mut tx = database.write().await;
        tx.insert(&[&event], moment).await.unwrap();
        tx.commit().await.unwrap();
        let found = database.found(&event).await.unwrap();
        assert_eq!((found.event, found.recorded_at), (event, moment));
    }
}

async fn a_retraction_marks_what_it_names(database: Database) {
    let database = database.migrated().await;
    let one = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    let like_it = |change: fn(&mut Event)| {
        let mut other = one.clone();
        change(&mut other);
        other
    };
    let others = [
        like_it(|it| "2".clone_into(&mut it.identity.event_id)),
        like_it(|it| "crm".clone_into(&mut it.identity.source)),
        like_it(|it| it.identity.relationship = relationship("apex", "bolt")),
        like_it(|it| it.identity.relationship = relationship("acme", "brace")),
    ];
    database.insert(&[&one, &others[0], &others[1], &others[2], &others[3]]).await;
    let (first, second) = (retraction_of(&one, "r-1", at("2025-03-01")), retraction_of(&one, "r-2", at("2025-02-01")));
    assert_eq!(database.found(&one).await.unwrap().retracted, None);
    database.insert(&[&first]).await;
    database.insert(&[&second]).await;
    assert_eq!(database.found(&one).await.unwrap().retracted, Some(Revision::new(2)), "the first one to be recorded");
    for other in &others {
        assert_eq!(database.found(other).await, Some(recorded(other, 1)));
    }
    // A retraction stands, whatever names it.
    database.insert(&[&retraction_of(&first, "r-3", at("2025-04-01"))]).await;
    assert_eq!(database.found(&first).await.unwrap().retracted, None);
}

async fn a_retraction_that_came_first_counts_too(database: Database) {
    let database = database.migrated().await;
    let one = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    let two = event("acme", "bolt", "i", "2", at("2025-01-01"), requested(RequestKind::Quote));
    database.insert(&[&retraction_of(&one, "r-1", at("2025-02-01"))]).await;
    database.insert(&[&one, &two, &retraction_of(&two, "r-2", at("2025-02-01"))]).await;
    let expected = [
        RecordedEvent { retracted: Some(Revision::new(1)), ..recorded(&one, 2) },
        RecordedEvent { retracted: Some(Revision::new(2)), ..recorded(&two, 2) },
    ];
    assert_eq!(sorted(database.find(&[&one.identity, &two.identity]).await), expected);
    let of_interaction = [(one.relationship().clone(), "i".to_owned())];
    assert_eq!(sorted(database.read().await.threads(&of_interaction).await.unwrap()), expected);
}

async fn what_is_taken_back_before_it_comes_is_awaited(database: Database) {
    let database = database.migrated().await;
    let of = |supplier, id| event("acme", supplier, "i", id, at("2025-01-01"), requested(RequestKind::Quote));
    let (one, two, other) = (of("bolt", "1"), of("bolt", "2"), of("brace", "1"));
    let take_back = |event, id| retraction_of(event, id, at("2025-02-01"));
    database.insert(&[&two, &take_back(&one, "r-1"), &take_back(&two, "r-2")]).await;
    database.insert(&[&take_back(&one, "r-3"), &take_back(&other, "r-1")]).await;
    let known = [one.relationship().clone(), relationship("no", "events"), other.relationship().clone()];
    let awaited = async |count| {
        let mut awaited = database.read().await.awaited(&known[..count]).await.unwrap();
        awaited.sort_unstable();
        awaited.into_iter().map(|(event, revision)| (event, revision.number())).collect::<Vec<_>>()
    };
    assert_eq!(awaited(0).await, []);
    assert_eq!(awaited(2).await, [(one.identity.clone(), 1)], "as of the first write that takes it back");
    assert_eq!(awaited(3).await, [(one.identity.clone(), 1), (other.identity.clone(), 2)]);
    database.insert(&[&one]).await;
    assert_eq!(awaited(3).await, [(other.identity, 2)]);
}

async fn events_are_read_by_relationship_and_by_interaction(database: Database) {
    let database = database.migrated().await;
    let of = |customer, interaction: Option<&str>, id| {
        let occurred_at = at("2025-01-01");
        let event = event(customer, "bolt", "", id, occurred_at, retracted("none"));
        Event { interaction: interaction.map(str::to_owned), ..event }
    };
    let events = [
        of("acme", Some("i"), "1"),
        of("acme", Some("j"), "2"),
        of("acme", None, "3"),
        of("apex", Some("i"), "4"),
        of("arch", Some("i"), "5"),
    ];
    database.insert(&events.iter().collect::<Vec<_>>()).await;
    let mut tx = database.read().await;
    let some = |wanted: &[usize]| sorted(wanted.iter().map(|&index| recorded(&events[index], 1)).collect());
    let (acme, apex) = (relationship("acme", "bolt"), relationship("apex", "bolt"));
    assert_eq!(tx.events(&[]).await.unwrap(), []);
    assert_eq!(tx.events(&[relationship("bolt", "acme")]).await.unwrap(), []);
    assert_eq!(sorted(tx.events(&[acme.clone(), apex.clone()]).await.unwrap()), some(&[0, 1, 2, 3]));
    assert_eq!(tx.threads(&[]).await.unwrap(), []);
    let wanted = [(acme.clone(), "j".to_owned()), (apex, "i".to_owned()), (acme, "none".to_owned())];
    assert_eq!(sorted(tx.threads(&wanted).await.unwrap()), some(&[1, 3]));
}

/// A asks for something, B asks A again, C and D ask B again, and D is taken back; E asks what nobody asked; F stands
/// alone; G and H ask each other again.
async fn a_thread_is_all_that_asks_again(database: Database) {
    let database = database.migrated().await;
    let asks = |customer, interaction: &str, revisits: Option<&str>| {
        let request = Requested { revisits: revisits.map(str::to_owned), ..request(RequestKind::Improvement) };
        event(customer, "bolt", interaction, interaction, at("2025-01-01"), Payload::Requested(request))
    };
    let events = [
        asks("acme", "a", None),
        asks("acme", "b", Some("a")),
        asks("acme", "c", Some("b")),
        asks("acme", "d", Some("b")),
        asks("acme", "e", Some("none")),
        asks("acme", "f", None),
        asks("acme", "g", Some("h")),
        asks("acme", "h", Some("g")),
        asks("apex", "b", Some("a")),
    ];
    database.insert(&events.iter().collect::<Vec<_>>()).await;
    database.insert(&[&retraction_of(&events[3], "r", at("2025-02-01"))]).await;
    let mut tx = database.read().await;
    for (customer, interaction, expected) in [
        ("acme", "a", "abcd"),
        ("acme", "c", "abcd"),
        ("acme", "d", "abcd"),
        ("acme", "e", "e"),
        ("acme", "none", "e"),
        ("acme", "f", "f"),
        ("acme", "h", "gh"),
        ("apex", "a", "b"),
    ] {
        let wanted = [(relationship(customer, "bolt"), interaction.to_owned())];
        let found = tx.threads(&wanted).await.unwrap();
        assert!(found.iter().all(|it| it.event.relationship().customer == customer));
        let mut found: Vec<&str> = found.iter().map(|it| it.event.identity.event_id.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found.concat(), expected, "{interaction} of {customer}");
    }
}

async fn whatever_ends_a_relationship_is_in_every_thread(database: Database) {
    let database = database.migrated().await;
    let asks = |customer, interaction| {
        event(customer, "bolt", interaction, interaction, at("2025-01-01"), requested(RequestKind::Quote))
    };
    let ends = |customer, id| end_of(customer, "bolt", id, at("2025-02-01"), PartyRole::Customer, EndReason::Moved);
    // Whatever its sender says, it is a part of no interaction.
    let filed = Event { interaction: Some("a".to_owned()), ..ends("acme", "y") };
    let events = [asks("acme", "a"), asks("acme", "b"), ends("acme", "x"), filed, asks("apex", "a"), ends("apex", "z")];
    database.insert(&events.iter().collect::<Vec<_>>()).await;
    database.insert(&[&retraction_of(&events[2], "r", at("2025-03-01"))]).await;
    let mut tx = database.read().await;
    for (wanted, expected) in [
        (&[("acme", "a")][..], "axy"),
        (&[("acme", "none")], "xy"),
        (&[("apex", "a")], "az"),
        (&[("acme", "a"), ("acme", "b"), ("apex", "b")], "abxyz"),
    ] {
        let keys: Vec<_> = wanted.iter().map(|(it, id)| (relationship(it, "bolt"), (*id).to_owned())).collect();
        let found = tx.threads(&keys).await.unwrap();
        let mut ids: Vec<&str> = found.iter().map(|it| it.event.identity.event_id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids.concat(), expected, "{wanted:?}");
        let taken_back = |it: &&RecordedEvent| it.retracted.is_some();
        assert!(found.iter().filter(taken_back).all(|it| it.event.identity.event_id == "x"));
    }
}

async fn a_thousand_events_are_one_write(database: Database) {
    let database = database.migrated().await;
    let events: Vec<Event> = (0..1_000)
        .map(|index| {
            let (customer, interaction) = (format!("customer {}", index / 2 % 7), format!("i-{}", index / 2));
            let moment = at("2025-01-01").plus(index * HOUR);
            let payload =
                if index % 2 == 0 { requested(RequestKind::Order) } else { responded(Disposition::Accepted, None) };
            event(&customer, "bolt", &interaction, &format!("e-{index}"), moment, payload)
        })
        .collect();
    let model = Model::default();
    let ledger = Ledger::new(database.store.clone(), Arc::new(Models::new(Model::default())));
    let recorded = ledger.record(&Tenant::default(), &events, recorded_at()).await.unwrap();
    assert_eq!(recorded.revision.number(), 1);
    assert_eq!(recorded.outcomes.len(), 1_000);
    assert!(recorded.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Recorded { .. })));
    let heads = database.read().await.heads(&Selection::All).await.unwrap();
    assert_eq!(heads.len(), 7);
    for head in heads {
        let of_it = events.iter().filter(|event| *event.relationship() == head.relationship);
        let expected = State::fold(of_it, &model);
        assert!(!expected.tally.is_empty());
        assert_eq!(database.state(&head.relationship, &model.version()).await, expected);
    }
    let again = ledger.record(&Tenant::default(), &events, recorded_at()).await.unwrap();
    assert!(again.outcomes.iter().all(|outcome| *outcome == Outcome::Duplicate));
    assert_eq!(again.revision.number(), 1, "what changes nothing is no write");
}
