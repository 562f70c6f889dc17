//! The walk over all relationships of a tenant, chunk by chunk.

use std::sync::Arc;

use super::{compare, difference::Difference, look};
use crate::{
    event::{Relationship, Tenant},
    models::Models,
    rebuild::{STEP_RELATIONSHIPS, some_of},
    store::{Store, StoreError},
};

/// The verification of one tenant, chunk by chunk.
pub struct Verification {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    tenant: Tenant,
    repair: bool,
    /// The last relationship looked at.
    after: Option<Relationship>,
}

/// What a look at a chunk of relationships found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// How many relationships were looked at.
    pub relationships: usize,
    /// How many events they have.
    pub events: usize,
    /// Differences that are no more: a second look, after the repair, was without them.
    pub repaired: Vec<Difference>,
    /// Differences that there are.
    pub left: Vec<Difference>,
}

impl Verification {
    /// The verification of a tenant, from its first relationship on; with `repair`, what differs is set right.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, models: Arc<Models>, tenant: Tenant, repair: bool) -> Self {
        Self { store, models, tenant, repair, after: None }
    }

    /// Verifies the next chunk; none where all is done. What begins meanwhile to be stored before the place reached is
    /// not looked at.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where a model in use is one of another version of this program, and whatever the store
    /// cannot do. The same call can be made again.
    pub async fn next(&mut self) -> Result<Option<Chunk>, StoreError> {
        let mut tx = self.store.read(&self.tenant).await?;
        let relationships = some_of(tx.list_stored(self.after.as_ref(), STEP_RELATIONSHIPS).await?);
        let Some(last) = relationships.last().cloned() else { return Ok(None) };
        let in_use = self.models.in_use(tx.as_mut()).await?;
        let seen = look::look(tx.as_mut(), &in_use, &relationships).await?;
        drop(tx);
        let mut chunk = Chunk { relationships: relationships.len(), ..Chunk::default() };
        let mut differ = Vec::new();
        for (relationship, stored) in relationships.iter().zip(seen) {
            chunk.events += stored.events.len();
            let found = compare::differences(relationship, &stored, &in_use);
            if !found.is_empty() {
                differ.push(relationship.clone());
            }
            chunk.left.extend(found);
        }
        if self.repair && !differ.is_empty() {
            let still = self.repair(&differ).await?;
            chunk.repaired = std::mem::replace(&mut chunk.left, still);
            chunk.repaired.retain(|found| !chunk.left.contains(found));
        }
        self.after = Some(last);
        Ok(Some(chunk))
    }

    /// Sets right what differs of some relationships, and returns what differs after that.
    async fn repair(&self, relationships: &[Relationship]) -> Result<Vec<Difference>, StoreError> {
        let mut tx = self.store.write(&self.tenant).await?;
        let in_use = self.models.in_use(tx.as_mut()).await?;
        let seen = look::look(tx.as_mut(), &in_use, relationships).await?;
        let differing: Vec<_> = relationships
            .iter()
            .zip(seen)
            .filter(|(it, stored)| compare::differences(it, stored, &in_use).iter().any(|it| it.kind.is_folded()))
            .collect();
        let to_do = !differing.is_empty();
        if to_do {
            look::set_right(tx.as_mut(), &in_use, &differing).await?;
        }
        let again = look::look(tx.as_mut(), &in_use, relationships).await?;
        let left = relationships.iter().zip(&again).flat_map(|(it, stored)| compare::differences(it, stored, &in_use));
        let left = left.collect();
        if to_do {
            tx.commit().await?;
        }
        Ok(left)
    }
}
