//! What the last writes were about: their threads in memory, so that the next write need not read them again.
//!
//! What is here is what is recorded, as of one revision. Where another process has written since, what that was about is
//! forgotten. Whoever writes takes it out and puts it back once it has committed: a write that fails leaves nothing.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    event::{Event, Identity, Relationship, Tenant},
    interaction::tied_by,
    replay::RecordedThreads,
    store::{Read, RecordedEvent, Revision, StoreError},
};

/// Once so many events were touched, those that no write has touched for as long before are forgotten. Twice as many take
/// about 20 MB.
const GENERATION: usize = 16_384;
/// Relationships whose awaited events are known, at the most.
const MOST_RELATIONSHIPS: usize = 65_536;

/// An interaction, with the relationship that makes its id unique.
type Key = (Relationship, String);

/// An interaction's events.
type Thread = Vec<Arc<RecordedEvent>>;

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

/// Recently touched threads of a tenant. Only those of a single interaction are kept, as nearly all are.
#[derive(Default)]
pub(super) struct Recent {
    revision: Revision,
    young: HashMap<Key, Thread>,
    old: HashMap<Key, Thread>,
    /// Events in the young ones.
    events: usize,
    /// The relationships of which it is known which events they await,
    known: HashSet<Relationship>,
    /// and these: taken back already, each first by this write, but not recorded.
    awaited: HashMap<Identity, Revision>,
    /// What ends relationships, where anything does, of all those with threads here.
    endings: HashMap<Relationship, Thread>,
}

/// What was recorded before a write and bears on it.
pub(super) struct Earlier<'a> {
    /// Everything in the threads of what is offered and of what that takes back, and what it takes back outside of any; with
    /// the ends of their relationships, and all of a relationship where one of these comes or goes.
    pub events: Vec<Arc<RecordedEvent>>,
    /// What was taken back before it has come, each first by this write.
    pub awaited: &'a HashMap<Identity, Revision>,
}

impl Recent {
    /// Forgets what others have written since, and finds out which events some relationships await. To be called before
    /// anything is written.
    pub async fn catch_up(
        &mut self,
        tx: &mut dyn Read,
        relationships: impl Iterator<Item = &Relationship>,
    ) -> Result<(), StoreError> {
        let before = tx.revision().back(1);
        if self.revision != before {
            let written = if self.revision < before { tx.written_since(self.revision).await? } else { None };
            match written {
                Some(heads) => self.forget(&heads.iter().map(|head| &head.relationship).collect()),
                None => *self = Self::default(),
            }
            self.revision = before;
        }
        if self.endings.len() > MOST_RELATIONSHIPS {
            *self = Self { revision: before, ..Self::default() };
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
        self.forget_threads(written);
        self.known.retain(|relationship| !written.contains(relationship));
        self.awaited.retain(|event, _| !written.contains(&event.relationship));
        self.endings.retain(|relationship, _| !written.contains(relationship));
    }

    /// What was recorded before and bears on the offered events; what is not in memory is read. `targets` is what they take
    /// back of it. To be called before they are recorded.
    pub async fn recall(
        &mut self,
        tx: &mut dyn Read,
        offered: &[&Event],
        targets: &HashMap<Identity, RecordedEvent>,
    ) -> Result<Earlier<'_>, StoreError> {
        let taken_back = offered.iter().filter_map(|event| targets.get_key_value(&event.target()?));
        let taken_back: BTreeMap<&Identity, &RecordedEvent> = taken_back.collect();
        let touched: Vec<&Event> =
            offered.iter().copied().chain(taken_back.values().map(|target| &target.event)).collect();
        // An end closes whatever began before it, which may be anything.
        let ending = touched.iter().copied().filter(|event| event.is_ending());
        let whole: HashSet<&Relationship> = ending.map(Event::relationship).collect();
        let mut events = Vec::new();
        if !whole.is_empty() {
            self.forget_threads(&whole);
            let whole: Vec<Relationship> = whole.iter().copied().cloned().collect();
            events.extend(tx.events(&whole).await?.into_iter().map(Arc::new));
        }
        let in_part = || touched.iter().copied().filter(|event| !whole.contains(event.relationship()));
        let (of_threads, unknown) = self.take(in_part());
        events.extend(of_threads);
        let mut endings: BTreeMap<Identity, Arc<RecordedEvent>> = BTreeMap::new();
        let mut put = |ending: Arc<RecordedEvent>| endings.insert(ending.event.identity.clone(), ending);
        if !unknown.is_empty() {
            let read = tx.threads(&unknown).await?.into_iter().map(Arc::new);
            let (ends, others): (Vec<_>, Vec<_>) = read.partition(|recorded| recorded.event.is_ending());
            events.extend(others);
            for ending in ends {
                drop(put(ending));
            }
        }
        let relationships: HashSet<&Relationship> = in_part().map(Event::relationship).collect();
        let known = relationships.into_iter().filter_map(|relationship| self.endings.get(relationship));
        known.flatten().for_each(|ending| drop(put(Arc::clone(ending))));
        events.extend(endings.into_values());
        let is_lone = |target: &&RecordedEvent| target.event.in_interaction().is_none();
        let lone = taken_back.into_values().filter(|it| is_lone(it) && !whole.contains(it.event.relationship()));
        events.extend(lone.cloned().map(Arc::new));
        Ok(Earlier { events, awaited: &self.awaited })
    }

