//! What is folded from events: sums that are added to, states that replace, one set for each model.

use std::collections::BTreeMap;

use rapport::{
    counts::{Counter, Counts},
    event::{EndReason, PartyRole, RefusalReason, Relationship, RequestKind, Tenant},
    flows::{Flow, FlowSum, Flows},
    folds,
    interaction::{Ending, Pending},
    model::{Model, ModelVersion},
    observation::Channel,
    store::{Head, Revision, Selection, Update},
    tally::{Cell, Change, State, Tally, Turn},
    terms::Terms,
    time::{Day, Timestamp},
};

use crate::support::{
    backend::{Database, folded_and_unfolded, on_every_backend},
    events::{at, event, relationship, requested},
};

on_every_backend!(
    changes_add_up,
    what_is_cleared_is_gone_and_all_else_stays,
    pending_interactions_are_set_and_removed,
    models_do_not_mix,
    an_event_unfolds_its_relationship,
    the_unfolded_come_in_pages,
    states_come_in_the_order_asked_for,
    heads_know_the_last_write_and_the_latest_event,
    heads_are_selected_and_ordered,
    the_largest_sums_are_kept_exactly,
);

const MODEL: &str = "model one";

fn acme() -> Relationship {
    relationship("acme", "bolt")
}

fn tally(cells: &[(Channel, i32, [i64; 4])]) -> Tally {
    let mut tally = Tally::default();
    for &(channel, day, [count, weight, value, square]) in cells {
        tally.add(channel, Day(day), Terms::FAIR, Cell { count, weight, value, square });
    }
    tally
}

fn counts(counters: &[(Counter, i64)]) -> Counts {
    let mut counts = Counts::default();
    for &(counter, count) in counters {
        counts.add(counter, count);
    }
    counts
}

fn flows(sums: &[(Flow, &str, i32, [i64; 2])]) -> Flows {
    let mut flows = Flows::default();
    for &(flow, currency, day, [count, amount]) in sums {
        flows.add(flow, currency, Day(day), FlowSum { count, amount });
    }
    flows
}

/// Something that waits, made at the given time.
fn pending(requested_at: &str) -> Pending {
    let request = event("acme", "bolt", "i", "1", at(requested_at), requested(RequestKind::Order));
    let state = State::fold([&request], &Model::default());
    state.pending["i"].clone()
}

fn update(relationship: &Relationship, latest_at: &str) -> Update {
    Update { relationship: relationship.clone(), latest_at: at(latest_at), events: 1 }
}

fn change(tally: Tally, counts: Counts) -> Change {
    Change { tally, counts, ..Change::default() }
}

