//! The store in `PostgreSQL`: the server database, for several instances and for what a file cannot hold.
//!
//! Lists of rows go in as arrays, one for each column, so that a batch is a few statements however many events it has.

use std::{str::FromStr, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Postgres as Driver, Transaction as Tx,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
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

/// Connections to the server at the most.
const CONNECTIONS: u32 = 16;
/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// SQLSTATE classes that pass by themselves: connection troubles, too few resources, shut down, serialization failures.
pub(super) fn is_passing(code: &str) -> bool {
    const PASSING: [&str; 5] = ["08", "53", "57", "58", "40"];
    code.len() == 5 && PASSING.iter().any(|class| code.starts_with(class))
}

/// A `PostgreSQL` database.
pub struct Postgres {
    pool: PgPool,
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
            .application_name("rapport");
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        Ok(Self { pool: pool.connect_lazy_with(options) })
    }
}

#[async_trait]
impl Store for Postgres {
    async fn migrate(&self, new_id: &str) -> Result<String, StoreError> {
        MIGRATIONS.run(&self.pool).await?;
        sqlx::query(INSERT_ID).bind(new_id).execute(&self.pool).await?;
        Ok(sqlx::query_scalar(SELECT_ID).fetch_one(&self.pool).await?)
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        let mut tx = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let revision = sqlx::query_scalar(SELECT_REVISION).bind(&tenant.0).fetch_optional(&mut *tx).await?;
        Ok(Box::new(PostgresTransaction { tx, tenant: tenant.0.clone(), revision: revision.unwrap_or(0) }))
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Transaction>, StoreError> {
        // READ COMMITTED: each statement sees what was committed before it began, and once the tenant's row is ours
        // nobody else writes.
        let mut tx = self.pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let revision = sqlx::query_scalar(NEXT_REVISION).bind(&tenant.0).fetch_one(&mut *tx).await?;
        Ok(Box::new(PostgresTransaction { tx, tenant: tenant.0.clone(), revision }))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

struct PostgresTransaction {
    tx: Tx<'static, Driver>,
    tenant: String,
    revision: Revision,
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

    async fn heads(&mut self, selection: &Selection, model: &str) -> Result<Vec<Head>, StoreError> {
        let query = |sql| sqlx::query_as::<_, HeadRow>(sql).bind(&self.tenant).bind(model);
        let query = match selection {
            Selection::These(relationships) => {
                let (customers, suppliers) = keys(relationships);
                query(HEADS_OF_THESE).bind(customers).bind(suppliers)
            }
            Selection::Customer(customer) => query(HEADS_OF_CUSTOMER).bind(customer),
            Selection::Supplier(supplier) => query(HEADS_OF_SUPPLIER).bind(supplier),
            Selection::All => query(HEADS_OF_ALL),
        };
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(Head::from).collect())
    }

    async fn states(&mut self, relationships: &[Relationship], model: &str) -> Result<Vec<State>, StoreError> {
        let (customers, suppliers) = keys(relationships);
        let tx = &mut *self.tx;
        let tallies = sqlx::query_as::<_, TallyRow>(TALLIES).bind(&self.tenant).bind(model);
        let tallies = tallies.bind(&customers).bind(&suppliers).fetch_all(&mut *tx).await?;
        let counters = sqlx::query_as::<_, CounterRow>(COUNTERS).bind(&self.tenant).bind(model);
        let counters = counters.bind(&customers).bind(&suppliers).fetch_all(&mut *tx).await?;
        let pending = sqlx::query_as::<_, PendingRow>(PENDING).bind(&self.tenant).bind(model);
        let pending = pending.bind(&customers).bind(&suppliers).fetch_all(tx).await?;
        rows::states(relationships, tallies, counters, pending)
    }

    async fn events(&mut self, relationships: &[Relationship]) -> Result<Vec<RecordedEvent>, StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query_as(EVENTS_OF_RELATIONSHIPS).bind(&self.tenant).bind(customers).bind(suppliers);
        rows::events(query.fetch_all(&mut *self.tx).await?)
    }

    async fn interactions(&mut self, wanted: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError> {
        let (customers, suppliers) = keys(wanted.iter().map(|(relationship, _)| relationship));
        let ids: Vec<&str> = wanted.iter().map(|(_, interaction)| interaction.as_str()).collect();
        let query = sqlx::query_as(EVENTS_OF_INTERACTIONS).bind(&self.tenant).bind(customers).bind(suppliers).bind(ids);
        rows::events(query.fetch_all(&mut *self.tx).await?)
    }

    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError> {
        let (customers, suppliers) = keys(identities.iter().map(|it| &it.relationship));
        let sources: Vec<&str> = identities.iter().map(|it| it.source.as_str()).collect();
        let ids: Vec<&str> = identities.iter().map(|it| it.event_id.as_str()).collect();
        let query = sqlx::query_as(EVENTS_BY_IDENTITY).bind(&self.tenant).bind(customers).bind(suppliers);
        rows::events(query.bind(sources).bind(ids).fetch_all(&mut *self.tx).await?)
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
        let column = |of: fn(&Event) -> &str| events.iter().map(|event| of(event)).collect::<Vec<_>>();
        let payloads = events.iter().map(|event| rows::payload(event)).collect::<Result<Vec<_>, _>>()?;
        let query = sqlx::query_as::<_, IdentityRow>(INSERT_EVENTS)
            .bind(&self.tenant)
            .bind(column(|event| &event.identity.relationship.customer))
            .bind(column(|event| &event.identity.relationship.supplier))
            .bind(column(|event| &event.identity.source))
            .bind(column(|event| &event.identity.event_id))
            .bind(events.iter().map(|event| event.interaction.as_deref()).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.occurred_at.micros()).collect::<Vec<_>>())
            .bind(events.iter().map(|event| event.retracts()).collect::<Vec<_>>())
            .bind(payloads)
            .bind(recorded_at.micros())
            .bind(self.revision);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(Identity::from).collect())
    }

