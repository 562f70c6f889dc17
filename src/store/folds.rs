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
    /// What is folded for each of the given relationships; those of which nothing is are left out.
    async fn folded(
        &mut self,
        relationships: &[Relationship],
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError>;

    /// The same, but of the earlier parts only those that the changes change.
    async fn folded_for(
        &mut self,
        changes: &BTreeMap<Relationship, Change>,
        version: &str,
    ) -> Result<HashMap<Relationship, Parts>, StoreError>;

    /// Stores the heads and the given earlier parts in place of what was. Their relationships are folded from then on.
    async fn put_folded(&mut self, parts: &BTreeMap<Relationship, Parts>, version: &str) -> Result<(), StoreError>;

    /// Adds to what is folded for relationships, which are folded from then on. Returns the parts that have changed.
    async fn add(
        &mut self,
        changes: &BTreeMap<Relationship, Change>,
        version: &str,
    ) -> Result<BTreeMap<Relationship, Parts>, StoreError> {
        let stored = self.folded_for(changes, version).await?;
        let nothing = Parts::default();
        let with = |(relationship, change): (&Relationship, &Change)| {
            let stored = stored.get(relationship).unwrap_or(&nothing);
            Ok((relationship.clone(), stored.with(change).map_err(|error| corrupt("state", &error))?))
        };
        let parts = changes.iter().map(with).collect::<Result<BTreeMap<_, _>, StoreError>>()?;
        self.put_folded(&parts, version).await?;
        Ok(parts)
    }

    /// The state of each of the given relationships, in their order; empty where nothing is folded.
    async fn states(&mut self, relationships: &[Relationship], version: &str) -> Result<Vec<State>, StoreError> {
        let parts = self.folded(relationships, version).await?;
        let state = |relationship| {
            let state = parts.get(relationship).map_or_else(|| Ok(State::default()), Parts::state);
            state.map_err(|error| corrupt("state", &error))
        };
        relationships.iter().map(state).collect()
    }

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

/// A part of what is folded for one relationship, as both backends read it: of a head, the part is the latest one.
#[derive(FromRow)]
pub(super) struct PartRow {
    customer: String,
    supplier: String,
    is_head: bool,
    part: Part,
    state: Vec<u8>,
}

/// What was read, by relationship.
pub(super) fn parts(rows: Vec<PartRow>) -> HashMap<Relationship, Parts> {
    let mut parts: HashMap<_, Parts> = HashMap::new();
    for PartRow { customer, supplier, is_head, part, state } in rows {
        let of = parts.entry(Relationship { customer, supplier }).or_default();
        match part {
            Some(number) if !is_head => of.earlier.push((number, state)),
            latest => (of.latest, of.head) = (latest, state),
        }
    }
    parts
}

/// The days of a list of changes, each with its relationship.
pub(super) fn days(changes: &BTreeMap<Relationship, Change>) -> Vec<(&Relationship, i32)> {
    let of = |(relationship, change): (_, &Change)| {
        change.by_part().into_keys().flatten().map(move |number| (relationship, number)).collect::<Vec<_>>()
    };
    changes.iter().flat_map(of).collect()
}
