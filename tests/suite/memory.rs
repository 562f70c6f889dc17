//! States that do not fit into memory are left in the database, but not for ever.

use std::{sync::Arc, time::Duration};

use rapport::{
    cache::{Caches, TRIED_AGAIN_AFTER},
    event::{Event, RequestKind, Tenant},
    ledger::Ledger,
    model::Model,
    models::Models,
    reader::Reader,
    store::Store,
};

use crate::support::{
    backend::{Database, recorded_at},
    counting::Counting,
    events::{at, event, relationship, requested},
};

/// Room for the states of a dozen relationships and what is read off them, not for those of forty.
const LITTLE: usize = 6_000;

struct Scene {
    database: Database,
    counting: Arc<Counting>,
    caches: Arc<Caches>,
    reader: Reader,
}

/// Forty relationships, each with a request, and a reader with room for few.
async fn crowded() -> Scene {
    let database = Database::sqlite().migrated().await;
    let (counting, models) = (Counting::on(database.store.clone()), Arc::new(Models::new(Model::default())));
    let asked = |number: u32| {
        let (supplier, id) = (format!("s{number:02}"), format!("e{number}"));
        event("Acme", &supplier, &id, &id, at("2025-01-05"), requested(RequestKind::Quote))
    };
    let events: Vec<Event> = (0..40).map(asked).collect();
    let ledger = Ledger::new(database.store.clone(), models.clone());
    ledger.record(&Tenant::default(), &events, recorded_at()).await.unwrap();
    let store: Arc<dyn Store> = counting.clone();
    let caches = Arc::new(Caches::new(store.clone(), models.clone(), LITTLE));
    Scene { database, counting, reader: Reader::new(store, models).with_caches(caches.clone()), caches }
}

impl Scene {
    /// Reads a score, and returns how many reads the database saw for it.
    async fn read(&self) -> usize {
        let these = [relationship("Acme", "s00")];
        self.reader.figures(&Tenant::default(), &these, recorded_at()).await.unwrap();
        // Whatever a read has set off beside itself has begun by then.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.counting.reads()
    }

    async fn later(&self, time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }

    fn in_memory(&self) -> usize {
        self.caches.usage().relationships
    }
}

#[tokio::test]
async fn what_does_not_fit_is_not_tried_all_the_time() {
    let scene = crowded().await;
    assert_eq!(scene.read().await, 2, "tried once");
    for wait in [TRIED_AGAIN_AFTER, 2 * TRIED_AGAIN_AFTER] {
        for _ in 0..5 {
            assert_eq!(scene.read().await, 1);
        }
        scene.later(wait / 2).await;
        assert_eq!(scene.read().await, 1);
        scene.later(wait / 2).await;
        assert_eq!(scene.read().await, 2, "tried again, beside the read");
    }
    assert_eq!(scene.in_memory(), 0);
}

#[tokio::test]
async fn a_tenant_that_has_shrunk_is_read_from_memory_again() {
    let scene = crowded().await;
    scene.read().await;
    assert_eq!(scene.in_memory(), 0);
    scene.database.execute("DELETE FROM relationships WHERE supplier >= 's10'").await;
    scene.read().await;
    assert_eq!(scene.in_memory(), 0, "it is not tried all the time");
    scene.later(TRIED_AGAIN_AFTER).await;
    // It is read beside the read that finds it is time.
    for _ in 0..100 {
        scene.read().await;
        if scene.in_memory() > 0 {
            break;
        }
    }
    assert_eq!(scene.in_memory(), 10);
    // One try without a stall is enough.
    for _ in 0..10 {
        scene.read().await;
        if scene.read().await == 0 {
            return;
        }
    }
    panic!("what is in memory is not read from there");
}
