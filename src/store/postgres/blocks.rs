//! The statements about what is folded, for PostgreSQL.

use super::backend::PostgresBackend;
use crate::store::sql::{BlockStatements, unfolded};

/// The heads of relationships, and then what is asked for of the earlier blocks.
macro_rules! heads_and {
    ($blocks:literal) => {
        concat!(
            "SELECT k.customer, k.supplier, f.revision, f.part, f.state
            FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
                SELECT f.revision, f.part, f.state FROM folds f
                WHERE f.tenant = $1 AND f.customer = k.customer AND f.supplier = k.supplier AND f.model = $2 OFFSET 0
            ) AS f
            UNION ALL ",
            $blocks
        )
    };
}

impl BlockStatements for PostgresBackend {
    const FOLDED: &'static str = heads_and!(
        "SELECT k.customer, k.supplier, NULL, d.part, d.state
        FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT d.part, d.state FROM folded_days d
            WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $2 OFFSET 0
        ) AS d"
    );
    const FOLDED_IN: &'static str = heads_and!(
        "SELECT k.customer, k.supplier, NULL, k.part, d.state
        FROM UNNEST($5::text[], $6::text[], $7::integer[]) AS k (customer, supplier, part) CROSS JOIN LATERAL (
            SELECT d.state FROM folded_days d
            WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $2
                AND d.part = k.part OFFSET 0
        ) AS d"
    );
    const PUT_FOLDED: &'static [&'static str] = &["
        WITH days AS (
            INSERT INTO folded_days (tenant, model, customer, supplier, part, state)
            SELECT $1, $2, d.* FROM UNNEST($7::text[], $8::text[], $9::integer[], $10::bytea[]) AS d
            ON CONFLICT (tenant, customer, supplier, model, part) DO UPDATE SET state = excluded.state
        )
        INSERT INTO folds (tenant, model, customer, supplier, revision, part, state)
        SELECT $1, $2, s.customer, s.supplier, r.revision, s.part, s.state
        FROM UNNEST($3::text[], $4::text[], $5::integer[], $6::bytea[]) AS s (customer, supplier, part, state)
        CROSS JOIN LATERAL (
            SELECT r.revision FROM relationships r
            WHERE r.tenant = $1 AND r.customer = s.customer AND r.supplier = s.supplier OFFSET 0
        ) AS r
        ON CONFLICT (tenant, customer, supplier, model)
        DO UPDATE SET revision = excluded.revision, part = excluded.part, state = excluded.state"];
    const CLEAR: &'static [&'static str] = &["
        WITH days AS (
            DELETE FROM folded_days d USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
            WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $2
        )
        DELETE FROM folds f USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
        WHERE f.tenant = $1 AND f.customer = k.customer AND f.supplier = k.supplier AND f.model = $2"];
    const UNFOLDED_OF: &'static str = unfolded!(
        "SELECT r.customer, r.supplier
         FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT * FROM relationships r
            WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier OFFSET 0
         ) AS r",
        "true"
    );
    const LEFTOVERS: &'static str = "
        SELECT f.model, f.customer, f.supplier FROM tenants t
        JOIN models m ON m.tenant = t.tenant AND m.version IS DISTINCT FROM t.live
            AND m.version IS DISTINCT FROM t.building
        JOIN folds f ON f.tenant = t.tenant AND f.model = m.version
        WHERE t.tenant = $1
        LIMIT $2";
}
