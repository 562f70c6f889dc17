//! The store: the contract that every database keeps. Only the two backends know SQL.
//!
//! A store holds events, which are the truth, and what is folded from them under a model. Everything happens in a
//! [`Transaction`] on behalf of one tenant:
//!
//! * A **write** transaction takes the tenant's next revision before it does anything else and holds it until it ends.
//!   So the writes of one tenant are in one order, each sees all that came before, and nothing is ever half visible.
//! * A **read** transaction sees one committed state throughout, whose revision it reports.
//! * Dropping a transaction without [`Transaction::commit`] undoes it.
//!
//! Text is ordered byte by byte. Every operation fails with [`StoreError::Unavailable`] while the database cannot be
//! reached, and works again by itself once it can.

mod folds;
mod inspection;
mod parties;
mod pool;
mod postgres;
mod rows;
mod schema;
mod sqlite;
mod versions;

use async_trait::async_trait;

pub use folds::Folds;
pub use inspection::{Inspection, StoredEvent, StoredState};
pub use parties::{Parties, PartyQuery};
pub use pool::PoolUsage;
pub use postgres::Postgres;
pub use sqlite::Sqlite;
pub use versions::{InUse, KeptModel, Versions};

use crate::{
    event::{Event, Identity, Relationship, Tenant},
    time::Timestamp,
};

/// The number of a write within its tenant: 0 before the first one.
pub type Revision = i64;

/// How many revisions back it is noted which relationships a write touched.
pub const NOTED_WRITES: Revision = 1_000;

/// Whether what was written after `since` is still noted as of the revision `now`.
fn is_noted(now: Revision, since: Revision) -> bool {
    since >= now - NOTED_WRITES
}

/// A database that keeps events and what is folded from them.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Brings the schema up to date and returns the database's own id: `new_id` where the database is new.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where the schema is newer than, or not the work of, this program.
    async fn migrate(&self, new_id: &str) -> Result<String, StoreError>;

    /// Fails unless the database is there with the schema of this program. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where the schema is another one.
    async fn check_schema(&self) -> Result<(), StoreError>;

    /// Begins a read transaction.
    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError>;

    /// Begins a write transaction; waits for the tenant's previous one to end.
    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError>;

    /// Every tenant that anything was ever written for.
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError>;

    /// How the connections are doing: those that read, and those that write.
    fn pool_usage(&self) -> [PoolUsage; 2];

    /// Closes every connection, waiting for the transactions under way.
    async fn close(&self);
}

/// Reads, and in a write transaction writes, of one tenant. What is about parties is in [`Parties`], about what is folded
/// in [`Folds`], about the models in [`Versions`], and what shows it all as it is stored in [`Inspection`].
#[async_trait]
pub trait Transaction: Folds + Inspection + Parties + Versions + Send {
    /// The revision read at, or the one being written.
    fn revision(&self) -> Revision;

    /// The last write that may have changed every score at once: a switch of the model, or a repair; 0 before any.
    fn renewed(&self) -> Revision;

    /// Notes that this write may change every score at once.
    async fn renew(&mut self) -> Result<(), StoreError>;

    /// The relationships that writes after `revision` have recorded events of, ordered by customer and supplier. None
    /// where that is too long ago: what was written is noted for the last [`NOTED_WRITES`] revisions only.
    async fn written_since(&mut self, revision: Revision) -> Result<Option<Vec<Head>>, StoreError>;

    /// The selected relationships, ordered by customer and supplier; those without events are left out.
    async fn heads(&mut self, selection: &Selection) -> Result<Vec<Head>, StoreError>;

    /// All events of the given relationships, in no particular order.
    async fn events(&mut self, relationships: &[Relationship]) -> Result<Vec<RecordedEvent>, StoreError>;

