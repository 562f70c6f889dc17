//! A new model takes the place of the old one while events go on arriving, processes end, and others change their mind:
//! every score comes wholly from one model, and in the end all of history is scored by the new one.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*};
use rapport::{
    event::{Event, Tenant},
    ledger::Ledger,
    model::Model,
    models::Models,
    reader::Reader,
    rebuild::{Rebuild, STEP_RELATIONSHIPS, Step},
    store::{InUse, Store},
    tally::State,
    time::Timestamp,
};

use super::{
    Tenants, check_stored,
    ledger::{Arriving, ON_POSTGRES, ON_SQLITE, arriving, assert_holds, assert_reads, record_one},
};
use crate::support::{
    backend::{Database, recorded_state, verified},
    histories::relationships,
};

/// Another model: an answer is due at other times, and counts for something else.
fn other_model() -> Model {
    let file = "[reply]\nlapse_after = 2.5\nprompt_half_life = 1.5\n[requests.order]\nanswer_within_hours = 7\n\
                [willingness]\npartial = 0.1\n[channels.trust]\nprior = 0.8";
    Model::parse(file).expect("the model is valid")
}

#[derive(Clone, Copy, Debug)]
enum Move {
    /// The next batch arrives.
    Record,
    /// The rebuild takes a step of one relationship.
    Step,
    /// Another process with the new model is started, which may be in place of the first.
    Restart,
    /// The process with the old model is started anew.
    Withdraw,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        5 => Just(Move::Record), 6 => Just(Move::Step), 1 => Just(Move::Restart), 1 => Just(Move::Withdraw)
    ];
    vec(one, 0..20)
}

/// A process: a model, and what works under it.
struct Process {
    models: Arc<Models>,
    ledger: Ledger,
    reader: Reader,
}

impl Process {
    fn new(store: &Arc<dyn Store>, model: Model) -> Self {
        let models = Arc::new(Models::new(model));
        let ledger = Ledger::new(store.clone(), models.clone());
        Self { ledger, reader: Reader::new(store.clone(), models.clone()), models }
    }

    async fn start(&self, store: &Arc<dyn Store>, tenant: &Tenant) -> Rebuild {
        Rebuild::announce(store.clone(), self.models.clone(), tenant.clone()).await.unwrap()
    }
}

/// Fails unless both processes read exactly what the live model makes of the events.
async fn assert_both_read(
    store: &Arc<dyn Store>,
    processes: [&Process; 2],
    tenant: &Tenant,
    events: &[Event],
    as_of: Timestamp,
) {
    let live = store.read(tenant).await.unwrap().in_use().live.clone().expect("a model is live");
    let given = processes.map(|process| process.models.given());
    let live = given.into_iter().find(|it| it.version == live).expect("one of the two");
    for process in processes {
        assert_reads(&process.reader, tenant, &live.model, events, as_of).await;
    }
    let verified = verified(store, tenant, false).await;
    assert_eq!((verified.left, verified.events), (vec![], events.len()));
}

/// Arrivals repeat events.
fn once_each(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_unstable_by(|a, b| a.identity.cmp(&b.identity));
    events.dedup();
    events
}

async fn models_never_mix(tenants: Tenants<'_>, case: (Arriving, usize, Vec<Move>)) {
    let ((events, batches, as_of), before, moves) = case;
    let (store, tenant) = (tenants.store, tenants.next());
    let (old, new) = (Process::new(store, Model::default()), Process::new(store, other_model()));
    let (before, after) = batches.split_at(before.min(batches.len()));
    for batch in before {
        record_one(&old.ledger, &tenant, batch).await;
    }
    let (mut so_far, mut batches) = (once_each(before.concat()), after.iter());
    let mut rebuild = new.start(store, &tenant).await;
    for (number, it) in moves.into_iter().enumerate() {
        match it {
            Move::Record => {
                let Some(batch) = batches.next() else { continue };
                let process = if number % 2 == 0 { &old } else { &new };
                record_one(&process.ledger, &tenant, batch).await;
                so_far = once_each([so_far, batch.clone()].concat());
            }
            Move::Step => drop(rebuild.step(1).await.unwrap()),
            Move::Restart => {
                let started = new.start(store, &tenant).await;
                rebuild = if number % 2 == 0 { started } else { rebuild };
            }
            Move::Withdraw => {
                old.start(store, &tenant).await;
                assert_eq!(rebuild.step(1).await.unwrap(), Step::Overruled);
            }
        }
        assert_both_read(store, [&old, &new], &tenant, &so_far, as_of).await;
    }
    for batch in batches {
        record_one(&old.ledger, &tenant, batch).await;
    }
    let mut rebuild = new.start(store, &tenant).await;
    while rebuild.step(STEP_RELATIONSHIPS).await.unwrap() != Step::Done {
        assert_both_read(store, [&old, &new], &tenant, &events, as_of).await;
    }
    let (model, version) = (&new.models.given().model, new.models.given().version.clone());
    let in_use = store.read(&tenant).await.unwrap().in_use().clone();
    assert_eq!(in_use, InUse { live: Some(version), building: None });
    assert_holds(store, &tenant, model, &events, as_of).await;
    for relationship in relationships() {
        let left = recorded_state(store.as_ref(), &tenant, &relationship, &old.models.given().version).await;
        assert_eq!(left, State::default(), "what the old model left behind is removed");
    }
}

#[test]
fn models_never_mix_on_sqlite() {
    check_stored(Database::sqlite, ON_SQLITE, (arriving(), 0..9_usize, moves()), &models_never_mix);
}

#[test]
fn models_never_mix_on_postgres() {
    check_stored(Database::postgres, ON_POSTGRES, (arriving(), 0..9_usize, moves()), &models_never_mix);
}
