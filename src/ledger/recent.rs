//! What the last writes were about: their threads in memory, so that the next write need not read them again.
//!
//! What is here is what is recorded, as of one revision. Where another process has written since, what that was about is
//! forgotten. Whoever writes takes it out and puts it back once it has committed: a write that fails leaves nothing.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use crate::{
    event::{Event, Identity, Relationship, Tenant},
    replay::Threads,
    store::{RecordedEvent, Revision, StoreError, Transaction},
    time::Timestamp,
};

/// Once so many events were touched, those that no write has touched for as long before are forgotten. Twice as many take
/// about 20 MB.
const GENERATION: usize = 16_384;
/// Relationships whose awaited events are known, at the most.
const MOST_RELATIONSHIPS: usize = 65_536;

/// An interaction, with the relationship that makes its id unique.
type Key = (Relationship, String);

/// Recently touched threads of a tenant. Only those of a single interaction are kept, as nearly all are.
#[derive(Default)]
pub(super) struct Recent {
    revision: Revision,
    young: HashMap<Key, Vec<RecordedEvent>>,
    old: HashMap<Key, Vec<RecordedEvent>>,
    /// Events in the young ones.
    events: usize,
    /// The relationships of which it is known which events they await,
    known: HashSet<Relationship>,
    /// and these: taken back already, each first by this write, but not recorded.
    awaited: HashMap<Identity, Revision>,
}

/// What is recent, by tenant.
#[derive(Default)]
pub(super) struct Recollections(Mutex<HashMap<Tenant, Recent>>);

impl Recollections {
    /// Takes out what is recent; nothing is where another write has it.
    pub fn take(&self, tenant: &Tenant) -> Recent {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(tenant).unwrap_or_default()
    }

    pub fn put(&self, tenant: &Tenant, recent: Recent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), recent);
    }
}

impl Recent {
    /// Forgets what others have written since, and finds out which events some relationships await. To be called before
    /// anything is written.
    pub async fn catch_up(
        &mut self,
        tx: &mut dyn Transaction,
        relationships: impl Iterator<Item = &Relationship>,
    ) -> Result<(), StoreError> {
        let before = tx.revision() - 1;
        if self.revision != before {
            let written = if self.revision < before { tx.written_since(self.revision).await? } else { None };
            match written {
                Some(heads) => self.forget(&heads.iter().map(|head| &head.relationship).collect()),
                None => *self = Self::default(),
            }
            self.revision = before;
        }
        if self.known.len() > MOST_RELATIONSHIPS {
            self.known.clear();
            self.awaited.clear();
        }
        let unknown: HashSet<&Relationship> = relationships.filter(|it| !self.known.contains(*it)).collect();
        let unknown: Vec<Relationship> = unknown.into_iter().cloned().collect();
        if !unknown.is_empty() {
            self.awaited.extend(tx.awaited(&unknown).await?);
            self.known.extend(unknown);
        }
        Ok(())
    }

    fn forget(&mut self, written: &HashSet<&Relationship>) {
        self.young.retain(|(relationship, _), _| !written.contains(relationship));
        self.old.retain(|(relationship, _), _| !written.contains(relationship));
        self.events = self.young.values().map(Vec::len).sum();
        self.known.retain(|relationship| !written.contains(relationship));
        self.awaited.retain(|event, _| !written.contains(&event.relationship));
    }

    /// The threads of the events that this write has recorded as new at `now`, and of what they take back: as they are then,
    /// with those of both that belong to none. `targets` is what they take back of what was recorded before.
    pub async fn threads(
        &mut self,
        tx: &mut dyn Transaction,
        new: &[&Event],
        targets: &HashMap<Identity, RecordedEvent>,
        now: Timestamp,
    ) -> Result<Threads, StoreError> {
        let revision = tx.revision();
        let taken_back = new.iter().filter_map(|event| targets.get_key_value(&event.target()?));
        let taken_back: BTreeMap<&Identity, &RecordedEvent> = taken_back.collect();
        let touched = new.iter().copied().chain(taken_back.values().map(|target| &target.event));
        let (mut remembered, unknown) = self.take(touched);
        let mut events = if unknown.is_empty() { Vec::new() } else { tx.threads(&unknown, Some(revision)).await? };
        events.extend(self.record(new, targets, now, revision));
        for (identity, target) in taken_back {
            let retracted = target.retracted.or(Some(revision));
            match target.event.interaction_key().map(|key| remembered.get_mut(&key)) {
                Some(Some(thread)) => {
                    let marked = thread.iter_mut().filter(|it| it.event.identity == *identity);
                    marked.for_each(|it| it.retracted = retracted);
                }
                // It was read as it is now.
                Some(None) => {}
                None => events.push(RecordedEvent { retracted, ..target.clone() }),
            }
        }
        events.extend(remembered.into_values().flatten());
        Ok(Threads::of(events))
    }

    /// Takes out the threads of some events, and names those that are to be read: what is not here, and what a request ties
    /// to another one.
    fn take<'a>(&mut self, touched: impl Iterator<Item = &'a Event>) -> (HashMap<Key, Vec<RecordedEvent>>, Vec<Key>) {
        let (mut keys, mut tied) = (HashSet::new(), HashSet::new());
        for event in touched {
            let Some(key) = event.interaction_key() else { continue };
            if let Some(earlier) = event.revisits() {
                tied.extend([key.clone(), (key.0.clone(), earlier.to_owned())]);
            }
            keys.insert(key);
        }
        let (mut remembered, mut unknown) = (HashMap::new(), Vec::new());
        for key in keys.into_iter().filter(|key| !tied.contains(key)) {
            match self.take_thread(&key) {
                Some(thread) => _ = remembered.insert(key, thread),
                None => unknown.push(key),
            }
        }
        for key in &tied {
            self.take_thread(key);
        }
        unknown.extend(tied);
        (remembered, unknown)
    }

    fn take_thread(&mut self, key: &Key) -> Option<Vec<RecordedEvent>> {
        if let Some(thread) = self.young.remove(key) {
            self.events -= thread.len();
            return Some(thread);
        }
        self.old.remove(key)
    }

    /// The new events as they are recorded: some may have been taken back before they came.
    fn record(
        &mut self,
        new: &[&Event],
        targets: &HashMap<Identity, RecordedEvent>,
        recorded_at: Timestamp,
        revision: Revision,
    ) -> Vec<RecordedEvent> {
        for target in new.iter().filter_map(|event| event.target()).filter(|it| !targets.contains_key(it)) {
            self.awaited.entry(target).or_insert(revision);
        }
        let record = |event: &&Event| {
            // A retraction stands, whatever names it.
            let retracted = self.awaited.remove(&event.identity).filter(|_| event.retracts().is_none());
            RecordedEvent { event: (*event).clone(), recorded_at, revision, retracted }
        };
        new.iter().map(record).collect()
    }

    /// Keeps threads as they are with the write `revision`.
    pub fn remember(&mut self, threads: Threads, revision: Revision) {
        self.revision = revision;
        for thread in threads.into_interactions() {
            let Some(key) = thread.first().and_then(|it| it.event.interaction_key()) else { continue };
            self.events += thread.len();
            self.young.insert(key, thread);
        }
        if self.events >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.events = 0;
        }
    }
}
