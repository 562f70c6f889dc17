//! A PostgreSQL database and the connections to it.

use std::{str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};

use super::backend::{PostgresBackend, error, is_passing};
use crate::{
    event::Tenant,
    store::{
        PoolUsage, Read, Store, StoreError, Write,
        pool::Waits,
        sql::{self, Transaction},
    },
};

/// Connections that read at the same time.
const READERS: u32 = 12;
/// Connections that write, or wait for their tenant's turn to: few, so that waiting writers never keep readers out.
const WRITERS: u32 = 4;
/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// The setting of PostgreSQL that ends a transaction whose client has fallen silent, and its value. A machine that goes
/// down without a word would else keep its tenant's turn to write until the network noticed, hours later. A URL whose
/// options name it has its own way.
const SILENCE: (&str, &str) = ("idle_in_transaction_session_timeout", "30s");

/// Compiling a statement before each execution, which PostgreSQL does where it expects many rows, takes far longer than any
/// of ours.
const NO_COMPILER: (&str, &str) = ("jit", "off");

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Every statement of a read sees the state of the first one.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Each statement of a write sees what was committed before it began, and once the tenant's row is ours nobody else writes.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// A PostgreSQL database.
pub struct Postgres {
    readers: PgPool,
    writers: PgPool,
    reading: Waits,
    writing: Waits,
}

impl Postgres {
    /// The database that `url` names.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where the URL cannot be read.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        // The URL may hold a password, so it is not repeated.
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Schema(format!("the URL of the database cannot be read: {error}")))?
            .application_name("rapport")
            .options([NO_COMPILER]);
        let writing = if url.contains(SILENCE.0) { options.clone() } else { options.clone().options([SILENCE]) };
        let pool = |most| PgPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        Ok(Self {
            readers: pool(READERS).connect_lazy_with(options),
            writers: pool(WRITERS).connect_lazy_with(writing),
            reading: Waits::default(),
            writing: Waits::default(),
        })
    }
}

#[async_trait]
impl Store for Postgres {
    async fn migrate(&self, new_id: &str) -> Result<String, StoreError> {
        let mut connection = self.writers.acquire().await.map_err(error)?;
        if let Err(failed) = MIGRATIONS.run_direct(None, &mut *connection, false).await {
            // It would go on holding the lock that migrations take, and every other instance would wait for it.
            connection.close().await.map_err(error)?;
            return Err(sql::of_migration(failed, is_passing));
        }
        drop(connection);
        sqlx::query(sql::INSERT_ID).bind(new_id).execute(&self.writers).await.map_err(error)?;
        sqlx::query_scalar(sql::SELECT_ID).fetch_one(&self.writers).await.map_err(error)
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        match sqlx::query_as(sql::APPLIED).fetch_all(&self.readers).await {
            Ok(applied) => sql::check(&applied, &MIGRATIONS),
            Err(sqlx::Error::Database(error)) => Err(sql::holds_no_events(error.as_ref())),
            Err(unclassified) => Err(error(unclassified)),
        }
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Read>, StoreError> {
        let begun = self.reading.over(self.readers.begin_with(BEGIN_READ)).await.map_err(error)?;
        Transaction::reading(PostgresBackend(begun), tenant).await
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Write>, StoreError> {
        let begun = self.writing.over(self.writers.begin_with(BEGIN_WRITE)).await.map_err(error)?;
        Transaction::writing(PostgresBackend(begun), tenant).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let names: Vec<String> =
            sqlx::query_scalar(sql::SELECT_TENANTS).fetch_all(&self.readers).await.map_err(error)?;
        Ok(names.into_iter().map(Tenant).collect())
    }

    fn pool_usage(&self) -> [PoolUsage; 2] {
        [self.reading.usage(&self.readers), self.writing.usage(&self.writers)]
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}
