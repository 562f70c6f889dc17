//! The statements about what is stored as it is, for SQLite.

use super::backend::SqliteBackend;
use crate::store::sql::InspectionStatements;

impl InspectionStatements for SqliteBackend {
    /// From one relationship with events to the next: a look into the index for each, however many events there are.
    const LIST_STORED: &'static str = "
        WITH RECURSIVE eventful (customer, supplier, place) AS (
            SELECT $2, $3, 0
            UNION ALL
            SELECT e.customer, e.supplier, l.place + 1 FROM eventful l CROSS JOIN events e
            WHERE l.place < $4 AND e.rowid = (
                SELECT n.rowid FROM events n INDEXED BY events_by_relationship
                WHERE n.tenant = $1 AND (n.customer, n.supplier) > (l.customer, l.supplier)
                ORDER BY n.customer, n.supplier LIMIT 1
            )
        ), stored (customer, supplier) AS (
            SELECT customer, supplier FROM eventful WHERE place > 0
            UNION
            SELECT * FROM (SELECT r.customer, r.supplier FROM relationships r
                WHERE r.tenant = $1 AND (r.customer, r.supplier) > ($2, $3) ORDER BY r.customer, r.supplier LIMIT $4)
            UNION
            SELECT * FROM (SELECT DISTINCT f.customer, f.supplier FROM folds f
                WHERE f.tenant = $1 AND (f.customer, f.supplier) > ($2, $3) ORDER BY f.customer, f.supplier LIMIT $4)
            UNION
            SELECT * FROM (SELECT DISTINCT d.customer, d.supplier FROM folded_days d
                WHERE d.tenant = $1 AND (d.customer, d.supplier) > ($2, $3) ORDER BY d.customer, d.supplier LIMIT $4)
        )
        SELECT s.customer, s.supplier, coalesce(r.events, (
            SELECT count(*) FROM events e WHERE e.tenant = $1 AND e.customer = s.customer AND e.supplier = s.supplier
        ))
        FROM stored s LEFT JOIN relationships r
            ON r.tenant = $1 AND r.customer = s.customer AND r.supplier = s.supplier
        ORDER BY s.customer, s.supplier LIMIT $4";
    const STORED_EVENTS: &'static str = "
        SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.revision, e.retracts,
            e.revisits, e.ended_by, e.payload
        FROM json_each($2) k CROSS JOIN events e INDEXED BY events_by_relationship
        WHERE e.tenant = $1 AND e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1";
    const PUT_HEADS: &'static str = "
        INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
        SELECT $1, h.value ->> 0, h.value ->> 1, h.value ->> 2, h.value ->> 3, h.value ->> 4
        FROM json_each($2) h WHERE true
        ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
            latest_at = excluded.latest_at, events = excluded.events";
    const REMOVE_HEADS: &'static str = "
        DELETE FROM relationships WHERE tenant = $1
            AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each($2))";
}
