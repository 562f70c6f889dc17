//! The store, and what is begun on it.

use async_trait::async_trait;

use super::{
    Inspect, ReadBlocks, ReadEvents, ReadParties, ReadVersions, Repair, Revision, WriteBlocks, WriteEvents,
    WriteParties, WriteVersions,
};
use crate::{
    event::Tenant,
    store::{PoolUsage, StoreError},
};

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

    /// Begins to read.
    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Read>, StoreError>;

    /// Begins to write; waits for the tenant's previous write to end.
    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Write>, StoreError>;

    /// Every tenant that anything was ever written for.
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError>;

    /// How the connections are doing: those that read, and those that write.
    fn pool_usage(&self) -> [PoolUsage; 2];

    /// Closes every connection, waiting for the transactions under way.
    async fn close(&self);
}

/// One state of a tenant, as it is read: [`ReadEvents`], [`ReadBlocks`] (what is folded from them), [`ReadVersions`] (of the
/// model), [`ReadParties`], and [`Inspect`], which shows it all as it is stored. Nothing that reads can change anything.
pub trait Read: ReadEvents + ReadBlocks + ReadVersions + ReadParties + Inspect + Send {
    /// Whose state it is.
    fn tenant(&self) -> &str;

    /// The revision read at, or the one being written.
    fn revision(&self) -> Revision;

    /// The last write that may have changed every score at once: a switch of the model, or a repair; [`Revision::ZERO`]
    /// before any.
    fn renewed(&self) -> Revision;

    /// The last write that changed when anybody works; 0 before any.
    fn calendars_changed(&self) -> Revision;
}

/// The next state of a tenant, as it is written; it reads what it has written so far.
#[async_trait]
pub trait Write: Read + WriteEvents + WriteBlocks + WriteVersions + WriteParties + Repair {
    /// Notes that this write may change every score at once.
    async fn renew(&mut self) -> Result<(), StoreError>;

    /// Makes what was written durable and visible.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
