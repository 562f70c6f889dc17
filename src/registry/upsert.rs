//! Parties are written and read.

use std::{collections::HashMap, sync::Arc};

use super::{
    batch::{Batch, Entries, Outcome},
    error::UpsertError,
    moved::Moved,
    refold,
};
use crate::{
    cache::Caches,
    event::Tenant,
    models::Models,
    party::Party,
    reader::Read,
    store::{self, PartyQuery, Revision, Store, StoreError},
};

/// Writes and reads what is known about parties.
pub struct Registry {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    caches: Option<Arc<Caches>>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// One outcome for each entry, in their order.
    pub outcomes: Vec<Outcome>,
    /// The state of the tenant that includes the batch.
    pub revision: Revision,
}

impl Registry {
    /// The registry that `store` keeps.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, models: Arc<Models>) -> Self {
        Self { store, models, caches: None }
    }

    /// The same, but bringing up to what it has written whoever reads from memory.
    #[must_use]
    pub fn with_caches(self, caches: Arc<Caches>) -> Self {
        Self { caches: Some(caches), ..self }
    }

    /// Stores a batch of valid parties, each in place of what was known about it before. Entries about one party count
    /// one after the other.
    ///
    /// # Errors
    ///
    /// [`UpsertError`]: then nothing is stored, save that this is not known after [`StoreError::Unavailable`]. Storing the
    /// batch again is safe.
    pub async fn upsert(&self, tenant: &Tenant, parties: &[Party]) -> Result<Upserted, UpsertError> {
        let mut tx = self.store.write(tenant).await?;
        let stored = surroundings(tx.as_mut(), parties).await?;
        let entries = Entries::of(parties, &stored);
        let batch = Batch::settle(&entries, &stored);
        let (changed, outcomes) = (batch.changed(), batch.outcomes());
        let revision = tx.revision();
        if changed.is_empty() {
            // Nothing changed, so nothing is written: the transaction is dropped, and its revision with it.
            return Ok(Upserted { outcomes, revision: revision.back(1) });
        }
        let moved = Moved::by(tx.as_mut(), &changed, &stored).await?;
        if let Some(moved) = &moved {
            refold::refold(tx.as_mut(), &self.models, moved).await?;
            tx.note_calendars().await?;
        }
        tx.upsert_parties(&changed).await?;
        tx.commit().await?;
        if let (Some(caches), Some(_)) = (&self.caches, moved) {
            // What is written is written, whatever memory comes to.
            let _ = caches.at_least(tenant, revision).await;
        }
        Ok(Upserted { outcomes, revision })
    }

    /// What is known about one party.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn party(&self, tenant: &Tenant, id: &str) -> Result<Read<Option<Party>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        Ok(Read { value: tx.parties(&[id]).await?.pop(), revision: tx.revision() })
    }

    /// A page of parties, ordered by id.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn parties(&self, tenant: &Tenant, query: &PartyQuery) -> Result<Read<Vec<Party>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        Ok(Read { value: tx.list_parties(query).await?, revision: tx.revision() })
    }
}

/// All that is stored and decides whether the batch closes a circle: whatever lies above its parties, now or then.
async fn surroundings(tx: &mut dyn store::Read, batch: &[Party]) -> Result<HashMap<String, Party>, StoreError> {
    let ids = batch.iter().flat_map(|it| [Some(&it.id), it.parent.as_ref()]).flatten();
    let ids: Vec<&str> = ids.map(String::as_str).collect();
    Ok(tx.lineage(&ids).await?.into_iter().map(|it| (it.id.clone(), it)).collect())
}
