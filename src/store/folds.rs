//! What a store keeps of what is folded from the events.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use sqlx::FromRow;

use super::{StoreError, rows::corrupt};
use crate::{
    event::Relationship,
    tally::{Change, State},
};

/// The part of a [`super::Transaction`] that is about what is folded, each time under the model of one version.
///
/// A relationship counts as folded where its last event is taken in. Every event changes that, so a write that records
/// one also adds what follows from it, or leaves the relationship unfolded.
#[async_trait]
pub trait Folds: Send {
    /// What is folded for each of the given relationships, in their order; empty where nothing is.
    async fn states(&mut self, relationships: &[Relationship], version: &str) -> Result<Vec<State>, StoreError>;

    /// What is folded for each of the given relationships, [packed](State::pack), in no particular order; those of which
    /// nothing is are left out.
    async fn packed(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<(Relationship, Vec<u8>)>, StoreError>;

    /// Adds to what is folded for relationships, which are folded from then on. Returns what is folded then, packed, in
    /// the order of the changes.
    async fn add(
        &mut self,
        changes: &BTreeMap<Relationship, Change>,
        version: &str,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Removes whatever is folded for the given relationships.
    async fn clear(&mut self, relationships: &[Relationship], version: &str) -> Result<(), StoreError>;

    /// Those of the given relationships that have events and are not folded, in no particular order.
    async fn unfolded_of(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<Vec<Relationship>, StoreError>;

    /// A page of all relationships that are not folded, ordered by customer and supplier, each with the number of its
    /// events: those after `after`, at most `limit`.
    async fn list_unfolded(
        &mut self,
        version: &str,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError>;

    /// How many relationships are folded, and how many have events.
    async fn count_folded(&mut self, version: &str) -> Result<(i64, i64), StoreError>;

    /// Relationships with something folded under kept versions that are not in use any more, by version; at most `limit`.
    async fn leftovers(&mut self, limit: u32) -> Result<BTreeMap<String, Vec<Relationship>>, StoreError>;
}

/// Relationships by the version that something is folded under.
pub(super) fn by_version(rows: Vec<(String, String, String)>) -> BTreeMap<String, Vec<Relationship>> {
    let mut by_version: BTreeMap<_, Vec<Relationship>> = BTreeMap::new();
    for (version, customer, supplier) in rows {
        by_version.entry(version).or_default().push(Relationship { customer, supplier });
    }
    by_version
}

/// What is folded for one relationship, as both backends read it.
#[derive(FromRow)]
pub(super) struct StateRow {
    customer: String,
    supplier: String,
    state: Vec<u8>,
}

impl From<StateRow> for (Relationship, Vec<u8>) {
    fn from(StateRow { customer, supplier, state }: StateRow) -> Self {
        (Relationship { customer, supplier }, state)
    }
}

/// The states that were read, by relationship.
pub(super) fn states(rows: Vec<StateRow>) -> Result<HashMap<Relationship, State>, StoreError> {
    let state = |StateRow { customer, supplier, state }| {
        let state = State::unpack(&state).map_err(|error| corrupt("state", &error))?;
        Ok((Relationship { customer, supplier }, state))
    };
    rows.into_iter().map(state).collect()
}

/// What is to be stored once the changes are added to what is stored, in the order of the changes.
pub(super) fn add(stored: Vec<StateRow>, changes: &BTreeMap<Relationship, Change>) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut stored = states(stored)?;
    let packed = changes.iter().map(|(relationship, change)| {
        let mut state = stored.remove(relationship).unwrap_or_default();
        state.apply(change);
        state.pack()
    });
    Ok(packed.collect())
}
