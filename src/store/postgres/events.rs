//! The statements about events, for PostgreSQL. A list of rows is one array for each column.
//!
//! What is looked up for each of a list of keys is looked up LATERAL, in a subquery with OFFSET 0, which the planner leaves
//! as it is: it takes an index for each key. Left to itself it reads the whole table, as long as it has not counted the
//! rows of a new one, and stays with that plan.

use super::backend::PostgresBackend;
use crate::store::sql::{EventStatements, event_columns, heads};

/// Events `e`.
macro_rules! events {
    ($from:literal, $where:literal) => {
        events!("", $from, $where)
    };
    ($with:literal, $from:literal, $where:literal) => {
        concat!($with, event_columns!(""), $from, " WHERE e.tenant = $1 AND ", $where)
    };
}

impl EventStatements for PostgresBackend {
    const HEADS_OF_THESE: &'static str = heads!(
        "UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT * FROM relationships r
            WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier OFFSET 0
         ) AS r",
        "true"
    );
    const HEADS_OF_PARTIES: &'static str =
        heads!("relationships r", "(r.customer = ANY($2::text[]) OR r.supplier = ANY($3::text[]))");
    const HEADS_WRITTEN_SINCE: &'static str = heads!(
        "(SELECT DISTINCT u.customer, u.supplier
          FROM writes w CROSS JOIN LATERAL UNNEST(w.customers, w.suppliers) AS u (customer, supplier)
          WHERE w.tenant = $1 AND w.revision > $2) AS k CROSS JOIN LATERAL (
            SELECT * FROM relationships r
            WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier OFFSET 0
         ) AS r",
        "true"
    );
    const EVENTS_OF_RELATIONSHIPS: &'static str = events!(
        "UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT * FROM events e
            WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier OFFSET 0
         ) AS e",
        "true"
    );
    const EVENTS_OF_THREADS: &'static str = events!(
        r#"WITH RECURSIVE threads (customer, supplier, interaction_id) AS (
            SELECT k.customer COLLATE "C", k.supplier COLLATE "C", k.interaction_id COLLATE "C"
            FROM UNNEST($2::text[], $3::text[], $4::text[]) AS k (customer, supplier, interaction_id)
            UNION
            SELECT t.customer, t.supplier, tied.interaction_id FROM threads t CROSS JOIN LATERAL (
                SELECT e.interaction_id FROM events e
                WHERE e.tenant = $1 AND e.customer = t.customer AND e.supplier = t.supplier
                    AND e.revisits = t.interaction_id
                UNION ALL
                SELECT e.revisits FROM events e
                WHERE e.tenant = $1 AND e.customer = t.customer AND e.supplier = t.supplier
                    AND e.interaction_id = t.interaction_id AND e.revisits IS NOT NULL
            ) AS tied
        ) "#,
        "(SELECT e.* FROM threads k CROSS JOIN LATERAL (
            SELECT * FROM events e
            WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier
                AND e.interaction_id = k.interaction_id OFFSET 0
          ) AS e WHERE e.ended_by IS NULL
          UNION ALL
          SELECT e.* FROM (SELECT DISTINCT customer, supplier FROM threads) AS k CROSS JOIN LATERAL (
            SELECT * FROM events e
            WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier AND e.ended_by IS NOT NULL OFFSET 0
          ) AS e) AS e",
        "true"
    );
    /// What is looked for is looked up by its key, which a join would not always do.
    const AWAITED: &'static str = "
        SELECT k.customer, k.supplier, a.source, a.retracts, a.revision
        FROM UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT r.source, r.retracts, min(r.revision) AS revision FROM events r
            WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier AND r.retracts IS NOT NULL
                AND (SELECT e.revision FROM events e
                     WHERE e.tenant = r.tenant AND e.source = r.source AND e.event_id = r.retracts
                        AND e.customer = r.customer AND e.supplier = r.supplier) IS NULL
            GROUP BY r.source, r.retracts OFFSET 0
        ) AS a";
    const EVENTS_BY_IDENTITY: &'static str = events!(
        "UNNEST($2::text[], $3::text[], $4::text[], $5::text[]) AS k (customer, supplier, source, event_id)
         CROSS JOIN LATERAL (
            SELECT * FROM events e
            WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier AND e.source = k.source
                AND e.event_id = k.event_id OFFSET 0
         ) AS e",
        "true"
    );
    const LIST: &'static str = events!(
        "events e",
        "e.customer BETWEEN $2 AND $3 AND e.supplier BETWEEN $4 AND $5
            AND ($6::text IS NULL OR e.interaction_id = $6) AND e.occurred_at >= $7 AND e.occurred_at < $8
            AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > ($9, $10, $11, $12, $13)
         ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
         LIMIT $14"
    );
    const INSERT_EVENTS: &'static str = "
        INSERT INTO events (tenant, recorded_at, revision, customer, supplier, source, event_id, interaction_id,
            occurred_at, retracts, revisits, ended_by, payload)
        SELECT $1, $2, $3, e.*
        FROM UNNEST($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[],
            $12::text[], $13::text[]) AS e
        ON CONFLICT DO NOTHING";
    /// In one statement, and with it the notes go that are so old that nobody will ask for them.
    const SAVE: &'static [&'static str] = &["
        WITH noted AS (
            INSERT INTO writes (tenant, revision, customers, suppliers) VALUES ($1, $2, $4, $5)
        ), forgotten AS (
            DELETE FROM writes WHERE tenant = $1 AND revision BETWEEN $3 - 100 AND $3
        )
        INSERT INTO relationships (tenant, revision, customer, supplier, latest_at, events)
        SELECT $1, $2, u.* FROM UNNEST($4::text[], $5::text[], $6::bigint[], $7::bigint[]) AS u
        ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
            latest_at = greatest(relationships.latest_at, excluded.latest_at),
            events = relationships.events + excluded.events"];
}
