//! Parties in PostgreSQL.

use async_trait::async_trait;

use super::PostgresTransaction;
use crate::{
    party::{Party, PartyKind},
    store::{
        Parties, PartyQuery, StoreError,
        parties::{PartyRow, parties},
    },
};

const BY_ID: &str = "
    SELECT p.party, p.display_name, p.parent, p.category, p.kind FROM parties p
    WHERE p.tenant = $1 AND p.party = ANY ($2::text[])";
/// UNION leaves out what was there before, so that it would end even in a circle.
const LINEAGE: &str = "
    WITH RECURSIVE line (party) AS (
        SELECT k COLLATE \"C\" FROM UNNEST($2::text[]) AS k
        UNION
        SELECT p.parent FROM line l JOIN parties p ON p.tenant = $1 AND p.party = l.party
        WHERE p.parent IS NOT NULL
    )
    SELECT p.party, p.display_name, p.parent, p.category, p.kind
    FROM line l JOIN parties p ON p.tenant = $1 AND p.party = l.party";
const PARTS: &str = "
    WITH RECURSIVE part (party) AS (
        SELECT k COLLATE \"C\" FROM UNNEST($2::text[]) AS k
        UNION
        SELECT p.party FROM part w JOIN parties p ON p.tenant = $1 AND p.parent = w.party
    )
    SELECT p.party, p.display_name, p.parent, p.category, p.kind
    FROM part w JOIN parties p ON p.tenant = $1 AND p.party = w.party";
const LIST: &str = "
    SELECT party, display_name, parent, category, kind FROM parties
    WHERE tenant = $1 AND party > $2 AND ($3::text IS NULL OR parent = $3) AND ($4::text IS NULL OR category = $4)
        AND ($5::text IS NULL OR kind = $5)
    ORDER BY party LIMIT $6";
const UPSERT: &str = "
    INSERT INTO parties (tenant, party, display_name, parent, category, kind)
    SELECT $1, p.* FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS p
    ON CONFLICT (tenant, party) DO UPDATE SET display_name = excluded.display_name, parent = excluded.parent,
        category = excluded.category, kind = excluded.kind";

impl PostgresTransaction {
    async fn fetch_parties(&mut self, sql: &'static str, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        let query = sqlx::query_as::<_, PartyRow>(sql).bind(&self.tenant).bind(ids);
        parties(query.fetch_all(&mut *self.tx).await?)
    }
}

#[async_trait]
impl Parties for PostgresTransaction {
    async fn parties(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        self.fetch_parties(BY_ID, ids).await
    }

    async fn lineage(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        self.fetch_parties(LINEAGE, ids).await
    }

    async fn parts(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        self.fetch_parties(PARTS, ids).await
    }

    async fn list_parties(&mut self, query: &PartyQuery) -> Result<Vec<Party>, StoreError> {
        let query = sqlx::query_as::<_, PartyRow>(LIST)
            .bind(&self.tenant)
            .bind(query.after.as_deref().unwrap_or_default())
            .bind(&query.parent)
            .bind(&query.category)
            .bind(query.kind.map(PartyKind::name))
            .bind(i64::from(query.limit));
        parties(query.fetch_all(&mut *self.tx).await?)
    }

    async fn upsert_parties(&mut self, parties: &[&Party]) -> Result<(), StoreError> {
        let query = sqlx::query(UPSERT)
            .bind(&self.tenant)
            .bind(parties.iter().map(|it| it.id.as_str()).collect::<Vec<_>>())
            .bind(parties.iter().map(|it| it.display_name.as_str()).collect::<Vec<_>>())
            .bind(parties.iter().map(|it| it.parent.as_deref()).collect::<Vec<_>>())
            .bind(parties.iter().map(|it| it.category.as_deref()).collect::<Vec<_>>())
            .bind(parties.iter().map(|it| it.kind.map(PartyKind::name)).collect::<Vec<_>>());
        query.execute(&mut *self.tx).await?;
        Ok(())
    }
}
