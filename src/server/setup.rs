//! What a server is made of, and why it may end.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::observe::Observer;
use crate::{
    model::Model,
    store::{Store, StoreError},
    time::Clock,
};

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
    /// Who is told of every call, beside the metrics.
    pub observers: Vec<Arc<dyn Observer>>,
}

/// Why a server ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be used as it is.
    #[error("{}", .0.in_full())]
    Store(#[from] StoreError),
    /// The network failed.
    #[error("the network failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The compiled `proto/` cannot be served.
    #[error("reflection failed: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}
