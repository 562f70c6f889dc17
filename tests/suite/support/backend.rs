//! A database of its own for every test that needs one, on every backend there is.

use std::sync::Arc;

use rapport::{
    event::{Event, Identity, Relationship, Tenant},
    folds,
    model::{Model, ModelVersion},
    models::Models,
    store::{self, Read, RecordedEvent, Revision, Selection, Store, Write},
    tally::State,
    time::Timestamp,
    verify::{Chunk, Verification},
};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::postgres;

/// Runs `async fn name(database: Database)` of the module it stands in as a test on every backend, each time on an
/// empty database. A further backend joins by one more line here, and a function of its name in [`Database`].
macro_rules! on_every_backend {
    ($($name:ident),+ $(,)?) => {
        crate::support::backend::on_every_backend!(sqlite: $($name),+);
        crate::support::backend::on_every_backend!(postgres: $($name),+);
    };
    ($backend:ident: $($name:ident),+) => {
        mod $backend {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let test = super::$name(crate::support::backend::Database::$backend());
                // Far longer than any of them takes: one that hangs fails, rather than holding up all the others.
                tokio::time::timeout(std::time::Duration::from_mins(2), test).await.expect("the test ends");
            })+
        }
    };
}
pub(crate) use on_every_backend;

/// A new and empty database with a store on it.
pub struct Database {
    pub store: Arc<dyn Store>,
    pub url: String,
    /// Deleted when the test is over.
    _folder: Option<TempDir>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = format!("sqlite:{}", folder.path().join("rapport.db").display());
        Self { store: open(&url), url, _folder: Some(folder) }
    }

    pub fn postgres() -> Self {
        let url = postgres::server().fresh_database();
        Self { store: open(&url), url, _folder: None }
    }

    /// The database that `url` names, which somebody else keeps.
    pub fn at(url: &str) -> Self {
        Self { store: open(url), url: url.to_owned(), _folder: None }
    }

    /// The same database with its schema.
    pub async fn migrated(self) -> Self {
        self.store.migrate("some id").await.expect("an empty database can be migrated");
        self
    }

    /// A second store on the same database, as another instance of the service has it.
    pub fn second_store(&self) -> Arc<dyn Store> {
        open(&self.url)
    }

    /// Executes a statement past the store.
    pub async fn execute(&self, sql: &'static str) {
        let rows = if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("the file opens");
            sqlx::query(sql).execute(&mut connection).await.expect("SQLite executes").rows_affected()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the server answers");
            sqlx::query(sql).execute(&mut connection).await.expect("PostgreSQL executes").rows_affected()
        };
        assert!(rows > 0, "{sql} changed nothing");
    }

    /// Changes the schema past the store.
    pub async fn alter(&self, sql: String) {
        let sql = sqlx::AssertSqlSafe(sql);
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("the file opens");
            sqlx::query(sql).execute(&mut connection).await.expect("SQLite executes");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the server answers");
            sqlx::query(sql).execute(&mut connection).await.expect("PostgreSQL executes");
        }
    }

    /// Reads a column of text past the store.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        if self.is_sqlite() {
            let mut connection = SqliteConnection::connect(&self.url).await.expect("the file opens");
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("SQLite reads")
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("the server answers");
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("PostgreSQL reads")
        }
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    pub async fn read(&self) -> Box<dyn Read> {
        self.store.read(&Tenant::default()).await.expect("a read begins")
    }

    pub async fn write(&self) -> Box<dyn Write> {
        self.store.write(&Tenant::default()).await.expect("a write begins")
    }

    /// Inserts and commits events with nothing folded from them.
    pub async fn insert(&self, events: &[&Event]) -> Revision {
        let mut tx = self.write().await;
        let revision = tx.revision();
        tx.insert(events, recorded_at()).await.expect("events can be inserted");
        tx.commit().await.expect("a write commits");
        revision
    }

    /// The recorded events with the given identities.
    pub async fn find(&self, identities: &[&Identity]) -> Vec<RecordedEvent> {
        let identities: Vec<Identity> = identities.iter().map(|it| (*it).clone()).collect();
        self.read().await.find(&identities).await.expect("events can be found")
    }

    /// What is recorded for one identity.
    pub async fn found(&self, event: &Event) -> Option<RecordedEvent> {
        self.find(&[&event.identity]).await.pop()
    }

    pub async fn state(&self, relationship: &Relationship, version: &ModelVersion) -> State {
        recorded_state(self.store.as_ref(), &Tenant::default(), relationship, version).await
    }
}

fn open(url: &str) -> Arc<dyn Store> {
    Arc::from(store::open(url).expect("the URL names a database"))
}

/// When the tests record: later than anything they say has occurred.
pub fn recorded_at() -> Timestamp {
    super::events::at("2030-01-01")
}

/// What the store holds folded for a relationship.
pub async fn recorded_state(
    store: &dyn Store,
    tenant: &Tenant,
    relationship: &Relationship,
    version: &ModelVersion,
) -> State {
    let mut tx = store.read(tenant).await.expect("a read begins");
    let states =
        folds::states(tx.as_mut(), std::slice::from_ref(relationship), version).await.expect("states can be read");
    let [state] = <[State; 1]>::try_from(states).expect("one relationship has one state");
    state
}

/// The relationships of a tenant that are folded, and those that are not.
pub async fn folded_and_unfolded(
    store: &dyn Store,
    tenant: &Tenant,
    version: &ModelVersion,
) -> (Vec<Relationship>, Vec<Relationship>) {
    let mut tx = store.read(tenant).await.expect("a read begins");
    let heads = tx.heads(&Selection::All).await.expect("heads can be read");
    let unfolded = tx.list_unfolded(version, None, 1_000_000).await.expect("the unfolded can be read");
    let unfolded: Vec<Relationship> = unfolded.into_iter().map(|(relationship, _)| relationship).collect();
    let all = heads.into_iter().map(|head| head.relationship);
    (all.filter(|it| !unfolded.contains(it)).collect(), unfolded)
}

/// What a verification of a tenant comes to, all chunks together.
pub async fn verified(store: &Arc<dyn Store>, tenant: &Tenant, repair: bool) -> Chunk {
    let models = Arc::new(Models::new(Model::default()));
    let mut verification = Verification::new(store.clone(), models, tenant.clone(), repair);
    let mut all = Chunk::default();
    while let Some(chunk) = verification.next().await.expect("it can be verified") {
        all.relationships += chunk.relationships;
        all.events += chunk.events;
        all.repaired.extend(chunk.repaired);
        all.left.extend(chunk.left);
    }
    all
}
