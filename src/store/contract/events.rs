//! What a store keeps of events, and of the relationships that they are about.

use async_trait::async_trait;

use super::Revision;
use crate::{
    event::{Event, Identity, Relationship},
    store::StoreError,
    time::Timestamp,
};

/// How many revisions back it is noted which relationships a write touched.
pub const NOTED_WRITES: i64 = 1_000;

/// The part of [`super::Read`] that is about events and their relationships.
#[async_trait]
pub trait ReadEvents: Send {
    /// The relationships that writes after `revision` have recorded events of, ordered by customer and supplier. None
    /// where that is too long ago: what was written is noted for the last [`NOTED_WRITES`] revisions only.
    async fn written_since(&mut self, revision: Revision) -> Result<Option<Vec<Head>>, StoreError>;

    /// The selected relationships, ordered by customer and supplier; those without events are left out.
    async fn heads(&mut self, selection: &Selection) -> Result<Vec<Head>, StoreError>;

    /// All events of the given relationships, in no particular order.
    async fn events(&mut self, relationships: &[Relationship]) -> Result<Vec<RecordedEvent>, StoreError>;

    /// All events of the threads that the given interactions belong to: of them, and of every interaction tied to one of
    /// them by requests that revisit earlier ones; and whatever ends their relationships. Taken back or not, in no
    /// particular order.
    async fn threads(&mut self, keys: &[(Relationship, String)]) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The events that retractions in the given relationships take back and that are not recorded, each with the first
    /// write to do so. In no particular order.
    async fn awaited(&mut self, relationships: &[Relationship]) -> Result<Vec<(Identity, Revision)>, StoreError>;

    /// The events with the given identities that are recorded, in no particular order.
    async fn find(&mut self, identities: &[Identity]) -> Result<Vec<RecordedEvent>, StoreError>;

    /// A page of events, ordered by customer, supplier, time, source and event id.
    async fn list(&mut self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError>;
}

/// The part of [`super::Write`] that is about events and their relationships.
#[async_trait]
pub trait WriteEvents: Send {
    /// Records the events whose identity is not recorded yet, and returns how many those are. The given ones must differ
    /// in identity.
    async fn insert(&mut self, events: &[&Event], recorded_at: Timestamp) -> Result<usize, StoreError>;

    /// Notes that relationships got new events, each at most once. They are not folded any more, under any version.
    async fn save(&mut self, updates: &[Update]) -> Result<(), StoreError>;
}

/// Which relationships to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those named.
    These(Vec<Relationship>),
    /// All of a customer.
    Customer(String),
    /// All of a supplier.
    Supplier(String),
    /// All of any of these customers, and all of any of these suppliers.
    Parties {
        /// The customers.
        customers: Vec<String>,
        /// The suppliers.
        suppliers: Vec<String>,
    },
    /// All of the tenant.
    All,
}

/// A relationship as far as the store knows it without its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The relationship.
    pub relationship: Relationship,
    /// The write that recorded its last event, or a later one that set right what is folded from them.
    pub revision: Revision,
    /// When the latest of its events occurred.
    pub latest_at: Timestamp,
    /// How many events it has, those taken back and those that take back included.
    pub events: i64,
}

/// An event with what the store knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The event as it was sent.
    pub event: Event,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The write that recorded it.
    pub revision: Revision,
    /// The write that recorded the first retraction of it.
    pub retracted: Option<Revision>,
}

/// Selects events. All filters given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Of this customer.
    pub customer: Option<String>,
    /// Of this supplier.
    pub supplier: Option<String>,
    /// Of this interaction.
    pub interaction: Option<String>,
    /// Occurred at this time or later.
    pub from: Option<Timestamp>,
    /// Occurred before this time.
    pub before: Option<Timestamp>,
    /// Only what follows this place in the order.
    pub after: Option<EventPlace>,
    /// At most so many.
    pub limit: u32,
}

/// The place of an event in the order of [`ReadEvents::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlace {
    /// What the event is known by.
    pub identity: Identity,
    /// When it occurred.
    pub occurred_at: Timestamp,
}

/// New events of a relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The relationship.
    pub relationship: Relationship,
    /// When the latest of the new events occurred.
    pub latest_at: Timestamp,
    /// How many new events there are.
    pub events: i64,
}
