//! What is stored as it is, in SQLite.

use async_trait::async_trait;

use super::{SqliteTransaction, json, key};
use crate::{
    event::Relationship,
    store::{
        Head, Inspection, StoreError, StoredEvent, StoredState,
        inspection::{StoredEventRow, counted, states},
    },
};

/// From one relationship with events to the next: a look into the index for each, however many events there are.
const LIST_STORED: &str = "
    WITH RECURSIVE eventful (customer, supplier, place) AS (
        SELECT ?2, ?3, 0
        UNION ALL
        SELECT e.customer, e.supplier, l.place + 1 FROM eventful l CROSS JOIN events e
        WHERE l.place < ?4 AND e.rowid = (
            SELECT n.rowid FROM events n INDEXED BY events_by_relationship
            WHERE n.tenant = ?1 AND (n.customer, n.supplier) > (l.customer, l.supplier)
            ORDER BY n.customer, n.supplier LIMIT 1
        )
    ), stored (customer, supplier) AS (
        SELECT customer, supplier FROM eventful WHERE place > 0
        UNION
        SELECT * FROM (SELECT r.customer, r.supplier FROM relationships r
            WHERE r.tenant = ?1 AND (r.customer, r.supplier) > (?2, ?3) ORDER BY r.customer, r.supplier LIMIT ?4)
        UNION
        SELECT * FROM (SELECT DISTINCT f.customer, f.supplier FROM folds f
            WHERE f.tenant = ?1 AND (f.customer, f.supplier) > (?2, ?3) ORDER BY f.customer, f.supplier LIMIT ?4)
        UNION
        SELECT * FROM (SELECT DISTINCT d.customer, d.supplier FROM folded_days d
            WHERE d.tenant = ?1 AND (d.customer, d.supplier) > (?2, ?3) ORDER BY d.customer, d.supplier LIMIT ?4)
    )
    SELECT s.customer, s.supplier, coalesce(r.events, (
        SELECT count(*) FROM events e WHERE e.tenant = ?1 AND e.customer = s.customer AND e.supplier = s.supplier
    ))
    FROM stored s LEFT JOIN relationships r
        ON r.tenant = ?1 AND r.customer = s.customer AND r.supplier = s.supplier
    ORDER BY s.customer, s.supplier LIMIT ?4";
const EVENTS: &str = "
    SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.revision, e.retracts,
        e.revisits, e.payload
    FROM json_each(?2) k CROSS JOIN events e INDEXED BY events_by_relationship
    WHERE e.tenant = ?1 AND e.customer = k.value ->> 0 AND e.supplier = k.value ->> 1";
const STATES: &str = "
    SELECT f.customer, f.supplier, f.revision, f.state FROM json_each(?2) k CROSS JOIN folds f
    WHERE f.tenant = ?1 AND f.customer = k.value ->> 0 AND f.supplier = k.value ->> 1 AND f.model = ?3
    UNION ALL
    SELECT d.customer, d.supplier, NULL, d.state FROM json_each(?2) k CROSS JOIN folded_days d
    WHERE d.tenant = ?1 AND d.customer = k.value ->> 0 AND d.supplier = k.value ->> 1 AND d.model = ?3";
const PUT_HEADS: &str = "
    INSERT INTO relationships (tenant, customer, supplier, revision, latest_at, events)
    SELECT ?1, h.value ->> 0, h.value ->> 1, h.value ->> 2, h.value ->> 3, h.value ->> 4
    FROM json_each(?2) h WHERE true
    ON CONFLICT (tenant, customer, supplier) DO UPDATE SET revision = excluded.revision,
        latest_at = excluded.latest_at, events = excluded.events";
const REMOVE_HEADS: &str = "
    DELETE FROM relationships WHERE tenant = ?1
        AND (customer, supplier) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))";

#[async_trait]
impl Inspection for SqliteTransaction {
    async fn list_stored(
        &mut self,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError> {
        let (customer, supplier) = after.map(key).unwrap_or_default();
        let query = sqlx::query_as(LIST_STORED).bind(&self.tenant).bind(customer).bind(supplier);
        Ok(counted(query.bind(i64::from(limit)).fetch_all(&mut *self.tx).await?))
    }

    async fn stored_events(&mut self, relationships: &[Relationship]) -> Result<Vec<StoredEvent>, StoreError> {
        let keys = json(relationships.iter().map(key))?;
        let query = sqlx::query_as::<_, StoredEventRow>(EVENTS).bind(&self.tenant).bind(keys);
        Ok(query.fetch_all(&mut *self.tx).await?.into_iter().map(StoredEvent::from).collect())
    }

    async fn stored_states(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<StoredState>, StoreError> {
        let keys = json(relationships.iter().map(key))?;
        let query = sqlx::query_as(STATES).bind(&self.tenant).bind(keys).bind(version);
        Ok(states(query.fetch_all(&mut *self.tx).await?))
    }

    async fn put_heads(&mut self, heads: &[Head]) -> Result<(), StoreError> {
        let rows = heads.iter().map(|head| (key(&head.relationship), head.revision, head.latest_at, head.events));
        let rows = rows.map(|((customer, supplier), revision, at, events)| (customer, supplier, revision, at, events));
        sqlx::query(PUT_HEADS).bind(&self.tenant).bind(json(rows)?).execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn remove_heads(&mut self, relationships: &[Relationship]) -> Result<(), StoreError> {
        let keys = json(relationships.iter().map(key))?;
        sqlx::query(REMOVE_HEADS).bind(&self.tenant).bind(keys).execute(&mut *self.tx).await?;
        Ok(())
    }
}
