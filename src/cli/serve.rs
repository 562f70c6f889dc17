//! `rapport serve`.

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use super::{args::DatabaseArgs, failure::Failure, model_file};
use crate::{
    server::{self, Setup},
    store,
    time::SystemClock,
};

const MIB: usize = 1 << 20;
/// Room for about half a million relationships.
const DEFAULT_CACHE_MIB: usize = 1024;

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Address to listen on. Other than loopback needs --allow-insecure.
    #[arg(long, env = "RAPPORT_LISTEN", default_value = "127.0.0.1:50051", value_name = "ADDRESS")]
    listen: SocketAddr,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Model file; keys it does not hold keep their defaults (see `rapport model show`).
    #[arg(long, env = "RAPPORT_MODEL", value_name = "FILE")]
    model: Option<PathBuf>,
    /// Memory that keeps what scores are read off, in MiB. Where it does not suffice, every read asks the database.
    #[arg(long, env = "RAPPORT_CACHE_MIB", default_value_t = DEFAULT_CACHE_MIB, value_name = "MIB")]
    cache_mib: usize,
    /// Address to serve metrics on, at /metrics and in the format of Prometheus: counts and times, no names. Without it they are
    /// not counted.
    #[arg(long, env = "RAPPORT_METRICS_LISTEN", value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// Listen on other addresses than loopback, though anybody who reaches the port can read and write everything.
    #[arg(long, env = "RAPPORT_ALLOW_INSECURE")]
    allow_insecure: bool,
}

pub(super) async fn run(args: ServeArgs) -> Result<(), Failure> {
    start_log();
    if !args.listen.ip().is_loopback() && !args.allow_insecure {
        return Err(Failure::new(format!(
            "{} can be reached from other machines and there is no authentication yet; listen on 127.0.0.1, or add \
             --allow-insecure if the network keeps strangers out",
            args.listen
        )));
    }
    let model = model_file::load(args.model.as_deref())?;
    let mut setup =
        Setup { cache_bytes: args.cache_mib.saturating_mul(MIB), ..setup(&args.database.database_url, model)? };
    let listener = bind(args.listen).await?;
    if let Some(address) = args.metrics_listen {
        let listener = bind(address).await?;
        if let Ok(address) = listener.local_addr() {
            tracing::info!(metrics = %format!("http://{address}/metrics"), "serving metrics");
        }
        setup.metrics_listener = Some(listener);
    }
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, model = %setup.model.version(), "listening");
    }
    server::serve(setup, listener, told_to_stop()?).await.map_err(|error| Failure::new(error.to_string()))
}

/// A server's parts from a database URL and a model.
pub(super) fn setup(database_url: &str, model: crate::model::Model) -> Result<Setup, Failure> {
    let store = store::open(database_url).map_err(|error| Failure::new(error.to_string()))?;
    let new_datastore_id = format!("{:016x}", rand::random::<u64>());
    let cache_bytes = DEFAULT_CACHE_MIB * MIB;
    Ok(Setup {
        store: Arc::from(store),
        model,
        cache_bytes,
        metrics_listener: None,
        observers: Vec::new(),
        clock: Arc::new(SystemClock),
        new_datastore_id,
    })
}

pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| Failure::new(format!("cannot listen on {address}: {error}")))
}

/// Resolves on SIGTERM or SIGINT.
pub(super) fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| signal(kind).map_err(|error| Failure::new(format!("cannot listen for signals: {error}")));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// For people on a terminal, as JSON elsewhere. `RUST_LOG` says how much.
fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.init();
    } else {
        log.json().init();
    }
}
