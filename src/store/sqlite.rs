//! The store in a `SQLite` file: the embedded default, nothing to install.
//!
//! One connection writes, some read. Lists of rows go in as one JSON parameter, so that a batch is a few statements
//! however many events it has.

use std::{str::FromStr, time::Duration};

use async_trait::async_trait;
use serde::Serialize;
use sqlx::{
    Sqlite as Driver, Transaction as Tx,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    EventQuery, Head, RecordedEvent, Revision, Selection, Store, StoreError, Transaction, Update,
    rows::{self, CounterRow, DerivedRows, EventRow, HeadRow, IdentityRow, ListBounds, PendingRow, TallyRow},
};
use crate::{
    event::{Event, Identity, Relationship, Tenant},
    tally::State,
    time::Timestamp,
};

/// Connections that read at the same time.
const READERS: u32 = 4;
/// How long to wait for a connection, or for another process that writes to the same file.
const PATIENCE: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Busy, locked, I/O error, full: passing troubles of the file, in `SQLite`'s own codes.
pub(super) fn is_passing(code: &str) -> bool {
    // The low byte of an extended code is the primary one. Codes of PostgreSQL have five characters.
    let primary = if code.len() < 5 { code.parse::<u32>().map(|code| code & 0xff) } else { return false };
    matches!(primary, Ok(5 | 6 | 10 | 13))
}

/// A `SQLite` file.
pub struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
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
            .busy_timeout(PATIENCE);
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::Schema("name a file: a database in memory would lose every event".to_owned()));
        }
        let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        Ok(Self {
            writer: pool(1).connect_lazy_with(options.clone()),
            readers: pool(READERS).connect_lazy_with(options),
        })
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn migrate(&self, new_id: &str) -> Result<String, StoreError> {
        MIGRATIONS.run(&self.writer).await?;
        sqlx::query(INSERT_ID).bind(new_id).execute(&self.writer).await?;
        Ok(sqlx::query_scalar(SELECT_ID).fetch_one(&self.writer).await?)
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        let mut tx = self.readers.begin().await?;
        let revision = sqlx::query_scalar(SELECT_REVISION).bind(&tenant.0).fetch_optional(&mut *tx).await?;
        Ok(Box::new(SqliteTransaction { tx, tenant: tenant.0.clone(), revision: revision.unwrap_or(0) }))
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let revision = sqlx::query_scalar(NEXT_REVISION).bind(&tenant.0).fetch_one(&mut *tx).await?;
        Ok(Box::new(SqliteTransaction { tx, tenant: tenant.0.clone(), revision }))
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
    async fn execute(&mut self, sql: &'static str, model: &str, rows: String) -> Result<(), StoreError> {
        sqlx::query(sql).bind(&self.tenant).bind(rows).bind(model).execute(&mut *self.tx).await?;
        Ok(())
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

    async fn heads(&mut self, selection: &Selection, model: &str) -> Result<Vec<Head>, StoreError> {
        let (sql, chosen) = match selection {
            Selection::These(relationships) => (HEADS_OF_THESE, json(relationships.iter().map(key))?),
            Selection::Customer(customer) => (HEADS_OF_CUSTOMER, customer.clone()),
            Selection::Supplier(supplier) => (HEADS_OF_SUPPLIER, supplier.clone()),
            Selection::All => (HEADS_OF_ALL, String::new()),
        };
        let query = sqlx::query_as::<_, HeadRow>(sql).bind(&self.tenant).bind(chosen).bind(model);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(Head::from).collect())
    }

    async fn states(&mut self, relationships: &[Relationship], model: &str) -> Result<Vec<State>, StoreError> {
        let keys = json(relationships.iter().map(key))?;
        let tx = &mut *self.tx;
        let tallies = sqlx::query_as::<_, TallyRow>(TALLIES).bind(&self.tenant).bind(&keys).bind(model);
        let tallies = tallies.fetch_all(&mut *tx).await?;
        let counters = sqlx::query_as::<_, CounterRow>(COUNTERS).bind(&self.tenant).bind(&keys).bind(model);
        let counters = counters.fetch_all(&mut *tx).await?;
        let pending = sqlx::query_as::<_, PendingRow>(PENDING).bind(&self.tenant).bind(&keys).bind(model);
        rows::states(relationships, tallies, counters, pending.fetch_all(tx).await?)
    }

    async fn events(&mut self, relationships: &[Relationship]) -> Result<Vec<RecordedEvent>, StoreError> {
        self.fetch_events(EVENTS_OF_RELATIONSHIPS, json(relationships.iter().map(key))?).await
    }

    async fn interactions(&mut self, keys: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError> {
        let keys = keys.iter().map(|(it, interaction)| (&it.customer, &it.supplier, interaction));
        self.fetch_events(EVENTS_OF_INTERACTIONS, json(keys)?).await
    }

    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError> {
        let keys = identities.iter().map(|it| (key(&it.relationship), &it.source, &it.event_id));
        let keys = keys.map(|((customer, supplier), source, event_id)| (customer, supplier, source, event_id));
        self.fetch_events(EVENTS_BY_IDENTITY, json(keys)?).await
    }

    async fn list(&mut self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        let bounds = ListBounds::of(query);
        let query = sqlx::query_as::<_, EventRow>(LIST)
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

    async fn insert(&mut self, events: &[&Event], recorded_at: Timestamp) -> Result<Vec<Identity>, StoreError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let (customer, supplier) = key(event.relationship());
            let identity = (customer, supplier, &event.identity.source, &event.identity.event_id);
            let rest = (&event.interaction, event.occurred_at, event.retracts(), rows::payload(event)?);
            rows.push((identity.0, identity.1, identity.2, identity.3, rest.0, rest.1, rest.2, rest.3));
        }
        let query = sqlx::query_as::<_, IdentityRow>(INSERT_EVENTS)
            .bind(&self.tenant)
            .bind(json(rows)?)
            .bind(recorded_at.micros())
            .bind(self.revision);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(Identity::from).collect())
    }

    async fn save(&mut self, updates: &[Update], model: &str) -> Result<(), StoreError> {
        let heads = updates.iter().map(|it| (key(&it.relationship), it.latest_at, it.events));
        let heads = json(heads.map(|((customer, supplier), at, count)| (customer, supplier, at, count)))?;
        for sql in [UPSERT_RELATIONSHIPS, UPSERT_FOLDS] {
            let query = sqlx::query(sql).bind(&self.tenant).bind(&heads).bind(model).bind(self.revision);
            query.execute(&mut *self.tx).await?;
        }
        let rows = DerivedRows::of(updates)?;
        if !rows.replaced.is_empty() {
            let keys = json(rows.replaced.iter().map(|it| key(it)))?;
            for sql in [DELETE_TALLIES, DELETE_COUNTERS, DELETE_PENDING] {
                self.execute(sql, model, keys.clone()).await?;
            }
        }
        let tallies = rows.tallies.iter().map(|(it, channel, day, cell)| {
            let (customer, supplier) = key(it);
            (customer, supplier, channel.name(), day, cell.count, cell.weight, cell.value, cell.square)
        });
        self.execute(ADD_TALLIES, model, json(tallies)?).await?;
        let counters = rows.counters.iter().map(|(it, counter, count)| (&it.customer, &it.supplier, counter, count));
        self.execute(ADD_COUNTERS, model, json(counters)?).await?;
        let pending = rows.pending.iter().map(|(it, id, state)| (&it.customer, &it.supplier, id, state));
        self.execute(UPSERT_PENDING, model, json(pending)?).await?;
        let over = rows.no_longer_pending.iter().map(|(it, id)| (&it.customer, &it.supplier, id));
        self.execute(DELETE_NO_LONGER_PENDING, model, json(over)?).await
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}

