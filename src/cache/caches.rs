//! What is kept of all tenants: read at hand, read from the database where it is not, replaced after each write.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::time::Instant;

use super::{
    entry::Entry,
    fit::Try,
    snapshot::Snapshot,
    tenant::{CONFIRMED_FOR, TenantCache},
    usage::{Counts, Usage},
    write::Write,
};
use crate::{
    event::{Relationship, Tenant},
    model::ModelVersion,
    models::Models,
    store::{Folded, Head, Read, Revision, Selection, Store, StoreError},
    time::Timestamp,
};

/// Once this much has passed, a read has the snapshot compared while it reads it as it is.
const CONFIRMED_ANEW_AFTER: Duration = Duration::from_millis(500);
/// Relationships whose states are asked for at a time.
const CHUNK: usize = 1_000;
/// How much of its bound a snapshot may take after it has forgotten what it can, or else it would forget all the time.
const ROOM: f64 = 0.8;

/// The caches of all tenants.
pub struct Caches {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    most_bytes: usize,
    /// By tenant; read without a lock.
    of: ArcSwap<HashMap<Tenant, Arc<TenantCache>>>,
    adding: Mutex<()>,
    counts: Counts,
}

impl Caches {
    /// No snapshot yet; each may take so many bytes.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, models: Arc<Models>, most_bytes: usize) -> Self {
        let (of, adding, counts) = (ArcSwap::default(), Mutex::default(), Counts::default());
        Self { store, models, most_bytes, of, adding, counts }
    }

    /// How they are doing.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let caches = self.of.load();
        let present: Vec<_> = caches.values().filter_map(|it| it.present.load_full()).collect();
        Usage {
            bytes: present.iter().map(|it| it.size()).sum(),
            most_bytes: self.most_bytes,
            relationships: present.iter().map(|it| it.relationships()).sum(),
            hits: self.counts.hits.load(Relaxed),
            misses: self.counts.misses.load(Relaxed),
            refreshes: self.counts.refreshes.load(Relaxed),
        }
    }

    /// The latest revision in memory, of the tenant that has most; 0 before any.
    #[must_use]
    pub fn revision(&self) -> Revision {
        let caches = self.of.load();
        let present = caches.values().filter_map(|it| it.present.load_full());
        present.map(|it| it.revision).max().unwrap_or_default()
    }

    /// When the latest event of the tenant occurred, as far as that is in memory.
    #[must_use]
    pub fn latest_at(&self, tenant: &Tenant) -> Option<Timestamp> {
        self.of.load().get(tenant)?.present.load().as_ref().map(|present| present.latest_at)
    }

    /// Whether it is worth asking for what is kept of a tenant.
    #[must_use]
    pub fn may_have(&self, tenant: &Tenant) -> bool {
        self.of(tenant).fit.now() != Try::Later
    }

    /// The present snapshot of a tenant, where no query is needed for it.
    #[must_use]
    pub fn at_hand(self: &Arc<Self>, tenant: &Tenant, at_least: Revision) -> Option<Arc<Snapshot>> {
        let of = self.of(tenant);
        if let Some(present) = of.present.load_full().filter(|it| it.size() > self.most_bytes) {
            present.forget();
        }
        let present = of.fresh(at_least)?;
        if of.age() >= CONFIRMED_ANEW_AFTER {
            self.refresh_beside(tenant, of, at_least);
        }
        self.counts.hits.fetch_add(1, Relaxed);
        Some(present)
    }

    /// The snapshot of a tenant, at least as fresh as wanted if the database is; none where it does not fit, or events are
    /// not folded yet.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn at_least(
        self: &Arc<Self>,
        tenant: &Tenant,
        at_least: Revision,
    ) -> Result<Option<Arc<Snapshot>>, StoreError> {
        if let Some(present) = self.at_hand(tenant, at_least) {
            return Ok(Some(present));
        }
        self.counts.misses.fetch_add(1, Relaxed);
        let of = self.of(tenant);
        match of.fit.now() {
            // In a box of its own: whoever is served at hand need not make room for it.
            Try::Now => Box::pin(self.refresh(tenant, &of, at_least, CONFIRMED_FOR)).await,
            Try::Beside => {
                self.refresh_beside(tenant, of, at_least);
                Ok(None)
            }
            Try::Later => Ok(None),
        }
    }

    /// The snapshot that a write of this process changes: that of the revision before, where it is in memory. Where none is, or
    /// one from before what another process has written, it is read in the background for the writes to come.
    #[must_use]
    pub fn before(
        self: &Arc<Self>,
        tenant: &Tenant,
        revision: Revision,
        version: &ModelVersion,
    ) -> Option<Arc<Snapshot>> {
        let of = self.of(tenant);
        let present = of.present.load_full();
        let before = present.as_ref().filter(|it| it.is_before(revision, version)).cloned();
        let is_wanted = present.is_none() || of.age() >= CONFIRMED_ANEW_AFTER;
        if before.is_none() && is_wanted && of.fit.now() != Try::Later {
            self.refresh_beside(tenant, of, Revision::ZERO);
        }
        before
    }

    /// Takes in what a write of this process has left, right after its commit; `begun` is when that began, and `ready` the
    /// snapshot that it began from with the one that follows. Where another process has written in between, the next refresh
    /// reads both.
    pub fn publish(&self, tenant: &Tenant, write: &Write, ready: Option<(Arc<Snapshot>, Snapshot)>, begun: Instant) {
        let of = self.of(tenant);
        let _replacing = of.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(present) = of.present.load_full() else { return };
        let next = match ready {
            Some((before, next)) if Arc::ptr_eq(&before, &present) => next,
            _ if present.is_before(write.revision, &write.version) => present.following(write),
            _ => return,
        };
        self.replace(tenant, &of, next, begun);
    }

    /// The tenant's place; one is made where there is none.
    fn of(&self, tenant: &Tenant) -> Arc<TenantCache> {
        if let Some(of) = self.of.load().get(tenant) {
            return Arc::clone(of);
        }
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = HashMap::clone(&self.of.load());
        let of = Arc::clone(all.entry(tenant.clone()).or_insert_with(|| Arc::new(TenantCache::new())));
        self.of.store(Arc::new(all));
        of
    }

    /// Has the present snapshot compared with the database in the background, unless it is already.
    fn refresh_beside(self: &Arc<Self>, tenant: &Tenant, of: Arc<TenantCache>, at_least: Revision) {
        if of.refreshing.try_lock().is_ok() {
            let (caches, tenant) = (Arc::clone(self), tenant.clone());
            // What fails here fails again for whoever has to wait for it.
            tokio::spawn(async move { caches.refresh(&tenant, &of, at_least, CONFIRMED_ANEW_AFTER).await });
        }
    }

    /// Reads what has changed since the present snapshot, or all, unless somebody else has done so meanwhile.
    async fn refresh(
        &self,
        tenant: &Tenant,
        of: &TenantCache,
        at_least: Revision,
        confirmed_for: Duration,
    ) -> Result<Option<Arc<Snapshot>>, StoreError> {
        let _refreshing = of.refreshing.lock().await;
        if let Some(present) = of.fresh(at_least).filter(|_| of.age() < confirmed_for) {
            return Ok(Some(present));
        }
        let begun = Instant::now();
        let mut tx = self.store.read(tenant).await?;
        let Some(next) = self.read(tx.as_mut(), of).await? else { return Ok(None) };
        self.counts.refreshes.fetch_add(1, Relaxed);
        let _replacing = of.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        // Meanwhile this process may have published what it has written.
        match of.present.load_full().filter(|present| present.revision >= next.revision) {
            Some(present) if present.under.version == next.under.version => {
                of.confirm(begun);
                Ok(Some(present))
            }
            _ => Ok(self.replace(tenant, of, next, begun)),
        }
    }

    /// The snapshot as the database is; none where it is not folded yet, or becomes too large.
    async fn read(&self, tx: &mut dyn Read, of: &TenantCache) -> Result<Option<Snapshot>, StoreError> {
        let Some(live) = self.models.in_use(tx).await?.live else { return Ok(None) };
        let present = of.present.load_full().filter(|it| it.under.version == live.version);
        let present = present.filter(|it| it.revision >= tx.renewed());
        let changed = match &present {
            Some(present) if present.revision == tx.revision() => Some(Vec::new()),
            Some(present) => tx.written_since(present.revision).await?,
            None => None,
        };
        let (mut next, heads) = if let (Some(present), Some(changed)) = (present, changed) {
            (Snapshot::clone(&present), changed)
        } else {
            if let Some(bytes_each) = of.fit.bytes_each() {
                let (_, relationships) = tx.count_folded(&live.version).await?;
                let relationships = usize::try_from(relationships).unwrap_or(usize::MAX);
                let bytes = relationships.saturating_mul(bytes_each);
                if bytes > self.most_states() {
                    return Ok(self.give_up(of, bytes, relationships));
                }
            }
            (Snapshot::empty(tx.revision(), live), tx.heads(&Selection::All).await?)
        };
        next.revision = tx.revision();
        next.renewed = tx.renewed();
        for chunk in heads.chunks(CHUNK) {
            if next.size() > self.most_bytes {
                return Ok(self.give_up(of, next.size(), next.relationships()));
            }
            take(tx, &mut next, chunk).await?;
        }
        Ok(Some(next))
    }

    /// How much the states of a tenant may take, for what is read off them must have some room too.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a number that is one")]
    fn most_states(&self) -> usize {
        (ROOM * self.most_bytes as f64) as usize
    }

    /// Leaves the states in the database for a while, since so many relationships take so much.
    fn give_up<T>(&self, of: &TenantCache, bytes: usize, relationships: usize) -> Option<T> {
        of.present.store(None);
        of.fit.overflowed(bytes, relationships);
        tracing::warn!(bytes, most = self.most_bytes, "the cache is too small; reading without it for a while");
        None
    }

    /// Makes `next` the present snapshot, unless it does not fit. The lock on replacing is held.
    fn replace(&self, tenant: &Tenant, of: &TenantCache, next: Snapshot, begun: Instant) -> Option<Arc<Snapshot>> {
        let next = Arc::new(next);
        if next.size() > self.most_bytes {
            next.forget();
            tracing::debug!(tenant = tenant.0, "the cache has forgotten what it can find out again");
        }
        // The one before takes its room for as long as somebody reads it; that does not count.
        if next.size() > self.most_states() && next.counted() > self.most_states() {
            return self.give_up(of, next.counted(), next.relationships());
        }
        of.fit.fitted();
        of.present.store(Some(Arc::clone(&next)));
        of.confirm(begun);
        Some(next)
    }
}

/// Puts some relationships into a snapshot as they are stored.
async fn take(tx: &mut dyn Read, next: &mut Snapshot, heads: &[Head]) -> Result<(), StoreError> {
    let keys: Vec<Relationship> = heads.iter().map(|head| head.relationship.clone()).collect();
    let version = next.under.version.clone();
    let mut stored = tx.folded(&keys, &version).await?;
    for head in heads {
        let Folded { blocks, .. } = stored.remove(&head.relationship).unwrap_or_default();
        let entry = Entry::new(&blocks, head.latest_at, head.revision, &next.gauge);
        next.put(&head.relationship, entry);
    }
    Ok(())
}
