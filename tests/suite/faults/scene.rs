//! Instances of the real program on one database, and what must be true of them whatever happens.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use rapport::api::v1::{
    Life, ListScoresRequest, RecordEventsRequest, Score, ScoreView, event_service_client::EventServiceClient,
    score_service_client::ScoreServiceClient,
};
use tempfile::TempDir;
use tonic::transport::Channel;

use super::load::{Load, Log, event_of_feed};
use crate::support::{
    backend::Database,
    binary::{Served, run},
    postgres::free_port,
    service::{Service, at},
};

pub struct Scene {
    folder: TempDir,
    database_url: String,
    instances: Vec<Instance>,
    log: Arc<Log>,
}

struct Instance {
    address: String,
    served: Option<Served>,
}

impl Scene {
    /// So many instances on one database; a SQLite file lies in the scene's own folder.
    pub fn of(instances: usize, database_url: &str) -> Self {
        let instances =
            (0..instances).map(|_| Instance { address: format!("127.0.0.1:{}", free_port()), served: None });
        let mut scene = Self {
            folder: tempfile::tempdir().unwrap(),
            database_url: database_url.to_owned(),
            instances: instances.collect(),
            log: Arc::default(),
        };
        (0..scene.instances.len()).for_each(|index| scene.start(index));
        scene
    }

    /// Starts an instance where it was before, and waits until it is serving.
    pub fn start(&mut self, index: usize) {
        let instance = &mut self.instances[index];
        instance.served = Some(Served::start_at(&instance.address, self.folder.path(), &self.database_url));
    }

    /// Kills an instance in the midst of whatever it does.
    pub fn kill(&mut self, index: usize) {
        drop(self.instances[index].served.take());
    }

    /// Tells an instance to stop, as a supervisor does.
    pub fn terminate(&mut self, index: usize) {
        let served = self.instances[index].served.take().expect("it runs");
        assert!(served.terminate(), "it ends well");
    }

    /// Clients at work; where they `wander`, each moves on to the next instance when a connection breaks.
    pub fn load(&self, wander: bool) -> Load {
        let urls: Vec<String> = self.instances.iter().map(|it| format!("http://{}", it.address)).collect();
        Load::start(&self.log, &urls, wander)
    }

    /// Fails unless the database is as the events say, every acknowledged event is in it once, and all instances serve the
    /// same scores. Nothing may be writing.
    pub async fn check(&self) {
        let verified = run(self.folder.path(), &["verify", "--database-url", &self.database_url]);
        let told = String::from_utf8_lossy(&verified.stdout);
        assert!(verified.status.success(), "{told}{}", String::from_utf8_lossy(&verified.stderr));
        let lost: Vec<u64> = self.log.acknowledged().difference(&self.recorded().await).copied().collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let first = self.scores(0).await;
        for index in 1..self.instances.len() {
            assert_eq!(self.scores(index).await, first, "instance {index}");
        }
    }

    /// As `check`, and the scores must be those of a service that was told everything once, in order.
    pub async fn check_against_another(&self) {
        self.check().await;
        let other = Service::on_sqlite().await;
        let events: Vec<_> = self.recorded().await.into_iter().map(event_of_feed).collect();
        for events in events.chunks(1_000) {
            other.record(events.to_vec()).await;
        }
        let scores = without_revision(scores(other.channel()).await);
        assert_eq!(without_revision(self.scores(0).await), scores);
        assert!(!scores.is_empty());
    }

    /// The events in the database; fails where one is there twice.
    async fn recorded(&self) -> BTreeSet<u64> {
        let url = self.database_url.replace("sqlite:", &format!("sqlite:{}/", self.folder.path().display()));
        let ids = Database::at(&url).texts("SELECT event_id FROM events").await;
        let events: BTreeSet<u64> = ids.iter().map(|id| id.parse().unwrap()).collect();
        assert_eq!(events.len(), ids.len(), "an event is there twice");
        events
    }

    async fn scores(&self, index: usize) -> Vec<Score> {
        let url = format!("http://{}", self.instances[index].address);
        scores(Channel::from_shared(url).unwrap().connect().await.unwrap()).await
    }

    /// What happened so far, in a line.
    pub async fn summary(&self) -> String {
        let (recorded, acknowledged) = (self.recorded().await.len(), self.log.acknowledged().len());
        let broken = self.log.broken.load(Ordering::SeqCst);
        format!("{broken} calls and streams broke; {recorded} events recorded, {acknowledged} of them acknowledged")
    }
}

/// Every score that a server serves for a certain moment, not older than its present revision.
async fn scores(channel: Channel) -> Vec<Score> {
    let revision = EventServiceClient::new(channel.clone()).record_events(RecordEventsRequest::default()).await;
    let request = ListScoresRequest {
        page_size: 1_000,
        as_of: at("2026-03-01T00:00:00Z"),
        view: ScoreView::Full.into(),
        at_least_as_fresh: revision.unwrap().into_inner().revision,
        include: vec![Life::Dormant.into(), Life::Ended.into()],
        ..ListScoresRequest::default()
    };
    ScoreServiceClient::new(channel).list_scores(request).await.unwrap().into_inner().scores
}

fn without_revision(mut scores: Vec<Score>) -> Vec<Score> {
    for score in &mut scores {
        score.revision.clear();
    }
    scores
}
