//! The statements about events, for SQLite. A list of rows is a JSON array of arrays.
//!
//! SQLite keeps no statistics until it is told to; so it is told which index.

use super::backend::SqliteBackend;
use crate::store::sql::{EventStatements, event_columns, heads};

/// Events `e`.
macro_rules! events {
    ($from:literal, $where:literal) => {
        events!("", $from, $where)
    };
    ($with:literal, $from:literal, $where:literal) => {
        concat!($with, event_columns!("INDEXED BY events_by_retracted"), $from, " WHERE e.tenant = $1 AND ", $where)
    };
}

impl EventStatements for SqliteBackend {
    const HEADS_OF_THESE: &'static str = heads!(
        "json_each($2) k CROSS JOIN relationships r",
        "r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1"
    );
    const HEADS_OF_PARTIES: &'static str = heads!(
        "relationships r",
        "(r.customer IN (SELECT k.value FROM json_each($2) k) OR r.supplier IN (SELECT k.value FROM json_each($3) k))"
    );
    const HEADS_WRITTEN_SINCE: &'static str = heads!(
        "(SELECT DISTINCT k.value ->> 0 AS customer, k.value ->> 1 AS supplier
          FROM writes w, json_each(w.relationships) k WHERE w.tenant = $1 AND w.revision > $2) AS k
         CROSS JOIN relationships r",
        "r.customer = k.customer AND r.supplier = k.supplier"
    );
    const EVENTS_OF_RELATIONSHIPS: &'static str = events!(
        "json_each($2) k CROSS JOIN events e INDEXED BY events_by_relationship",
        "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1"
    );
    const EVENTS_OF_THREADS: &'static str = events!(
        "WITH RECURSIVE threads (customer, supplier, interaction_id) AS (
            SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($2)
            UNION
            SELECT t.customer, t.supplier, e.interaction_id
            FROM threads t CROSS JOIN events e INDEXED BY events_by_revisited
            WHERE e.tenant = $1 AND e.customer = t.customer AND e.supplier = t.supplier AND e.revisits = t.interaction_id
            UNION
            SELECT t.customer, t.supplier, e.revisits
            FROM threads t CROSS JOIN events e INDEXED BY events_by_relationship
            WHERE e.tenant = $1 AND e.customer = t.customer AND e.supplier = t.supplier
                AND e.interaction_id = t.interaction_id AND e.revisits IS NOT NULL
        ) ",
        "(SELECT e.* FROM threads k CROSS JOIN events e INDEXED BY events_by_relationship
          WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier
            AND e.interaction_id = k.interaction_id AND e.ended_by IS NULL
          UNION ALL
          SELECT e.* FROM (SELECT DISTINCT customer, supplier FROM threads) k
          CROSS JOIN events e INDEXED BY events_that_end
          WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier AND e.ended_by IS NOT NULL) e",
        "true"
    );
    const AWAITED: &'static str = "
        SELECT r.customer, r.supplier, r.source, r.retracts, min(r.revision) AS revision
        FROM json_each($2) k CROSS JOIN events r INDEXED BY events_by_retracted
        WHERE r.tenant = $1 AND r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1 AND r.retracts IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM events e
                WHERE e.tenant = r.tenant AND e.source = r.source AND e.event_id = r.retracts
                    AND e.customer = r.customer AND e.supplier = r.supplier
            )
        GROUP BY r.customer, r.supplier, r.source, r.retracts";
    const EVENTS_BY_IDENTITY: &'static str = events!(
        "json_each($2) k CROSS JOIN events e",
        "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1 AND e.source = k.value ->> 2
            AND e.event_id = k.value ->> 3"
    );
    const LIST: &'static str = events!(
        "events e INDEXED BY events_by_relationship",
        "e.customer BETWEEN $2 AND $3 AND e.supplier BETWEEN $4 AND $5
            AND ($6 IS NULL OR e.interaction_id = $6) AND e.occurred_at >= $7 AND e.occurred_at < $8
            AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > ($9, $10, $11, $12, $13)
         ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
         LIMIT $14"
    );
    const INSERT_EVENTS: &'static str = "
        INSERT INTO events (tenant, recorded_at, revision, customer, supplier, source, event_id, interaction_id,
            occurred_at, retracts, revisits, ended_by, payload)
        SELECT $1, $2, $3, e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5,
            e.value ->> 6, e.value ->> 7, e.value ->> 8, e.value ->> 9
        FROM json_each($4) e WHERE true
        ON CONFLICT DO NOTHING";
    const SAVE: &'static [&'static str] = &[
        "INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
        SELECT $1, u.value ->> 0, u.value ->> 1, $2, u.value ->> 2, u.value ->> 3
        FROM json_each($4) u WHERE true
        ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
            latest_at = max(latest_at, excluded.latest_at), events = events + excluded.events",
        "INSERT INTO writes (tenant, revision, relationships)
        SELECT $1, $2, json_group_array(json_array(u.value ->> 0, u.value ->> 1)) FROM json_each($4) u",
        // What is so old that nobody will ask for it.
        "DELETE FROM writes WHERE tenant = $1 AND revision BETWEEN $3 - 100 AND $3",
    ];
}
