//! What is folded from events: sums that are added to, states that replace, one set for each model.

use std::collections::BTreeMap;

use rapport::{
    counts::{Counter, Counts},
    event::{RefusalReason, Relationship, RequestKind, Tenant},
    flows::{Flow, Flows, Sum},
    interaction::Pending,
    model::Model,
    observation::Channel,
    store::{FoldUpdate, Head, Selection, Update},
    tally::{Cell, Change, State, Tally},
    time::{Day, Timestamp},
};

use crate::support::{
    backend::{Database, folded_and_stale, on_every_backend},
    events::{at, event, relationship, requested},
};

on_every_backend!(
    changes_add_up,
    a_whole_state_replaces_what_was_there,
    pending_interactions_are_set_and_removed,
    models_do_not_mix,
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
        tally.add(channel, Day(day), Cell { count, weight, value, square });
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
        flows.add(flow, currency, Day(day), Sum { count, amount });
    }
    flows
}

/// Something that waits, made at the given time.
fn pending(requested_at: &str) -> Pending {
    let request = event("acme", "bolt", "i", "1", at(requested_at), requested(RequestKind::Order));
    let state = State::fold([&request], &Model::default());
    state.pending["i"].clone()
}

fn update(relationship: &Relationship, latest_at: &str, fold: FoldUpdate) -> Update {
    Update { relationship: relationship.clone(), latest_at: at(latest_at), events: 1, fold }
}

fn change(tally: Tally, counts: Counts) -> FoldUpdate {
    FoldUpdate::Change(Change { tally, counts, ..Change::default() })
}

async fn save(database: &Database, model: &str, updates: &[Update]) {
    let mut tx = database.write().await;
    tx.save(updates, model).await.unwrap();
    tx.commit().await.unwrap();
}

async fn changes_add_up(database: Database) {
    let database = database.migrated().await;
    let first = tally(&[(Channel::Timely, -1, [1, 10, 5, 100]), (Channel::Trust, 20_000, [1, 7, 0, 49])]);
    let refusals = Counter::Refused(RefusalReason::NotNeeded);
    let first = change(first, counts(&[(Counter::Requests, 2), (refusals, 1)]));
    save(&database, MODEL, &[update(&acme(), "2025-01-01", first)]).await;
    let second = tally(&[(Channel::Timely, -1, [2, 1, 1, 1]), (Channel::Trust, 20_000, [-1, -7, 0, -49])]);
    let second = change(second, counts(&[(Counter::Requests, 3), (refusals, -1), (Counter::OnTime, 1)]));
    save(&database, MODEL, &[update(&acme(), "2025-01-02", second)]).await;
    for (day, count) in [(1, 2), (2, 1), (1, -2), (2, 3)] {
        let flows = flows(&[(Flow::Requests, "EUR", day, [count, 100 * count])]);
        let change = FoldUpdate::Change(Change { flows, ..Change::default() });
        save(&database, MODEL, &[update(&acme(), "2025-01-02", change)]).await;
    }
    // What sums to nothing is gone.
    let expected = State {
        tally: tally(&[(Channel::Timely, -1, [3, 11, 6, 101])]),
        counts: counts(&[(Counter::Requests, 5), (Counter::OnTime, 1)]),
        flows: flows(&[(Flow::Requests, "EUR", 2, [4, 400])]),
        ..State::default()
    };
    assert_eq!(database.state(&acme(), MODEL).await, expected);
}

async fn a_whole_state_replaces_what_was_there(database: Database) {
    let database = database.migrated().await;
    let other = relationship("acme", "brace");
    let old = State {
        tally: tally(&[(Channel::Timely, 1, [1, 10, 5, 100]), (Channel::Vision, 1, [1, 10, 5, 100])]),
        counts: counts(&[(Counter::Requests, 2), (Counter::Withdrawn, 1)]),
        flows: flows(&[(Flow::Requests, "EUR", 1, [2, 700]), (Flow::Referrals, "", 2, [1, 0])]),
        pending: BTreeMap::from([("i".to_owned(), pending("2025-01-01")), ("j".to_owned(), pending("2025-01-02"))]),
    };
    let whole = |relationship: &_, state: &State| update(relationship, "2025-01-01", FoldUpdate::Whole(state.clone()));
    save(&database, MODEL, &[whole(&acme(), &old), whole(&other, &old)]).await;
    let new = State {
        tally: tally(&[(Channel::Timely, 1, [1, 1, 1, 1])]),
        counts: counts(&[(Counter::Requests, 1)]),
        flows: flows(&[(Flow::Requests, "USD", 1, [1, 1])]),
        pending: BTreeMap::from([("j".to_owned(), pending("2025-01-03"))]),
    };
    save(&database, MODEL, &[whole(&acme(), &new)]).await;
    assert_eq!(database.state(&acme(), MODEL).await, new);
    assert_eq!(database.state(&other, MODEL).await, old, "what was not named stays");
    save(&database, MODEL, &[whole(&acme(), &State::default())]).await;
    assert_eq!(database.state(&acme(), MODEL).await, State::default());
}

