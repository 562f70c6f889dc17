//! What is folded from the events, in SQLite. In the statements ?2 is a list of rows, ?3 the version of the model.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{SqliteTransaction, json, key};
use crate::{
    event::Relationship,
    store::{
        Folds, StoreError,
        folds::{self, StateRow, by_version},
        rows::RelationshipRow,
    },
    tally::{Change, State},
};

const STATES: &str = "
    SELECT f.customer, f.supplier, f.state FROM json_each(?2) k CROSS JOIN folds f
    WHERE f.tenant = ?1 AND f.customer = k.value ->> 0 AND f.supplier = k.value ->> 1 AND f.model = ?3";
const UPSERT: &str = "
    INSERT INTO folds (tenant, customer, supplier, model, revision, state)
    SELECT ?1, r.customer, r.supplier, ?3, r.revision, unhex(s.value ->> 2)
    FROM json_each(?2) s CROSS JOIN relationships r
    WHERE r.tenant = ?1 AND r.customer = s.value ->> 0 AND r.supplier = s.value ->> 1
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision, state = excluded.state";
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
    async fn stored(&mut self, of: BTreeSet<&Relationship>, version: &str) -> Result<Vec<StateRow>, StoreError> {
        let keys = json(of.into_iter().map(key))?;
        let query = sqlx::query_as(STATES).bind(&self.tenant).bind(keys).bind(version);
        Ok(query.fetch_all(&mut *self.tx).await?)
    }

    async fn execute(&mut self, sql: &'static str, version: &str, rows: String) -> Result<(), StoreError> {
        sqlx::query(sql).bind(&self.tenant).bind(rows).bind(version).execute(&mut *self.tx).await?;
        Ok(())
    }
}

#[async_trait]
impl Folds for SqliteTransaction {
    async fn states(&mut self, relationships: &[Relationship], version: &str) -> Result<Vec<State>, StoreError> {
        let stored = folds::states(self.stored(relationships.iter().collect(), version).await?)?;
        Ok(relationships.iter().map(|it| stored.get(it).cloned().unwrap_or_default()).collect())
    }

    async fn packed(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<(Relationship, Vec<u8>)>, StoreError> {
        Ok(self.stored(relationships.iter().collect(), version).await?.into_iter().map(Into::into).collect())
    }

    async fn add(
        &mut self,
        changes: &BTreeMap<Relationship, Change>,
        version: &str,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let stored = self.stored(changes.keys().collect(), version).await?;
        let states = folds::add(stored, changes)?;
        // JSON holds no bytes.
        let rows = changes.keys().zip(&states).map(|(it, state)| (&it.customer, &it.supplier, hex(state)));
        self.execute(UPSERT, version, json(rows)?).await?;
        Ok(states)
    }

    async fn clear(&mut self, relationships: &[Relationship], version: &str) -> Result<(), StoreError> {
        self.execute(CLEAR, version, json(relationships.iter().map(key))?).await
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
