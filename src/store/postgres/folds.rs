//! What is folded from the events, in PostgreSQL. In the statements $2 is the version of the model.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{PostgresTransaction, keys};
use crate::{
    event::Relationship,
    store::{
        Folds, StoreError,
        folds::by_version,
        rows::{self, CounterRow, DerivedRows, FlowRow, PendingRow, RelationshipRow, TallyRow},
    },
    tally::{Change, State},
};

/// The rows of a derived table that belong to the relationships in $3 and $4 under the version $2.
macro_rules! of_folds {
    ($columns:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier), ",
            $table,
            " t WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2"
        )
    };
    (delete $table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " t USING UNNEST($3::text[], $4::text[]) AS k (customer, supplier)
              WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2"
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
    INSERT INTO folds (tenant, model, customer, supplier, revision)
    SELECT $1, $2, r.customer, r.supplier, r.revision
    FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier), relationships r
    WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier
    ON CONFLICT (tenant, customer, supplier, model) DO UPDATE SET revision = excluded.revision";
const ADD_TALLIES: &str = "
    INSERT INTO tallies (tenant, model, customer, supplier, channel, day, count, weight, value, square)
    SELECT $1, $2, t.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[]) AS t
    ON CONFLICT (tenant, customer, supplier, model, channel, day) DO UPDATE SET
        count = tallies.count + excluded.count, weight = tallies.weight + excluded.weight,
        value = tallies.value + excluded.value, square = tallies.square + excluded.square";
const ADD_COUNTERS: &str = "
    INSERT INTO counters (tenant, model, customer, supplier, counter, count)
    SELECT $1, $2, c.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::bigint[]) AS c
    ON CONFLICT (tenant, customer, supplier, model, counter) DO UPDATE SET count = counters.count + excluded.count";
const ADD_FLOWS: &str = "
    INSERT INTO flows (tenant, model, customer, supplier, flow, currency, day, count, amount)
    SELECT $1, $2, f.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[],
        $9::bigint[]) AS f
    ON CONFLICT (tenant, customer, supplier, model, flow, currency, day) DO UPDATE SET
        count = flows.count + excluded.count, amount = flows.amount + excluded.amount";
const UPSERT_PENDING: &str = "
    INSERT INTO pending (tenant, model, customer, supplier, interaction_id, state)
    SELECT $1, $2, p.* FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[]) AS p
    ON CONFLICT (tenant, customer, supplier, model, interaction_id) DO UPDATE SET state = excluded.state";
