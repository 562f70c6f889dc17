//! What somebody would do without us: the events, bare, in a table with its key, and statements on it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rapport::event::{Event, Payload, Relationship};
use sqlx::{
    Connection, PgConnection, QueryBuilder, Sqlite, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{
    task::JoinSet,
    time::{Duration, Instant},
};

use crate::{Outcome, figure::median};

/// The columns that our own table has, and the kind of the event as a number, for statements that rank.
const TABLE: &str = "CREATE TABLE bare_events (
    tenant TEXT NOT NULL, customer TEXT NOT NULL, supplier TEXT NOT NULL, source TEXT NOT NULL, event_id TEXT NOT NULL,
    interaction_id TEXT, occurred_at BIGINT NOT NULL, recorded_at BIGINT NOT NULL, revision BIGINT NOT NULL,
    kind SMALLINT NOT NULL, payload TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, supplier, source, event_id))";

const INSERT: &str = "
    INSERT INTO bare_events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, kind, payload,
        recorded_at, revision)
    SELECT 'default', e.*, 1, 1
    FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::smallint[],
        $8::text[]) AS e
    ON CONFLICT DO NOTHING";

/// A state of 200 bytes, as one that is kept beside the events would be.
const STATES: &str =
    "CREATE TABLE bare_states (customer TEXT, supplier TEXT, state BYTEA, PRIMARY KEY (customer, supplier))";
const UPSERT_STATE: &str = "INSERT INTO bare_states VALUES ($1, $2, $3)
    ON CONFLICT (customer, supplier) DO UPDATE SET state = excluded.state";
const SELECT_STATE: &str = "SELECT state FROM bare_states WHERE customer = $1 AND supplier = $2";
const STATE_BYTES: usize = 200;

/// How promptly each supplier answers, recent requests weighing more: what a person would write.
macro_rules! ranking {
    () => {
        "SELECT customer, supplier, sum(weight * on_time) / sum(weight) AS score
        FROM (
            SELECT customer, supplier, exp((asked - extract(epoch FROM now()) * 1e6)::float8 / 15552000e6) AS weight,
                CASE WHEN answered - asked <= 172800000000 THEN 1 ELSE 0 END AS on_time
            FROM (
                SELECT customer, supplier, interaction_id, min(occurred_at) FILTER (WHERE kind = 0) AS asked,
                    min(occurred_at) FILTER (WHERE kind = 1) AS answered
                FROM bare_events GROUP BY customer, supplier, interaction_id
            ) AS interactions
        ) AS requests
        GROUP BY customer, supplier"
    };
}
/// The best 50.
pub const QUERY: &str = concat!(ranking!(), " ORDER BY score DESC LIMIT 50");
const CREATE_VIEW: &str = concat!("CREATE MATERIALIZED VIEW bare_ranking AS ", ranking!());
const VIEW: &str = "SELECT * FROM bare_ranking ORDER BY score DESC LIMIT 50";
const REFRESH: &str = "REFRESH MATERIALIZED VIEW bare_ranking";

/// Events in one statement.
const ROWS: usize = 1_000;
/// Connections that write at once; more are no faster.
const WRITERS: usize = 2;
/// Connections that write one event in a transaction.
const SINGLE_WRITERS: usize = 16;

/// Events as the columns of a statement.
#[derive(Default)]
pub struct Rows {
    customers: Vec<String>,
    suppliers: Vec<String>,
    sources: Vec<String>,
    event_ids: Vec<String>,
    interactions: Vec<Option<String>>,
    moments: Vec<i64>,
    kinds: Vec<i16>,
    payloads: Vec<String>,
}

impl Rows {
    fn of(events: impl Iterator<Item = Event>) -> Outcome<Self> {
        let mut rows = Self::default();
        for event in events {
            rows.payloads.push(serde_json::to_string(&event.payload)?);
            rows.kinds.push(kind(&event.payload));
            rows.customers.push(event.identity.relationship.customer);
            rows.suppliers.push(event.identity.relationship.supplier);
            rows.sources.push(event.identity.source);
            rows.event_ids.push(event.identity.event_id);
            rows.interactions.push(event.interaction);
            rows.moments.push(event.occurred_at.micros());
        }
        Ok(rows)
    }

    async fn insert(&self, connection: &mut PgConnection) -> Outcome<()> {
        let query = sqlx::query(INSERT).bind(&self.customers).bind(&self.suppliers).bind(&self.sources);
        let query = query.bind(&self.event_ids).bind(&self.interactions).bind(&self.moments);
        query.bind(&self.kinds).bind(&self.payloads).execute(connection).await?;
        Ok(())
    }

    /// Inserts one event and the state of its relationship, in one transaction.
    async fn insert_with_state(&self, connection: &mut PgConnection) -> Outcome<()> {
        let mut tx = connection.begin().await?;
        self.insert(&mut tx).await?;
        let query = sqlx::query(UPSERT_STATE).bind(&self.customers[0]).bind(&self.suppliers[0]);
        query.bind(vec![0_u8; STATE_BYTES]).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn insert_into_sqlite(&self, connection: &mut SqliteConnection) -> Outcome<()> {
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new(
            "INSERT INTO bare_events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, kind,
                payload, recorded_at, revision) ",
        );
        insert.push_values(0..self.customers.len(), |mut row, index| {
            row.push("'default'").push_bind(&self.customers[index]).push_bind(&self.suppliers[index]);
            row.push_bind(&self.sources[index]).push_bind(&self.event_ids[index]);
            row.push_bind(&self.interactions[index]).push_bind(self.moments[index]).push_bind(self.kinds[index]);
            row.push_bind(&self.payloads[index]).push("1").push("1");
        });
        insert.push(" ON CONFLICT DO NOTHING").build().execute(connection).await?;
        Ok(())
    }
}

