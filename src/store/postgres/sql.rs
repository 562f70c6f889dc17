//! The statements for PostgreSQL. All are constant: $1 is always the tenant; a list of rows is one array for each column.
//!
//! What is looked up for each of a list of keys is looked up LATERAL, in a subquery with OFFSET 0, which the planner leaves
//! as it is: it takes an index for each key. Left to itself it reads the whole table, as long as it has not counted the
//! rows of a new one, and stays with that plan.

pub(super) const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, $1) ON CONFLICT DO NOTHING";
pub(super) const SELECT_ID: &str = "SELECT id FROM datastore";
pub(super) const SELECT_TENANTS: &str = "SELECT tenant FROM tenants ORDER BY tenant";
pub(super) const SELECT_TENANT: &str = "SELECT revision, renewed, live, building FROM tenants WHERE tenant = $1";
pub(super) const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES ($1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = tenants.revision + 1
    RETURNING revision, renewed, live, building";

pub(super) const RENEW: &str = "UPDATE tenants SET renewed = $2 WHERE tenant = $1";

/// The columns of a `HeadRow`, from relationships `r`.
macro_rules! heads {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, r.events FROM ",
            $from,
            " WHERE r.tenant = $1 AND ",
            $where,
            " ORDER BY r.customer, r.supplier"
        )
    };
}

pub(super) const HEADS_OF_THESE: &str = heads!(
    "UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT * FROM relationships r
        WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier OFFSET 0
     ) AS r",
    "true"
);
pub(super) const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = $2");
pub(super) const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = $2");
pub(super) const HEADS_OF_PARTIES: &str =
    heads!("relationships r", "(r.customer = ANY($2::text[]) OR r.supplier = ANY($3::text[]))");
pub(super) const HEADS_OF_ALL: &str = heads!("relationships r", "true");
pub(super) const HEADS_WRITTEN_SINCE: &str = heads!(
    "(SELECT DISTINCT u.customer, u.supplier
      FROM writes w CROSS JOIN LATERAL UNNEST(w.customers, w.suppliers) AS u (customer, supplier)
      WHERE w.tenant = $1 AND w.revision > $2) AS k CROSS JOIN LATERAL (
        SELECT * FROM relationships r
        WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier OFFSET 0
     ) AS r",
    "true"
);

/// The columns of an `EventRow`, from events `e`.
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

pub(super) const EVENTS_OF_RELATIONSHIPS: &str = events!(
    "UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT * FROM events e
        WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier OFFSET 0
     ) AS e",
    "true"
);
pub(super) const EVENTS_OF_THREADS: &str = events!(
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
    "threads k CROSS JOIN LATERAL (
        SELECT * FROM events e
        WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier
            AND e.interaction_id = k.interaction_id OFFSET 0
     ) AS e",
    "true"
);
/// What is looked for is looked up by its key, which a join would not always do.
pub(super) const AWAITED: &str = "
    SELECT k.customer, k.supplier, a.source, a.retracts, a.revision
    FROM UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT r.source, r.retracts, min(r.revision) AS revision FROM events r
        WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier AND r.retracts IS NOT NULL
            AND (SELECT e.revision FROM events e
                 WHERE e.tenant = r.tenant AND e.source = r.source AND e.event_id = r.retracts
                    AND e.customer = r.customer AND e.supplier = r.supplier) IS NULL
        GROUP BY r.source, r.retracts OFFSET 0
    ) AS a";
pub(super) const EVENTS_BY_IDENTITY: &str = events!(
    "UNNEST($2::text[], $3::text[], $4::text[], $5::text[]) AS k (customer, supplier, source, event_id)
     CROSS JOIN LATERAL (
        SELECT * FROM events e
        WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier AND e.source = k.source
            AND e.event_id = k.event_id OFFSET 0
     ) AS e",
    "true"
);
pub(super) const LIST: &str = events!(
    "events e",
    "e.customer BETWEEN $2 AND $3 AND e.supplier BETWEEN $4 AND $5
        AND ($6::text IS NULL OR e.interaction_id = $6) AND e.occurred_at >= $7 AND e.occurred_at < $8
        AND (e.customer, e.supplier, e.occurred_at, e.source, e.event_id) > ($9, $10, $11, $12, $13)
     ORDER BY e.customer, e.supplier, e.occurred_at, e.source, e.event_id
     LIMIT $14"
);

pub(super) const INSERT_EVENTS: &str = "
    INSERT INTO events (tenant, customer, supplier, source, event_id, interaction_id, occurred_at, retracts, revisits,
        payload, recorded_at, revision)
    SELECT $1, e.*, $11, $12
    FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[],
        $10::text[]) AS e
    ON CONFLICT DO NOTHING";

/// With a note of the write, in place of one that is so old that nobody will ask for it.
pub(super) const UPSERT_RELATIONSHIPS: &str = "
    WITH noted AS (
        INSERT INTO writes (tenant, revision, customers, suppliers) VALUES ($1, $6, $2, $3)
    ), forgotten AS (
        DELETE FROM writes WHERE tenant = $1 AND revision BETWEEN $7 - 100 AND $7
    )
    INSERT INTO relationships (tenant, customer, supplier, latest_at, events, revision)
    SELECT $1, u.*, $6 FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS u
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = greatest(relationships.latest_at, excluded.latest_at),
        events = relationships.events + excluded.events";