const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, ?1) ON CONFLICT DO NOTHING";
const SELECT_ID: &str = "SELECT id FROM datastore";
const SELECT_REVISION: &str = "SELECT revision FROM tenants WHERE tenant = ?1";
const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES (?1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = revision + 1
    RETURNING revision";

/// The columns of a [`HeadRow`], from relationships `r` and their fold under the model ?3.
macro_rules! heads {
    ($from:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, f.revision AS folded FROM ",
            $from,
            " LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier
                AND f.model = ?3
              WHERE r.tenant = ?1 AND ?2 = ?2"
        )
    };
    ($from:literal, $where:literal) => {
        concat!(heads!($from), " AND ", $where, " ORDER BY r.customer, r.supplier")
    };
}

const HEADS_OF_THESE: &str =
    heads!("json_each(?2) k CROSS JOIN relationships r", "r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1");
const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = ?2");
const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = ?2");
const HEADS_OF_ALL: &str = heads!("relationships r", "true");

/// The columns of an [`EventRow`], from events `e`.
///
/// `SQLite` keeps no statistics until it is told to, and would rather search the primary key; so it is told which index.
macro_rules! events {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.recorded_at,
                e.revision, e.payload,
                CASE WHEN e.retracts IS NULL THEN (
                    SELECT min(r.revision) FROM events r INDEXED BY events_by_retracted
                    WHERE r.tenant = e.tenant AND r.customer = e.customer AND r.supplier = e.supplier
                        AND r.source = e.source AND r.retracts = e.event_id
                ) END AS retracted
             FROM ",
            $from,
            " WHERE e.tenant = ?1 AND ",
            $where
        )
    };
}

