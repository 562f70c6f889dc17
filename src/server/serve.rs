//! Serving: from a listener until the end.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tonic::{
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::ServingStatus;

use super::{
    layers,
    lifecycle::{open, report, run},
    metrics::{Metrics, Scraping},
    observe::Observer,
    setup::{ServeError, Setup},
};
use crate::api::{
    Api, CONNECTION_WINDOW, DESCRIPTORS, KEEPALIVE_INTERVAL, MAX_MESSAGE_BYTES, MAX_STREAMS_PER_CONNECTION,
    v1::{
        event_service_server::EventServiceServer, party_service_server::PartyServiceServer,
        score_service_server::ScoreServiceServer,
    },
};

/// How long calls under way may take to end once the server has been told to stop.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(10);

/// Serves until `stop` resolves, then drains: health says `NOT_SERVING`, no new call is taken, and those under way have
/// [`DRAIN_DEADLINE`] to end; streams of events are ended once what they took is acknowledged.
///
/// # Errors
///
/// A store whose schema is not ours, and a network that fails. A database that cannot be reached yet is waited for.
pub async fn serve(mut setup: Setup, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let metrics = setup.metrics_listener.is_some().then(|| Arc::new(Metrics::new(Arc::clone(&setup.store))));
    let listener_of_metrics = setup.metrics_listener.take();
    let scraping =
        listener_of_metrics.zip(metrics.clone()).map(|(listener, metrics)| Scraping::start(listener, metrics));
    let mut observers = std::mem::take(&mut setup.observers);
    observers.extend(metrics.clone().map(|metrics| metrics as Arc<dyn Observer>));
    let (health, health_service) = tonic_health::server::health_reporter();
    report(&health, ServingStatus::NotServing).await;
    let api = Api::new(Arc::clone(&setup.clock));
    let services = services(&api)?.add_service(health_service);
    let server = Server::builder()
        .max_concurrent_streams(MAX_STREAMS_PER_CONNECTION)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .layer(layers::around(observers))
        .add_routes(services);
    let (drain, mut draining) = watch::channel(false);
    // An answer is sent at once: held back for more to send with it, it would wait for the client's delayed word.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = server.serve_with_incoming_shutdown(incoming, async move {
        let _ = draining.wait_for(|told| *told).await;
    });
    let store = Arc::clone(&setup.store);
    let opened = open(setup, &api, &health, metrics);
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

/// What is served, but for health.
fn services(api: &Api) -> Result<Routes, ServeError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Two versions of one protocol: clients are still divided over them.
    Ok(Routes::new(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(EventServiceServer::new(api.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(PartyServiceServer::new(api.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(ScoreServiceServer::new(api.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES)))
}
