//! A score is a function of the events alone: not of their order, their batches, their repetitions, nor of the store.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{prelude::*, sample::Index};
use rapport::{
    event::{Event, Tenant},
    ledger::{Ledger, Limits, Outcome, Queue, Submission},
    model::Model,
    models::Models,
    reader::{PartyFilter, Reader, Surroundings},
    replay,
    score::{Neighbours, score},
    store::{Revision, Selection, Store},
    tally::State,
    time::{Clock, Timestamp},
};

use super::{Tenants, added_up, assert_sound, check, check_stored};
use crate::support::{
    backend::{Database, recorded_at, recorded_state},
    events::retraction_of,
    histories::{alone, arrivals, disputed_histories, histories, moments, relationships, standing},
};

/// How many histories a file takes in the time that is worth waiting for; a server takes fewer.
pub(super) const ON_SQLITE: u32 = 48;
pub(super) const ON_POSTGRES: u32 = 16;

/// A history, a way in which it arrives, and a moment to look at it.
pub(super) type Arriving = (Vec<Event>, Vec<Vec<Event>>, Timestamp);

pub(super) fn arriving() -> impl Strategy<Value = Arriving> {
    (disputed_histories(), moments())
        .prop_flat_map(|(events, as_of)| (Just(events.clone()), arrivals(events), Just(as_of)))
}

/// Two instances write by turns, so that each has something to catch up with.
async fn record(store: &Arc<dyn Store>, tenant: &Tenant, model: &Model, batches: &[Vec<Event>]) {
    let ledger = || Ledger::new(store.clone(), Arc::new(Models::new(model.clone())));
    let ledgers = [ledger(), ledger()];
    for (turn, batch) in batches.iter().enumerate() {
        record_one(&ledgers[turn % 2], tenant, batch).await;
    }
}

pub(super) async fn record_one(ledger: &Ledger, tenant: &Tenant, batch: &[Event]) {
    let recorded = ledger.record(tenant, batch, recorded_at()).await.unwrap();
    for outcome in recorded.outcomes {
        assert!(matches!(outcome, Outcome::Recorded { .. } | Outcome::Duplicate), "{outcome:?}");
    }
}

/// Fails unless the store holds exactly what `events` add up to, and the reader reads exactly that, at the end and at
/// `as_of`.
pub(super) async fn assert_holds(
    store: &Arc<dyn Store>,
    tenant: &Tenant,
    model: &Model,
    events: &[Event],
    as_of: Timestamp,
) {
    for relationship in relationships() {
        let expected = of_relationship(events, &relationship, model, Timestamp::MAX);
        assert_eq!(recorded_state(store.as_ref(), tenant, &relationship, &model.version()).await, expected);
    }
    let reader = Reader::new(store.clone(), Arc::new(Models::new(model.clone())));
    assert_reads(&reader, tenant, model, events, as_of).await;
}

pub(super) async fn assert_reads(reader: &Reader, tenant: &Tenant, model: &Model, events: &[Event], as_of: Timestamp) {
    let latest = events.iter().map(|event| event.occurred_at).max().unwrap_or(as_of);
    for moment in [as_of, latest, recorded_at()] {
        let read = reader.scores(tenant, &relationships(), moment).await.unwrap();
        assert_eq!(read.model_version, model.version());
        let states = relationships().map(|it| (it.clone(), of_relationship(events, &it, model, moment)));
        let around = Surroundings::new(BTreeMap::from(states), &relationships(), moment, model);
        for it in read.value {
            // All digits: what is printed differs wherever a bit does.
            let expected = score(&around.known(&it.relationship).unwrap(), moment, model);
            assert_eq!(format!("{:?}", it.scores), format!("{expected:?}"));
        }
    }
}

/// What the events of one relationship that occurred by `as_of` add up to.
pub(super) fn of_relationship(
    events: &[Event],
    relationship: &rapport::event::Relationship,
    model: &Model,
    as_of: Timestamp,
) -> State {
    let mut counted = standing(events);
    counted.retain(|event| event.relationship() == relationship && event.occurred_at <= as_of);
    added_up(&counted, model)
}

#[test]
fn a_fold_is_the_sum_of_its_interactions() {
    check(128, &(disputed_histories(), moments()), |(events, as_of)| {
        let model = Model::default();
        for relationship in relationships() {
            let mut counted = standing(&events);
            counted.retain(|event| *event.relationship() == relationship);
            let expected = added_up(&counted, &model);
            assert_eq!(State::fold(counted.iter().copied(), &model), expected);
            counted.reverse();
            assert_eq!(State::fold(counted, &model), expected);
            // Bounds hold at any moment, even before the events.
            assert_sound(&alone(&expected, as_of, &model));
        }
    });
}

async fn any_arrival_leads_to_the_same(tenants: Tenants<'_>, case: Arriving) {
    let (events, batches, as_of) = case;
    let (store, tenant, model) = (tenants.store, tenants.next(), Model::default());
    record(store, &tenant, &model, &batches).await;
    assert_holds(store, &tenant, &model, &events, as_of).await;
    // Replayed from what the store holds, too.
    let recorded = store.read(&tenant).await.unwrap().events(&relationships()).await.unwrap();
    assert_eq!(recorded.len(), events.len());
    for (relationship, state) in replay::fold_each(&recorded, &model) {
        assert_eq!(state, of_relationship(&events, &relationship, &model, Timestamp::MAX));
    }
}

