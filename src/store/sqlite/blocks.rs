//! The statements about what is folded, for SQLite.

use super::backend::SqliteBackend;
use crate::store::sql::{BlockStatements, unfolded};

/// The heads of relationships, and then what is asked for of the earlier blocks.
macro_rules! heads_and {
    ($blocks:literal) => {
        concat!(
            "SELECT f.customer, f.supplier, f.revision, f.part, f.state FROM json_each($3) k CROSS JOIN folds f
            WHERE f.tenant = $1 AND f.customer = k.value ->> 0 AND f.supplier = k.value ->> 1 AND f.model = $2
            UNION ALL SELECT d.customer, d.supplier, NULL, d.part, d.state FROM ",
            $blocks
        )
    };
}

impl BlockStatements for SqliteBackend {
    const FOLDED: &'static str = heads_and!(
        "json_each($3) k CROSS JOIN folded_days d
        WHERE d.tenant = $1 AND d.customer = k.value ->> 0 AND d.supplier = k.value ->> 1 AND d.model = $2"
    );
    const FOLDED_IN: &'static str = heads_and!(
        "json_each($4) k CROSS JOIN folded_days d
        WHERE d.tenant = $1 AND d.customer = k.value ->> 0 AND d.supplier = k.value ->> 1 AND d.model = $2
            AND d.part = k.value ->> 2"
    );
    const PUT_FOLDED: &'static [&'static str] = &[
        "INSERT INTO folds (tenant, customer, supplier, model, revision, part, state)
        SELECT $1, r.customer, r.supplier, $2, r.revision, s.value ->> 2, unhex(s.value ->> 3)
        FROM json_each($3) s CROSS JOIN relationships r
        WHERE r.tenant = $1 AND r.customer = s.value ->> 0 AND r.supplier = s.value ->> 1
        ON CONFLICT (tenant, customer, supplier, model)
        DO UPDATE SET revision = excluded.revision, part = excluded.part, state = excluded.state",
        "INSERT INTO folded_days (tenant, customer, supplier, model, part, state)
        SELECT $1, value ->> 0, value ->> 1, $2, value ->> 2, unhex(value ->> 3) FROM json_each($4) WHERE true
        ON CONFLICT (tenant, customer, supplier, model, part) DO UPDATE SET state = excluded.state",
    ];
    const CLEAR: &'static [&'static str] = &[
        "DELETE FROM folded_days WHERE tenant = $1 AND model = $2
            AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each($3))",
        "DELETE FROM folds WHERE tenant = $1 AND model = $2
            AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each($3))",
    ];
    const UNFOLDED_OF: &'static str = unfolded!(
        "SELECT r.customer, r.supplier FROM json_each($3) k CROSS JOIN relationships r",
        "r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1"
    );
    const LEFTOVERS: &'static str = "
        SELECT f.model, f.customer, f.supplier
        FROM tenants t CROSS JOIN models m CROSS JOIN folds f INDEXED BY folds_by_model
        WHERE t.tenant = $1 AND m.tenant = t.tenant AND m.version IS NOT t.live AND m.version IS NOT t.building
            AND f.tenant = t.tenant AND f.model = m.version
        LIMIT $2";
}
