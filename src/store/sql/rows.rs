//! Rows as they are read, and how they become what the store speaks of.

use sqlx::FromRow;

use super::Value;
use crate::{
    event::{Event, Identity, Relationship},
    store::{EventQuery, Head, RecordedEvent, Revision, StoreError},
    time::Timestamp,
};

#[derive(FromRow)]
pub struct EventRow {
    customer: String,
    supplier: String,
    source: String,
    event_id: String,
    interaction_id: Option<String>,
    occurred_at: i64,
    recorded_at: i64,
    revision: i64,
    payload: String,
    retracted: Option<i64>,
}

impl TryFrom<EventRow> for RecordedEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let payload = serde_json::from_str(&row.payload).map_err(|error| StoreError::damaged("event", error))?;
        let relationship = Relationship { customer: row.customer, supplier: row.supplier };
        Ok(Self {
            event: Event {
                identity: Identity { relationship, source: row.source, event_id: row.event_id },
                interaction: row.interaction_id,
                occurred_at: Timestamp::from_micros(row.occurred_at),
                payload,
            },
            recorded_at: Timestamp::from_micros(row.recorded_at),
            revision: Revision::new(row.revision),
            retracted: row.retracted.map(Revision::new),
        })
    }
}

pub fn events(rows: Vec<EventRow>) -> Result<Vec<RecordedEvent>, StoreError> {
    rows.into_iter().map(RecordedEvent::try_from).collect()
}

/// The stored form of what happened.
pub fn payload(event: &Event) -> Result<String, StoreError> {
    serde_json::to_string(&event.payload).map_err(|error| StoreError::damaged("event", error))
}

/// An event that is taken back and not recorded, and the first write to take it back.
pub type AwaitedRow = (String, String, String, String, i64);

pub fn awaited(rows: Vec<AwaitedRow>) -> Vec<(Identity, Revision)> {
    let event = |(customer, supplier, source, event_id, revision)| {
        (Identity { relationship: Relationship { customer, supplier }, source, event_id }, Revision::new(revision))
    };
    rows.into_iter().map(event).collect()
}

/// Relationships, by their keys.
pub fn relationships(rows: Vec<(String, String)>) -> Vec<Relationship> {
    rows.into_iter().map(|(customer, supplier)| Relationship { customer, supplier }).collect()
}

/// Relationships with the number of their events.
pub fn counted(rows: Vec<(String, String, i64)>) -> Vec<(Relationship, i64)> {
    rows.into_iter().map(|(customer, supplier, events)| (Relationship { customer, supplier }, events)).collect()
}

pub fn heads(rows: Vec<HeadRow>) -> Vec<Head> {
    rows.into_iter().map(Head::from).collect()
}

#[derive(FromRow)]
pub struct HeadRow {
    customer: String,
    supplier: String,
    revision: i64,
    latest_at: i64,
    events: i64,
}

impl From<HeadRow> for Head {
    fn from(row: HeadRow) -> Self {
        Self {
            relationship: Relationship { customer: row.customer, supplier: row.supplier },
            revision: Revision::new(row.revision),
            latest_at: Timestamp::from_micros(row.latest_at),
            events: row.events,
        }
    }
}

/// Greater than every id: none may hold this character, the last one.
const AFTER_EVERY_ID: &str = "\u{10FFFF}";

/// An [`EventQuery`] as bounds, so that one statement serves every filter.
pub fn bounds(query: &EventQuery) -> [Value<'_>; 13] {
    fn range(id: Option<&String>) -> (&str, &str) {
        id.map_or(("", AFTER_EVERY_ID), |id| (id, id))
    }
    let (customer, supplier) = (range(query.customer.as_ref()), range(query.supplier.as_ref()));
    let after = query.after.as_ref().map_or(("", "", i64::MIN, "", ""), |place| {
        let Identity { relationship: Relationship { customer, supplier }, source, event_id } = &place.identity;
        (customer.as_str(), supplier.as_str(), place.occurred_at.micros(), source.as_str(), event_id.as_str())
    });
    [
        customer.0.into(),
        customer.1.into(),
        supplier.0.into(),
        supplier.1.into(),
        query.interaction.as_deref().into(),
        query.from.map_or(i64::MIN, Timestamp::micros).into(),
        query.before.map_or(i64::MAX, Timestamp::micros).into(),
        after.0.into(),
        after.1.into(),
        after.2.into(),
        after.3.into(),
        after.4.into(),
        i64::from(query.limit).into(),
    ]
}
