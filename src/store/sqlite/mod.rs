//! The store in a SQLite file: the embedded default, nothing to install.
//!
//! One connection writes, some read. Lists of rows go in as one JSON parameter, so that a batch is a few statements
//! however many events it has.

mod folds;
mod inspection;
mod parties;
mod sql;
mod versions;

use std::{collections::BTreeSet, str::FromStr, time::Duration};

use async_trait::async_trait;
use serde::Serialize;
use sqlx::{
    ConnectOptions, Connection, Sqlite as Driver, Transaction as Tx,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    EventQuery, Head, InUse, NOTED_WRITES, RecordedEvent, Revision, Selection, Store, StoreError, Transaction, Update,
    is_noted,
    pool::{PoolUsage, Waits},
    rows::{self, EventRow, HeadRow, ListBounds},
    schema,
    versions::TenantRow,
};
use crate::{
    event::{Event, Identity, Relationship, Tenant},
    time::Timestamp,
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

/// Busy, locked, I/O error, full: passing troubles of the file, in SQLite's own codes.
pub(super) fn is_passing(code: &str) -> bool {
    // The low byte of an extended code is the primary one. Codes of PostgreSQL have five characters.
    let primary = if code.len() < 5 { code.parse::<u32>().map(|code| code & 0xff) } else { return false };
    matches!(primary, Ok(5 | 6 | 10 | 13))
}

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
        MIGRATIONS.run(&self.writer).await?;
        sqlx::query(sql::INSERT_ID).bind(new_id).execute(&self.writer).await?;
        Ok(sqlx::query_scalar(sql::SELECT_ID).fetch_one(&self.writer).await?)
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        // Not through the pool, which would make the file.
        let options = (*self.readers.connect_options()).clone().create_if_missing(false);
        let mut connection = options.connect().await?;
        schema::check(sqlx::query_as(schema::APPLIED).fetch_all(&mut connection).await, &MIGRATIONS)
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        let mut tx = self.reading.over(self.readers.begin()).await?;
        let row: Option<TenantRow> =
            sqlx::query_as(sql::SELECT_TENANT).bind(&tenant.0).fetch_optional(&mut *tx).await?;
        Ok(Box::new(SqliteTransaction::begun(tx, tenant, row.unwrap_or_default())))
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        let mut tx = self.writing.over(self.writer.begin_with("BEGIN IMMEDIATE")).await?;
        let row = sqlx::query_as(sql::NEXT_REVISION).bind(&tenant.0).fetch_one(&mut *tx).await?;
        Ok(Box::new(SqliteTransaction::begun(tx, tenant, row)))
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(sql::SELECT_TENANTS).fetch_all(&self.readers).await?;
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

struct SqliteTransaction {
    tx: Tx<'static, Driver>,
    tenant: String,
    revision: Revision,
    renewed: Revision,
    in_use: InUse,
}

/// Rows as one parameter.
fn json<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<String, StoreError> {
    let rows: Vec<T> = rows.into_iter().collect();
    serde_json::to_string(&rows).map_err(|error| StoreError::Failed(error.to_string()))
}

fn key(relationship: &Relationship) -> (&str, &str) {
    (&relationship.customer, &relationship.supplier)
}

impl SqliteTransaction {
    fn begun(tx: Tx<'static, Driver>, tenant: &Tenant, row: TenantRow) -> Self {
        Self { tx, tenant: tenant.0.clone(), revision: row.revision, renewed: row.renewed, in_use: row.in_use() }
    }

    async fn fetch_events(&mut self, sql: &'static str, keys: String) -> Result<Vec<RecordedEvent>, StoreError> {
        rows::events(sqlx::query_as(sql).bind(&self.tenant).bind(keys).fetch_all(&mut *self.tx).await?)
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    fn revision(&self) -> Revision {
        self.revision
    }

    fn renewed(&self) -> Revision {
        self.renewed
    }

    async fn renew(&mut self) -> Result<(), StoreError> {
        sqlx::query(sql::RENEW).bind(&self.tenant).bind(self.revision).execute(&mut *self.tx).await?;
        self.renewed = self.revision;
        Ok(())
    }

    async fn heads(&mut self, selection: &Selection) -> Result<Vec<Head>, StoreError> {
        let (sql, chosen) = match selection {
            Selection::These(relationships) => {
                (sql::HEADS_OF_THESE, json(relationships.iter().map(key).collect::<BTreeSet<_>>())?)
            }
            Selection::Customer(customer) => (sql::HEADS_OF_CUSTOMER, customer.clone()),
            Selection::Supplier(supplier) => (sql::HEADS_OF_SUPPLIER, supplier.clone()),
            Selection::Parties { customers, suppliers } => (sql::HEADS_OF_PARTIES, json([customers, suppliers])?),
            Selection::All => (sql::HEADS_OF_ALL, String::new()),
        };
        let query = sqlx::query_as::<_, HeadRow>(sql).bind(&self.tenant).bind(chosen);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(Head::from).collect())
    }

    async fn written_since(&mut self, revision: Revision) -> Result<Option<Vec<Head>>, StoreError> {
        if !is_noted(self.revision, revision) {
            return Ok(None);
        }
        let query = sqlx::query_as::<_, HeadRow>(sql::HEADS_WRITTEN_SINCE).bind(&self.tenant).bind(revision);
        Ok(Some(query.fetch_all(&mut *self.tx).await?.into_iter().map(Head::from).collect()))
    }

    async fn events(&mut self, relationships: &[Relationship]) -> Result<Vec<RecordedEvent>, StoreError> {
        self.fetch_events(sql::EVENTS_OF_RELATIONSHIPS, json(relationships.iter().map(key))?).await
    }

    async fn threads(&mut self, keys: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError> {
        let keys = keys.iter().map(|(it, interaction)| (&it.customer, &it.supplier, interaction));
        self.fetch_events(sql::EVENTS_OF_THREADS, json(keys)?).await
    }

    async fn awaited(&mut self, relationships: &[Relationship]) -> Result<Vec<(Identity, Revision)>, StoreError> {
        let query = sqlx::query_as(sql::AWAITED).bind(&self.tenant).bind(json(relationships.iter().map(key))?);
        Ok(rows::awaited(query.fetch_all(&mut *self.tx).await?))
    }

    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError> {
        let keys = identities.iter().map(|it| (key(&it.relationship), &it.source, &it.event_id));
        let keys = keys.map(|((customer, supplier), source, event_id)| (customer, supplier, source, event_id));
        self.fetch_events(sql::EVENTS_BY_IDENTITY, json(keys)?).await
    }

    async fn list(&mut self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        let bounds = ListBounds::of(query);
        let query = sqlx::query_as::<_, EventRow>(sql::LIST)
            .bind(&self.tenant)
            .bind(bounds.customer.0)
            .bind(bounds.customer.1)
            .bind(bounds.supplier.0)
            .bind(bounds.supplier.1)
            .bind(bounds.interaction)
            .bind(bounds.from)
            .bind(bounds.before)
            .bind(bounds.after.0)
            .bind(bounds.after.1)
            .bind(bounds.after.2)
            .bind(bounds.after.3)
            .bind(bounds.after.4)
            .bind(bounds.limit);
        rows::events(query.fetch_all(&mut *self.tx).await?)
    }

    async fn insert(&mut self, events: &[&Event], recorded_at: Timestamp) -> Result<usize, StoreError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let (customer, supplier) = key(event.relationship());
            let identity = (customer, supplier, &event.identity.source, &event.identity.event_id);
            let refers = (&event.interaction, event.retracts(), event.revisits());
            let (at, payload) = (event.occurred_at, rows::payload(event)?);
            let (c, s, source, id) = identity;
            rows.push((c, s, source, id, refers.0, at, refers.1, refers.2, payload));
        }
        let query = sqlx::query(sql::INSERT_EVENTS)
            .bind(&self.tenant)
            .bind(json(rows)?)
            .bind(recorded_at.micros())
            .bind(self.revision);
        Ok(rows::count(query.execute(&mut *self.tx).await?.rows_affected()))
    }

    async fn save(&mut self, updates: &[Update]) -> Result<(), StoreError> {
        let heads = updates.iter().map(|it| (key(&it.relationship), it.latest_at, it.events));
        let heads = json(heads.map(|((customer, supplier), at, count)| (customer, supplier, at, count)))?;
        let query = sqlx::query(sql::UPSERT_RELATIONSHIPS).bind(&self.tenant).bind(heads).bind(self.revision);
        query.execute(&mut *self.tx).await?;
        let note = json(updates.iter().map(|it| key(&it.relationship)))?;
        let query = sqlx::query(sql::NOTE_WRITE).bind(&self.tenant).bind(self.revision).bind(note);
        query.execute(&mut *self.tx).await?;
        let query = sqlx::query(sql::FORGET_WRITES).bind(&self.tenant).bind(self.revision - NOTED_WRITES);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}
