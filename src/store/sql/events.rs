//! Events and their relationships.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{
    Backend, Column, Transaction, Value,
    rows::{self, AwaitedRow},
};
use crate::{
    event::{Event, Identity, PartyRole, Relationship},
    store::{
        EventQuery, Head, NOTED_WRITES, ReadEvents, RecordedEvent, Revision, Selection, StoreError, Update, WriteEvents,
    },
    time::Timestamp,
};

/// The heads of relationships `r`.
macro_rules! heads {
    ($from:literal, $where:literal) => {
        concat!(
            "SELECT r.customer, r.supplier, r.revision, r.latest_at, r.events FROM ",
            $from,
            " WHERE r.tenant = $1 AND ",
            $where,
            " ORDER BY r.customer, r.supplier"
        )
    };
}
pub(in crate::store) use heads;

/// The columns of events `e`; what takes them back is looked for by the index that is named, if one is.
macro_rules! event_columns {
    ($index:literal) => {
        concat!(
            "SELECT e.customer, e.supplier, e.source, e.event_id, e.interaction_id, e.occurred_at, e.recorded_at,
                e.revision, e.payload,
                CASE WHEN e.retracts IS NULL THEN (
                    SELECT min(r.revision) FROM events r ",
            $index,
            " WHERE r.tenant = e.tenant AND r.customer = e.customer AND r.supplier = e.supplier
                        AND r.source = e.source AND r.retracts = e.event_id
                ) END AS retracted
             FROM "
        )
    };
}
pub(in crate::store) use event_columns;

const HEADS_OF_CUSTOMER: &str = heads!("relationships r", "r.customer = $2");
const HEADS_OF_SUPPLIER: &str = heads!("relationships r", "r.supplier = $2");
const HEADS_OF_ALL: &str = heads!("relationships r", "true");

/// Whether what was written after `since` is still noted as of the revision `now`.
fn is_noted(now: Revision, since: Revision) -> bool {
    since >= now.back(NOTED_WRITES)
}

impl<B: Backend> Transaction<B> {
    async fn fetch_events<'v>(
        &mut self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value<'v>>,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        rows::events(self.fetch(statement, values).await?)
    }
}

#[async_trait]
impl<B: Backend> ReadEvents for Transaction<B> {
    async fn written_since(&mut self, revision: Revision) -> Result<Option<Vec<Head>>, StoreError> {
        if !is_noted(self.revision, revision) {
            return Ok(None);
        }
        Ok(Some(rows::heads(self.fetch(B::HEADS_WRITTEN_SINCE, [revision.into()]).await?)))
    }

    async fn heads(&mut self, selection: &Selection) -> Result<Vec<Head>, StoreError> {
        let rows = match selection {
            Selection::These(relationships) => {
                let once: BTreeSet<_> = relationships.iter().collect();
                self.fetch(B::HEADS_OF_THESE, [Value::keys(once)]).await?
            }
            Selection::Customer(customer) => self.fetch(HEADS_OF_CUSTOMER, [customer.into()]).await?,
            Selection::Supplier(supplier) => self.fetch(HEADS_OF_SUPPLIER, [supplier.into()]).await?,
            Selection::Parties { customers, suppliers } => {
                let [customers, suppliers] =
                    [customers, suppliers].map(|ids| Value::texts(ids.iter().map(String::as_str)));
                self.fetch(B::HEADS_OF_PARTIES, [customers, suppliers]).await?
            }
            Selection::All => self.fetch(HEADS_OF_ALL, []).await?,
        };
        Ok(rows::heads(rows))
    }

    async fn events(&mut self, relationships: &[Relationship]) -> Result<Vec<RecordedEvent>, StoreError> {
        self.fetch_events(B::EVENTS_OF_RELATIONSHIPS, [Value::keys(relationships)]).await
    }

    async fn threads(&mut self, wanted: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut columns = Column::keys(wanted.iter().map(|(relationship, _)| relationship));
        columns.push(Column::texts(wanted.iter().map(|(_, interaction)| interaction.as_str())));
        self.fetch_events(B::EVENTS_OF_THREADS, [Value::Rows(columns)]).await
    }

    async fn awaited(&mut self, relationships: &[Relationship]) -> Result<Vec<(Identity, Revision)>, StoreError> {
        let rows: Vec<AwaitedRow> = self.fetch(B::AWAITED, [Value::keys(relationships)]).await?;
        Ok(rows::awaited(rows))
    }

    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut columns = Column::keys(identities.iter().map(|identity| &identity.relationship));
        columns.push(Column::texts(identities.iter().map(|identity| identity.source.as_str())));
        columns.push(Column::texts(identities.iter().map(|identity| identity.event_id.as_str())));
        self.fetch_events(B::EVENTS_BY_IDENTITY, [Value::Rows(columns)]).await
    }

    async fn list(&mut self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        self.fetch_events(B::LIST, rows::bounds(query)).await
    }
}

#[async_trait]
impl<B: Backend> WriteEvents for Transaction<B> {
    async fn insert(&mut self, events: &[&Event], recorded_at: Timestamp) -> Result<usize, StoreError> {
        let payloads = events.iter().map(|event| rows::payload(event)).collect::<Result<Vec<_>, _>>()?;
        let mut columns = Column::keys(events.iter().map(|event| event.relationship()));
        columns.extend([
            Column::texts(events.iter().map(|event| event.identity.source.as_str())),
            Column::texts(events.iter().map(|event| event.identity.event_id.as_str())),
            Column::optional_texts(events.iter().map(|event| event.interaction.as_deref())),
            Column::integers(events.iter().map(|event| event.occurred_at.micros())),
            Column::optional_texts(events.iter().map(|event| event.retracts())),
            Column::optional_texts(events.iter().map(|event| event.revisits())),
            Column::optional_texts(events.iter().map(|event| event.ended_by().map(PartyRole::name))),
            Column::texts(payloads.iter().map(String::as_str)),
        ]);
        let values = [recorded_at.micros().into(), self.revision.into(), Value::Rows(columns)];
        let inserted = self.execute(&[B::INSERT_EVENTS], values).await?;
        Ok(usize::try_from(inserted).unwrap_or(usize::MAX))
    }

    async fn save(&mut self, updates: &[Update]) -> Result<(), StoreError> {
        let mut columns = Column::keys(updates.iter().map(|update| &update.relationship));
        columns.push(Column::integers(updates.iter().map(|update| update.latest_at.micros())));
        columns.push(Column::integers(updates.iter().map(|update| update.events)));
        let (revision, forgotten) = (self.revision, self.revision.back(NOTED_WRITES));
        self.execute(B::SAVE, [revision.into(), forgotten.into(), Value::Rows(columns)]).await?;
        Ok(())
    }
}
