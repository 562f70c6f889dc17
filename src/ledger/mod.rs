//! The write path: events go in, are deduplicated, folded and committed.
//!
//! Concurrent batches wait in the [`Queue`] and share commits; the [`Ledger`] records what it is given in one transaction.
//! The store says which events are new; for each interaction they touch, `new fold - old fold` is added to the tallies.
//! An event, its idempotency record (its own row) and its tallies commit together or not at all.

mod batch;
mod queue;
mod recent;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use batch::Batch;
pub use queue::{Full, Limits, Parcel, Queue, Receipt};
use recent::Recollections;

use crate::{
    event::{Event, Identity, Relationship, Tenant},
    image::{Images, Snapshot, Written},
    model::Model,
    models::Models,
    replay::{Threads, counted},
    store::{RecordedEvent, Revision, Store, StoreError, Transaction, Update},
    tally::{Change, Parts},
    time::Timestamp,
};

/// Records events, and folds them under the models in use.
pub struct Ledger {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    images: Option<Arc<Images>>,
    recent: Recollections,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Recorded {
        /// What it cannot count without and what has not arrived yet, in words.
        waits_for: Option<String>,
    },
    /// The same event was recorded before.
    Duplicate,
    /// Its identity is recorded with other content.
    Conflict,
    /// It would take back a retraction.
    RetractionOfRetraction,
    /// The store fails on it, and on it alone. It is not recorded.
    Unstorable,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// One outcome for each event, in their order.
    pub outcomes: Vec<Outcome>,
    /// The state of the tenant that includes the batch.
    pub revision: Revision,
}

impl Ledger {
    /// A ledger over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, models: Arc<Models>) -> Self {
        Self { store, models, images: None, recent: Recollections::default() }
    }

    /// The same, but publishing what it has written to who reads from memory.
    #[must_use]
    pub fn with_images(self, images: Arc<Images>) -> Self {
        Self { images: Some(images), ..self }
    }

    /// Records a batch of valid events, all or (on an error) none of them.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do. After [`StoreError::Unavailable`] it is not known whether the batch was recorded;
    /// recording it again is safe.
    pub async fn record(&self, tenant: &Tenant, events: &[Event], now: Timestamp) -> Result<Recorded, StoreError> {
        let mut tx = self.store.write(tenant).await?;
        let mut recent = self.recent.take(tenant);
        recent.catch_up(tx.as_mut(), events.iter().map(Event::relationship)).await?;
        let targets = find_targets(tx.as_mut(), events).await?;
        let mut batch = Batch::sort(events, &targets);
        let new = batch.insert(tx.as_mut(), now).await?;
        let revision = tx.revision();
        if new.is_empty() {
            // Nothing changed, so nothing is written: the transaction is dropped, and its revision with it.
            self.recent.put(tenant, recent);
            return Ok(Recorded { outcomes: batch.outcomes(), revision: revision - 1 });
        }
        let threads = recent.threads(tx.as_mut(), &new, &targets, now).await?;
        let (version, written) = self.fold(tenant, tx.as_mut(), updates(&new), &threads).await?;
        let begun = tokio::time::Instant::now();
        tx.commit().await?;
        if let Some(images) = &self.images {
            images.publish(tenant, revision, &version, written, begun);
        }
        batch.note_waiting(&threads, &targets);
        recent.remember(threads, revision);
        self.recent.put(tenant, recent);
        Ok(Recorded { outcomes: batch.outcomes(), revision })
    }

    /// Notes the new events and adds what follows from them: under the live model, and under the one that is being built
    /// for those relationships that it has come to. The others it will find as they then are. Returns the version of the
    /// live model, and what is folded under it.
    async fn fold(
        &self,
        tenant: &Tenant,
        tx: &mut dyn Transaction,
        updates: Vec<Update>,
        threads: &Threads,
    ) -> Result<(String, Vec<Written>), StoreError> {
        let in_use = self.models.for_writing(tx).await?;
        let touched: Vec<Relationship> = updates.iter().map(|update| update.relationship.clone()).collect();
        let not_yet = match &in_use.building {
            Some(building) => tx.unfolded_of(&touched, &building.version).await?,
            None => Vec::new(),
        };
        tx.save(&updates).await?;
        let mut folded = (String::new(), Vec::new());
        if let Some(live) = in_use.live {
            let changes = changes(&touched, threads, tx.revision(), &live.model);
            let image = self.images.as_ref().and_then(|it| it.before(tenant, tx.revision(), &live.version));
            let parts = match image.and_then(|image| with_changes(&image, &changes)) {
                Some(parts) => {
                    tx.put_folded(&parts, &live.version).await?;
                    parts
                }
                None => tx.add(&changes, &live.version).await?,
            };
            // Both are in the order of relationships.
            let written = updates.into_iter().zip(parts).map(|(update, (_, parts))| Written {
                relationship: update.relationship,
                latest_at: update.latest_at,
                parts,
            });
            folded = (live.version.clone(), written.collect());
        }
        if let Some(building) = in_use.building {
            let mut changes = changes(&touched, threads, tx.revision(), &building.model);
            changes.retain(|relationship, _| !not_yet.contains(relationship));
            tx.add(&changes, &building.version).await?;
        }
        Ok(folded)
    }
}

/// The new events counted by relationship.
fn updates(new: &[&Event]) -> Vec<Update> {
    let mut updates: BTreeMap<&Relationship, Update> = BTreeMap::new();
    for event in new {
        let relationship = event.relationship();
        let update = updates.entry(relationship).or_insert_with(|| Update {
            relationship: relationship.clone(),
            latest_at: event.occurred_at,
            events: 0,
        });
        update.latest_at = update.latest_at.max(event.occurred_at);
        update.events += 1;
    }
    updates.into_values().collect()
}

/// What the write `revision` changes for each of the relationships with new events.
fn changes(
    touched: &[Relationship],
    threads: &Threads,
    revision: Revision,
    model: &Model,
) -> BTreeMap<Relationship, Change> {
    let mut changes: BTreeMap<_, _> = touched.iter().map(|it| (it.clone(), Change::default())).collect();
    for (relationship, events) in threads.iter() {
        if let Some(change) = changes.get_mut(relationship) {
            *change = Change::between(&before(events, revision), &counted(events), model);
        }
    }
    changes
}

/// What the changes make of what an image has folded; none where it has something that cannot be read.
fn with_changes<'a>(
    image: &Snapshot,
    changes: &'a BTreeMap<Relationship, Change>,
) -> Option<Vec<(&'a Relationship, Parts)>> {
    let with = |(relationship, change): (&'a Relationship, &Change)| {
        Some((relationship, image.parts(relationship).with(change).ok()?))
    };
    changes.iter().map(with).collect()
}

/// The events that counted before the write `revision`.
fn before(events: &[RecordedEvent], revision: Revision) -> Vec<&Event> {
    events
        .iter()
        .filter(|it| it.revision < revision && it.retracted.is_none_or(|retracted| retracted >= revision))
        .map(|it| &it.event)
        .collect()
}

/// The recorded events that the batch's retractions name, and the retractions themselves where they are recorded.
async fn find_targets(
    tx: &mut dyn Transaction,
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
