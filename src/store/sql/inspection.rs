//! What is stored as it is.

use async_trait::async_trait;
use sqlx::FromRow;

use super::{Backend, Column, Transaction, Value, rows::counted};
use crate::{
    event::{Event, Identity, Payload, Relationship},
    store::{Head, Inspect, Repair, Revision, StoreError, StoredEvent},
    time::Timestamp,
};

/// An event as it is read.
#[derive(FromRow)]
struct StoredEventRow {
    customer: String,
    supplier: String,
    source: String,
    event_id: String,
    interaction_id: Option<String>,
    occurred_at: i64,
    revision: i64,
    retracts: Option<String>,
    revisits: Option<String>,
    ended_by: Option<String>,
    payload: String,
}

impl From<StoredEventRow> for StoredEvent {
    fn from(row: StoredEventRow) -> Self {
        let relationship = Relationship { customer: row.customer, supplier: row.supplier };
        let identity = Identity { relationship, source: row.source, event_id: row.event_id };
        let occurred_at = Timestamp::from_micros(row.occurred_at);
        let interaction = row.interaction_id.clone();
        let event = |payload: Payload| Event { identity: identity.clone(), interaction, occurred_at, payload };
        let event = serde_json::from_str(&row.payload).map(event).map_err(|error| error.to_string());
        let StoredEventRow { revision, retracts, revisits, ended_by, .. } = row;
        Self { identity, occurred_at, revision: Revision::new(revision), retracts, revisits, ended_by, event }
    }
}

#[async_trait]
impl<B: Backend> Inspect for Transaction<B> {
    async fn list_stored(
        &mut self,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError> {
        let (customer, supplier) = after.map_or(("", ""), |it| (&it.customer, &it.supplier));
        let values = [customer.into(), supplier.into(), i64::from(limit).into()];
        Ok(counted(self.fetch(B::LIST_STORED, values).await?))
    }

    async fn stored_events(&mut self, relationships: &[Relationship]) -> Result<Vec<StoredEvent>, StoreError> {
        let rows: Vec<StoredEventRow> = self.fetch(B::STORED_EVENTS, [Value::keys(relationships)]).await?;
        Ok(rows.into_iter().map(StoredEvent::from).collect())
    }
}

#[async_trait]
impl<B: Backend> Repair for Transaction<B> {
    async fn put_heads(&mut self, heads: &[Head]) -> Result<(), StoreError> {
        let mut columns = Column::keys(heads.iter().map(|head| &head.relationship));
        columns.push(Column::integers(heads.iter().map(|head| head.revision.number())));
        columns.push(Column::integers(heads.iter().map(|head| head.latest_at.micros())));
        columns.push(Column::integers(heads.iter().map(|head| head.events)));
        self.execute(&[B::PUT_HEADS], [Value::Rows(columns)]).await?;
        Ok(())
    }

    async fn remove_heads(&mut self, relationships: &[Relationship]) -> Result<(), StoreError> {
        self.execute(&[B::REMOVE_HEADS], [Value::keys(relationships)]).await?;
        Ok(())
    }
}