    /// All events of the threads that the given interactions belong to: of them, and of every interaction tied to one of
    /// them by requests that revisit earlier ones, taken back or not. In no particular order.
    async fn threads(&mut self, keys: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The events that retractions in the given relationships take back and that are not recorded, each with the first
    /// write to do so. In no particular order.
    async fn awaited(&mut self, relationships: &[Relationship]) -> Result<Vec<(Identity, Revision)>, StoreError>;

    /// The events with the given identities that are recorded, in no particular order.
    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError>;

    /// A page of events, ordered by customer, supplier, time, source and event id.
    async fn list(&mut self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError>;

    /// Records the events whose identity is not recorded yet, and returns how many those are. The given ones must differ
    /// in identity.
    async fn insert(&mut self, events: &[&Event], recorded_at: Timestamp) -> Result<usize, StoreError>;

    /// Notes that relationships got new events, each at most once. They are not folded any more, under any version.
    async fn save(&mut self, updates: &[Update]) -> Result<(), StoreError>;

    /// Makes a write durable and visible.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Which relationships to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those named.
    These(Vec<Relationship>),
    /// All of a customer.
    Customer(String),
    /// All of a supplier.
    Supplier(String),
    /// All of any of these customers, and all of any of these suppliers.
    Parties {
        /// The customers.
        customers: Vec<String>,
        /// The suppliers.
        suppliers: Vec<String>,
    },
    /// All of the tenant.
    All,
}

/// A relationship as far as the store knows it without its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The relationship.
    pub relationship: Relationship,
    /// The write that recorded its last event, or a later one that set right what is folded from them.
    pub revision: Revision,
    /// When the latest of its events occurred.
    pub latest_at: Timestamp,
    /// How many events it has, those taken back and those that take back included.
    pub events: i64,
}

/// An event with what the store knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The event as it was sent.
    pub event: Event,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The write that recorded it.
    pub revision: Revision,
    /// The write that recorded the first retraction of it.
    pub retracted: Option<Revision>,
}

/// Selects events. All filters given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Of this customer.
    pub customer: Option<String>,
    /// Of this supplier.
    pub supplier: Option<String>,
    /// Of this interaction.
    pub interaction: Option<String>,
    /// Occurred at this time or later.
    pub from: Option<Timestamp>,
    /// Occurred before this time.
    pub before: Option<Timestamp>,
    /// Only what follows this place in the order.
    pub after: Option<EventPlace>,
    /// At most so many.
    pub limit: u32,
}

/// The place of an event in the order of [`Transaction::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// What the event is known by.
    pub identity: Identity,
    /// When it occurred.
    pub occurred_at: Timestamp,
}

/// New events of a relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The relationship.
    pub relationship: Relationship,
    /// When the latest of the new events occurred.
    pub latest_at: Timestamp,
    /// How many new events there are.
    pub events: i64,
}

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or ended the connection. The same call may work again.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The schema is not one that this program may use.
    #[error("the database's schema: {0}")]
    Schema(String),
    /// Stored data that this program did not write, or any other fault.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        let lost = if let Error::Database(database) = &error {
            let code = database.code().unwrap_or_default();
            postgres::is_passing(&code) || sqlite::is_passing(&code)
        } else {
            let connection = matches!(error, Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed);
            connection || matches!(error, Error::PoolTimedOut | Error::PoolClosed)
        };
        if lost { Self::Unavailable(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as Error;
        match error {
            Error::Execute(error) | Error::ExecuteMigration(error, _) => error.into(),
            Error::VersionMissing(version) => Self::Schema(format!(
                "migration {version} was applied by a newer version of this program; start that version, or restore a backup"
            )),
            error => Self::Schema(error.to_string()),
        }
    }
}

/// Opens the store that a database URL names: `sqlite:FILE`, or `postgres://...`. Connects when first used.
///
/// # Errors
///
/// [`StoreError::Schema`] where the URL names no database that this program knows.
pub fn open(url: &str) -> Result<Box<dyn Store>, StoreError> {
    if url.starts_with("sqlite:") {
        Ok(Box::new(Sqlite::open(url)?))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Box::new(Postgres::open(url)?))
    } else {
        Err(StoreError::Schema(format!("{url:?} is neither sqlite:FILE nor postgres://USER@HOST/DATABASE")))
    }
}
