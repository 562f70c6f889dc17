//! Which models are in use, and what is left of those that are not.

use std::collections::BTreeMap;

use rapport::{
    event::Tenant,
    folds,
    model::ModelVersion,
    store::{InUse, KeptModel, Update},
    tally::Change,
};

use crate::support::{
    backend::{Database, on_every_backend},
    events::{at, relationship},
};

on_every_backend!(
    the_versions_in_use_belong_to_a_revision,
    a_kept_model_stays_as_it_is,
    leftovers_are_of_kept_models_not_in_use,
    every_tenant_that_was_written_for_is_known,
);

fn in_use(live: Option<&str>, building: Option<&str>) -> InUse {
    InUse { live: live.map(ModelVersion::named), building: building.map(ModelVersion::named) }
}

async fn the_versions_in_use_belong_to_a_revision(database: Database) {
    let database = database.migrated().await;
    assert_eq!(*database.read().await.in_use(), InUse::default());
    let mut tx = database.write().await;
    tx.use_versions(in_use(Some("one"), Some("two"))).await.unwrap();
    assert_eq!(*tx.in_use(), in_use(Some("one"), Some("two")), "the writer sees its own");
    assert_eq!(*database.read().await.in_use(), InUse::default());
    tx.commit().await.unwrap();
    let before = database.read().await;
    let mut tx = database.write().await;
    assert_eq!(*tx.in_use(), in_use(Some("one"), Some("two")));
    tx.use_versions(in_use(Some("two"), None)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((before.revision().number(), before.in_use()), (1, &in_use(Some("one"), Some("two"))));
    let mut tx = database.write().await;
    tx.use_versions(InUse::default()).await.unwrap();
    drop(tx);
    let after = database.read().await;
    assert_eq!((after.revision().number(), after.in_use()), (2, &in_use(Some("two"), None)));
    let other = database.store.write(&Tenant("other".to_owned())).await.unwrap();
    assert_eq!(*other.in_use(), InUse::default());
}

async fn a_kept_model_stays_as_it_is(database: Database) {
    let database = database.migrated().await;
    let kept = |content: &str| KeptModel { formulas: i64::from(u32::MAX), content: content.to_owned() };
    let mut tx = database.write().await;
    assert_eq!(tx.kept_model(&ModelVersion::named("one")).await.unwrap(), None);
    for (version, content) in [("one", "{\"ä\": 1.0}"), ("two", "2"), ("one", "3")] {
        tx.keep_model(&ModelVersion::named(version), &kept(content)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = database.read().await;
    assert_eq!(tx.kept_model(&ModelVersion::named("one")).await.unwrap(), Some(kept("{\"ä\": 1.0}")));
    assert_eq!(tx.kept_model(&ModelVersion::named("two")).await.unwrap(), Some(kept("2")));
    let mut other = database.store.read(&Tenant("other".to_owned())).await.unwrap();
    assert_eq!(other.kept_model(&ModelVersion::named("one")).await.unwrap(), None);
}

async fn leftovers_are_of_kept_models_not_in_use(database: Database) {
    let database = database.migrated().await;
    let known = [relationship("acme", "bolt"), relationship("acme", "brace")];
    let update = |it: &_| Update { relationship: Clone::clone(it), latest_at: at("2025-01-01"), events: 1 };
    for tenant in [Tenant::default(), Tenant("other".to_owned())] {
        let mut tx = database.store.write(&tenant).await.unwrap();
        tx.save(&known.each_ref().map(update)).await.unwrap();
        for version in ["one", "two", "three"].map(ModelVersion::named) {
            tx.keep_model(&version, &KeptModel { formulas: 1, content: String::new() }).await.unwrap();
            folds::add(tx.as_mut(), &known.clone().map(|it| (it, Change::default())).into(), &version).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let mut tx = database.write().await;
    for (used, left) in [
        (in_use(None, None), vec!["one", "three", "two"]),
        (in_use(Some("two"), None), vec!["one", "three"]),
        (in_use(None, Some("one")), vec!["three", "two"]),
        (in_use(Some("three"), Some("two")), vec!["one"]),
    ] {
        tx.use_versions(used).await.unwrap();
        let leftovers = tx.leftovers(99).await.unwrap();
        assert_eq!(leftovers.keys().map(ModelVersion::as_str).collect::<Vec<_>>(), left);
        assert!(leftovers.values().all(|relationships| relationships.len() == known.len()));
        let some = tx.leftovers(1).await.unwrap();
        assert_eq!(some.values().map(Vec::len).collect::<Vec<_>>(), [1]);
    }
    tx.clear(&known, &ModelVersion::named("one")).await.unwrap();
    assert_eq!(tx.leftovers(99).await.unwrap(), BTreeMap::new());
}

async fn every_tenant_that_was_written_for_is_known(database: Database) {
    let database = database.migrated().await;
    assert_eq!(database.store.tenants().await.unwrap(), []);
    for name in ["b", "ä", "a", "b"] {
        database.store.write(&Tenant(name.to_owned())).await.unwrap().commit().await.unwrap();
    }
    let names = ["a", "b", "ä"].map(|name| Tenant(name.to_owned()));
    assert_eq!(database.store.tenants().await.unwrap(), names);
}
