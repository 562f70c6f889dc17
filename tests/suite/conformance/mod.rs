//! What every database must do alike: the contract of `rapport::store`, tested on each of them.

mod events;
mod folds;
mod inspection;
mod lists;
mod parties;
mod text;
mod versions;

use rapport::{
    event::{Disposition, RequestKind, Tenant},
    store::StoreError,
};

use crate::support::{
    backend::{Database, on_every_backend, recorded_at},
    events::{at, event, requested, responded},
};

on_every_backend!(
    migrating_again_keeps_the_id,
    the_schema_of_a_newer_program_is_refused,
    a_migration_that_broke_off_is_refused,
    only_the_schema_of_this_program_passes,
    revisions_count_committed_writes,
    nothing_is_visible_before_the_commit,
    a_dropped_write_leaves_nothing,
    a_read_sees_one_state_throughout,
    writers_of_a_tenant_take_turns,
    tenants_do_not_see_each_other,
);

async fn migrating_again_keeps_the_id(database: Database) {
    assert_eq!(database.store.migrate("first").await.unwrap(), "first");
    assert_eq!(database.store.migrate("second").await.unwrap(), "first");
    assert_eq!(database.second_store().migrate("third").await.unwrap(), "first");
}

async fn the_schema_of_a_newer_program_is_refused(database: Database) {
    let database = database.migrated().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                 SELECT 9999, 'newer', installed_on, success, checksum, execution_time FROM _sqlx_migrations
                 WHERE version = 1";
    database.execute(newer).await;
    for store in [database.store.clone(), database.second_store()] {
        let error = store.migrate("id").await.unwrap_err();
        assert!(matches!(&error, StoreError::Schema(reason) if reason.contains("9999")), "{error:?}");
    }
}

async fn a_migration_that_broke_off_is_refused(database: Database) {
    let database = database.migrated().await;
    database.execute("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 1").await;
    let error = database.store.migrate("id").await.unwrap_err();
    assert!(matches!(error, StoreError::Schema(_)), "{error:?}");
}

async fn only_the_schema_of_this_program_passes(database: Database) {
    assert!(database.store.check_schema().await.is_err(), "there is none yet");
    let database = database.migrated().await;
    database.store.check_schema().await.unwrap();
    database.execute("DELETE FROM _sqlx_migrations WHERE version = 2").await;
    let error = database.second_store().check_schema().await.unwrap_err();
    assert!(matches!(error, StoreError::Schema(_)), "{error:?}");
}

async fn revisions_count_committed_writes(database: Database) {
    let database = database.migrated().await;
    assert_eq!(database.read().await.revision().number(), 0);
    for revision in 1..=3 {
        let tx = database.write().await;
        assert_eq!(tx.revision().number(), revision);
        tx.commit().await.unwrap();
        assert_eq!(database.read().await.revision().number(), revision);
    }
    drop(database.write().await);
    assert_eq!(database.read().await.revision().number(), 3);
    assert_eq!(database.write().await.revision().number(), 4);
}

async fn nothing_is_visible_before_the_commit(database: Database) {
    let database = database.migrated().await;
    let one = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    let mut tx = database.write().await;
    tx.insert(&[&one], recorded_at()).await.unwrap();
    let mut reader = database.read().await;
    assert_eq!(
        (reader.revision().number(), reader.find(std::slice::from_ref(&one.identity)).await.unwrap()),
        (0, vec![])
    );
    drop(reader);
    assert_eq!(tx.find(std::slice::from_ref(&one.identity)).await.unwrap().len(), 1, "the writer sees its own");
    tx.commit().await.unwrap();
    assert_eq!(database.read().await.revision().number(), 1);
    assert_eq!(database.found(&one).await.unwrap().event, one);
}

async fn a_dropped_write_leaves_nothing(database: Database) {
    let database = database.migrated().await;
    let one = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    let mut tx = database.write().await;
    tx.insert(&[&one], recorded_at()).await.unwrap();
    drop(tx);
    assert_eq!(database.found(&one).await, None);
    let mut tx = database.write().await;
    assert_eq!(tx.revision().number(), 1);
    assert_eq!(tx.insert(&[&one], recorded_at()).await.unwrap(), 1);
}

async fn a_read_sees_one_state_throughout(database: Database) {
    let database = database.migrated().await;
    let one = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    let two = event("acme", "bolt", "i", "2", at("2025-01-02"), responded(Disposition::Answered, None));
    database.insert(&[&one]).await;
    let mut before = database.read().await;
    assert_eq!(database.insert(&[&two]).await.number(), 2);
    let of_acme = [one.relationship().clone()];
    assert_eq!(before.revision().number(), 1);
    assert_eq!(before.events(&of_acme).await.unwrap().len(), 1);
    assert_eq!(before.find(std::slice::from_ref(&two.identity)).await.unwrap(), []);
    let mut after = database.read().await;
    assert_eq!(after.revision().number(), 2);
    assert_eq!(after.events(&of_acme).await.unwrap().len(), 2);
}

async fn writers_of_a_tenant_take_turns(database: Database) {
    let database = database.migrated().await;
    let writers = (0..8).map(|number| {
        // Half of them through another instance.
        let store = if number % 2 == 0 { database.store.clone() } else { database.second_store() };
        tokio::spawn(async move {
            let id = number.to_string();
            let event = event("acme", "bolt", "i", &id, at("2025-01-01"), requested(RequestKind::Quote));
            let mut tx = store.write(&Tenant::default()).await.unwrap();
            let revision = tx.revision();
            let seen = tx.events(&[event.relationship().clone()]).await.unwrap().len();
            tx.insert(&[&event], recorded_at()).await.unwrap();
            // Whoever came in between would be seen here.
            tokio::task::yield_now().await;
            assert_eq!(tx.events(&[event.relationship().clone()]).await.unwrap().len(), seen + 1);
            tx.commit().await.unwrap();
            (revision.number(), seen)
        })
    });
    let mut turns = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        turns.push(writer.await.unwrap());
    }
    turns.sort_unstable();
    assert_eq!(turns, (1..=8).zip(0..8).collect::<Vec<_>>());
}

async fn tenants_do_not_see_each_other(database: Database) {
    let database = database.migrated().await;
    let ours = event("acme", "bolt", "i", "1", at("2025-01-01"), requested(RequestKind::Quote));
    database.insert(&[&ours]).await;
    let other = Tenant("other".to_owned());
    let mut reader = database.store.read(&other).await.unwrap();
    assert_eq!(reader.revision().number(), 0);
    assert_eq!(reader.events(&[ours.relationship().clone()]).await.unwrap(), []);
    assert_eq!(reader.find(std::slice::from_ref(&ours.identity)).await.unwrap(), []);
    drop(reader);
    // The same identity is free in the other tenant, with other content.
    let theirs = event("acme", "bolt", "i", "1", at("2025-02-02"), requested(RequestKind::Order));
    let mut writer = database.store.write(&other).await.unwrap();
    assert_eq!(writer.revision().number(), 1);
    assert_eq!(writer.insert(&[&theirs], recorded_at()).await.unwrap(), 1);
    writer.commit().await.unwrap();
    assert_eq!(database.found(&ours).await.unwrap().event, ours);
    assert_eq!(database.read().await.revision().number(), 1);
}