#[test]
fn any_arrival_leads_to_the_same_on_sqlite() {
    check_stored(Database::sqlite, ON_SQLITE, arriving(), &any_arrival_leads_to_the_same);
}

#[test]
fn any_arrival_leads_to_the_same_on_postgres() {
    check_stored(Database::postgres, ON_POSTGRES, arriving(), &any_arrival_leads_to_the_same);
}

/// Callers that come all at once are served as if they had come one after the other.
async fn concurrent_callers_lead_to_the_same(tenants: Tenants<'_>, case: Arriving) {
    let (events, batches, as_of) = case;
    let (store, tenant, model) = (tenants.store, tenants.next(), Model::default());
    let ledger = Ledger::new(store.clone(), Arc::new(Models::new(model.clone())));
    let queue = Queue::new(ledger, Arc::new(StoppedClock), Limits { group: 5, ..Limits::DEFAULT });
    let put = async |events: Vec<Event>| {
        queue
            .put(&tenant, Submission { bytes: events.len(), events, ..Submission::default() })
            .await
            .settled()
            .await
            .unwrap()
    };
    let settled = futures::future::join_all(batches.into_iter().map(put)).await;
    let outcomes: Vec<Outcome> = settled.into_iter().flat_map(|it| it.outcomes).collect();
    let new = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Recorded { .. })).count();
    let known = outcomes.iter().filter(|outcome| **outcome == Outcome::Duplicate).count();
    assert_eq!((new, new + known), (events.len(), outcomes.len()));
    assert_holds(store, &tenant, &model, &events, as_of).await;
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        recorded_at()
    }
}

#[test]
fn concurrent_callers_lead_to_the_same_on_sqlite() {
    check_stored(Database::sqlite, ON_SQLITE, arriving(), &concurrent_callers_lead_to_the_same);
}

#[test]
fn concurrent_callers_lead_to_the_same_on_postgres() {
    check_stored(Database::postgres, ON_POSTGRES, arriving(), &concurrent_callers_lead_to_the_same);
}

/// A history, one event of it, and a way in which all of it and the retraction of that event arrive.
fn regretted() -> impl Strategy<Value = (Vec<Event>, usize, Vec<Vec<Event>>, Timestamp)> {
    let with_one = histories().prop_filter("needs an event", |events| !events.is_empty());
    (with_one, any::<Index>(), 0..700_i64, moments()).prop_flat_map(|(events, index, days, as_of)| {
        let index = index.index(events.len());
        let at = events[0].occurred_at.plus(days * rapport::time::DAY);
        let all = [events.clone(), vec![retraction_of(&events[index], "r", at)]].concat();
        (Just(events), Just(index), arrivals(all), Just(as_of))
    })
}

#[test]
fn a_state_is_what_it_was_packed_from() {
    check(256, &disputed_histories(), |events| {
        let state = State::fold(standing(&events), &Model::default());
        let packed = state.pack();
        assert_eq!(State::unpack(&packed), Ok(state));
        // Whatever is cut off or changed is either another state or none; nothing panics.
        for place in 0..packed.len() {
            assert_ne!(State::unpack(&packed[..place]).map(|it| it.pack()), Ok(packed.clone()));
            let mut other = packed.clone();
            other[place] ^= 0x55;
            let _ = State::unpack(&other);
        }
    });
}

#[test]
fn what_is_retracted_never_was() {
    check_stored(Database::sqlite, ON_SQLITE, regretted(), &async |tenants, (mut events, index, batches, as_of)| {
        let (store, model) = (tenants.store, Model::default());
        let (with, without) = (tenants.next(), tenants.next());
        record(store, &with, &model, &batches).await;
        events.remove(index);
        record(store, &without, &model, &[events.clone()]).await;
        assert_holds(store, &with, &model, &events, as_of).await;
        assert_holds(store, &without, &model, &events, as_of).await;
    });
}

#[test]
fn a_relationship_asked_for_twice_scores_as_once() {
    check_stored(Database::sqlite, 16, (histories(), moments()), &async |tenants, (events, as_of)| {
        let (store, tenant, model) = (tenants.store, tenants.next(), Model::default());
        record(store, &tenant, &model, &[events]).await;
        let reader = Reader::new(store.clone(), Arc::new(Models::new(model)));
        for moment in [as_of, recorded_at()] {
            let all = reader
                .select(&tenant, &Selection::All, &PartyFilter::ANYONE, Revision::ZERO, moment)
                .await
                .unwrap()
                .value;
            for (relationship, figures) in all {
                let wanted = [relationship.clone(), relationship];
                let read = reader.figures(&tenant, &wanted, moment).await.unwrap().value;
                assert_eq!(read.into_iter().map(|it| it.figures).collect::<Vec<_>>(), [figures.clone(), figures]);
            }
        }
    });
}
