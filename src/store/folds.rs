//! What a store keeps of what is folded from the events.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use sqlx::FromRow;

use super::{StoreError, rows::corrupt};
use crate::{
    event::Relationship,
    tally::{Change, Part, Parts, State},
};

/// The part of a [`super::Transaction`] that is about what is folded, each time under the model of one version.
///
/// A relationship counts as folded where its last event is taken in. Every event changes that, so a write that records
/// one also adds what follows from it, or leaves the relationship unfolded.
#[async_trait]
pub trait Folds: Send {
    /// What is folded for each of the given relationships, in their order; empty where nothing is.
    async fn states(&mut self, relationships: &[Relationship], version: &str) -> Result<Vec<State>, StoreError>;

    /// What is folded for each of the given relationships, in parts; those of which nothing is are left out.
    async fn packed(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError>;

    /// Adds to what is folded for relationships, which are folded from then on. Returns the parts that have changed as they
    /// are then, in the order of the changes.
    async fn add(&mut self, changes: &BTreeMap<Relationship, Change>, version: &str) -> Result<Vec<Parts>, StoreError>;

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

/// A part of what is folded for one relationship, as both backends read it.
#[derive(FromRow)]
pub(super) struct PartRow {
    customer: String,
    supplier: String,
    part: Option<i32>,
    state: Vec<u8>,
}

/// What was read, by relationship.
pub(super) fn packed(rows: Vec<PartRow>) -> HashMap<Relationship, Parts> {
    let mut packed: HashMap<_, Parts> = HashMap::new();
    for PartRow { customer, supplier, part, state } in rows {
        packed.entry(Relationship { customer, supplier }).or_default().push((part.into(), state));
    }
    packed
}

/// The states that were read, in the order of the relationships.
pub(super) fn states(rows: Vec<PartRow>, relationships: &[Relationship]) -> Result<Vec<State>, StoreError> {
    let packed = packed(rows);
    let state = |relationship| {
        let parts = packed.get(relationship).into_iter().flatten();
        State::from_parts(parts.map(|(_, bytes)| bytes.as_slice())).map_err(|error| corrupt("state", &error))
    };
    relationships.iter().map(state).collect()
}

/// What is to be added to each part of what is stored, in order.
pub(super) type Additions<'a> = Vec<(&'a Relationship, BTreeMap<Part, Change>)>;

pub(super) fn additions(changes: &BTreeMap<Relationship, Change>) -> Additions<'_> {
    changes.iter().map(|(relationship, change)| (relationship, change.by_part())).collect()
}

/// What is to be stored once that is added to what is stored of these parts, in order.
pub(super) fn add(stored: Vec<PartRow>, additions: &Additions<'_>) -> Result<Vec<Parts>, StoreError> {
    let mut stored = packed(stored);
    let mut sum = |(relationship, parts): &(&Relationship, BTreeMap<Part, Change>)| {
        let stored: HashMap<_, _> = stored.remove(*relationship).unwrap_or_default().into_iter().collect();
        let sum = |(part, change): (&Part, &Change)| {
            let bytes = stored.get(part).map(Vec::as_slice);
            let mut state = State::from_parts(bytes).map_err(|error| corrupt("state", &error))?;
            state.apply(change);
            Ok((*part, state.pack()))
        };
        parts.iter().map(sum).collect()
    };
    additions.iter().map(&mut sum).collect()
}
