//! The statements for SQLite. All are constant: ?1 is always the tenant; a list of rows is a JSON array of arrays.

pub(super) const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, ?1) ON CONFLICT DO NOTHING";
pub(super) const SELECT_ID: &str = "SELECT id FROM datastore";
pub(super) const SELECT_TENANTS: &str = "SELECT tenant FROM tenants ORDER BY tenant";
pub(super) const SELECT_TENANT: &str = "SELECT revision, renewed, live, building FROM tenants WHERE tenant = ?1";
pub(super) const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES (?1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = revision + 1
    RETURNING revision, renewed, live, building";

pub(super) const RENEW: &str = "UPDATE tenants SET renewed = ?2 WHERE tenant = ?1";

/// The columns of a `HeadRow`, from relationships `r`.
macro_rules! heads {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, r.events FROM ",
            $from,
            " WHERE r.tenant = ?1 AND ?2 = ?2 AND ",
            $where,
            " ORDER BY r.customer, r.supplier"
        )
    };
}

pub(super) const HEADS_OF_THESE: &str =
    heads!("json_each(?2) k CROSS JOIN relationships r", "r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1");
pub(super) const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = ?2");
pub(super) const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = ?2");
pub(super) const HEADS_OF_PARTIES: &str = heads!(
    "relationships r",
    "(r.customer IN (SELECT k.value FROM json_each(?2, '$[0]') k)
        OR r.supplier IN (SELECT k.value FROM json_each(?2, '$[1]') k))"
);
pub(super) const HEADS_OF_ALL: &str = heads!("relationships r", "true");
pub(super) const HEADS_WRITTEN_SINCE: &str = heads!(
    "(SELECT DISTINCT k.value ->> 0 AS customer, k.value ->> 1 AS supplier
      FROM writes w, json_each(w.relationships) k WHERE w.tenant = ?1 AND w.revision > ?2) AS k
     CROSS JOIN relationships r",
    "r.customer = k.customer AND r.supplier = k.supplier"
);
pub(super) const NOTE_WRITE: &str = "INSERT INTO writes (tenant, revision, relationships) VALUES (?1, ?2, ?3)";
/// Forgets writes that are so old that nobody will ask for them.
pub(super) const FORGET_WRITES: &str = "DELETE FROM writes WHERE tenant = ?1 AND revision BETWEEN ?2 - 100 AND ?2";

/// The columns of an `EventRow`, from events `e`.
///
/// SQLite keeps no statistics until it is told to; so it is told which index.
macro_rules! events {
    ($from:literal, $where:literal) => {
        events!("", $from, $where)
    };
    ($with:literal, $from:literal, $where:literal) => {
        concat!(
            $with,
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

pub(super) const EVENTS_OF_RELATIONSHIPS: &str = events!(
    "json_each(?2) k CROSS JOIN events e INDEXED BY events_by_relationship",
    "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1"
);
pub(super) const EVENTS_OF_THREADS: &str = events!(
    "WITH RECURSIVE threads (customer, supplier, interaction_id) AS (
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2)
        UNION
        SELECT t.customer, t.supplier, e.interaction_id
        FROM threads t CROSS JOIN events e INDEXED BY events_by_revisited
        WHERE e.tenant = ?1 AND e.customer = t.customer AND e.supplier = t.supplier AND e.revisits = t.interaction_id
        UNION
        SELECT t.customer, t.supplier, e.revisits
        FROM threads t CROSS JOIN events e INDEXED BY events_by_relationship
        WHERE e.tenant = ?1 AND e.customer = t.customer AND e.supplier = t.supplier
            AND e.interaction_id = t.interaction_id AND e.revisits IS NOT NULL
    ) ",
    "threads k CROSS JOIN events e INDEXED BY events_by_relationship",
    "e.customer = k.customer AND e.supplier = k.supplier AND e.interaction_id = k.interaction_id"
);
pub(super) const AWAITED: &str = "
    SELECT r.customer, r.supplier, r.source, r.retracts, min(r.revision) AS revision
    FROM json_each(?2) k CROSS JOIN events r INDEXED BY events_by_retracted
    WHERE r.tenant = ?1 AND r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1 AND r.retracts IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM events e
            WHERE e.tenant = r.tenant AND e.source = r.source AND e.event_id = r.retracts
                AND e.customer = r.customer AND e.supplier = r.supplier
        )
    GROUP BY r.customer, r.supplier, r.source, r.retracts";
pub(super) const EVENTS_BY_IDENTITY: &str = events!(
    "json_each(?2) k CROSS JOIN events e",
    "e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1 AND e.source = k.value ->> 2
        AND e.event_id = k.value ->> 3"
);
pub(super) const LIST: &str = events!(
    "events e INDEXED BY events_by_relationship",
    "e.customer BETWEEN ?2 AND ?3 AND e.supplier BETWEEN ?4 AND ?5
        AND (?6 IS NULL OR e.interaction_id = ?6) AND e.occurred_at >= ?7 AND e.occurred_at < ?8
        AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > (?9, ?10, ?11, ?12, ?13)
     ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
     LIMIT ?14"
);

pub(super) const INSERT_EVENTS: &str = "
    INSERT INTO events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, recorded_at,
        revision, retracts, revisits, payload)
    SELECT ?1, e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, e.value ->> 4, e.value ->> 5, ?3, ?4,
        e.value ->> 6, e.value ->> 7, e.value ->> 8
    FROM json_each(?2) e WHERE true
    ON CONFLICT DO NOTHING";

pub(super) const UPSERT_RELATIONSHIPS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
    SELECT ?1, u.value ->> 0, u.value ->> 1, ?3, u.value ->> 2, u.value ->> 3
    FROM json_each(?2) u WHERE true
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = max(latest_at, excluded.latest_at), events = events + excluded.events";
