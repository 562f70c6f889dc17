//! The statements about what is stored as it is, for PostgreSQL.

use super::backend::PostgresBackend;
use crate::store::sql::InspectionStatements;

impl InspectionStatements for PostgresBackend {
    /// From one relationship with events to the next: a look into the index for each, however many events there are.
    const LIST_STORED: &'static str = r#"
        WITH RECURSIVE eventful (customer, supplier, place) AS (
            SELECT $2::text COLLATE "C", $3::text COLLATE "C", 0
            UNION ALL
            SELECT n.customer, n.supplier, l.place + 1 FROM eventful l CROSS JOIN LATERAL (
                SELECT e.customer, e.supplier FROM events e
                WHERE e.tenant = $1 AND (e.customer, e.supplier) > (l.customer, l.supplier)
                ORDER BY e.customer, e.supplier LIMIT 1
            ) AS n
            WHERE l.place < $4
        ), stored (customer, supplier) AS (
            SELECT customer, supplier FROM eventful WHERE place > 0
            UNION
            (SELECT r.customer, r.supplier FROM relationships r
             WHERE r.tenant = $1 AND (r.customer, r.supplier) > ($2, $3) ORDER BY r.customer, r.supplier LIMIT $4)
            UNION
            (SELECT DISTINCT f.customer, f.supplier FROM folds f
             WHERE f.tenant = $1 AND (f.customer, f.supplier) > ($2, $3) ORDER BY f.customer, f.supplier LIMIT $4)
            UNION
            (SELECT DISTINCT d.customer, d.supplier FROM folded_days d
             WHERE d.tenant = $1 AND (d.customer, d.supplier) > ($2, $3) ORDER BY d.customer, d.supplier LIMIT $4)
        )
        SELECT s.customer, s.supplier, coalesce(r.events, (
            SELECT count(*) FROM events e WHERE e.tenant = $1 AND e.customer = s.customer AND e.supplier = s.supplier
        ))
        FROM stored s LEFT JOIN relationships r
            ON r.tenant = $1 AND r.customer = s.customer AND r.supplier = s.supplier
        ORDER BY s.customer, s.supplier LIMIT $4"#;
    const STORED_EVENTS: &'static str = "
        SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.revision, e.retracts,
            e.revisits, e.ended_by, e.payload
        FROM UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT * FROM events e WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier OFFSET 0
        ) AS e";
    const PUT_HEADS: &'static str = "
        INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
        SELECT $1, h.* FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) AS h
        ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
            latest_at = excluded.latest_at, events = excluded.events";
    const REMOVE_HEADS: &'static str = "
        DELETE FROM relationships r USING UNNEST($2::text[], $3::text[]) AS k (customer, supplier)
        WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier";
}
