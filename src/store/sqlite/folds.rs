//! What is folded from the events, in SQLite. In the statements ?2 is a list of rows, ?3 the version of the model.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{SqliteTransaction, json, key};
use crate::{
    event::Relationship,
    store::{
        Folds, StoreError,
        folds::by_version,
        rows::{self, CounterRow, DerivedRows, FlowRow, PendingRow, RelationshipRow, TallyRow},
    },
    tally::{Change, State},
};

/// The rows of a derived table that belong to the relationships in ?2 under the version ?3.
macro_rules! of_folds {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM json_each(?2) k CROSS JOIN ",
            $table,
            " t WHERE t.tenant = ?1 AND t.customer = k.value ->> 0 AND t.supplier = k.value ->> 1 AND t.model = ?3"
        )
    };
    (delete $table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE tenant = ?1 AND model = ?3
                AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))"
        )
    };
}

const TALLIES: &str =
    of_folds!("t.customer, t.supplier, t.channel, t.day, t.count, t.weight, t.value, t.square", "tallies");
const COUNTERS: &str = of_folds!("t.customer, t.supplier, t.counter, t.count", "counters");
const FLOWS: &str = of_folds!("t.customer, t.supplier, t.flow, t.currency, t.day, t.count, t.amount", "flows");
const PENDING: &str = of_folds!("t.customer, t.supplier, t.interaction_id, t.state", "pending");
const CLEAR: [&str; 5] = [
    of_folds!(delete "folds"),
    of_folds!(delete "tallies"),
    of_folds!(delete "counters"),
    of_folds!(delete "flows"),
    of_folds!(delete "pending"),
];

const UPSERT_FOLDS: &str = "
    INSERT INTO folds (tenant, customer, supplier, model, revision)
    SELECT ?1, r.customer, r.supplier, ?3, r.revision
    FROM json_each(?2) k CROSS JOIN relationships r
    WHERE r.tenant = ?1 AND r.customer = k.value ->> 0 AND r.supplier = k.value ->> 1
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision";
const ADD_TALLIES: &str = "
    INSERT INTO tallies (tenant, customer, supplier, model, channel, day, count, weight, value, square)
    SELECT ?1, t.value ->> 0, t.value ->> 1, ?3, t.value ->> 2, t.value ->> 3, t.value ->> 4, t.value ->> 5,
        t.value ->> 6, t.value ->> 7
    FROM json_each(?2) t WHERE true
    ON CONFLICT (tenant, customer, supplier, model, channel, day) DO UPDATE SET count = count + excluded.count,
        weight = weight + excluded.weight, value = value + excluded.value, square = square + excluded.square";
const ADD_COUNTERS: &str = "
    INSERT INTO counters (tenant, customer, supplier, model, counter, count)
    SELECT ?1, c.value ->> 0, c.value ->> 1, ?3, c.value ->> 2, c.value ->> 3 FROM json_each(?2) c WHERE true
    ON CONFLICT (tenant, customer, supplier, model, counter) DO UPDATE SET count = count + excluded.count";
const ADD_FLOWS: &str = "
    INSERT INTO flows (tenant, customer, supplier, model, flow, currency, day, count, amount)
    SELECT ?1, f.value ->> 0, f.value ->> 1, ?3, f.value ->> 2, f.value ->> 3, f.value ->> 4, f.value ->> 5,
        f.value ->> 6
    FROM json_each(?2) f WHERE true
    ON CONFLICT (tenant, customer, supplier, model, flow, currency, day) DO UPDATE SET
        count = count + excluded.count, amount = amount + excluded.amount";
const UPSERT_PENDING: &str = "
    INSERT INTO pending (tenant, customer, supplier, model, interaction_id, state)
    SELECT ?1, p.value ->> 0, p.value ->> 1, ?3, p.value ->> 2, p.value ->> 3 FROM json_each(?2) p WHERE true
    ON CONFLICT (tenant, customer, supplier, model, interaction_id) DO UPDATE SET state = excluded.state";
const DELETE_NO_LONGER_PENDING: &str = "
    DELETE FROM pending WHERE tenant = ?1 AND model = ?3 AND (customer, supplier, interaction_id) IN
        (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2))";

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
    async fn states(&mut self, relationships: &[Relationship], version: &str) -> Result<Vec<State>, StoreError> {
        let keys = json(relationships.iter().map(key).collect::<BTreeSet<_>>())?;
        let tx = &mut *self.tx;
        let tallies = sqlx::query_as::<_, TallyRow>(TALLIES).bind(&self.tenant).bind(&keys).bind(version);
        let tallies = tallies.fetch_all(&mut *tx).await?;
        let counters = sqlx::query_as::<_, CounterRow>(COUNTERS).bind(&self.tenant).bind(&keys).bind(version);
        let counters = counters.fetch_all(&mut *tx).await?;
        let flows = sqlx::query_as::<_, FlowRow>(FLOWS).bind(&self.tenant).bind(&keys).bind(version);
        let flows = flows.fetch_all(&mut *tx).await?;
        let pending = sqlx::query_as::<_, PendingRow>(PENDING).bind(&self.tenant).bind(&keys).bind(version);
        rows::states(relationships, tallies, counters, flows, pending.fetch_all(tx).await?)
    }

    async fn add(&mut self, changes: &BTreeMap<Relationship, Change>, version: &str) -> Result<(), StoreError> {
        self.execute(UPSERT_FOLDS, version, json(changes.keys().map(key))?).await?;
        let rows = DerivedRows::of(changes)?;
        let tallies = rows.tallies.iter().map(|(it, channel, day, cell)| {
            let (customer, supplier) = key(it);
            (customer, supplier, channel.name(), day, cell.count, cell.weight, cell.value, cell.square)
        });
        self.execute(ADD_TALLIES, version, json(tallies)?).await?;
        let counters = rows.counters.iter().map(|(it, counter, count)| (&it.customer, &it.supplier, counter, count));
        self.execute(ADD_COUNTERS, version, json(counters)?).await?;
        let flows = rows.flows.iter().map(|(it, flow, currency, day, sum)| {
            (&it.customer, &it.supplier, flow.name(), currency, day, sum.count, sum.amount)
        });
        self.execute(ADD_FLOWS, version, json(flows)?).await?;
        let pending = rows.pending.iter().map(|(it, id, state)| (&it.customer, &it.supplier, id, state));
        self.execute(UPSERT_PENDING, version, json(pending)?).await?;
        let over = rows.no_longer_pending.iter().map(|(it, id)| (&it.customer, &it.supplier, id));
        self.execute(DELETE_NO_LONGER_PENDING, version, json(over)?).await
    }

    async fn clear(&mut self, relationships: &[Relationship], version: &str) -> Result<(), StoreError> {
        let keys = json(relationships.iter().map(key))?;
        for sql in CLEAR {
            self.execute(sql, version, keys.clone()).await?;
        }
        Ok(())
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
