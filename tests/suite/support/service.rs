//! A server of this process on a port of its own, and clients of it.

use std::sync::Arc;

use rapport::{
    api::v1::{
        self, Event, EventResult, RecordEventsRequest, event::Payload, event_service_client::EventServiceClient,
        party_service_client::PartyServiceClient, score_service_client::ScoreServiceClient,
    },
    model::Model,
    server::{self, Observer, ServeError, Setup},
    store,
    time::{Clock, SystemClock, Timestamp},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::postgres;

/// Runs a check on a service on every database.
macro_rules! on_both {
    ($($check:ident)*) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $check() { super::$check(crate::support::service::Service::on_sqlite().await).await; }
        )* }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $check() { super::$check(crate::support::service::Service::on_postgres().await).await; }
        )* }
    };
}
pub(crate) use on_both;

/// Room for all that a test records.
const CACHE_BYTES: usize = 64 << 20;

/// A server that serves until it is stopped, or dropped.
pub struct Service {
    pub address: String,
    /// Where metrics are served.
    pub metrics: String,
    channel: Channel,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
    /// Holds the SQLite file, where there is one.
    _folder: Option<tempfile::TempDir>,
}

impl Service {
    /// On a new SQLite file.
    pub async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self { _folder: Some(folder), ..Self::on(&url).await }
    }

    /// On a new database of the shared PostgreSQL.
    pub async fn on_postgres() -> Self {
        Self::on(&postgres::server().fresh_database()).await
    }

    /// On the database that `url` names; returns once it is serving.
    pub async fn on(url: &str) -> Self {
        Self::scoring(url, Model::default()).await
    }

    /// As `on`, with another model than the default.
    pub async fn scoring(url: &str, model: Model) -> Self {
        Self::starting(url, model, Arc::new(SystemClock), Vec::new()).await.once_serving().await
    }

    /// As `on`, and `observer` is told of every call.
    pub async fn observed_by(observer: Arc<dyn Observer>, url: &str) -> Self {
        Self::starting(url, Model::default(), Arc::new(SystemClock), vec![observer]).await.once_serving().await
    }

    /// Waits until it is serving.
    pub async fn once_serving(self) -> Self {
        while self.health("").await != ServingStatus::Serving {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self
    }

    /// As `on`, but returns at once, and with a clock of the caller's.
    pub async fn starting_on(url: &str, clock: Arc<dyn Clock>) -> Self {
        Self::starting(url, Model::default(), clock, Vec::new()).await
    }

    async fn starting(url: &str, model: Model, clock: Arc<dyn Clock>, observers: Vec<Arc<dyn Observer>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let store = Arc::from(store::open(url).unwrap());
        let new_datastore_id = format!("{:016x}", rand::random::<u64>());
        let metrics_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let metrics = metrics_listener.local_addr().unwrap().to_string();
        let setup = Setup {
            store,
            model,
            cache_bytes: CACHE_BYTES,
            metrics_listener: Some(metrics_listener),
            clock,
            new_datastore_id,
            observers,
        };
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server::serve(setup, listener, async {
            let _ = stopped.await;
        }));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self { address, metrics, channel, stop, serving, _folder: None }
    }

    pub fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel.clone())
    }

    pub fn parties(&self) -> PartyServiceClient<Channel> {
        PartyServiceClient::new(self.channel.clone())
    }

    pub fn scores(&self) -> ScoreServiceClient<Channel> {
        ScoreServiceClient::new(self.channel.clone())
    }

    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A connection beside the one that all clients share.
    pub async fn another_channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub async fn health(&self, service: &str) -> ServingStatus {
        let request = HealthCheckRequest { service: service.to_owned() };
        HealthClient::new(self.channel.clone()).check(request).await.unwrap().into_inner().status()
    }

    /// Records events and returns what became of each.
    pub async fn record(&self, events: Vec<Event>) -> Vec<EventResult> {
        self.events().record_events(RecordEventsRequest { events }).await.unwrap().into_inner().results
    }

    /// Waits for a server that ends by itself.
    pub async fn ended(self) -> Result<(), ServeError> {
        self.serving.await.unwrap()
    }

    /// Stops as on SIGTERM and waits for the end.
    pub async fn stop(self) -> Result<(), ServeError> {
        let _ = self.stop.send(());
        self.serving.await.unwrap()
    }
}

/// A moment on the wire, from RFC 3339.
#[expect(clippy::unnecessary_wraps, reason = "the fields of messages are options")]
pub fn at(text: &str) -> Option<prost_types::Timestamp> {
    let micros = text.parse::<Timestamp>().unwrap().micros();
    Some(prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos: 0 })
}

/// An event between Acme and Bolt.
pub fn event(id: &str, interaction: &str, occurred_at: &str, payload: Payload) -> Event {
    Event {
        event_id: id.to_owned(),
        source: "test".to_owned(),
        customer: "Acme".to_owned(),
        supplier: "Bolt".to_owned(),
        interaction_id: interaction.to_owned(),
        occurred_at: at(occurred_at),
        payload: Some(payload),
    }
}

pub fn requested(kind: v1::RequestKind) -> Payload {
    Payload::Requested(v1::Requested { kind: kind.into(), ..v1::Requested::default() })
}

pub fn answered() -> Payload {
    let disposition = v1::Disposition::Answered.into();
    Payload::Responded(v1::Responded { disposition, ..v1::Responded::default() })
}
