//! What is stored as it is, whether or not it fits together.

use async_trait::async_trait;

use super::{Head, Revision};
use crate::{
    event::{Event, Identity, Relationship},
    store::StoreError,
    time::Timestamp,
};

/// The part of [`super::Read`] that shows what is stored as it is.
///
/// Every other operation takes for granted that what is stored fits together; this is for finding out whether it does.
#[async_trait]
pub trait Inspect: Send {
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
}

/// The part of [`super::Write`] that sets right what follows from the events.
#[async_trait]
pub trait Repair: Send {
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
    /// The side that ends the relationship by it, as ends are found by.
    pub ended_by: Option<String>,
    /// The event; where its payload cannot be read, why.
    pub event: Result<Event, String>,
}