    async fn save(&mut self, updates: &[Update], model: &str) -> Result<(), StoreError> {
        self.save_heads(updates, model).await?;
        let rows = DerivedRows::of(updates)?;
        let (customers, suppliers) = keys(rows.replaced.iter().copied());
        if !rows.replaced.is_empty() {
            for sql in [DELETE_TALLIES, DELETE_COUNTERS, DELETE_PENDING] {
                let query = sqlx::query(sql).bind(&self.tenant).bind(model).bind(&customers).bind(&suppliers);
                query.execute(&mut *self.tx).await?;
            }
        }
        self.add_sums(&rows, model).await?;
        self.save_pending(&rows, model).await
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}

impl PostgresTransaction {
    async fn save_heads(&mut self, updates: &[Update], model: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(updates.iter().map(|it| &it.relationship));
        sqlx::query(UPSERT_RELATIONSHIPS)
            .bind(&self.tenant)
            .bind(&customers)
            .bind(&suppliers)
            .bind(updates.iter().map(|it| it.latest_at.micros()).collect::<Vec<_>>())
            .bind(updates.iter().map(|it| it.events).collect::<Vec<_>>())
            .bind(self.revision)
            .execute(&mut *self.tx)
            .await?;
        let folds = sqlx::query(UPSERT_FOLDS).bind(&self.tenant).bind(model).bind(customers).bind(suppliers);
        folds.bind(self.revision).execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn add_sums(&mut self, rows: &DerivedRows<'_>, model: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(rows.tallies.iter().map(|(it, ..)| *it));
        sqlx::query(ADD_TALLIES)
            .bind(&self.tenant)
            .bind(model)
            .bind(customers)
            .bind(suppliers)
            .bind(rows.tallies.iter().map(|(_, channel, ..)| channel.name()).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(_, _, day, _)| day.0).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.count).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.weight).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.value).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.square).collect::<Vec<_>>())
            .execute(&mut *self.tx)
            .await?;
        let (customers, suppliers) = keys(rows.counters.iter().map(|(it, ..)| *it));
        let counters: Vec<&str> = rows.counters.iter().map(|(_, counter, _)| counter.as_str()).collect();
        let counts: Vec<i64> = rows.counters.iter().map(|(.., count)| *count).collect();
        let query = sqlx::query(ADD_COUNTERS).bind(&self.tenant).bind(model).bind(customers).bind(suppliers);
        query.bind(counters).bind(counts).execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn save_pending(&mut self, rows: &DerivedRows<'_>, model: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(rows.pending.iter().map(|(it, ..)| *it));
        let ids: Vec<&str> = rows.pending.iter().map(|(_, id, _)| *id).collect();
        let states: Vec<&str> = rows.pending.iter().map(|(.., state)| state.as_str()).collect();
        let query = sqlx::query(UPSERT_PENDING).bind(&self.tenant).bind(model).bind(customers).bind(suppliers);
        query.bind(ids).bind(states).execute(&mut *self.tx).await?;
        let (customers, suppliers) = keys(rows.no_longer_pending.iter().map(|(it, _)| *it));
        let ids: Vec<&str> = rows.no_longer_pending.iter().map(|(_, id)| *id).collect();
        let query = sqlx::query(DELETE_NO_LONGER_PENDING).bind(&self.tenant).bind(model);
        query.bind(customers).bind(suppliers).bind(ids).execute(&mut *self.tx).await?;
        Ok(())
    }
}

