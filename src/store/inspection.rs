//! What is stored as it is, whether or not it fits together.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::FromRow;

use super::{Head, Revision, StoreError};
use crate::{
    event::{Event, Identity, Payload, Relationship},
    tally::{State, Unreadable},
    time::Timestamp,
};

/// The part of a [`super::Transaction`] that shows what is stored as it is, and sets right what follows from the events.
///
/// Every other operation takes for granted that what is stored fits together; this is for finding out whether it does.
#[async_trait]
pub trait Inspection: Send {
    /// A page of all relationships of which anything is stored (an event, a head, or something folded under any version),
    /// ordered by customer and supplier: those after `after`, at most `limit`. Each with the number of its events as its
    /// head has it, counted where there is no head.
    async fn list_stored(
        &mut self,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError>;

    /// Every event of the given relationships as it is stored, in no particular order. None of them makes this fail.
    async fn stored_events(&mut self, relationships: &[Relationship]) -> Result<Vec<StoredEvent>, StoreError>;

    /// What is folded for the given relationships, in no particular order. No state makes this fail.
    async fn stored_states(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<StoredState>, StoreError>;

    /// Stores the given heads, in place of whatever was.
    async fn put_heads(&mut self, heads: &[Head]) -> Result<(), StoreError>;

    /// Removes the heads of the given relationships.
    async fn remove_heads(&mut self, relationships: &[Relationship]) -> Result<(), StoreError>;
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// What it is known by.
    pub identity: Identity,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The write that recorded it.
    pub revision: Revision,
    /// The event that it takes back, as the events that take back are found by.
    pub retracts: Option<String>,
    /// The interaction that it asks again, as threads are found by.
    pub revisits: Option<String>,
    /// The event; where its payload cannot be read, why.
    pub event: Result<Event, String>,
}

/// What is folded for a relationship, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredState {
    /// The relationship.
    pub relationship: Relationship,
    /// The revision of the relationship that it was folded at.
    pub revision: Revision,
    /// The state.
    pub state: Result<State, Unreadable>,
}

/// An event as both backends read it.
#[derive(FromRow)]
pub(super) struct StoredEventRow {
    customer: String,
    supplier: String,
    source: String,
    event_id: String,
    interaction_id: Option<String>,
    occurred_at: i64,
    revision: i64,
    retracts: Option<String>,
    revisits: Option<String>,
    payload: String,
}

impl From<StoredEventRow> for StoredEvent {
    fn from(row: StoredEventRow) -> Self {
        let relationship = Relationship { customer: row.customer, supplier: row.supplier };
        let identity = Identity { relationship, source: row.source, event_id: row.event_id };
        let occurred_at = Timestamp::from_micros(row.occurred_at);
        let event = |payload: Payload| Event {
            identity: identity.clone(),
            interaction: row.interaction_id,
            occurred_at,
            payload,
        };
        let event = serde_json::from_str(&row.payload).map(event).map_err(|error| error.to_string());
        let (retracts, revisits) = (row.retracts, row.revisits);
        Self { identity, occurred_at, revision: row.revision, retracts, revisits, event }
    }
}

/// A part of what is folded for a relationship, as both backends read it; only the timeless one has a revision.
#[derive(FromRow)]
pub(super) struct StoredPartRow {
    customer: String,
    supplier: String,
    revision: Option<i64>,
    state: Vec<u8>,
}

/// What is folded for each relationship that was read. Days without what belongs to no day count as of no revision.
pub(super) fn states(rows: Vec<StoredPartRow>) -> Vec<StoredState> {
    let mut parts: BTreeMap<_, (Revision, Vec<Vec<u8>>)> = BTreeMap::new();
    for StoredPartRow { customer, supplier, revision, state } in rows {
        let (of_all, states) = parts.entry(Relationship { customer, supplier }).or_default();
        *of_all = revision.unwrap_or(*of_all);
        states.push(state);
    }
    let state = |(relationship, (revision, states)): (_, (_, Vec<Vec<u8>>))| StoredState {
        relationship,
        revision,
        state: State::from_parts(states.iter().map(Vec::as_slice)),
    };
    parts.into_iter().map(state).collect()
}

/// Relationships with the number of their events, as both backends read them.
pub(super) fn counted(rows: Vec<(String, String, i64)>) -> Vec<(Relationship, i64)> {
    rows.into_iter().map(|(customer, supplier, events)| (Relationship { customer, supplier }, events)).collect()
}
