//! What is read from memory is what is read from the store, to the last digit.

use std::sync::Arc;

use proptest::prelude::*;
use rapport::{
    cache::{CONFIRMED_FOR, Caches},
    event::{PartyRole, Relationship, RequestKind, Tenant},
    ledger::Ledger,
    model::Model,
    models::Models,
    party::Party,
    reader::{Moment, PartyFilter, Reach, Reader, RollupQuery},
    score::{Lens, Lives},
    store::{Revision, Selection, Store},
    time::Timestamp,
};

use super::{
    check_stored,
    ledger::{ON_POSTGRES, ON_SQLITE, arriving, assert_holds, record_one},
};
use crate::support::{
    backend::{Database, recorded_at},
    counting::Counting,
    events::{at, event, requested},
    histories::relationships,
    parties::{party, registry},
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

/// A reader that has no memory.
fn forgetful(store: &Arc<dyn Store>) -> Reader {
    Reader::new(store.clone(), Arc::new(Models::new(Model::default())))
}

/// What is known about the parties of the histories: bolt and brace belong to a group, and are of one kind.
fn parties() -> Vec<Party> {
    let fasteners = |party| Party { category: Some("fasteners".to_owned()), ..party };
    vec![fasteners(party("bolt", "group")), fasteners(party("brace", "group")), party("group", ""), party("acme", "")]
}

fn filters() -> [PartyFilter; 4] {
    let (parent, category) = (|| Some("group".to_owned()), || Some("fasteners".to_owned()));
    let role = PartyRole::Customer;
    [
        PartyFilter::ANYONE,
        PartyFilter { parent: parent(), ..PartyFilter::ANYONE },
        PartyFilter { category: category(), ..PartyFilter::ANYONE },
        PartyFilter { role, parent: parent(), category: category() },
    ]
}

fn rollups() -> Vec<RollupQuery> {
    let mut queries = Vec::new();
    for role in [PartyRole::Customer, PartyRole::Supplier] {
        for (party, counterparty) in [("group", None), ("bolt", None), ("acme", Some("group")), ("group", Some("acme"))]
        {
            let (party, counterparty) = (party.to_owned(), counterparty.map(str::to_owned));
            queries.push(RollupQuery {
                party,
                role,
                counterparty,
                lens: Lens::ValueExchanged,
                currency: None,
                include: Lives::ACTIVE,
            });
        }
    }
    queries
}

fn selections() -> [Selection; 5] {
    let these = relationships();
    let (customers, suppliers) = (vec!["bolt".to_owned()], vec!["brace".to_owned(), "bolt".to_owned()]);
    [
        Selection::All,
        Selection::Customer(these[0].customer.clone()),
        Selection::Supplier(these[0].supplier.clone()),
        Selection::Parties { customers, suppliers },
        Selection::These(these.to_vec()),
    ]
}

/// Fails unless both readers say the same of all that can be read. What is printed differs wherever a bit does.
macro_rules! assert_same {
    ($a:expr, $b:expr, |$reader:ident| $read:expr) => {{
        let [a, b] = [
            {
                let $reader = $a;
                $read.await.unwrap()
            },
            {
                let $reader = $b;
                $read.await.unwrap()
            },
        ];
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
    }};
}

/// Fails unless the process reads what is stored, at a moment and once everything is over.
async fn assert_reads_what_is_stored(process: &Process, store: &Arc<dyn Store>, tenant: &Tenant, as_of: Timestamp) {
    let plain = &forgetful(store);
    let at_least = plain.revision(tenant).await.unwrap();
    let (reader, these) = (&process.reader, &relationships());
    // Twice over: what was found out is kept, from one moment to the next and from one day to another.
    for as_of in [as_of, recorded_at(), as_of, recorded_at(), recorded_at()] {
        let moment = Moment { at_least, ..as_of.into() };
        assert_same!(reader, plain, |it| it.scores(tenant, these, moment));
        assert_same!(reader, plain, |it| it.figures(tenant, these, moment));
        for selection in &selections() {
            for since in [Revision::ZERO, at_least.back(at_least.number() / 2), at_least] {
                assert_same!(reader, plain, |it| it.select(tenant, selection, &PartyFilter::ANYONE, since, moment));
            }
        }
    }
}

/// As [`assert_reads_what_is_stored`], of everything that can be read at a moment.
async fn assert_reads_all_that_is_stored(process: &Process, store: &Arc<dyn Store>, tenant: &Tenant, as_of: Timestamp) {
    let plain = &forgetful(store);
    let at_least = plain.revision(tenant).await.unwrap();
    let (reader, these) = (&process.reader, &relationships());
    let stranger = Relationship { customer: "nobody".to_owned(), supplier: these[0].supplier.clone() };
    let moment = Moment { at_least, ..as_of.into() };
    assert_same!(reader, plain, |it| it.standings(tenant, these, moment));
    assert_same!(reader, plain, |it| it.coverage(tenant, moment));
    for selection in &selections() {
        for filter in &filters() {
            assert_same!(reader, plain, |it| it.select(tenant, selection, filter, Revision::ZERO, moment));
        }
    }
    for query in &rollups() {
        assert_same!(reader, plain, |it| it.rollup(tenant, query, moment));
    }
    let reach = Reach { depth: 3, width: 2 };
    for relationship in these.iter().chain([&stranger]) {
        assert_same!(reader, plain, |it| it.chain(tenant, relationship, reach, moment));
        assert_same!(reader, plain, |it| it.value_at_risk(tenant, relationship, moment));
        assert_same!(reader, plain, |it| it.explain(tenant, relationship, moment, 5));
    }
}

#[test]
fn everything_read_from_memory_is_what_is_read_from_the_store() {
    for (database, cases) in [(Database::sqlite as fn() -> _, ON_SQLITE), (Database::postgres, ON_POSTGRES)] {
        check_stored(database, cases, (arriving(), any::<bool>()), &async |tenants, ((_, batches, as_of), early)| {
            let (store, tenant) = (tenants.store, tenants.next());
            let processes = [Process::on(store, PLENTY), Process::on(store, PLENTY)];
            let registry = registry(store.clone());
            for (place, batch) in batches.iter().enumerate() {
                if (place == 0) == early {
                    registry.upsert(&tenant, &parties()).await.unwrap();
                }
                record_one(&processes[place % 2].ledger, &tenant, batch).await;
            }
            for moment in [recorded_at(), as_of] {
                for process in &processes {
                    assert_reads_all_that_is_stored(process, store, &tenant, moment).await;
                    assert!(process.caches.usage().hits > 0, "nothing was read from memory");
                }
            }
        });
    }
}

/// What a page asks for over and over costs the database nothing, or, where parties or events are read too, one read.
#[test]
fn the_present_is_read_without_the_database() {
    check_stored(Database::sqlite, 8, arriving(), &async |tenants, (_, batches, _)| {
        let (counting, tenant) = (Counting::on(tenants.store.clone()), tenants.next());
        let store: Arc<dyn Store> = counting.clone();
        let Process { ledger, reader, caches } = Process::on(&store, PLENTY);
        registry(store.clone()).upsert(&tenant, &parties()).await.unwrap();
        for batch in &batches {
            record_one(&ledger, &tenant, batch).await;
        }
        let (these, now) = (&relationships(), recorded_at());
        let [relationship, ..] = these;
        let reach = Reach { depth: 3, width: 3 };
        // One try without a stall is enough: whatever was confirmed a second ago is compared with the database again.
        let mut reads = Vec::new();
        for _ in 0..10 {
            let revision = reader.revision(&tenant).await.unwrap();
            caches.at_least(&tenant, revision).await.unwrap();
            counting.reads();
            reader.scores(&tenant, these, now).await.unwrap();
            reader.figures(&tenant, these, now).await.unwrap();
            reader.standings(&tenant, these, now).await.unwrap();
            reader.select(&tenant, &Selection::All, &PartyFilter::ANYONE, Revision::ZERO, now).await.unwrap();
            reader.chain(&tenant, relationship, reach, now).await.unwrap();
            reader.value_at_risk(&tenant, relationship, now).await.unwrap();
            reader.coverage(&tenant, now).await.unwrap();
            let without = counting.reads();
            reader.rollup(&tenant, &rollups()[0], now).await.unwrap();
            let rollup = counting.reads();
            reader.explain(&tenant, relationship, now, 5).await.unwrap();
            let explanation = counting.reads();
            reader.select(&tenant, &Selection::All, &filters()[1], Revision::ZERO, now).await.unwrap();
            reads = vec![without, rollup, explanation, counting.reads()];
            if reads == [0, 1, 1, 1] {
                return;
            }
        }
        panic!("the database was read {reads:?} times");
    });
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
                let _ = process.caches.at_hand(&tenant, Revision::ZERO);
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
        caches.at_least(&tenant, Revision::ZERO).await.unwrap();
        tokio::time::pause();
        tokio::time::advance(CONFIRMED_FOR).await;
        tokio::time::resume();
        assert!(caches.at_hand(&tenant, Revision::ZERO).is_none());
        caches.at_least(&tenant, Revision::ZERO).await.unwrap();
        if caches.at_hand(&tenant, Revision::ZERO).is_some() {
            return;
        }
    }
    panic!("confirmed, and yet to be confirmed");
}

#[test]
fn an_old_snapshot_is_as_good_as_none_where_a_read_asks_for_more() {
    check_stored(Database::sqlite, 16, arriving(), &async |tenants, (_, batches, _)| {
        let (store, tenant) = (tenants.store, tenants.next());
        let [here, there] = [Process::on(store, PLENTY), Process::on(store, PLENTY)];
        let mut revision = Revision::ZERO;
        for batch in &batches {
            let recorded = there.ledger.record(&tenant, batch, recorded_at()).await.unwrap();
            let moment = Moment { at_least: recorded.revision, ..recorded_at().into() };
            let read = here.reader.figures(&tenant, &relationships(), moment).await.unwrap();
            assert!(read.revision >= recorded.revision && read.revision >= revision);
            revision = read.revision;
        }
    });
}
