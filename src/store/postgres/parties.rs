//! The statements about parties, for PostgreSQL.

use super::backend::PostgresBackend;
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
            SELECT p.party FROM part w JOIN parties p ON p.tenant = $1 AND p.parent = w.party
        ) ",
            party_columns!(),
            "part w JOIN parties p ON p.tenant = $1 AND p.party = w.party"
        )
    };
}

impl PartyStatements for PostgresBackend {
    const PARTIES: &'static str = concat!(
        party_columns!(),
        "parties p
        WHERE p.tenant = $1 AND p.party = ANY ($2::text[])"
    );
    /// UNION leaves out what was there before, so that it would end even in a circle.
    const LINEAGE: &'static str = concat!(
        "
        WITH RECURSIVE line (party) AS (
            SELECT k COLLATE \"C\" FROM UNNEST($2::text[]) AS k
            UNION
            SELECT p.parent FROM line l JOIN parties p ON p.tenant = $1 AND p.party = l.party
            WHERE p.parent IS NOT NULL
        ) ",
        party_columns!(),
        "line l JOIN parties p ON p.tenant = $1 AND p.party = l.party"
    );
    const PARTS: &'static str = and_parts!("SELECT k COLLATE \"C\" FROM UNNEST($2::text[]) AS k");
    const UNDER_CALENDARS: &'static str =
        and_parts!("SELECT p.party FROM parties p WHERE p.tenant = $1 AND p.calendars IS NOT NULL");
    const UPSERT_PARTIES: &'static str = "
        INSERT INTO parties (tenant, party, display_name, parent, category, kind, calendars)
        SELECT $1, p.* FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS p
        ON CONFLICT (tenant, party) DO UPDATE SET display_name = excluded.display_name, parent = excluded.parent,
            category = excluded.category, kind = excluded.kind, calendars = excluded.calendars";
}
