//! What is stored as it is, in PostgreSQL.

use async_trait::async_trait;

use super::{PostgresTransaction, keys};
use crate::{
    event::Relationship,
    store::{
        Head, Inspection, StoreError, StoredEvent, StoredState,
        inspection::{StoredEventRow, counted, states},
    },
};

/// From one relationship with events to the next: a look into the index for each, however many events there are.
const LIST_STORED: &str = r#"
    WITH RECURSIVE eventful (customer, supplier, place) AS (
        SELECT $2::text COLLATE "C", $3::text COLLATE "C", 0
        UNION ALL
        SELECT n.customer, n.supplier, l.place + 1 FROM eventful l CROSS JOIN LATERAL (
            SELECT e.customer, e.supplier FROM events e
            WHERE e.tenant = $1 AND (e.customer, e.supplier) > (l.customer, l.supplier)
            ORDER BY e.customer, e.supplier LIMIT 1
        ) AS n
        WHERE l.place < $4
    ), stored (customer, supplier) AS (
        SELECT customer, supplier FROM eventful WHERE place > 0
        UNION
        (SELECT r.customer, r.supplier FROM relationships r
         WHERE r.tenant = $1 AND (r.customer, r.supplier) > ($2, $3) ORDER BY r.customer, r.supplier LIMIT $4)
        UNION
        (SELECT DISTINCT f.customer, f.supplier FROM folds f
         WHERE f.tenant = $1 AND (f.customer, f.supplier) > ($2, $3) ORDER BY f.customer, f.supplier LIMIT $4)
        UNION
        (SELECT DISTINCT d.customer, d.supplier FROM folded_days d
         WHERE d.tenant = $1 AND (d.customer, d.supplier) > ($2, $3) ORDER BY d.customer, d.supplier LIMIT $4)
    )
    SELECT s.customer, s.supplier, coalesce(r.events, (
        SELECT count(*) FROM events e WHERE e.tenant = $1 AND e.customer = s.customer AND e.supplier = s.supplier
    ))
    FROM stored s LEFT JOIN relationships r
        ON r.tenant = $1 AND r.customer = s.customer AND r.supplier = s.supplier
    ORDER BY s.customer, s.supplier LIMIT $4"#;
const EVENTS: &str = "
    SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.revision, e.retracts,
        e.revisits, e.payload
    FROM UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT * FROM events e WHERE e.tenant = $1 AND e.customer = k.customer AND e.supplier = k.supplier OFFSET 0
    ) AS e";
const STATES: &str = "
    SELECT f.customer, f.supplier, f.revision, f.state
    FROM UNNEST($2::text[], $3::text[]) AS k (customer, supplier) CROSS JOIN LATERAL (
        SELECT f.customer, f.supplier, f.revision, f.state FROM folds f
        WHERE f.tenant = $1 AND f.customer = k.customer AND f.supplier = k.supplier AND f.model = $4
        UNION ALL
        SELECT d.customer, d.supplier, NULL, d.state FROM folded_days d
        WHERE d.tenant = $1 AND d.customer = k.customer AND d.supplier = k.supplier AND d.model = $4
    ) AS f";
const PUT_HEADS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
    SELECT $1, h.* FROM UNNEST($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) AS h
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = excluded.latest_at, events = excluded.events";
const REMOVE_HEADS: &str = "
    DELETE FROM relationships r USING UNNEST($2::text[], $3::text[]) AS k (customer, supplier)
    WHERE r.tenant = $1 AND r.customer = k.customer AND r.supplier = k.supplier";

#[async_trait]
impl Inspection for PostgresTransaction {
    async fn list_stored(
        &mut self,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError> {
        let (customer, supplier) = after.map_or(("", ""), |it| (&it.customer, &it.supplier));
        let query = sqlx::query_as(LIST_STORED).bind(&self.tenant).bind(customer).bind(supplier);
        Ok(counted(query.bind(i64::from(limit)).fetch_all(&mut *self.tx).await?))
    }

    async fn stored_events(&mut self, relationships: &[Relationship]) -> Result<Vec<StoredEvent>, StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query_as::<_, StoredEventRow>(EVENTS).bind(&self.tenant).bind(customers).bind(suppliers);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(StoredEvent::from).collect())
    }

    async fn stored_states(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<StoredState>, StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query_as(STATES).bind(&self.tenant).bind(customers).bind(suppliers).bind(version);
        Ok(states(query.fetch_all(&mut *self.tx).await?))
    }

    async fn put_heads(&mut self, heads: &[Head]) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(heads.iter().map(|head| &head.relationship));
        let query = sqlx::query(PUT_HEADS)
            .bind(&self.tenant)
            .bind(customers)
            .bind(suppliers)
            .bind(heads.iter().map(|head| head.revision).collect::<Vec<_>>())
            .bind(heads.iter().map(|head| head.latest_at.micros()).collect::<Vec<_>>())
            .bind(heads.iter().map(|head| head.events).collect::<Vec<_>>());
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn remove_heads(&mut self, relationships: &[Relationship]) -> Result<(), StoreError> {
        let (customers, suppliers) = keys(relationships);
        let query = sqlx::query(REMOVE_HEADS).bind(&self.tenant).bind(customers).bind(suppliers);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }
}
