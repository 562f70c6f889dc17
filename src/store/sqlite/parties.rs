//! The statements about parties, for SQLite.

use super::backend::SqliteBackend;
use crate::store::sql::{PartyStatements, party_columns};

/// The parties that a query finds, and all that is part of them.
macro_rules! and_parts {
    ($found:literal) => {
        concat!(
            "
        WITH RECURSIVE part (party) AS (
            ",
            $found,
            "
            UNION
            SELECT p.party FROM part w CROSS JOIN parties p INDEXED BY parties_by_parent
            WHERE p.tenant = $1 AND p.parent = w.party
        ) ",
            party_columns!(),
            "part w CROSS JOIN parties p WHERE p.tenant = $1 AND p.party = w.party"
        )
    };
}

impl PartyStatements for SqliteBackend {
    const PARTIES: &'static str = concat!(
        party_columns!(),
        "(SELECT DISTINCT value AS party FROM json_each($2)) k CROSS JOIN parties p
        WHERE p.tenant = $1 AND p.party = k.party"
    );
    /// UNION leaves out what was there before, so that it would end even in a circle.
    const LINEAGE: &'static str = concat!(
        "
        WITH RECURSIVE line (party) AS (
            SELECT value FROM json_each($2)
            UNION
            SELECT p.parent FROM line l CROSS JOIN parties p
            WHERE p.tenant = $1 AND p.party = l.party AND p.parent IS NOT NULL
        ) ",
        party_columns!(),
        "line l CROSS JOIN parties p WHERE p.tenant = $1 AND p.party = l.party"
    );
    const PARTS: &'static str = and_parts!("SELECT value FROM json_each($2)");
    const UNDER_CALENDARS: &'static str = and_parts!(
        "SELECT p.party FROM parties p INDEXED BY parties_with_calendars
            WHERE p.tenant = $1 AND p.calendars IS NOT NULL"
    );
    const UPSERT_PARTIES: &'static str = "
        INSERT INTO parties (tenant, party, display_name, parent, category, kind, calendars)
        SELECT $1, p.value ->> 0, p.value ->> 1, p.value ->> 2, p.value ->> 3, p.value ->> 4, p.value ->> 5
        FROM json_each($2) p WHERE true
        ON CONFLICT (tenant, party) DO UPDATE SET display_name = excluded.display_name, parent = excluded.parent,
            category = excluded.category, kind = excluded.kind, calendars = excluded.calendars";
}