const DELETE_NO_LONGER_PENDING: &str = "
    DELETE FROM pending t USING UNNEST($3::text[], $4::text[], $5::text[]) AS k (customer, supplier, interaction_id)
    WHERE t.tenant = $1 AND t.customer = k.customer AND t.supplier = k.supplier AND t.model = $2
        AND t.interaction_id = k.interaction_id";

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
     FROM UNNEST($3::text[], $4::text[]) AS k (customer, supplier) CROSS JOIN relationships r",
    "r.customer = k.customer AND r.supplier = k.supplier"
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
    async fn states(&mut self, relationships: &[Relationship], version: &str) -> Result<Vec<State>, StoreError> {
        let (customers, suppliers) = keys(relationships.iter().collect::<BTreeSet<_>>());
        let tx = &mut *self.tx;
        let tallies = sqlx::query_as::<_, TallyRow>(TALLIES).bind(&self.tenant).bind(version);
        let tallies = tallies.bind(&customers).bind(&suppliers).fetch_all(&mut *tx).await?;
        let counters = sqlx::query_as::<_, CounterRow>(COUNTERS).bind(&self.tenant).bind(version);
        let counters = counters.bind(&customers).bind(&suppliers).fetch_all(&mut *tx).await?;
        let flows = sqlx::query_as::<_, FlowRow>(FLOWS).bind(&self.tenant).bind(version);
        let flows = flows.bind(&customers).bind(&suppliers).fetch_all(&mut *tx).await?;
        let pending = sqlx::query_as::<_, PendingRow>(PENDING).bind(&self.tenant).bind(version);
        let pending = pending.bind(&customers).bind(&suppliers).fetch_all(tx).await?;
        rows::states(relationships, tallies, counters, flows, pending)
    }

    async fn add(&mut self, changes: &BTreeMap<Relationship, Change>, version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(changes.keys());
        let folds = sqlx::query(UPSERT_FOLDS).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        folds.execute(&mut *self.tx).await?;
        let rows = DerivedRows::of(changes)?;
        self.add_sums(&rows, version).await?;
        self.save_pending(&rows, version).await
    }

    async fn clear(&mut self, relationships: &[Relationship], version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(relationships);
        for sql in CLEAR {
            let query = sqlx::query(sql).bind(&self.tenant).bind(version).bind(&customers).bind(&suppliers);
            query.execute(&mut *self.tx).await?;
        }
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

impl PostgresTransaction {
    async fn add_sums(&mut self, rows: &DerivedRows<'_>, version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(rows.tallies.iter().map(|(it, ..)| *it));
        sqlx::query(ADD_TALLIES)
            .bind(&self.tenant)
            .bind(version)
            .bind(customers)
            .bind(suppliers)
            .bind(rows.tallies.iter().map(|(_, channel, ..)| channel.name()).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(_, _, day, _)| day.0).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.count).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.weight).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.value).collect::<Vec<_>>())
            .bind(rows.tallies.iter().map(|(.., cell)| cell.square).collect::<Vec<_>>())
            .execute(&mut *self.tx)
            .await?;
        let (customers, suppliers) = keys(rows.counters.iter().map(|(it, ..)| *it));
        let counters: Vec<&str> = rows.counters.iter().map(|(_, counter, _)| counter.as_str()).collect();
        let counts: Vec<i64> = rows.counters.iter().map(|(.., count)| *count).collect();
        let query = sqlx::query(ADD_COUNTERS).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        query.bind(counters).bind(counts).execute(&mut *self.tx).await?;
        self.add_flows(rows, version).await
    }

    async fn add_flows(&mut self, rows: &DerivedRows<'_>, version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(rows.flows.iter().map(|(it, ..)| *it));
        sqlx::query(ADD_FLOWS)
            .bind(&self.tenant)
            .bind(version)
            .bind(customers)
            .bind(suppliers)
            .bind(rows.flows.iter().map(|(_, flow, ..)| flow.name()).collect::<Vec<_>>())
            .bind(rows.flows.iter().map(|(_, _, currency, ..)| *currency).collect::<Vec<_>>())
            .bind(rows.flows.iter().map(|(.., day, _)| day.0).collect::<Vec<_>>())
            .bind(rows.flows.iter().map(|(.., sum)| sum.count).collect::<Vec<_>>())
            .bind(rows.flows.iter().map(|(.., sum)| sum.amount).collect::<Vec<_>>())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    async fn save_pending(&mut self, rows: &DerivedRows<'_>, version: &str) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(rows.pending.iter().map(|(it, ..)| *it));
        let ids: Vec<&str> = rows.pending.iter().map(|(_, id, _)| *id).collect();
        let states: Vec<&str> = rows.pending.iter().map(|(.., state)| state.as_str()).collect();
        let query = sqlx::query(UPSERT_PENDING).bind(&self.tenant).bind(version).bind(customers).bind(suppliers);
        query.bind(ids).bind(states).execute(&mut *self.tx).await?;
        let (customers, suppliers) = keys(rows.no_longer_pending.iter().map(|(it, _)| *it));
        let ids: Vec<&str> = rows.no_longer_pending.iter().map(|(_, id)| *id).collect();
        let query = sqlx::query(DELETE_NO_LONGER_PENDING).bind(&self.tenant).bind(version);
        query.bind(customers).bind(suppliers).bind(ids).execute(&mut *self.tx).await?;
        Ok(())
    }
}