const EVENTS_OF_RELATIONSHIPS: &str =
    events!("json_each(?2) k CROSS JOIN events e", "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1");
const EVENTS_OF_INTERACTIONS: &str = events!(
    "json_each(?2) k CROSS JOIN events e INDEXED BY events_by_interaction",
    "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1 AND e.interaction_id = k.value ->> 2"
);
const EVENTS_BY_IDENTITY: &str = events!(
    "json_each(?2) k CROSS JOIN events e",
    "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1 AND e.source = k.value ->> 2
        AND e.event_id = k.value ->> 3"
);
const LIST: &str = events!(
    "events e",
    "e.customer BETWEEN ?2 AND ?3 AND e.supplier BETWEEN ?4 AND ?5
        AND (?6 IS NULL OR e.interaction_id = ?6) AND e.occurred_at >= ?7 AND e.occurred_at < ?8
        AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > (?9, ?10, ?11, ?12, ?13)
     ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
     LIMIT ?14"
);

const INSERT_EVENTS: &str = "
    INSERT INTO events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, recorded_at,
        revision, retracts, payload)
    SELECT ?1, e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, ?3, ?4,
        e.value ->> 6, e.value ->> 7
    FROM json_each(?2) e WHERE true
    ON CONFLICT DO NOTHING
    RETURNING customer, supplier, source, event_id";

const UPSERT_RELATIONSHIPS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
    SELECT ?1, u.value ->> 0, u.value ->> 1, ?4, u.value ->> 2, u.value ->> 3
    FROM json_each(?2) u WHERE ?3 = ?3
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = max(latest_at, excluded.latest_at), events = events + excluded.events";
const UPSERT_FOLDS: &str = "
    INSERT INTO folds (tenant, customer, supplier, model, revision)
    SELECT ?1, u.value ->> 0, u.value ->> 1, ?3, ?4 FROM json_each(?2) u WHERE true
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision";

/// The rows of a derived table that belong to the relationships in ?2 under the model ?3.
macro_rules! of_folds {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM json_each(?2) k CROSS JOIN ",
            $table,
            " t WHERE t.tenant = ?1 AND t.customer = k.value ->> 0 AND t.supplier = k.value ->> 1 AND t.model = ?3"
        )
    };
    (delete $table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE tenant = ?1 AND model = ?3
                AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))"
        )
    };
}

const TALLIES: &str =
    of_folds!("t.customer, t.supplier, t.channel, t.day, t.count, t.weight, t.value, t.square", "tallies");
const COUNTERS: &str = of_folds!("t.customer, t.supplier, t.counter, t.count", "counters");
const PENDING: &str = of_folds!("t.customer, t.supplier, t.interaction_id, t.state", "pending");
const DELETE_TALLIES: &str = of_folds!(delete "tallies");
const DELETE_COUNTERS: &str = of_folds!(delete "counters");
const DELETE_PENDING: &str = of_folds!(delete "pending");

const ADD_TALLIES: &str = "
    INSERT INTO tallies (tenant, customer, supplier, model, channel, day, count, weight, value, square)
    SELECT ?1, t.value ->> 0, t.value ->> 1, ?3, t.value ->> 2, t.value ->> 3, t.value ->> 4, t.value ->> 5,
        t.value ->> 6, t.value ->> 7
    FROM json_each(?2) t WHERE true
    ON CONFLICT (tenant, customer, supplier, model, channel, day) DO UPDATE SET count = count + excluded.count,
        weight = weight + excluded.weight, value = value + excluded.value, square = square + excluded.square";
const ADD_COUNTERS: &str = "
    INSERT INTO counters (tenant, customer, supplier, model, counter, count)
    SELECT ?1, c.value ->> 0, c.value ->> 1, ?3, c.value ->> 2, c.value ->> 3 FROM json_each(?2) c WHERE true
    ON CONFLICT (tenant, customer, supplier, model, counter) DO UPDATE SET count = count + excluded.count";
const UPSERT_PENDING: &str = "
    INSERT INTO pending (tenant, customer, supplier, model, interaction_id, state)
    SELECT ?1, p.value ->> 0, p.value ->> 1, ?3, p.value ->> 2, p.value ->> 3 FROM json_each(?2) p WHERE true
    ON CONFLICT (tenant, customer, supplier, model, interaction_id) DO UPDATE SET state = excluded.state";
const DELETE_NO_LONGER_PENDING: &str = "
    DELETE FROM pending WHERE tenant = ?1 AND model = ?3 AND (customer, supplier, interaction_id) IN
        (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2))";
