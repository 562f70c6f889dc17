//! The store in PostgreSQL: the server database, for several instances and for what a file cannot hold.
//!
//! Lists of rows go in as arrays, one for each column, so that a batch is a few statements however many events it has.

mod folds;
mod inspection;
mod parties;
mod sql;
mod versions;

use std::{collections::BTreeSet, str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Postgres as Driver, Transaction as Tx,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
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

/// SQLSTATE classes that pass by themselves: connection troubles, too few resources, shut down, serialization failures.
pub(super) fn is_passing(code: &str) -> bool {
    const PASSING: [&str; 5] = ["08", "53", "57", "58", "40"];
    code.len() == 5 && PASSING.iter().any(|class| code.starts_with(class))
}

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
        let mut connection = self.writers.acquire().await?;
        if let Err(error) = MIGRATIONS.run_direct(None, &mut *connection, false).await {
            // It would go on holding the lock that migrations take, and every other instance would wait for it.
            connection.close().await?;
            return Err(error.into());
        }
        drop(connection);
        sqlx::query(sql::INSERT_ID).bind(new_id).execute(&self.writers).await?;
        Ok(sqlx::query_scalar(sql::SELECT_ID).fetch_one(&self.writers).await?)
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        schema::check(sqlx::query_as(schema::APPLIED).fetch_all(&self.readers).await, &MIGRATIONS)
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        let mut tx =
            self.reading.over(self.readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?;
        let row: Option<TenantRow> =
            sqlx::query_as(sql::SELECT_TENANT).bind(&tenant.0).fetch_optional(&mut *tx).await?;
        Ok(Box::new(PostgresTransaction::begun(tx, tenant, row.unwrap_or_default())))
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        // READ COMMITTED: each statement sees what was committed before it began, and once the tenant's row is ours
        // nobody else writes.
        let mut tx = self.writing.over(self.writers.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")).await?;
        let row = sqlx::query_as(sql::NEXT_REVISION).bind(&tenant.0).fetch_one(&mut *tx).await?;
        Ok(Box::new(PostgresTransaction::begun(tx, tenant, row)))
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(sql::SELECT_TENANTS).fetch_all(&self.readers).await?;
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

struct PostgresTransaction {
    tx: Tx<'static, Driver>,
    tenant: String,
    revision: Revision,
    renewed: Revision,
    in_use: InUse,
}

impl PostgresTransaction {
    fn begun(tx: Tx<'static, Driver>, tenant: &Tenant, row: TenantRow) -> Self {
        Self { tx, tenant: tenant.0.clone(), revision: row.revision, renewed: row.renewed, in_use: row.in_use() }
    }
}

/// The keys of relationships, by column.
fn keys<'a>(relationships: impl IntoIterator<Item = &'a Relationship>) -> (Vec<&'a str>, Vec<&'a str>) {
    relationships.into_iter().map(|it| (it.customer.as_str(), it.supplier.as_str())).unzip()
}

#[async_trait]
impl Transaction for PostgresTransaction {
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
        let query = |sql| sqlx::query_as::<_, HeadRow>(sql).bind(&self.tenant);
        let query = match selection {
            Selection::These(relationships) => {
                let (customers, suppliers) = keys(relationships.iter().collect::<BTreeSet<_>>());
                query(sql::HEADS_OF_THESE).bind(customers).bind(suppliers)
            }
            Selection::Customer(customer) => query(sql::HEADS_OF_CUSTOMER).bind(customer),
            Selection::Supplier(supplier) => query(sql::HEADS_OF_SUPPLIER).bind(supplier),
            Selection::Parties { customers, suppliers } => query(sql::HEADS_OF_PARTIES).bind(customers).bind(suppliers),
            Selection::All => query(sql::HEADS_OF_ALL),
        };
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
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query_as(sql::EVENTS_OF_RELATIONSHIPS).bind(&self.tenant).bind(customers).bind(suppliers);
        rows::events(query.fetch_all(&mut *self.tx).await?)
    }

    async fn threads(&mut self, wanted: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError> {
        let (customers, suppliers) = keys(wanted.iter().map(|(relationship, _)| relationship));
        let ids: Vec<&str> = wanted.iter().map(|(_, interaction)| interaction.as_str()).collect();
        let query = sqlx::query_as(sql::EVENTS_OF_THREADS).bind(&self.tenant).bind(customers).bind(suppliers).bind(ids);
        rows::events(query.fetch_all(&mut *self.tx).await?)
    }

    async fn awaited(&mut self, relationships: &[Relationship]) -> Result<Vec<(Identity, Revision)>, StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query_as(sql::AWAITED).bind(&self.tenant).bind(customers).bind(suppliers);
        Ok(rows::awaited(query.fetch_all(&mut *self.tx).await?))
    }

    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError> {
        let (customers, suppliers) = keys(identities.iter().map(|it| &it.relationship));
        let sources: Vec<&str> = identities.iter().map(|it| it.source.as_str()).collect();
        let ids: Vec<&str> = identities.iter().map(|it| it.event_id.as_str()).collect();
        let query = sqlx::query_as(sql::EVENTS_BY_IDENTITY).bind(&self.tenant).bind(customers).bind(suppliers);
        rows::events(query.bind(sources).bind(ids).fetch_all(&mut *self.tx).await?)
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
        let column = |of: fn(&Event) -> &str| events.iter().map(|event| of(event)).collect::<Vec<_>>();
        let payloads = events.iter().map(|event| rows::payload(event)).collect::<Result<Vec<_>, _>>()?;
        let query = sqlx::query(sql::INSERT_EVENTS)
            .bind(&self.tenant)
            .bind(column(|event| &event.identity.relationship.customer))
            .bind(column(|event| &event.identity.relationship.supplier))
            .bind(column(|event| &event.identity.source))
            .bind(column(|event| &event.identity.event_id))
            .bind(events.iter().map(|event| event.interaction.as_deref()).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.occurred_at.micros()).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.retracts()).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.revisits()).collect::<Vec<_>>())
            .bind(payloads)
            .bind(recorded_at.micros())
            .bind(self.revision);
        Ok(rows::count(query.execute(&mut *self.tx).await?.rows_affected()))
    }

    async fn save(&mut self, updates: &[Update]) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(updates.iter().map(|it| &it.relationship));
        sqlx::query(sql::UPSERT_RELATIONSHIPS)
            .bind(&self.tenant)
            .bind(customers)
            .bind(suppliers)
            .bind(updates.iter().map(|it| it.latest_at.micros()).collect::<Vec<_>>())
            .bind(updates.iter().map(|it| it.events).collect::<Vec<_>>())
            .bind(self.revision)
            .bind(self.revision - NOTED_WRITES)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}
