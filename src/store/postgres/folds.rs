//! What is folded from the events, in PostgreSQL. In the statements $2 is the version of the model.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::{PostgresTransaction, keys};
use crate::{
    event::Relationship,
    store::{
        Folds, StoreError,
        folds::{self, by_version},
        rows::RelationshipRow,
    },
    tally::{Change, Part, Parts},
};

/// The heads of relationships.
macro_rules! heads {
    () => {
        "SELECT k.customer, k.supplier, true AS is_head, f.part, f.state
        FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
            SELECT f.part, f.state FROM folds f
            WHERE f.tenant = $1 AND f.customer = k.customer AND f.supplier = k.supplier AND f.model = $2 OFFSET 0
        ) AS f
        UNION ALL "
    };
}

const PARTS: &str = concat!(
    heads!(),
    "SELECT k.customer, k.supplier, false, d.part, d.state
    FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT d.part, d.state FROM folded_days d
        WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $2 OFFSET 0
    ) AS d"
);
const CHANGED_PARTS: &str = concat!(
    heads!(),
    "SELECT k.customer, k.supplier, false, k.part, d.state
    FROM UNNEST($5::text[], $6::text[], $7::integer[]) AS k (customer, supplier, part) CROSS JOIN LATERAL (
        SELECT d.state FROM folded_days d
        WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $2 AND d.part = k.part
        OFFSET 0
    ) AS d"
);
const UPSERT: &str = "
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
    DO UPDATE SET revision = excluded.revision, part = excluded.part, state = excluded.state";
const CLEAR: &str = "
    WITH days AS (
        DELETE FROM folded_days d USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
        WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $2
    )
    DELETE FROM folds f USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
    WHERE f.tenant = $1 AND f.customer = k.customer AND f.supplier = k.supplier AND f.model = $2";

/// Relationships `r` whose last event is not taken in under the version $2.
macro_rules! unfolded {
    ($select:literal, $where:literal) => {
        concat!(
            $select,
            " WHERE r.tenant = $1 AND NOT EXISTS (
                SELECT 1 FROM folds f WHERE f.tenant = r.tenant AND f.customer = r.customer
                    AND f.supplier = r.supplier AND f.model = $2 AND f.revision = r.revision
              ) AND ",
            $where
        )
    };
}

const UNFOLDED_OF: &str = unfolded!(
    "SELECT r.customer, r.supplier
     FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT * FROM relationships r
        WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier OFFSET 0
     ) AS r",
    "true"
);
const LIST_UNFOLDED: &str = unfolded!(
    "SELECT r.customer, r.supplier, r.events FROM relationships r",
    "(r.customer, r.supplier) > ($3, $4) ORDER BY r.customer, r.supplier LIMIT $5"
);
const COUNT_FOLDED: &str = "
    SELECT count(f.revision), count(*) FROM relationships r
    LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier AND f.model = $2
        AND f.revision = r.revision
    WHERE r.tenant = $1";
const LEFTOVERS: &str = "
    SELECT f.model, f.customer, f.supplier FROM tenants t
    JOIN models m ON m.tenant = t.tenant AND m.version IS DISTINCT FROM t.live
        AND m.version IS DISTINCT FROM t.building
    JOIN folds f ON f.tenant = t.tenant AND f.model = m.version
    WHERE t.tenant = $1
    LIMIT $2";

#[async_trait]
impl Folds for PostgresTransaction {
    async fn folded(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError> {
        let (customers, suppliers) = keys(relationships.iter().collect::<BTreeSet<_>>());
        let query = sqlx::query_as(PARTS).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        Ok(folds::parts(query.fetch_all(&mut *self.tx).await?))
    }

    async fn folded_for(
        &mut self,
        changes: &BTreeMap<Relationship, Change>,
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError> {
        let (customers, suppliers) = keys(changes.keys());
        let days = folds::days(changes);
        let (day_customers, day_suppliers) = keys(days.iter().map(|(it, _)| *it));
        let numbers: Vec<i32> = days.iter().map(|(_, number)| *number).collect();
        let query = sqlx::query_as(CHANGED_PARTS).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        let query = query.bind(day_customers).bind(day_suppliers).bind(numbers);
        Ok(folds::parts(query.fetch_all(&mut *self.tx).await?))
    }

    async fn put_folded(&mut self, parts: &BTreeMap<Relationship, Parts>, version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(parts.keys());
        let latest: Vec<Part> = parts.values().map(|it| it.latest).collect();
        let heads: Vec<&[u8]> = parts.values().map(|it| it.head.as_slice()).collect();
        let days = || parts.iter().flat_map(|(of, it)| it.earlier.iter().map(move |day| (of, day)));
        let (day_customers, day_suppliers) = keys(days().map(|(of, _)| of));
        let (numbers, states): (Vec<i32>, Vec<&[u8]>) =
            days().map(|(_, (number, state))| (*number, state.as_slice())).unzip();
        let query = sqlx::query(UPSERT).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        let query = query.bind(latest).bind(heads);
        let query = query.bind(day_customers).bind(day_suppliers).bind(numbers).bind(states);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn clear(&mut self, relationships: &[Relationship], version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query(CLEAR).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn unfolded_of(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<Relationship>, StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query_as::<_, RelationshipRow>(UNFOLDED_OF).bind(&self.tenant).bind(version);
        let rows = query.bind(customers).bind(suppliers).fetch_all(&mut *self.tx).await?;
        Ok(rows.into_iter().map(Relationship::from).collect())
    }

    async fn list_unfolded(
        &mut self,
        version: &str,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError> {
        let (customer, supplier) = after.map_or(("", ""), |it| (&it.customer, &it.supplier));
        let query = sqlx::query_as::<_, (String, String, i64)>(LIST_UNFOLDED).bind(&self.tenant).bind(version);
        let query = query.bind(customer).bind(supplier).bind(i64::from(limit));
        let rows = query.fetch_all(&mut *self.tx).await?.into_iter();
        Ok(rows.map(|(customer, supplier, events)| (Relationship { customer, supplier }, events)).collect())
    }

    async fn count_folded(&mut self, version: &str) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as(COUNT_FOLDED).bind(&self.tenant).bind(version).fetch_one(&mut *self.tx).await?)
    }

    async fn leftovers(&mut self, limit: u32) -> Result<BTreeMap<String, Vec<Relationship>>, StoreError> {
        let query = sqlx::query_as(LEFTOVERS).bind(&self.tenant).bind(i64::from(limit));
        Ok(by_version(query.fetch_all(&mut *self.tx).await?))
    }
}
