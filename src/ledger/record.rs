//! Recording: one batch, one transaction.

use std::{collections::HashMap, sync::Arc};

use super::{
    batch::Batch,
    effect::{self, Effect},
    observer::{Nobody, WriteObserver},
    outcome::Recorded,
    recent::{Earlier, Recollections},
};
use crate::{
    cache::{Caches, Write, Written},
    event::{Event, Identity, Relationship, Tenant},
    folds,
    models::{Models, ToFold},
    replay::RecordedThreads,
    store::{self, RecordedEvent, Store, StoreError},
    time::Timestamp,
};

/// Records events, and folds them under the models in use.
pub struct Ledger {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    caches: Option<Arc<Caches>>,
    recent: Recollections,
    pub(super) observer: Arc<dyn WriteObserver>,
}

impl Ledger {
    /// A ledger over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, models: Arc<Models>) -> Self {
        Self { store, models, caches: None, recent: Recollections::default(), observer: Arc::new(Nobody) }
    }

    /// The same, but publishing what it has written to who reads from memory.
    #[must_use]
    pub fn with_caches(self, caches: Arc<Caches>) -> Self {
        Self { caches: Some(caches), ..self }
    }

    /// The same, but telling somebody how it goes.
    #[must_use]
    pub fn with_observer(self, observer: Arc<dyn WriteObserver>) -> Self {
        Self { observer, ..self }
    }

    /// Records a batch of valid events, all or (on an error) none of them.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do. After [`StoreError::Unavailable`] it is not known whether the batch was recorded;
    /// recording it again is safe.
    pub async fn record(&self, tenant: &Tenant, events: &[Event], now: Timestamp) -> Result<Recorded, StoreError> {
        let mut tx = self.store.write(tenant).await?;
        let revision = tx.revision();
        let mut recent = self.recent.take(tenant);
        recent.catch_up(tx.as_mut(), events.iter().map(Event::relationship)).await?;
        let targets = find_targets(tx.as_mut(), events).await?;
        let mut batch = Batch::sort(events, &targets);
        let offered = batch.offered();
        let earlier = recent.recall(tx.as_mut(), &offered, &targets).await?;
        let under = self.models.for_writing(tx.as_mut()).await?;
        let live = under.live.as_deref();
        let snapshot = live.and_then(|live| self.caches.as_ref()?.before(tenant, revision, &live.version));
        let effect = async |new: &[&Event]| {
            Effect::of(new, &earlier, (now, revision), live.map(|live| under.rules(live)), snapshot.as_deref()).await
        };
        // Nearly always all of it is new: so what that leads to is worked out while the database is finding out.
        let (inserted, mut led_to) = tokio::join!(tx.insert(&offered, now), effect(&offered));
        let new = batch.settle(tx.as_mut(), &offered, inserted?).await?;
        if new.is_empty() {
            // Nothing changed, so nothing is written: the transaction is dropped, and its revision with it.
            let Earlier { events, .. } = earlier;
            recent.remember(RecordedThreads::of(events), &[], &targets, revision.back(1));
            self.recent.put(tenant, recent);
            return Ok(Recorded { outcomes: batch.outcomes(), revision: revision.back(1) });
        }
        if new.len() < offered.len() {
            led_to = effect(&new).await;
        }
        let touched = write(tx.as_mut(), &mut led_to, &under).await?;
        let write = live.map(|live| Write { revision, version: live.version.clone(), touched });
        let begun = tokio::time::Instant::now();
        let remember = async {
            batch.note_waiting(&led_to.threads, &targets);
            recent.remember(led_to.threads, &new, &targets, revision);
            snapshot.zip(write.as_ref()).map(|(snapshot, write)| (snapshot.clone(), snapshot.following(write)))
        };
        let (committed, ready) = tokio::join!(tx.commit(), remember);
        committed?;
        if let (Some(caches), Some(write)) = (&self.caches, &write) {
            caches.publish(tenant, write, ready, begun);
        }
        self.recent.put(tenant, recent);
        Ok(Recorded { outcomes: batch.outcomes(), revision })
    }
}

/// Writes what new events lead to: under the live model, and under the one that is being built for those relationships that
/// it has come to. The others it will find as they then are. Returns what is folded under the live model.
async fn write(tx: &mut dyn store::Write, led_to: &mut Effect, under: &ToFold) -> Result<Vec<Written>, StoreError> {
    let Effect { threads, updates, changes, folded } = led_to;
    let not_yet = match &under.building {
        Some(building) => {
            let touched: Vec<Relationship> = updates.iter().map(|it| it.relationship.clone()).collect();
            tx.unfolded_of(&touched, &building.version).await?
        }
        None => Vec::new(),
    };
    tx.save(updates).await?;
    let mut written = Vec::new();
    if let Some(live) = &under.live {
        let folded = match folded.take() {
            Some(folded) => {
                tx.put_folded(&folded, &live.version).await?;
                folded
            }
            None => folds::add(tx, changes, &live.version).await?,
        };
        // Both are in the order of relationships.
        let folded = updates.iter().zip(folded);
        written.extend(folded.map(|(it, (relationship, blocks))| Written {
            relationship,
            latest_at: it.latest_at,
            blocks,
        }));
    }
    if let Some(building) = &under.building {
        let mut changes = effect::changes(updates, threads, tx.revision(), under.rules(building)).await;
        changes.retain(|relationship, _| !not_yet.contains(relationship));
        folds::add(tx, &changes, &building.version).await?;
    }
    Ok(written)
}

/// The recorded events that the batch's retractions name, and the retractions themselves where they are recorded.
async fn find_targets(
    tx: &mut dyn store::Read,
    events: &[Event],
) -> Result<HashMap<Identity, RecordedEvent>, StoreError> {
    let mut wanted: Vec<Identity> = events.iter().filter_map(Event::target).collect();
    wanted.extend(events.iter().filter(|event| event.retracts().is_some()).map(|event| event.identity.clone()));
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tx.find(&wanted).await?;
    Ok(found.into_iter().map(|it| (it.event.identity.clone(), it)).collect())
}