/// Requests 0, answers 1, everything else 2.
pub fn kind(payload: &Payload) -> i16 {
    match payload {
        Payload::Requested(_) => 0,
        Payload::Responded(_) | Payload::Refused(_) => 1,
        _ => 2,
    }
}

/// Events as statements of 1,000 rows.
pub fn statements(events: impl Iterator<Item = Event>) -> Outcome<Vec<Rows>> {
    rows(events, ROWS)
}

/// Events as statements of one row.
pub fn single_statements(events: impl Iterator<Item = Event>) -> Outcome<Vec<Rows>> {
    rows(events, 1)
}

fn rows(events: impl Iterator<Item = Event>, size: usize) -> Outcome<Vec<Rows>> {
    let mut events = events.peekable();
    let mut statements = Vec::new();
    while events.peek().is_some() {
        statements.push(Rows::of(events.by_ref().take(size))?);
    }
    Ok(statements)
}

/// Makes the tables in a PostgreSQL database.
pub async fn create(url: &str) -> Outcome<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    sqlx::query(STATES).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Removes what [`create`] and [`prepare_ranking`] made.
pub async fn remove(url: &str) -> Outcome<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("DROP TABLE bare_events, bare_states CASCADE").execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Makes the view, and lets PostgreSQL look at the events as it would in its own time.
pub async fn prepare_ranking(url: &str) -> Outcome<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("VACUUM ANALYZE bare_events").execute(&mut connection).await?;
    sqlx::query(CREATE_VIEW).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Ways to the best 50.
#[derive(Clone, Copy)]
pub enum Ranking {
    /// Aggregate the events.
    Query,
    /// Read the view as it was last refreshed.
    View,
    /// Refresh the view.
    Refresh,
}

/// Ranks once, with as much memory as it likes; returns the seconds it took.
pub async fn rank(url: &str, how: Ranking) -> Outcome<f64> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("SET work_mem = '1GB'").execute(&mut connection).await?;
    let statement = match how {
        Ranking::Query => QUERY,
        Ranking::View => VIEW,
        Ranking::Refresh => REFRESH,
    };
    let begun = Instant::now();
    sqlx::query(statement).fetch_all(&mut connection).await?;
    let seconds = begun.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(seconds)
}

/// What a statement is executed as.
#[derive(Clone, Copy)]
pub enum As {
    /// A transaction of its own, by one of two writers.
    Statement,
    /// A transaction with an upsert of the state of its (one) event's relationship, by one of many writers.
    EventWithState,
}

/// Executes the statements, or as many as there is time for; returns how many a second.
pub async fn execute(url: &str, statements: Arc<Vec<Rows>>, how: As, most: Duration) -> Outcome<f64> {
    let writers = match how {
        As::Statement => WRITERS,
        As::EventWithState => SINGLE_WRITERS,
    };
    let mut connections = Vec::new();
    for _ in 0..writers {
        connections.push(PgConnection::connect(url).await?);
    }
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        let (next, statements) = (Arc::clone(&next), Arc::clone(&statements));
        tasks.spawn(async move {
            let mut done = 0;
            while begun.elapsed() < most
                && let Some(rows) = statements.get(next.fetch_add(1, Ordering::Relaxed))
            {
                match how {
                    As::Statement => rows.insert(&mut connection).await?,
                    As::EventWithState => rows.insert_with_state(&mut connection).await?,
                }
                done += 1;
            }
            Outcome::Ok(done)
        });
    }
    let mut done = 0;
    while let Some(task) = tasks.join_next().await {
        done += task??;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// Inserts the statements into a new SQLite file, as careful as ours; returns how many a second.
pub async fn execute_in_sqlite(file: &Path, statements: &[Rows]) -> Outcome<f64> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    let begun = Instant::now();
    for rows in statements {
        rows.insert_into_sqlite(&mut connection).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(statements.len() as f64 / seconds)
}

/// Keeps a state for each of the relationships.
pub async fn keep_states(url: &str, relationships: &[Relationship]) -> Outcome<()> {
    let mut connection = PgConnection::connect(url).await?;
    let (customers, suppliers): (Vec<&str>, Vec<&str>) =
        relationships.iter().map(|it| (it.customer.as_str(), it.supplier.as_str())).unzip();
    let insert = "INSERT INTO bare_states SELECT k.*, $3 FROM UNNEST($1::text[], $2::text[]) AS k";
    let query = sqlx::query(insert).bind(customers).bind(suppliers).bind(vec![0_u8; STATE_BYTES]);
    query.execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Looks the states up by their key, one after the other; returns the median time of one, in seconds.
pub async fn look_up(url: &str, relationships: &[&Relationship]) -> Outcome<f64> {
    let mut connection = PgConnection::connect(url).await?;
    let mut times = Vec::new();
    for it in relationships {
        let begun = Instant::now();
        let query = sqlx::query_scalar(SELECT_STATE).bind(&it.customer).bind(&it.supplier);
        let _state: Vec<u8> = query.fetch_one(&mut connection).await?;
        times.push(begun.elapsed().as_secs_f64());
    }
    connection.close().await?;
    Ok(median(times))
}
