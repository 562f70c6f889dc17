//! A transaction of SQLite.

use sqlx::{Arguments, Sqlite, Transaction, sqlite::SqliteArguments};

use super::json;
use crate::store::{
    StoreError,
    sql::{Backend, Row, Value, classified},
};

/// Codes of passing troubles of the file: busy, locked, I/O error, full.
pub fn is_passing(code: &str) -> bool {
    // The low byte of an extended code is the primary one.
    matches!(code.parse::<u32>().map(|code| code & 0xff), Ok(5 | 6 | 10 | 13))
}

/// An error of the driver.
pub fn error(error: sqlx::Error) -> StoreError {
    classified(error, is_passing)
}

/// A transaction that has begun.
pub struct SqliteBackend(pub Transaction<'static, Sqlite>);

impl Backend for SqliteBackend {
    async fn fetch<O: Row>(&mut self, statement: &'static str, values: Vec<Value<'_>>) -> Result<Vec<O>, StoreError> {
        let query = sqlx::query_as_with(statement, arguments(values)?);
        query.fetch_all(&mut *self.0).await.map_err(error)
    }

    async fn execute(
        &mut self,
        statements: &'static [&'static str],
        values: Vec<Value<'_>>,
    ) -> Result<u64, StoreError> {
        let (arguments, mut changed) = (arguments(values)?, 0);
        for statement in statements {
            let query = sqlx::query_with(*statement, arguments.clone());
            changed = query.execute(&mut *self.0).await.map_err(error)?.rows_affected();
        }
        Ok(changed)
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await.map_err(error)
    }
}

fn arguments(values: Vec<Value<'_>>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Text(text) => arguments.add(text),
            Value::OptionalText(text) => arguments.add(text),
            Value::Integer(integer) => arguments.add(integer),
            Value::Rows(columns) => arguments.add(json::rows(&columns)?),
        };
        added.map_err(StoreError::failed)?;
    }
    Ok(arguments)
}