async fn pending_interactions_are_set_and_removed(database: Database) {
    let database = database.migrated().await;
    let other = relationship("acme", "brace");
    let set = |changes: &[(&str, Option<Pending>)]| {
        let pending = changes.iter().map(|(id, pending)| ((*id).to_owned(), pending.clone())).collect();
        FoldUpdate::Change(Change { pending, ..Change::default() })
    };
    let (one, two) = (pending("2025-01-01"), pending("2025-01-02"));
    let both = set(&[("i", Some(one.clone())), ("j", Some(one.clone()))]);
    save(&database, MODEL, &[update(&acme(), "2025-01-01", both.clone()), update(&other, "2025-01-01", both)]).await;
    let changes = set(&[("i", None), ("j", Some(two.clone())), ("never there", None)]);
    save(&database, MODEL, &[update(&acme(), "2025-01-02", changes)]).await;
    assert_eq!(database.state(&acme(), MODEL).await.pending, BTreeMap::from([("j".to_owned(), two)]));
    let untouched = BTreeMap::from([("i".to_owned(), one.clone()), ("j".to_owned(), one)]);
    assert_eq!(database.state(&other, MODEL).await.pending, untouched);
}

async fn models_do_not_mix(database: Database) {
    let database = database.migrated().await;
    let of = |value| State {
        tally: tally(&[(Channel::Prompt, 3, [1, value, value, value])]),
        counts: counts(&[(Counter::Requests, value)]),
        flows: flows(&[(Flow::Exchange, "EUR", 1, [value, value])]),
        pending: BTreeMap::from([("i".to_owned(), pending("2025-01-01"))]),
    };
    for (model, value) in [("model one", 1), ("model two", 2), ("model one", 3)] {
        save(&database, model, &[update(&acme(), "2025-01-01", FoldUpdate::Whole(of(value)))]).await;
    }
    assert_eq!(database.state(&acme(), "model one").await, of(3));
    assert_eq!(database.state(&acme(), "model two").await, of(2));
    assert_eq!(database.state(&acme(), "model three").await, State::default());
    let store = database.store.as_ref();
    assert_eq!(folded_and_stale(store, &Tenant::default(), "model one").await, (vec![acme()], vec![]));
    assert_eq!(folded_and_stale(store, &Tenant::default(), "model two").await, (vec![], vec![acme()]));
    assert_eq!(folded_and_stale(store, &Tenant::default(), "model three").await, (vec![], vec![acme()]));
}

async fn states_come_in_the_order_asked_for(database: Database) {
    let database = database.migrated().await;
    let wanted = ["c", "none", "a", "b", "a"].map(|customer| relationship(customer, "bolt"));
    let of = |requests| change(Tally::default(), counts(&[(Counter::Requests, requests)]));
    let updates: Vec<Update> =
        [(2, 1), (3, 2), (0, 3)].map(|(index, requests)| update(&wanted[index], "2025-01-01", of(requests))).into();
    save(&database, MODEL, &updates).await;
    let states = database.read().await.states(&wanted, MODEL).await.unwrap();
    let requests: Vec<i64> = states.iter().map(|state| state.counts.get(Counter::Requests)).collect();
    assert_eq!(requests, [3, 0, 1, 2, 1], "asking twice for one does not double it");
    assert_eq!(database.read().await.states(&[], MODEL).await.unwrap(), []);
}

async fn heads_know_the_last_write_and_the_latest_event(database: Database) {
    let database = database.migrated().await;
    let nothing = || change(Tally::default(), Counts::default());
    for (latest_at, model) in [("2025-01-02", "model one"), ("2025-01-03", "model two"), ("2025-01-01", "model two")] {
        save(&database, model, &[update(&acme(), latest_at, nothing())]).await;
    }
    let mut tx = database.read().await;
    for (model, folded) in [("model one", Some(1)), ("model two", Some(3)), ("model three", None)] {
        let head = Head { relationship: acme(), revision: 3, latest_at: at("2025-01-03"), folded };
        assert_eq!(head.is_folded(), model == "model two");
        assert_eq!(tx.heads(&Selection::All, model).await.unwrap(), [head]);
    }
}

async fn heads_are_selected_and_ordered(database: Database) {
    let database = database.migrated().await;
    let known = [("a", "y"), ("b", "x"), ("b", "y"), ("Z", "a")].map(|(it, supplier)| relationship(it, supplier));
    let nothing = || change(Tally::default(), Counts::default());
    let updates: Vec<Update> = known.iter().map(|it| update(it, "2025-01-01", nothing())).collect();
    save(&database, MODEL, &updates).await;
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
        let heads = tx.heads(&selection, MODEL).await.unwrap();
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
    let fold = FoldUpdate::Whole(state.clone());
    save(&database, MODEL, &[Update { relationship: acme(), latest_at, events: i64::MAX, fold }]).await;
    assert_eq!(database.state(&acme(), MODEL).await, state);
    let heads = database.read().await.heads(&Selection::All, MODEL).await.unwrap();
    assert_eq!(heads[0].latest_at, latest_at);
}
