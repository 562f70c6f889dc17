//! A SQLite file and its connections.

use std::{str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};

use super::backend::{SqliteBackend, error, is_passing};
use crate::{
    event::Tenant,
    store::{
        PoolUsage, Read, Store, StoreError, Write,
        pool::Waits,
        sql::{self, Transaction},
    },
};

/// Connections that read at the same time.
const READERS: u32 = 4;
/// How long to wait for a connection, or for another process that writes to the same file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Rows that the thread of a connection reads ahead: at least a batch's, or it would wait for every few to be taken.
const ROWS: usize = 4_000;
/// Memory for the pages of the file, for each connection: a negative number of KiB, as SQLite has it. Its own 2 MB are less
/// than one batch touches.
const CACHE: &str = "-65536";
/// The log is moved into the file once it has so many pages of 4 KiB: a page that many batches change is moved once.
const WAL_PAGES: &str = "8000";

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// A SQLite file.
pub struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    reading: Waits,
    writing: Waits,
}

impl Sqlite {
    /// The file that `url` names; it is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where the URL cannot be read, or names a database in memory, which no two connections
    /// would share.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Schema(format!("{url:?}: {error}")))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .row_buffer_size(ROWS)
            .pragma("cache_size", CACHE)
            .pragma("wal_autocheckpoint", WAL_PAGES);
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::Schema("name a file: a database in memory would lose every event".to_owned()));
        }
        let pool = |most| {
            SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE).before_acquire(|connection, _| {
                // On a full disk SQLite undoes a transaction by itself, which the driver never learns: it would begin no
                // other on this connection.
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            })
        };
        Ok(Self {
            writer: pool(1).connect_lazy_with(options.clone()),
            readers: pool(READERS).connect_lazy_with(options),
            reading: Waits::default(),
            writing: Waits::default(),
        })
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn migrate(&self, new_id: &str) -> Result<String, StoreError> {
        MIGRATIONS.run(&self.writer).await.map_err(|error| sql::of_migration(error, is_passing))?;
        sqlx::query(sql::INSERT_ID).bind(new_id).execute(&self.writer).await.map_err(error)?;
        sqlx::query_scalar(sql::SELECT_ID).fetch_one(&self.writer).await.map_err(error)
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        // Not through the pool, which would make the file.
        let options = (*self.readers.connect_options()).clone().create_if_missing(false);
        let mut connection = options.connect().await.map_err(error)?;
        match sqlx::query_as(sql::APPLIED).fetch_all(&mut connection).await {
            Ok(applied) => sql::check(&applied, &MIGRATIONS),
            Err(sqlx::Error::Database(error)) => Err(sql::holds_no_events(error.as_ref())),
            Err(unclassified) => Err(error(unclassified)),
        }
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Read>, StoreError> {
        let begun = self.reading.over(self.readers.begin()).await.map_err(error)?;
        Transaction::reading(SqliteBackend(begun), tenant).await
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Write>, StoreError> {
        let begun = self.writing.over(self.writer.begin_with("BEGIN IMMEDIATE")).await.map_err(error)?;
        Transaction::writing(SqliteBackend(begun), tenant).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let names: Vec<String> =
            sqlx::query_scalar(sql::SELECT_TENANTS).fetch_all(&self.readers).await.map_err(error)?;
        Ok(names.into_iter().map(Tenant).collect())
    }

    fn pool_usage(&self) -> [PoolUsage; 2] {
        [self.reading.usage(&self.readers), self.writing.usage(&self.writer)]
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
