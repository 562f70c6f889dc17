//! The store: the contract that every database keeps. Only the two backends know SQL.
//!
//! A store holds events, which are the truth, and what is folded from them under a model, as bytes that it does not look
//! into: [`crate::folds`] does. Everything happens in a transaction on behalf of one tenant:
//!
//! * A [`Write`] takes the tenant's next revision before it does anything else and holds it until it ends. So the writes of
//!   one tenant are in one order, each sees all that came before, and nothing is ever half visible.
//! * A [`Read`] sees one committed state throughout, whose revision it reports. It cannot write.
//! * Dropping a write without [`Write::commit`] undoes it.
//!
//! Text is ordered byte by byte. Every operation fails with [`StoreError::Unavailable`] while the database cannot be
//! reached, and works again by itself once it can.
//!
//! The contract is in `contract/`. `sql/` keeps it once for all databases that speak SQL; what differs between them is their
//! statements, how a list of rows becomes parameters, how a transaction begins and which errors pass: `sqlite/` and
//! `postgres/`.

mod contract;
mod error;
mod open;
mod pool;
mod postgres;
mod sql;
mod sqlite;

pub use contract::{
    Blocks, EventPlace, EventQuery, Folded, Head, InUse, Inspect, KeptModel, NOTED_WRITES, PartyQuery, Read,
    ReadBlocks, ReadEvents, ReadParties, ReadVersions, RecordedEvent, Repair, Revision, Selection, Store, StoredEvent,
    Update, Write, WriteBlocks, WriteEvents, WriteParties, WriteVersions,
};
pub use error::{Cause, StoreError};
pub use open::open;
pub use pool::PoolUsage;
pub use postgres::Postgres;
pub use sqlite::Sqlite;
