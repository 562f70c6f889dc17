//! What a store keeps of what is folded from the events: bytes in numbered blocks, whose meaning it does not know.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;

use super::Revision;
use crate::{event::Relationship, model::ModelVersion, store::StoreError};

/// What is folded for a relationship, in blocks of bytes that are read and written each by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks<B = Vec<u8>> {
    /// The number of the block that is in the head with what belongs to none; none where the head has none.
    pub latest: Option<i32>,
    /// What nearly every write changes; no bytes where there is nothing.
    pub head: B,
    /// The blocks before, with their numbers, in no particular order.
    pub earlier: Vec<(i32, B)>,
}

impl<B: AsRef<[u8]>> Blocks<B> {
    /// The bytes of the head, if there is one, and of each block before.
    pub fn each(&self) -> impl Iterator<Item = &[u8]> {
        let head = Some(self.head.as_ref()).filter(|bytes| !bytes.is_empty());
        head.into_iter().chain(self.earlier.iter().map(|(_, bytes)| bytes.as_ref()))
    }

    /// The bytes of an earlier block; none where there is no such block.
    #[must_use]
    pub fn earlier(&self, number: i32) -> &[u8] {
        let block = self.earlier.iter().find(|(earlier, _)| *earlier == number);
        block.map_or(&[], |(_, bytes)| bytes.as_ref())
    }

    /// The same, of bytes that are kept elsewhere.
    #[must_use]
    pub fn borrowed(&self) -> Blocks<&[u8]> {
        let earlier = self.earlier.iter().map(|(number, bytes)| (*number, bytes.as_ref())).collect();
        Blocks { latest: self.latest, head: self.head.as_ref(), earlier }
    }
}

impl<B> Blocks<B> {
    /// Puts the head and some earlier blocks in place of what was.
    pub fn replace(&mut self, changed: Self) {
        let Self { latest, head, earlier } = changed;
        (self.latest, self.head) = (latest, head);
        self.earlier.retain(|(number, _)| earlier.iter().all(|(changed, _)| changed != number));
        self.earlier.extend(earlier);
    }
}

/// What is folded for a relationship, and up to where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// The revision of the relationship that it was folded at; [`Revision::ZERO`] where there is no head.
    pub revision: Revision,
    /// What is folded.
    pub blocks: Blocks,
}

/// The part of [`super::Read`] that is about what is folded, each time under the model of one version.
///
/// A relationship counts as folded where its last event is taken in. Every event changes that, so a write that records
/// one also puts what follows from it, or leaves the relationship unfolded.
#[async_trait]
pub trait ReadBlocks: Send {
    /// What is folded for each of the given relationships; those of which nothing is are left out.
    async fn folded(
        &mut self,
        relationships: &[Relationship],
        version: &ModelVersion,
    ) -> Result<HashMap<Relationship, Folded>, StoreError>;

    /// The same, but of the earlier blocks only those of the given numbers.
    async fn folded_in(
        &mut self,
        blocks: &BTreeMap<&Relationship, Vec<i32>>,
        version: &ModelVersion,
    ) -> Result<HashMap<Relationship, Folded>, StoreError>;

    /// Those of the given relationships that have events and are not folded, in no particular order.
    async fn unfolded_of(
        &mut self,
        relationships: &[Relationship],
        version: &ModelVersion,
    ) -> Result<Vec<Relationship>, StoreError>;

    /// A page of all relationships that are not folded, ordered by customer and supplier, each with the number of its
    /// events: those after `after`, at most `limit`.
    async fn list_unfolded(
        &mut self,
        version: &ModelVersion,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError>;

    /// How many relationships are folded, and how many have events.
    async fn count_folded(&mut self, version: &ModelVersion) -> Result<(i64, i64), StoreError>;

    /// Relationships with something folded under kept versions that are not in use any more, by version; at most `limit`.
    async fn leftovers(&mut self, limit: u32) -> Result<BTreeMap<ModelVersion, Vec<Relationship>>, StoreError>;
}

/// The part of [`super::Write`] that is about what is folded.
#[async_trait]
pub trait WriteBlocks: Send {
    /// Stores the heads and the given earlier blocks in place of what was. Their relationships, where they have events, are
    /// folded from then on.
    async fn put_folded(
        &mut self,
        blocks: &BTreeMap<Relationship, Blocks>,
        version: &ModelVersion,
    ) -> Result<(), StoreError>;

    /// Removes whatever is folded for the given relationships.
    async fn clear(&mut self, relationships: &[Relationship], version: &ModelVersion) -> Result<(), StoreError>;
}
