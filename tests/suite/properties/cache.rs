//! What is read from memory is what is read from the store, to the last digit.

use std::sync::Arc;

use rapport::{
    cache::{CONFIRMED_FOR, Caches},
    event::{RequestKind, Tenant},
    ledger::Ledger,
    model::Model,
    models::Models,
    reader::{Moment, PartyFilter, Reader},
    store::{Revision, Selection, Store},
    time::Timestamp,
};

use super::{
    check_stored,
    ledger::{ON_POSTGRES, ON_SQLITE, arriving, assert_holds, record_one},
};
use crate::support::{
    backend::{Database, recorded_at},
    events::{at, event, requested},
    histories::relationships,
};

/// Room for everything.
const PLENTY: usize = 64 << 20;

/// A process of its own that writes and reads.
struct Process {
    caches: Arc<Caches>,
    ledger: Ledger,
    reader: Reader,
}

impl Process {
    fn on(store: &Arc<dyn Store>, most_bytes: usize) -> Self {
        let models = Arc::new(Models::new(Model::default()));
        let caches = Arc::new(Caches::new(store.clone(), models.clone(), most_bytes));
        Self {
            ledger: Ledger::new(store.clone(), models.clone()).with_caches(caches.clone()),
            reader: Reader::new(store.clone(), models).with_caches(caches.clone()),
            caches,
        }
    }
}

/// Fails unless the process reads what is stored, at a moment and once everything is over.
async fn assert_reads_what_is_stored(process: &Process, store: &Arc<dyn Store>, tenant: &Tenant, as_of: Timestamp) {
    let plain = Reader::new(store.clone(), Arc::new(Models::new(Model::default())));
    let at_least = plain.revision(tenant).await.unwrap();
    let (all, anyone, these) = (Selection::All, PartyFilter::ANYONE, relationships());
    // Twice over: what was found out is kept, from one moment to the next and from one day to another.
    for as_of in [as_of, recorded_at(), as_of, recorded_at(), recorded_at()] {
        let moment = Moment { at_least, ..as_of.into() };
        let (reader, expected) = (&process.reader, plain.scores(tenant, &these, moment).await.unwrap());
        assert_eq!(reader.scores(tenant, &these, moment).await.unwrap(), expected);
        let figures = plain.figures(tenant, &these, moment).await.unwrap();
        assert_eq!(reader.figures(tenant, &these, moment).await.unwrap(), figures);
        let customer = Selection::Customer(these[0].customer.clone());
        let supplier = Selection::Supplier(these[0].supplier.clone());
        for selection in [&all, &customer, &supplier, &Selection::These(these.to_vec())] {
            for since in [0, at_least / 2, at_least] {
                let expected = plain.select(tenant, selection, &anyone, since, moment).await.unwrap();
                assert_eq!(reader.select(tenant, selection, &anyone, since, moment).await.unwrap(), expected);
            }
        }
    }
}

#[test]
fn memory_says_what_the_store_says_whoever_has_written() {
    for (database, cases) in [(Database::sqlite as fn() -> _, ON_SQLITE), (Database::postgres, ON_POSTGRES)] {
        check_stored(database, cases, arriving(), &async |tenants, (events, batches, as_of)| {
            let (store, tenant) = (tenants.store, tenants.next());
            let processes = [Process::on(store, PLENTY), Process::on(store, PLENTY)];
            for (place, batch) in batches.iter().enumerate() {
                record_one(&processes[place / 2 % 2].ledger, &tenant, batch).await;
                assert_reads_what_is_stored(&processes[place % 2], store, &tenant, as_of).await;
            }
            for process in &processes {
                assert_reads_what_is_stored(process, store, &tenant, as_of).await;
                assert!(process.caches.usage().hits > 0, "nothing was read from memory");
            }
            // What each wrote began from what it had in memory.
            assert_holds(store, &tenant, &Model::default(), &events, as_of).await;
        });
    }
}

#[test]
fn what_does_not_fit_into_memory_is_read_from_the_store() {
    check_stored(Database::sqlite, 16, arriving(), &async |tenants, (_, batches, as_of)| {
        let (store, tenant) = (tenants.store, tenants.next());
        // Nothing fits, only what is stored fits, and everything.
        for most_bytes in [0, 2_000, 4_000, PLENTY] {
            let process = Process::on(store, most_bytes);
            for batch in &batches {
                record_one(&process.ledger, &tenant, batch).await;
                assert_reads_what_is_stored(&process, store, &tenant, as_of).await;
                // What the last read found out counts with the next.
                let _ = process.caches.at_hand(&tenant, 0);
                assert!(process.caches.usage().bytes <= most_bytes);
            }
        }
    });
}

/// Compared with a database in which nothing has changed, a snapshot is as good as new.
#[tokio::test]
async fn nobody_waits_again_for_what_was_just_confirmed() {
    let database = Database::sqlite().migrated().await;
    let tenant = Tenant::default();
    let Process { caches, ledger, .. } = Process::on(&database.store, PLENTY);
    let event = event("Acme", "Bolt", "e1", "i1", at("2025-01-05"), requested(RequestKind::Quote));
    record_one(&ledger, &tenant, &[event]).await;
    // Each try is itself bound by the time that a confirmation holds: one without a stall is enough.
    for _ in 0..10 {
        caches.at_least(&tenant, 0).await.unwrap();
        tokio::time::pause();
        tokio::time::advance(CONFIRMED_FOR).await;
        tokio::time::resume();
        assert!(caches.at_hand(&tenant, 0).is_none());
        caches.at_least(&tenant, 0).await.unwrap();
        if caches.at_hand(&tenant, 0).is_some() {
            return;
        }
    }
    panic!("confirmed, and yet to be confirmed");
}

#[test]
fn an_old_image_is_as_good_as_none_where_a_read_asks_for_more() {
    check_stored(Database::sqlite, 16, arriving(), &async |tenants, (_, batches, _)| {
        let (store, tenant) = (tenants.store, tenants.next());
        let [here, there] = [Process::on(store, PLENTY), Process::on(store, PLENTY)];
        let mut revision: Revision = 0;
        for batch in &batches {
            let recorded = there.ledger.record(&tenant, batch, recorded_at()).await.unwrap();
            let moment = Moment { at_least: recorded.revision, ..recorded_at().into() };
            let read = here.reader.figures(&tenant, &relationships(), moment).await.unwrap();
            assert!(read.revision >= recorded.revision && read.revision >= revision);
            revision = read.revision;
        }
    });
}