const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, $1) ON CONFLICT DO NOTHING";
const SELECT_ID: &str = "SELECT id FROM datastore";
const SELECT_REVISION: &str = "SELECT revision FROM tenants WHERE tenant = $1";
const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES ($1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = tenants.revision + 1
    RETURNING revision";

/// The columns of a [`HeadRow`], from relationships `r` and their fold under the model $2.
macro_rules! heads {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, f.revision AS folded FROM ",
            $from,
            " LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier
                AND f.model = $2
              WHERE r.tenant = $1 AND ",
            $where,
            " ORDER BY r.customer, r.supplier"
        )
    };
}

const HEADS_OF_THESE: &str = heads!(
    "UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN relationships r",
    "r.customer = k.customer AND r.supplier = k.supplier"
);
const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = $3");
const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = $3");
const HEADS_OF_ALL: &str = heads!("relationships r", "true");

/// The columns of an [`EventRow`], from events `e`.
macro_rules! events {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.recorded_at,
                e.revision, e.payload,
                CASE WHEN e.retracts IS NULL THEN (
                    SELECT min(r.revision) FROM events r
                    WHERE r.tenant = e.tenant AND r.customer = e.customer AND r.supplier = e.supplier
                        AND r.source = e.source AND r.retracts = e.event_id
                ) END AS retracted
             FROM ",
            $from,
            " WHERE e.tenant = $1 AND ",
            $where
        )
    };
}

const EVENTS_OF_RELATIONSHIPS: &str = events!(
    "UNNEST($2::text[], $3::text[]) AS k (customer, supplier), events e",
    "e.customer = k.customer AND e.supplier = k.supplier"
);
const EVENTS_OF_INTERACTIONS: &str = events!(
    "UNNEST($2::text[], $3::text[], $4::text[]) AS k (customer, supplier, interaction_id), events e",
    "e.customer = k.customer AND e.supplier = k.supplier AND e.interaction_id = k.interaction_id"
);
const EVENTS_BY_IDENTITY: &str = events!(
    "UNNEST($2::text[], $3::text[], $4::text[], $5::text[]) AS k (customer, supplier, source, event_id), events e",
    "e.customer = k.customer AND e.supplier = k.supplier AND e.source = k.source AND e.event_id = k.event_id"
);
const LIST: &str = events!(
    "events e",
    "e.customer BETWEEN $2 AND $3 AND e.supplier BETWEEN $4 AND $5
        AND ($6::text IS NULL OR e.interaction_id = $6) AND e.occurred_at >= $7 AND e.occurred_at < $8
        AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > ($9, $10, $11, $12, $13)
     ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
     LIMIT $14"
);

const INSERT_EVENTS: &str = "
    INSERT INTO events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, retracts, payload,
        recorded_at, revision)
    SELECT $1, e.*, $10, $11
    FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[]) AS e
    ON CONFLICT DO NOTHING
    RETURNING customer, supplier, source, event_id";

const UPSERT_RELATIONSHIPS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, latest_at, events, revision)
    SELECT $1, u.*, $6 FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS u
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = greatest(relationships.latest_at, excluded.latest_at),
        events = relationships.events + excluded.events";
const UPSERT_FOLDS: &str = "
    INSERT INTO folds (tenant, model, customer, supplier, revision)
    SELECT $1, $2, u.*, $5 FROM UNNEST($3::text[], $4::text[]) AS u
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision";

/// The rows of a derived table that belong to the relationships in $3 and $4 under the model $2.
macro_rules! of_folds {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier), ",
            $table,
            " t WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2"
        )
    };
    (delete $table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " t USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
              WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2"
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
    INSERT INTO tallies (tenant, model, customer, supplier, channel, day, count, weight, value, square)
    SELECT $1, $2, t.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[]) AS t
    ON CONFLICT (tenant, customer, supplier, model, channel, day) DO UPDATE SET
        count = tallies.count + excluded.count, weight = tallies.weight + excluded.weight,
        value = tallies.value + excluded.value, square = tallies.square + excluded.square";
const ADD_COUNTERS: &str = "
    INSERT INTO counters (tenant, model, customer, supplier, counter, count)
    SELECT $1, $2, c.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::bigint[]) AS c
    ON CONFLICT (tenant, customer, supplier, model, counter) DO UPDATE SET count = counters.count + excluded.count";
const UPSERT_PENDING: &str = "
    INSERT INTO pending (tenant, model, customer, supplier, interaction_id, state)
    SELECT $1, $2, p.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[]) AS p
    ON CONFLICT (tenant, customer, supplier, model, interaction_id) DO UPDATE SET state = excluded.state";
const DELETE_NO_LONGER_PENDING: &str = "
    DELETE FROM pending t USING UNNEST($3::text[], $4::text[], $5::text[]) AS k (customer, supplier, interaction_id)
    WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2
        AND t.interaction_id = k.interaction_id";
