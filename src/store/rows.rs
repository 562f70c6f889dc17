//! Rows as both backends read them, and how they become what the store speaks of.

use sqlx::FromRow;

use super::{EventQuery, Head, RecordedEvent, Revision, StoreError};
use crate::{
    event::{Event, Identity, Relationship},
    time::Timestamp,
};

#[derive(FromRow)]
pub(super) struct EventRow {
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
        let payload = serde_json::from_str(&row.payload).map_err(|error| corrupt("event", &error))?;
        let relationship = Relationship { customer: row.customer, supplier: row.supplier };
        Ok(Self {
            event: Event {
                identity: Identity { relationship, source: row.source, event_id: row.event_id },
                interaction: row.interaction_id,
                occurred_at: Timestamp::from_micros(row.occurred_at),
                payload,
            },
            recorded_at: Timestamp::from_micros(row.recorded_at),
            revision: row.revision,
            retracted: row.retracted,
        })
    }
}

pub(super) fn events(rows: Vec<EventRow>) -> Result<Vec<RecordedEvent>, StoreError> {
    rows.into_iter().map(RecordedEvent::try_from).collect()
}

/// The stored form of what happened.
pub(super) fn payload(event: &Event) -> Result<String, StoreError> {
    serde_json::to_string(&event.payload).map_err(|error| corrupt("event", &error))
}

/// An event that is taken back and not recorded, and the first write to take it back.
pub(super) type AwaitedRow = (String, String, String, String, i64);

pub(super) fn awaited(rows: Vec<AwaitedRow>) -> Vec<(Identity, Revision)> {
    let event = |(customer, supplier, source, event_id, revision)| {
        (Identity { relationship: Relationship { customer, supplier }, source, event_id }, revision)
    };
    rows.into_iter().map(event).collect()
}

/// How many rows a statement has changed.
pub(super) fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

#[derive(FromRow)]
pub(super) struct RelationshipRow {
    customer: String,
    supplier: String,
}

impl From<RelationshipRow> for Relationship {
    fn from(row: RelationshipRow) -> Self {
        Self { customer: row.customer, supplier: row.supplier }
    }
}

#[derive(FromRow)]
pub(super) struct HeadRow {
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
            revision: row.revision,
            latest_at: Timestamp::from_micros(row.latest_at),
            events: row.events,
        }
    }
}

pub(super) fn corrupt(what: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("a stored {what} cannot be read: {error}"))
}

/// Greater than every id: none may hold this character, the last one.
const AFTER_EVERY_ID: &str = "\u{10FFFF}";

/// An [`EventQuery`] as bounds, so that one statement serves every filter.
pub(super) struct ListBounds<'a> {
    pub customer: (&'a str, &'a str),
    pub supplier: (&'a str, &'a str),
    pub interaction: Option<&'a str>,
    pub from: i64,
    pub before: i64,
    pub after: (&'a str, &'a str, i64, &'a str, &'a str),
    pub limit: i64,
}

impl<'a> ListBounds<'a> {
    pub(super) fn of(query: &'a EventQuery) -> Self {
        let range = |id: &'a Option<String>| id.as_deref().map_or(("", AFTER_EVERY_ID), |id| (id, id));
        let after = query.after.as_ref().map_or(("", "", i64::MIN, "", ""), |place| {
            let Identity { relationship: Relationship { customer, supplier }, source, event_id } = &place.identity;
            (customer.as_str(), supplier.as_str(), place.occurred_at.micros(), source.as_str(), event_id.as_str())
        });
        Self {
            customer: range(&query.customer),
            supplier: range(&query.supplier),
            interaction: query.interaction.as_deref(),
            from: query.from.map_or(i64::MIN, Timestamp::micros),
            before: query.before.map_or(i64::MAX, Timestamp::micros),
            after,
            limit: i64::from(query.limit),
        }
    }
}
