//! What a store keeps about parties.

use async_trait::async_trait;

use crate::{
    party::{Party, PartyKind},
    store::StoreError,
};

/// The part of [`super::Read`] that is about parties.
#[async_trait]
pub trait ReadParties: Send {
    /// What is known about the given parties, in no particular order, each once. Those unknown are left out.
    async fn parties(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError>;

    /// As [`Self::parties`], and what is known about everybody they are part of, however far up.
    async fn lineage(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError>;

    /// As [`Self::parties`], and what is known about everybody who is part of one of them, however far down.
    async fn parts(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError>;

    /// What is known about everybody who has a calendar, and everybody who is part of one of them, however far down; in no
    /// particular order, each once.
    async fn under_calendars(&mut self) -> Result<Vec<Party>, StoreError>;

    /// A page of parties, ordered by id.
    async fn list_parties(&mut self, query: &PartyQuery) -> Result<Vec<Party>, StoreError>;
}

/// The part of [`super::Write`] that is about parties.
#[async_trait]
pub trait WriteParties: Send {
    /// Stores what is known about the given parties, in place of whatever was. The given ones must differ in id.
    async fn upsert_parties(&mut self, parties: &[&Party]) -> Result<(), StoreError>;

    /// Notes that this write changes when somebody works.
    async fn note_calendars(&mut self) -> Result<(), StoreError>;
}

/// Selects parties. All filters given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartyQuery {
    /// Whose parent is this one.
    pub parent: Option<String>,
    /// Of this category.
    pub category: Option<String>,
    /// Of this kind.
    pub kind: Option<PartyKind>,
    /// Only what follows this id in the order.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}
