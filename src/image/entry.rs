//! A relationship in memory: its state as it is stored, and what was last read off it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::memo::Memo;
use crate::{
    model::Model,
    score::{Digest, Glance},
    store::Revision,
    tally::{Part, Parts, State},
    time::{Day, Timestamp},
};

/// What an entry takes beside its state and what is read off it, in bytes: its own fields, its places in the maps of its
/// two parties (each in a chunk that is two thirds full), and what the allocator adds to three blocks.
const OVERHEAD: usize = size_of::<Entry>() + 2 * 36 + 3 * 16;
/// What a part takes beside its bytes: its place in the list, its count of owners, and what the allocator adds.
const PART_OVERHEAD: usize = size_of::<(Part, Arc<[u8]>)>() + 2 * size_of::<usize>() + 16;

/// What all entries of one image take.
#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicUsize);

impl Gauge {
    pub fn read(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn change(&self, more: usize, less: usize) {
        self.0.fetch_add(more, Ordering::Relaxed);
        self.0.fetch_sub(less, Ordering::Relaxed);
    }
}

/// A relationship, as of the last write that touched it.
pub(super) struct Entry {
    /// By part; an entry that follows another one shares those that it does not change.
    parts: Box<[(Part, Arc<[u8]>)]>,
    pub latest_at: Timestamp,
    pub revision: Revision,
    digest: Memo<Digest>,
    glance: Memo<Kept>,
    gauge: Arc<Gauge>,
}

/// A glance, and what it holds for.
pub(super) struct Kept {
    pub at: Timestamp,
    /// Whether it holds all day: nothing moves within the day.
    pub all_day: bool,
    pub around: Around,
    pub glance: Arc<Glance>,
}

/// What a glance was read off beside the relationship itself: the last writes that touched its supplier's pool, its
/// customer's pool, and the opposite direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Around {
    pub supplier: Revision,
    pub customer: Revision,
    pub reverse: Revision,
}

impl Entry {
    pub fn new(parts: Parts, latest_at: Timestamp, revision: Revision, gauge: &Arc<Gauge>) -> Self {
        let parts = parts.into_iter().map(|(part, bytes)| (part, Arc::from(bytes))).collect();
        Self::of_parts(parts, latest_at, revision, gauge)
    }

    /// The entry that follows this one once a write has changed some parts.
    pub fn written(&self, changed: Parts, latest_at: Timestamp, revision: Revision) -> Self {
        let mut parts: BTreeMap<_, _> = self.parts.iter().cloned().collect();
        parts.extend(changed.into_iter().map(|(part, bytes)| (part, Arc::from(bytes))));
        Self::of_parts(parts.into_iter().collect(), self.latest_at.max(latest_at), revision, &self.gauge)
    }

    fn of_parts(parts: Box<[(Part, Arc<[u8]>)]>, latest_at: Timestamp, revision: Revision, gauge: &Arc<Gauge>) -> Self {
        gauge.change(size(&parts), 0);
        let (digest, glance) = (Memo::default(), Memo::default());
        Self { parts, latest_at, revision, digest, glance, gauge: Arc::clone(gauge) }
    }

    /// The state; none where it cannot be read, about which the store will have to say more.
    pub fn state(&self) -> Option<State> {
        State::from_parts(self.parts.iter().map(|(_, bytes)| bytes.as_ref())).ok()
    }

    /// The state, summed up for a day; none where it cannot be read.
    pub fn digest(&self, today: Day, model: &Model) -> Option<Arc<Digest>> {
        if let Some(digest) = self.digest.get().filter(|it| it.day() == today) {
            return Some(digest);
        }
        let digest = Arc::new(Digest::of(&self.state()?, today, model));
        self.gauge.change(digest.size(), 0);
        let before = self.digest.set(Some(Arc::clone(&digest)));
        self.gauge.change(0, before.map_or(0, |it| it.size()));
        Some(digest)
    }

    /// The glance that holds for a moment, if one is kept.
    pub fn glance(&self, moment: Timestamp, around: Around) -> Option<Arc<Glance>> {
        let kept = self.glance.get()?;
        let holds = kept.at == moment || (kept.all_day && kept.at.day() == moment.day());
        (holds && kept.around == around).then(|| Arc::clone(&kept.glance))
    }

    pub fn keep(&self, kept: Kept) {
        self.gauge.change(kept.size(), 0);
        let before = self.glance.set(Some(Arc::new(kept)));
        self.gauge.change(0, before.map_or(0, |it| it.size()));
    }

    /// Forgets what was read off the state.
    pub fn forget(&self) {
        let (digest, glance) = (self.digest.set(None), self.glance.set(None));
        self.gauge.change(0, digest.map_or(0, |it| it.size()) + glance.map_or(0, |it| it.size()));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.forget();
        self.gauge.change(0, size(&self.parts));
    }
}

/// What an entry takes with its state: parts that it shares count for each.
fn size(parts: &[(Part, Arc<[u8]>)]) -> usize {
    OVERHEAD + parts.iter().map(|(_, bytes)| PART_OVERHEAD + bytes.len()).sum::<usize>()
}

impl Kept {
    fn size(&self) -> usize {
        size_of::<Self>() + self.glance.size()
    }
}
