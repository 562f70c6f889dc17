//! The write path: a batch of events goes in, is deduplicated, folded and committed in one transaction.
//!
//! The store says which events are new; for each interaction they touch, `new fold - old fold` is added to the tallies.
//! An event, its idempotency record (its own row) and its tallies commit together or not at all.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    event::{Event, Identity, Relationship, Tenant},
    interaction,
    model::Model,
    models::Models,
    replay::{Threads, counted},
    store::{RecordedEvent, Revision, Store, StoreError, Transaction, Update},
    tally::Change,
    time::Timestamp,
};

/// Records events, and folds them under the models in use.
pub struct Ledger {
    store: Arc<dyn Store>,
    models: Arc<Models>,
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
        Self { store, models }
    }

    /// Records a batch of valid events, all or (on an error) none of them.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do. After [`StoreError::Unavailable`] it is not known whether the batch was recorded;
    /// recording it again is safe.
    pub async fn record(&self, tenant: &Tenant, events: &[Event], now: Timestamp) -> Result<Recorded, StoreError> {
        let mut tx = self.store.write(tenant).await?;
        let targets = find_targets(tx.as_mut(), events).await?;
        let mut batch = Batch::sort(events, &targets);
        let new = batch.insert(tx.as_mut(), now).await?;
        let revision = tx.revision();
        if new.is_empty() {
            // Nothing changed, so nothing is written: the transaction is dropped, and its revision with it.
            return Ok(Recorded { outcomes: batch.outcomes(), revision: revision - 1 });
        }
        let (interactions, lone) = touched(&new, &targets);
        let threads = Threads::load(tx.as_mut(), interactions, lone).await?;
        self.fold(tx.as_mut(), &updates(&new), &threads).await?;
        tx.commit().await?;
        batch.note_waiting(&threads, &targets);
        Ok(Recorded { outcomes: batch.outcomes(), revision })
    }

    /// Notes the new events and adds what follows from them: under the live model, and under the one that is being built
    /// for those relationships that it has come to. The others it will find as they then are.
    async fn fold(&self, tx: &mut dyn Transaction, updates: &[Update], threads: &Threads) -> Result<(), StoreError> {
        let in_use = self.models.for_writing(tx).await?;
        let touched: Vec<Relationship> = updates.iter().map(|update| update.relationship.clone()).collect();
        let not_yet = match &in_use.building {
            Some(building) => tx.unfolded_of(&touched, &building.version).await?,
            None => Vec::new(),
        };
        tx.save(updates).await?;
        if let Some(live) = in_use.live {
            tx.add(&changes(&touched, threads, tx.revision(), &live.model), &live.version).await?;
        }
        if let Some(building) = in_use.building {
            let mut changes = changes(&touched, threads, tx.revision(), &building.model);
            changes.retain(|relationship, _| !not_yet.contains(relationship));
            tx.add(&changes, &building.version).await?;
        }
        Ok(())
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

/// What is to be folded anew: the interactions of the new events and of the events they take back, and those of them
/// that belong to none.
fn touched(
    new: &[&Event],
    targets: &HashMap<Identity, RecordedEvent>,
) -> (BTreeSet<(Relationship, String)>, BTreeSet<Identity>) {
    let (mut interactions, mut lone) = (BTreeSet::new(), BTreeSet::new());
    for event in new {
        let target = event.target().and_then(|target| targets.get(&target));
        let events = [Some(*event), target.map(|target| &target.event)];
        for event in events.into_iter().flatten() {
            match event.interaction_key() {
                Some(key) => interactions.extend([key]),
                None => lone.extend([event.identity.clone()]),
            }
        }
    }
    (interactions, lone)
}

/// A batch sorted by identity: the first event of each identity is offered to the store, its repetitions are compared.
struct Batch<'a> {
    events: &'a [Event],
    outcomes: Vec<Option<Outcome>>,
    first: HashMap<&'a Identity, usize>,
}

impl<'a> Batch<'a> {
    fn sort(events: &'a [Event], targets: &HashMap<Identity, RecordedEvent>) -> Self {
        let mut batch = Self { events, outcomes: vec![None; events.len()], first: HashMap::new() };
        // A retraction may also name a retraction of the same batch.
        let retractions: HashSet<&Identity> =
            events.iter().filter(|event| event.retracts().is_some()).map(|event| &event.identity).collect();
        for (index, event) in events.iter().enumerate() {
            let takes_back_retraction = event.target().is_some_and(|target| {
                retractions.contains(&target) || targets.get(&target).is_some_and(|it| it.event.retracts().is_some())
            });
            // One that was recorded before its target turned out to be a retraction is a duplicate, as ever.
            if takes_back_retraction && !targets.contains_key(&event.identity) {
                batch.outcomes[index] = Some(Outcome::RetractionOfRetraction);
            } else {
                batch.first.entry(&event.identity).or_insert(index);
            }
        }
        batch
    }

    /// Inserts, and settles what became of each event. Returns the new ones.
    async fn insert(&mut self, tx: &mut dyn Transaction, now: Timestamp) -> Result<Vec<&'a Event>, StoreError> {
        let mut offered: Vec<usize> = self.first.values().copied().collect();
        offered.sort_unstable();
        let candidates: Vec<&Event> = offered.iter().map(|&index| &self.events[index]).collect();
        let inserted: HashSet<Identity> = tx.insert(&candidates, now).await?.into_iter().collect();
        let new: Vec<&Event> = candidates.iter().filter(|event| inserted.contains(&event.identity)).copied().collect();
        let known: Vec<Identity> =
            candidates.iter().map(|event| &event.identity).filter(|it| !inserted.contains(*it)).cloned().collect();
        let recorded = if known.is_empty() { Vec::new() } else { tx.find(&known).await? };
        let recorded: HashMap<&Identity, &Event> = recorded.iter().map(|it| (&it.event.identity, &it.event)).collect();
        for (index, event) in self.events.iter().enumerate() {
            if self.outcomes[index].is_some() {
                continue;
            }
            let first = self.first[&event.identity];
            let outcome = match recorded.get(&event.identity) {
                None if first == index => Outcome::Recorded { waits_for: None },
                None if self.events[first] == *event => Outcome::Duplicate,
                Some(known) if **known == *event => Outcome::Duplicate,
                _ => Outcome::Conflict,
            };
            self.outcomes[index] = Some(outcome);
        }
        Ok(new)
    }

    /// Tells the recorded events that cannot count yet what they wait for.
    fn note_waiting(&mut self, threads: &Threads, targets: &HashMap<Identity, RecordedEvent>) {
        for (event, outcome) in self.events.iter().zip(&mut self.outcomes) {
            let Some(Outcome::Recorded { waits_for }) = outcome else { continue };
            *waits_for = if let Some(target) = event.target() {
                let known = targets.contains_key(&target) || self.first.contains_key(&target);
                (!known).then(|| format!("the event {:?} that it takes back", target.event_id))
            } else if interaction::is_waiting(event, &threads.around(event)) {
                let id = event.interaction.as_deref().unwrap_or_default();
                Some(format!("the request or the idea that opens the interaction {id:?}"))
            } else {
                None
            };
        }
    }

    fn outcomes(self) -> Vec<Outcome> {
        self.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Conflict)).collect()
    }
}
