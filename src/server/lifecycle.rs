//! How a server becomes ready: the store migrated, what is in memory read, the services opened; and the rebuilds that run
//! beside it.

use std::{collections::BTreeSet, sync::Arc};

use tonic_health::{ServingStatus, server::HealthReporter};

use super::{
    metrics::{Metrics, Opened},
    setup::{ServeError, Setup},
};
use crate::{
    api::{Api, Backend, RETRY_AFTER},
    cache::Caches,
    event::Tenant,
    ledger::{Ledger, Limits, Queue, WriteObserver},
    models::Models,
    reader::Reader,
    rebuild::Rebuild,
    registry::Registry,
    store::{Revision, Store, StoreError},
};

/// What health reports on: the server as a whole, and each service.
const HEALTH_NAMES: [&str; 4] = ["", "rapport.v1.EventService", "rapport.v1.PartyService", "rapport.v1.ScoreService"];

/// Opens the services as soon as the store is ready, and has `metrics` look at them. Returns the rebuilds that are due.
pub(super) async fn open(
    setup: Setup,
    api: &Api,
    health: &HealthReporter,
    metrics: Option<Arc<Metrics>>,
) -> Result<Vec<Rebuild>, ServeError> {
    let Setup { store, model, cache_bytes, clock, new_datastore_id, .. } = setup;
    let models = Arc::new(Models::new(model));
    let (datastore, rebuilds) = prepare(&store, &models, &new_datastore_id).await?;
    let caches = Arc::new(Caches::new(Arc::clone(&store), Arc::clone(&models), cache_bytes));
    for rebuild in &rebuilds {
        // What is in memory from the start need not be waited for later. Where it can't be, calls will say why.
        if let Err(error) = caches.at_least(rebuild.tenant(), Revision::ZERO).await {
            tracing::warn!(error = error.in_full(), "nothing is in memory yet");
        }
    }
    let mut ledger = Ledger::new(Arc::clone(&store), Arc::clone(&models)).with_caches(Arc::clone(&caches));
    if let Some(metrics) = &metrics {
        ledger = ledger.with_observer(Arc::clone(metrics) as Arc<dyn WriteObserver>);
    }
    let queue = Queue::new(ledger, clock, Limits::DEFAULT);
    if let Some(metrics) = &metrics {
        let rebuilds = rebuilds.iter().map(Rebuild::course).collect();
        metrics.open(Opened { queue: queue.clone(), caches: Arc::clone(&caches), rebuilds });
    }
    let registry = Registry::new(Arc::clone(&store), Arc::clone(&models)).with_caches(Arc::clone(&caches));
    let reader = Reader::new(Arc::clone(&store), models).with_caches(caches);
    api.open(Backend { queue, reader, registry, datastore });
    report(health, ServingStatus::Serving).await;
    tracing::info!("ready");
    Ok(rebuilds)
}

/// Says of the server and of each service whether it serves.
pub(super) async fn report(health: &HealthReporter, status: ServingStatus) {
    for name in HEALTH_NAMES {
        health.set_service_status(name, status).await;
    }
}

/// Migrates, and announces the model for every tenant; a database that cannot be reached is tried again until it can.
async fn prepare(
    store: &Arc<dyn Store>,
    models: &Arc<Models>,
    new_id: &str,
) -> Result<(String, Vec<Rebuild>), StoreError> {
    let once = async || {
        let datastore = store.migrate(new_id).await?;
        let mut tenants = BTreeSet::from_iter(store.tenants().await?);
        tenants.insert(Tenant::default());
        let mut rebuilds = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            rebuilds.push(Rebuild::announce(Arc::clone(store), Arc::clone(models), tenant).await?);
        }
        Ok((datastore, rebuilds))
    };
    loop {
        match once().await {
            Err(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(error = error.in_full(), "the database cannot be reached yet; trying again");
                tokio::time::sleep(RETRY_AFTER).await;
            }
            result => return result,
        }
    }
}

/// Runs one rebuild after the other to its end. What the database cannot do is tried again.
pub(super) async fn run(rebuilds: Vec<Rebuild>) {
    for mut rebuild in rebuilds {
        while let Err(error) = rebuild.run().await {
            tracing::error!(error = error.in_full(), "the rebuild was interrupted; trying again");
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}
