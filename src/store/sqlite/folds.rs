//! What is folded from the events, in SQLite. In the statements ?2 is a list of rows, ?3 the version of the model.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::{SqliteTransaction, json, key};
use crate::{
    event::Relationship,
    store::{
        Folds, StoreError,
        folds::{self, by_version},
        rows::RelationshipRow,
    },
    tally::{Change, Parts},
};

/// The heads of relationships.
macro_rules! heads {
    () => {
        "SELECT f.customer, f.supplier, true AS is_head, f.part, f.state FROM json_each(?2) k CROSS JOIN folds f
        WHERE f.tenant = ?1 AND f.customer = k.value ->> 0 AND f.supplier = k.value ->> 1 AND f.model = ?3
        UNION ALL "
    };
}

const PARTS: &str = concat!(
    heads!(),
    "SELECT d.customer, d.supplier, false, d.part, d.state FROM json_each(?2) k CROSS JOIN folded_days d
    WHERE d.tenant = ?1 AND d.customer = k.value ->> 0 AND d.supplier = k.value ->> 1 AND d.model = ?3"
);
const CHANGED_PARTS: &str = concat!(
    heads!(),
    "SELECT d.customer, d.supplier, false, d.part, d.state FROM json_each(?4) k CROSS JOIN folded_days d
    WHERE d.tenant = ?1 AND d.customer = k.value ->> 0 AND d.supplier = k.value ->> 1 AND d.model = ?3
        AND d.part = k.value ->> 2"
);
const UPSERT: &str = "
    INSERT INTO folds (tenant, customer, supplier, model, revision, part, state)
    SELECT ?1, r.customer, r.supplier, ?3, r.revision, s.value ->> 2, unhex(s.value ->> 3)
    FROM json_each(?2) s CROSS JOIN relationships r
    WHERE r.tenant = ?1 AND r.customer = s.value ->> 0 AND r.supplier = s.value ->> 1
    ON CONFLICT (tenant, customer, supplier, model)
    DO UPDATE SET revision = excluded.revision, part = excluded.part, state = excluded.state";
const UPSERT_DAYS: &str = "
    INSERT INTO folded_days (tenant, customer, supplier, model, part, state)
    SELECT ?1, value ->> 0, value ->> 1, ?3, value ->> 2, unhex(value ->> 3) FROM json_each(?2) WHERE true
    ON CONFLICT (tenant, customer, supplier, model, part) DO UPDATE SET state = excluded.state";
const CLEAR_DAYS: &str = "
    DELETE FROM folded_days WHERE tenant = ?1 AND model = ?3
        AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))";
const CLEAR: &str = "
    DELETE FROM folds WHERE tenant = ?1 AND model = ?3
        AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))";

/// Relationships `r` whose last event is not taken in under the version ?3.
macro_rules! unfolded {
    ($select:literal, $where:literal) => {
        concat!(
            $select,
            " WHERE r.tenant = ?1 AND NOT EXISTS (
                SELECT 1 FROM folds f WHERE f.tenant = r.tenant AND f.customer = r.customer
                    AND f.supplier = r.supplier AND f.model = ?3 AND f.revision = r.revision
              ) AND ",
            $where
        )
    };
}

const UNFOLDED_OF: &str = unfolded!(
    "SELECT r.customer, r.supplier FROM json_each(?2) k CROSS JOIN relationships r",
    "r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1"
);
const LIST_UNFOLDED: &str = unfolded!(
    "SELECT r.customer, r.supplier, r.events FROM relationships r",
    "(r.customer, r.supplier) > (?2, ?4) ORDER BY r.customer, r.supplier LIMIT ?5"
);
const COUNT_FOLDED: &str = "
    SELECT count(f.revision), count(*) FROM relationships r
    LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier AND f.model = ?2
        AND f.revision = r.revision
    WHERE r.tenant = ?1";
const LEFTOVERS: &str = "
    SELECT f.model, f.customer, f.supplier
    FROM tenants t CROSS JOIN models m CROSS JOIN folds f INDEXED BY folds_by_model
    WHERE t.tenant = ?1 AND m.tenant = t.tenant AND m.version IS NOT t.live AND m.version IS NOT t.building
        AND f.tenant = t.tenant AND f.model = m.version
    LIMIT ?2";

impl SqliteTransaction {
    async fn execute(&mut self, sql: &'static str, version: &str, rows: String) -> Result<(), StoreError> {
        sqlx::query(sql).bind(&self.tenant).bind(rows).bind(version).execute(&mut *self.tx).await?;
        Ok(())
    }
}

#[async_trait]
impl Folds for SqliteTransaction {
    async fn folded(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError> {
        let keys = json(relationships.iter().collect::<BTreeSet<_>>().into_iter().map(key))?;
        let query = sqlx::query_as(PARTS).bind(&self.tenant).bind(keys).bind(version);
        Ok(folds::parts(query.fetch_all(&mut *self.tx).await?))
    }

    async fn folded_for(
        &mut self,
        changes: &BTreeMap<Relationship, Change>,
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError> {
        let days = folds::days(changes).into_iter().map(|(it, number)| (&it.customer, &it.supplier, number));
        let (keys, days) = (json(changes.keys().map(key))?, json(days)?);
        let query = sqlx::query_as(CHANGED_PARTS).bind(&self.tenant).bind(keys).bind(version).bind(days);
        Ok(folds::parts(query.fetch_all(&mut *self.tx).await?))
    }

    async fn put_folded(&mut self, parts: &BTreeMap<Relationship, Parts>, version: &str) -> Result<(), StoreError> {
        // JSON holds no bytes.
        let (mut heads, mut days) = (Vec::new(), Vec::new());
        for (Relationship { customer, supplier }, parts) in parts {
            heads.push((customer, supplier, parts.latest, hex(&parts.head)));
            days.extend(parts.earlier.iter().map(|(number, state)| (customer, supplier, number, hex(state))));
        }
        let (heads, days) = (json(heads)?, json(days)?);
        self.execute(UPSERT, version, heads).await?;
        self.execute(UPSERT_DAYS, version, days).await
    }

    async fn clear(&mut self, relationships: &[Relationship], version: &str) -> Result<(), StoreError> {
        let keys = json(relationships.iter().map(key))?;
        self.execute(CLEAR_DAYS, version, keys.clone()).await?;
        self.execute(CLEAR, version, keys).await
    }

    async fn unfolded_of(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<Relationship>, StoreError> {
        let keys = json(relationships.iter().map(key))?;
        let query = sqlx::query_as::<_, RelationshipRow>(UNFOLDED_OF).bind(&self.tenant).bind(keys).bind(version);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(Relationship::from).collect())
    }

    async fn list_unfolded(
        &mut self,
        version: &str,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError> {
        let (customer, supplier) = after.map(key).unwrap_or_default();
        let query = sqlx::query_as::<_, (String, String, i64)>(LIST_UNFOLDED).bind(&self.tenant).bind(customer);
        let query = query.bind(version).bind(supplier).bind(i64::from(limit));
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

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]].map(char::from);
    bytes.iter().flat_map(digits).collect()
}
