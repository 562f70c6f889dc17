//! What a database brings.

use std::future::Future;

use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};

use super::{BlockStatements, EventStatements, InspectionStatements, PartyStatements, Value};
use crate::store::StoreError;

/// A database transaction that has begun, and the statements that the database needs of its own.
pub trait Backend:
    EventStatements + BlockStatements + PartyStatements + InspectionStatements + Send + Sized + 'static
{
    /// The rows that a statement returns.
    fn fetch<O: Row>(
        &mut self,
        statement: &'static str,
        values: Vec<Value<'_>>,
    ) -> impl Future<Output = Result<Vec<O>, StoreError>> + Send;

    /// Executes statements one after the other, all with the same values, and returns how many rows the last has changed.
    fn execute(
        &mut self,
        statements: &'static [&'static str],
        values: Vec<Value<'_>>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Commits.
    fn commit(self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What rows of any database become.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static> Row for T {}