/// A write with an event for each of the relationships, and what follows from it.
async fn save(database: &Database, model: &str, changes: &[(&Relationship, Change)]) {
    let updates: Vec<Update> = changes.iter().map(|(relationship, _)| update(relationship, "2025-01-01")).collect();
    let mut tx = database.write().await;
    tx.save(&updates).await.unwrap();
    folds::add(
        tx.as_mut(),
        &changes.iter().map(|(it, change)| ((*it).clone(), change.clone())).collect(),
        &ModelVersion::named(model),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn changes_add_up(database: Database) {
    let database = database.migrated().await;
    let first = tally(&[(Channel::Timely, -1, [1, 10, 5, 100]), (Channel::Trust, 20_000, [1, 7, 0, 49])]);
    let refusals = Counter::Refused(RefusalReason::NotNeeded);
    let first = change(first, counts(&[(Counter::Requests, 2), (refusals, 1)]));
    save(&database, MODEL, &[(&acme(), first)]).await;
    let second = tally(&[(Channel::Timely, -1, [2, 1, 1, 1]), (Channel::Trust, 20_000, [-1, -7, 0, -49])]);
    let second = change(second, counts(&[(Counter::Requests, 3), (refusals, -1), (Counter::OnTime, 1)]));
    save(&database, MODEL, &[(&acme(), second)]).await;
    for (day, count) in [(1, 2), (2, 1), (1, -2), (2, 3)] {
        let flows = flows(&[(Flow::Requests, "EUR", day, [count, 100 * count])]);
        save(&database, MODEL, &[(&acme(), Change { flows, ..Change::default() })]).await;
    }
    // What sums to nothing is gone.
    let expected = State {
        tally: tally(&[(Channel::Timely, -1, [3, 11, 6, 101])]),
        counts: counts(&[(Counter::Requests, 5), (Counter::OnTime, 1)]),
        flows: flows(&[(Flow::Requests, "EUR", 2, [4, 400])]),
        ..State::default()
    };
    assert_eq!(database.state(&acme(), &ModelVersion::named(MODEL)).await, expected);
}

async fn what_is_cleared_is_gone_and_all_else_stays(database: Database) {
    let database = database.migrated().await;
    let other = relationship("acme", "brace");
    let old = State {
        tally: tally(&[(Channel::Timely, 1, [1, 10, 5, 100]), (Channel::Vision, 1, [1, 10, 5, 100])]),
        counts: counts(&[(Counter::Requests, 2), (Counter::Withdrawn, 1)]),
        flows: flows(&[(Flow::Requests, "EUR", 1, [2, 700]), (Flow::Referrals, "", 2, [1, 0])]),
        pending: BTreeMap::from([("i".to_owned(), pending("2025-01-01")), ("j".to_owned(), pending("2025-01-02"))]),
        ending: Some(Ending { at: at("2025-02-01"), by: PartyRole::Supplier, reason: EndReason::Other, to: None }),
    };
    for model in [MODEL, "model two"] {
        save(&database, model, &[(&acme(), old.clone().into()), (&other, old.clone().into())]).await;
    }
    let clear = async |model| {
        let mut tx = database.write().await;
        tx.clear(&[acme(), relationship("nobody", "bolt")], &ModelVersion::named(model)).await.unwrap();
        tx.commit().await.unwrap();
    };
    clear(MODEL).await;
    assert_eq!(database.state(&acme(), &ModelVersion::named(MODEL)).await, State::default());
    assert_eq!(database.state(&acme(), &ModelVersion::named("model two")).await, old, "another model's");
    assert_eq!(database.state(&other, &ModelVersion::named(MODEL)).await, old, "another relationship's");
    let store = database.store.as_ref();
    clear("model two").await;
    assert_eq!(
        folded_and_unfolded(store, &Tenant::default(), &ModelVersion::named("model two")).await,
        (vec![other], vec![acme()])
    );
    save(&database, "model two", &[(&acme(), old.clone().into())]).await;
    assert_eq!(database.state(&acme(), &ModelVersion::named("model two")).await, old);
}

async fn pending_interactions_are_set_and_removed(database: Database) {
    let database = database.migrated().await;
    let other = relationship("acme", "brace");
    let set = |changes: &[(&str, Option<&Pending>, Option<&Pending>)]| {
        let turn = |old: Option<&Pending>, new: Option<&Pending>| Turn { old: old.cloned(), new: new.cloned() };
        let pending = changes.iter().map(|&(id, old, new)| (id.to_owned(), turn(old, new))).collect();
        Change { pending, ..Change::default() }
    };
    // Pending since so long after the other that it is stored elsewhere.
    let (one, two) = (pending("2025-01-01"), pending("2025-07-02"));
    let both = set(&[("i", None, Some(&one)), ("j", None, Some(&one))]);
    save(&database, MODEL, &[(&acme(), both.clone()), (&other, both)]).await;
    let changes = set(&[("i", Some(&one), None), ("j", Some(&one), Some(&two)), ("never there", None, None)]);
    save(&database, MODEL, &[(&acme(), changes)]).await;
    assert_eq!(
        database.state(&acme(), &ModelVersion::named(MODEL)).await.pending,
        BTreeMap::from([("j".to_owned(), two)])
    );
    let untouched = BTreeMap::from([("i".to_owned(), one.clone()), ("j".to_owned(), one)]);
    assert_eq!(database.state(&other, &ModelVersion::named(MODEL)).await.pending, untouched);
}

async fn models_do_not_mix(database: Database) {
    let database = database.migrated().await;
    let of = |value| State {
        tally: tally(&[(Channel::Prompt, 3, [1, value, value, value])]),
        counts: counts(&[(Counter::Requests, value)]),
        flows: flows(&[(Flow::Exchange, "EUR", 1, [value, value])]),
        pending: BTreeMap::from([("i".to_owned(), pending("2025-01-01"))]),
        ..State::default()
    };
    for (model, value) in [("model one", 1), ("model two", 2)] {
        save(&database, model, &[(&acme(), of(value).into())]).await;
    }
    assert_eq!(database.state(&acme(), &ModelVersion::named("model one")).await, of(1));
    assert_eq!(database.state(&acme(), &ModelVersion::named("model two")).await, of(2));
    assert_eq!(database.state(&acme(), &ModelVersion::named("model three")).await, State::default());
}

async fn an_event_unfolds_its_relationship(database: Database) {
    let database = database.migrated().await;
    let other = relationship("acme", "brace");
    let nothing = Change::default;
    save(&database, "model one", &[(&acme(), nothing()), (&other, nothing())]).await;
    let unfolded = async |model| {
        let (_, unfolded) =
            folded_and_unfolded(database.store.as_ref(), &Tenant::default(), &ModelVersion::named(model)).await;
        let mut tx = database.read().await;
        let mut of_these = tx
            .unfolded_of(&[acme(), relationship("no", "events"), other.clone()], &ModelVersion::named(model))
            .await
            .unwrap();
        of_these.sort_unstable();
        assert_eq!(of_these, unfolded);
        assert_eq!(
            tx.count_folded(&ModelVersion::named(model)).await.unwrap(),
            (2 - i64::try_from(unfolded.len()).unwrap(), 2)
        );
        unfolded
    };
    assert_eq!(unfolded("model one").await, []);
    assert_eq!(unfolded("model two").await, [acme(), other.clone()]);
    save(&database, "model two", &[(&acme(), nothing())]).await;
    assert_eq!(unfolded("model one").await, [acme()]);
    assert_eq!(unfolded("model two").await, std::slice::from_ref(&other));
    let mut tx = database.write().await;
    folds::add(
        tx.as_mut(),
        &BTreeMap::from([(acme(), nothing()), (relationship("no", "events"), nothing())]),
        &ModelVersion::named("model one"),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(unfolded("model one").await, [], "without a new event, one that is added to is folded up to the last");
}

async fn the_unfolded_come_in_pages(database: Database) {
    let database = database.migrated().await;
    let known = [("Z", "a"), ("a", "y"), ("b", "x"), ("b", "y")].map(|(it, supplier)| relationship(it, supplier));
    for count in 1..=4 {
        let updates: Vec<Update> = known[..count].iter().map(|it| update(it, "2025-01-01")).collect();
        let mut tx = database.write().await;
        tx.save(&updates).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = database.write().await;
    folds::add(tx.as_mut(), &BTreeMap::from([(known[2].clone(), Change::default())]), &ModelVersion::named(MODEL))
        .await
        .unwrap();
    let (first, second, last) = ((known[0].clone(), 4), (known[1].clone(), 3), (known[3].clone(), 1));
    assert_eq!(tx.list_unfolded(&ModelVersion::named(MODEL), None, 2).await.unwrap(), [first, second.clone()]);
    assert_eq!(
        tx.list_unfolded(&ModelVersion::named(MODEL), Some(&known[0]), 9).await.unwrap(),
        [second, last.clone()]
    );
    assert_eq!(tx.list_unfolded(&ModelVersion::named(MODEL), Some(&relationship("b", "")), 9).await.unwrap(), [last]);
    assert_eq!(tx.list_unfolded(&ModelVersion::named(MODEL), Some(&known[3]), 9).await.unwrap(), []);
}

async fn states_come_in_the_order_asked_for(database: Database) {
    let database = database.migrated().await;
    let wanted = ["c", "none", "a", "b", "a"].map(|customer| relationship(customer, "bolt"));
    let of = |requests| change(Tally::default(), counts(&[(Counter::Requests, requests)]));
    save(&database, MODEL, &[(2, 1), (3, 2), (0, 3)].map(|(index, requests)| (&wanted[index], of(requests)))).await;
    let states = folds::states(database.read().await.as_mut(), &wanted, &ModelVersion::named(MODEL)).await.unwrap();
    let requests: Vec<i64> = states.iter().map(|state| state.counts.get(Counter::Requests)).collect();
    assert_eq!(requests, [3, 0, 1, 2, 1], "asking twice for one does not double it");
    assert_eq!(folds::states(database.read().await.as_mut(), &[], &ModelVersion::named(MODEL)).await.unwrap(), []);
}

async fn heads_know_the_last_write_and_the_latest_event(database: Database) {
    let database = database.migrated().await;
    for latest_at in ["2025-01-02", "2025-01-03", "2025-01-01"] {
        let mut tx = database.write().await;
        tx.save(&[update(&acme(), latest_at)]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let head = Head { relationship: acme(), revision: Revision::new(3), latest_at: at("2025-01-03"), events: 3 };
    assert_eq!(database.read().await.heads(&Selection::All).await.unwrap(), [head]);
}

async fn heads_are_selected_and_ordered(database: Database) {
    let database = database.migrated().await;
    let known = [("a", "y"), ("b", "x"), ("b", "y"), ("Z", "a")].map(|(it, supplier)| relationship(it, supplier));
    save(&database, MODEL, &known.each_ref().map(|it| (it, Change::default()))).await;
    let mut tx = database.read().await;
    let these = vec![known[2].clone(), relationship("none", "x"), known[0].clone()];
    for (selection, wanted) in [
        (Selection::All, vec![3, 0, 1, 2]),
        (Selection::Customer("b".to_owned()), vec![1, 2]),
        (Selection::Customer("y".to_owned()), vec![]),
        (Selection::Supplier("y".to_owned()), vec![0, 2]),
        (Selection::These(these), vec![0, 2]),
        (Selection::Parties { customers: vec!["b".to_owned()], suppliers: vec!["a".to_owned()] }, vec![3, 1, 2]),
        (Selection::Parties { customers: vec![], suppliers: vec!["x".to_owned(), "y".to_owned()] }, vec![0, 1, 2]),
        (Selection::Parties { customers: vec![], suppliers: vec![] }, vec![]),
        (Selection::These(vec![]), vec![]),
    ] {
        let heads = tx.heads(&selection).await.unwrap();
        let found: Vec<_> = heads.iter().map(|head| &head.relationship).collect();
        assert_eq!(found, wanted.iter().map(|&index: &usize| &known[index]).collect::<Vec<_>>(), "{selection:?}");
    }
}

async fn the_largest_sums_are_kept_exactly(database: Database) {
    let database = database.migrated().await;
    let state = State {
        tally: tally(&[
            (Channel::Timely, i32::MIN, [i64::MAX, i64::MIN, i64::MAX - 1, 1]),
            (Channel::Willingness, i32::MAX, [1, (1 << 53) + 1, -(1 << 53) - 1, i64::MIN + 1]),
        ]),
        counts: counts(&[(Counter::Requests, i64::MAX)]),
        flows: flows(&[(Flow::Exchange, "EUR", i32::MIN, [i64::MAX, i64::MIN])]),
        ..State::default()
    };
    let latest_at = Timestamp::MAX;
    let mut tx = database.write().await;
    tx.save(&[Update { relationship: acme(), latest_at, events: i64::MAX }]).await.unwrap();
    folds::add(tx.as_mut(), &BTreeMap::from([(acme(), state.clone().into())]), &ModelVersion::named(MODEL))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(database.state(&acme(), &ModelVersion::named(MODEL)).await, state);
    let heads = database.read().await.heads(&Selection::All).await.unwrap();
    assert_eq!(heads[0].latest_at, latest_at);
}
