//! The server's life: listen, become ready, serve, drain.
//!
//! The port answers from the first moment, so that health can be asked; the services answer UNAVAILABLE, and health
//! `NOT_SERVING`, until the store is migrated and again from the moment that the end is announced. Where the model is
//! another one than the database is scored under, the rebuild runs beside the services.

pub mod metrics;
mod oversized;

use std::{collections::BTreeSet, future::Future, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tonic::transport::{Server, server::TcpIncoming};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::util::MapResponseLayer;

use metrics::{Metrics, Opened, Scraping};

use crate::{
    api::{
        Api, Backend, CONNECTION_WINDOW, DESCRIPTORS, MAX_MESSAGE_BYTES, MAX_STREAMS_PER_CONNECTION, RETRY_AFTER,
        v1::{
            event_service_server::EventServiceServer, party_service_server::PartyServiceServer,
            score_service_server::ScoreServiceServer,
        },
    },
    cache::Caches,
    event::Tenant,
    ledger::{Ledger, Limits, Observer, Queue},
    model::Model,
    models::Models,
    reader::Reader,
    rebuild::Rebuild,
    registry::Registry,
    store::{Store, StoreError},
    time::Clock,
};

/// How long calls under way may take to end once the server has been told to stop.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(10);

/// What health reports on: the server as a whole, and each service.
const HEALTH_NAMES: [&str; 4] = ["", "rapport.v1.EventService", "rapport.v1.PartyService", "rapport.v1.ScoreService"];

/// What a server is made of.
pub struct Setup {
    /// Where events and tallies are kept.
    pub store: Arc<dyn Store>,
    /// What scores are to be made with: at once where nothing is recorded, else when a rebuild is through.
    pub model: Model,
    /// How many bytes of memory may keep what scores are read off.
    pub cache_bytes: usize,
    /// Where metrics are served; nothing is counted for them where there is none.
    pub metrics_listener: Option<TcpListener>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The id of the database, should it be new: random, so that no two databases share one.
    pub new_datastore_id: String,
}

/// Why a server ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be used as it is.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network failed.
    #[error("the network failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The compiled `proto/` cannot be served.
    #[error("reflection failed: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Serves until `stop` resolves, then drains: health says `NOT_SERVING`, no new call is taken, and those under way have
/// [`DRAIN_DEADLINE`] to end; streams of events are ended once what they took is acknowledged.
///
/// # Errors
///
/// A store whose schema is not ours, and a network that fails. A database that cannot be reached yet is waited for.
pub async fn serve(setup: Setup, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let Setup { store, model, cache_bytes, metrics_listener, clock, new_datastore_id } = setup;
    let metrics = metrics_listener.is_some().then(|| Arc::new(Metrics::new(Arc::clone(&store))));
    let scraping = metrics_listener.zip(metrics.clone()).map(|(listener, metrics)| Scraping::start(listener, metrics));
    let (health, health_service) = tonic_health::server::health_reporter();
    report(&health, ServingStatus::NotServing).await;
    let api = Api::new(Arc::clone(&clock));
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let router = Server::builder()
        .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .layer(MapResponseLayer::new(oversized::explain))
        .add_service(health_service)
        // Two versions of one protocol: clients are still divided over them.
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(EventServiceServer::new(api.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(PartyServiceServer::new(api.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(ScoreServiceServer::new(api.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES));
    let (drain, mut draining) = watch::channel(false);
    // An answer is sent at once: held back for more to send with it, it would wait for the client's delayed word.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = router.serve_with_incoming_shutdown(incoming, async move {
        let _ = draining.wait_for(|told| *told).await;
    });
    let opened = async {
        let models = Arc::new(Models::new(model));
        let (datastore, rebuilds) = prepare(&store, &models, &new_datastore_id).await?;
        let caches = Arc::new(Caches::new(Arc::clone(&store), Arc::clone(&models), cache_bytes));
        for rebuild in &rebuilds {
            // What is in memory from the start need not be waited for later. Where it can't be, calls will say why.
            if let Err(error) = caches.at_least(rebuild.tenant(), 0).await {
                tracing::warn!(%error, "nothing is in memory yet");
            }
        }
        let mut ledger = Ledger::new(Arc::clone(&store), Arc::clone(&models)).with_caches(Arc::clone(&caches));
        if let Some(metrics) = &metrics {
            ledger = ledger.with_observer(Arc::clone(metrics) as Arc<dyn Observer>);
        }
        let queue = Queue::new(ledger, clock, Limits::DEFAULT);
        if let Some(metrics) = &metrics {
            let rebuilds = rebuilds.iter().map(Rebuild::course).collect();
            metrics.open(Opened { queue: queue.clone(), caches: Arc::clone(&caches), rebuilds });
        }
        let reader = Reader::new(Arc::clone(&store), models).with_caches(caches);
        api.open(Backend { queue, reader, registry: Registry::new(Arc::clone(&store)), datastore });
        report(&health, ServingStatus::Serving).await;
        tracing::info!("ready");
        Ok::<_, ServeError>(rebuilds)
    };
    let told = async {
        tokio::pin!(stop);
        let rebuilds = tokio::select! {
            () = &mut stop => return Ok(()),
            opened = opened => opened?,
        };
        // Ends when it is dropped, at the latest; what a step has begun is undone.
        let _rebuilding = JoinSet::from_iter([run(rebuilds)]);
        stop.await;
        Ok::<_, ServeError>(())
    };
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended.map_err(ServeError::from),
        told = told => {
            report(&health, ServingStatus::NotServing).await;
            let _ = drain.send(true);
            api.stop();
            tracing::info!("draining");
            // Open streams (health, reflection) could hold the port for ever: what has not ended by then is cut.
            match tokio::time::timeout(DRAIN_DEADLINE, serving).await {
                Ok(ended) => told.and(ended.map_err(ServeError::from)),
                Err(_) => told,
            }
        }
    };
    if let Some(scraping) = scraping {
        scraping.stop().await;
    }
    let _ = tokio::time::timeout(DRAIN_DEADLINE, store.close()).await;
    tracing::info!("stopped");
    ended
}

async fn report(health: &HealthReporter, status: ServingStatus) {
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
            Err(StoreError::Unavailable(detail)) => {
                tracing::warn!(detail, "the database cannot be reached yet; trying again");
                tokio::time::sleep(RETRY_AFTER).await;
            }
            result => return result,
        }
    }
}

/// Runs one rebuild after the other to its end. What the database cannot do is tried again.
async fn run(rebuilds: Vec<Rebuild>) {
    for mut rebuild in rebuilds {
        while let Err(error) = rebuild.run().await {
            tracing::error!(%error, "the rebuild was interrupted; trying again");
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}