    /// Forgets the threads of some relationships.
    fn forget_threads(&mut self, whole: &HashSet<&Relationship>) {
        self.young.retain(|(relationship, _), _| !whole.contains(relationship));
        self.old.retain(|(relationship, _), _| !whole.contains(relationship));
        self.events = self.young.values().map(Vec::len).sum();
    }

    /// Takes out the threads of some events, and names those that are to be read: what is not here, and what a request ties
    /// to another one.
    fn take<'a>(&mut self, touched: impl Iterator<Item = &'a Event>) -> (Thread, Vec<Key>) {
        let (mut keys, mut tied) = (HashSet::new(), HashSet::new());
        for event in touched {
            keys.extend(event.interaction_key());
            tied.extend(tied_by(event));
        }
        let (mut events, mut unknown) = (Vec::new(), Vec::new());
        for key in keys.into_iter().filter(|key| !tied.contains(key)) {
            match self.take_thread(&key) {
                Some(thread) => events.extend(thread),
                None => unknown.push(key),
            }
        }
        for key in &tied {
            self.take_thread(key);
        }
        unknown.extend(tied);
        (events, unknown)
    }

    fn take_thread(&mut self, key: &Key) -> Option<Thread> {
        if let Some(thread) = self.young.remove(key) {
            self.events -= thread.len();
            return Some(thread);
        }
        self.old.remove(key)
    }

    /// Keeps threads as they are with the write `revision`, which has recorded the `new` events. `targets` is what is taken
    /// back of what was recorded before.
    pub fn remember(
        &mut self,
        threads: RecordedThreads,
        new: &[&Event],
        targets: &HashMap<Identity, RecordedEvent>,
        revision: Revision,
    ) {
        self.revision = revision;
        for target in new.iter().filter_map(|event| event.target()).filter(|it| !targets.contains_key(it)) {
            self.awaited.entry(target).or_insert(revision);
        }
        for event in new {
            self.awaited.remove(&event.identity);
        }
        for (relationship, events) in threads.iter() {
            let endings: Thread = events.iter().filter(|it| it.event.is_ending()).cloned().collect();
            self.endings.remove(relationship);
            if !endings.is_empty() {
                self.endings.insert(relationship.clone(), endings);
            }
        }
        for (key, thread) in threads.into_interactions() {
            self.events += thread.len();
            self.young.insert(key, thread);
        }
        if self.events >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.events = 0;
        }
    }
}
