//! A transaction of PostgreSQL.

use sqlx::{Arguments, Postgres, Transaction, postgres::PgArguments};

use crate::store::{
    StoreError,
    sql::{Backend, Column, Row, Value, classified},
};

/// SQLSTATE classes that pass by themselves: connection troubles, too few resources, shut down, serialization failures.
pub fn is_passing(code: &str) -> bool {
    const PASSING: [&str; 5] = ["08", "53", "57", "58", "40"];
    PASSING.iter().any(|class| code.starts_with(class))
}

/// An error of the driver.
pub fn error(error: sqlx::Error) -> StoreError {
    classified(error, is_passing)
}

/// A transaction that has begun.
pub struct PostgresBackend(pub Transaction<'static, Postgres>);

impl Backend for PostgresBackend {
    async fn fetch<O: Row>(&mut self, statement: &'static str, values: Vec<Value<'_>>) -> Result<Vec<O>, StoreError> {
        let query = sqlx::query_as_with(statement, arguments(&values)?);
        query.fetch_all(&mut *self.0).await.map_err(error)
    }

    async fn execute(
        &mut self,
        statements: &'static [&'static str],
        values: Vec<Value<'_>>,
    ) -> Result<u64, StoreError> {
        let mut changed = 0;
        for statement in statements {
            let query = sqlx::query_with(*statement, arguments(&values)?);
            changed = query.execute(&mut *self.0).await.map_err(error)?.rows_affected();
        }
        Ok(changed)
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await.map_err(error)
    }
}

/// Each list of rows as one array for each column.
fn arguments(values: &[Value<'_>]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Text(text) => arguments.add(text),
            Value::OptionalText(text) => arguments.add(text),
            Value::Integer(integer) => arguments.add(integer),
            Value::Rows(columns) => columns.iter().try_for_each(|column| match column {
                Column::Text(cells) => arguments.add(cells),
                Column::OptionalText(cells) => arguments.add(cells),
                Column::Integer(cells) => arguments.add(cells),
                Column::Number(cells) => arguments.add(cells),
                Column::OptionalNumber(cells) => arguments.add(cells),
                Column::Bytes(cells) => arguments.add(cells),
            }),
        };
        added.map_err(StoreError::failed)?;
    }
    Ok(arguments)
}
