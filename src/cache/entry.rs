//! A relationship in memory: its state as it is stored, and what was last read off it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::memo::Memo;
use crate::{
    folds,
    model::Model,
    score::{DaySummary, Demand, Figures, PoolShare, PoolSum, TakenUp},
    store::{Blocks, Revision},
    tally::{Block, State},
    time::{Day, Timestamp},
};

/// What an entry takes beside its state and what is read off it, in bytes: its own fields, its places in the maps of its
/// two parties (each in a chunk that is two thirds full), and what the allocator adds to four blocks.
const OVERHEAD: usize = size_of::<Entry>() + 2 * 36 + 4 * 16;
/// States shorter than this, in bytes, are summed up anew in a fraction of a millisecond, where a summary takes about as
/// much room as they do.
const SOON_SUMMED_UP: usize = 4_096;

/// What all entries of one snapshot take.
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
    latest: Block,
    head: Box<[u8]>,
    /// The blocks before, with their numbers, packed into one piece: an entry that follows another one shares it, for few
    /// writes change any of them.
    earlier: Arc<[u8]>,
    pub latest_at: Timestamp,
    pub revision: Revision,
    summary: Memo<Summary>,
    figures: Memo<Kept>,
    gauge: Arc<Gauge>,
}

/// What is kept of the state summed up for a day.
enum Summary {
    /// All of it.
    Full(Arc<DaySummary>),
    /// What pools and the opposite direction need, where the rest can soon be had anew.
    PoolOnly(PoolShare),
}

impl Summary {
    fn of(summary: &Arc<DaySummary>, is_soon_had_anew: bool) -> Self {
        let share = if is_soon_had_anew { summary.share() } else { None };
        share.map_or_else(|| Self::Full(Arc::clone(summary)), Self::PoolOnly)
    }

    fn day(&self) -> Day {
        match self {
            Self::Full(summary) => summary.day(),
            Self::PoolOnly(share) => share.day(),
        }
    }

    fn demand(&self) -> Demand {
        match self {
            Self::Full(summary) => summary.demand(),
            Self::PoolOnly(share) => share.demand(),
        }
    }

    fn taken_up(&self) -> TakenUp {
        TakenUp(match self {
            Self::Full(summary) => summary.taken_up(),
            Self::PoolOnly(share) => share.taken_up(),
        })
    }

    fn add_to(&self, sum: &mut PoolSum, model: &Model) {
        match self {
            Self::Full(summary) => summary.add_to(sum, model),
            Self::PoolOnly(share) => sum.add_share(share),
        }
    }

    fn size(&self) -> usize {
        let further = match self {
            Self::Full(summary) => summary.size(),
            Self::PoolOnly(share) => share.size(),
        };
        size_of::<Self>() + further
    }
}

/// Figures, and what they hold for.
pub(super) struct Kept {
    pub at: Timestamp,
    /// The revisions around it that they were read off.
    pub around: Around,
    /// Whether they hold all day: nothing moves within the day.
    pub all_day: bool,
    pub figures: Arc<Figures>,
}

/// What figures were read off beside the relationship itself: the sum of the revisions of the last writes that touched its
/// supplier's pool, its customer's pool, and the opposite direction. None of them ever falls, so that the sum is the same only
/// where each of them is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Around(i64);

impl Around {
    pub fn of(revisions: [Revision; 3]) -> Self {
        Self(revisions.into_iter().map(Revision::number).sum())
    }
}

impl Entry {
    pub fn new(blocks: &Blocks, latest_at: Timestamp, revision: Revision, gauge: &Arc<Gauge>) -> Self {
        let earlier = pack(&blocks.earlier);
        Self::of(blocks.latest, &blocks.head, earlier, latest_at, revision, gauge)
    }

    /// The entry that follows this one once a write has changed some blocks.
    pub fn written(&self, changed: &Blocks, latest_at: Timestamp, revision: Revision) -> Self {
        let earlier = if changed.earlier.is_empty() {
            Arc::clone(&self.earlier)
        } else {
            let mut blocks = self.blocks();
            blocks.replace(changed.borrowed());
            pack(&blocks.earlier)
        };
        Self::of(changed.latest, &changed.head, earlier, self.latest_at.max(latest_at), revision, &self.gauge)
    }

    fn of(
        latest: Block,
        head: &[u8],
        earlier: Arc<[u8]>,
        latest_at: Timestamp,
        revision: Revision,
        gauge: &Arc<Gauge>,
    ) -> Self {
        let (summary, figures) = (Memo::default(), Memo::default());
        let (head, gauge) = (head.into(), Arc::clone(gauge));
        let entry = Self { latest, head, earlier, latest_at, revision, summary, figures, gauge };
        entry.gauge.change(entry.size(), 0);
        entry
    }

    /// The state in blocks, as they are stored.
    pub fn blocks(&self) -> Blocks<&[u8]> {
        // It was packed here.
        let earlier = postcard::from_bytes(&self.earlier).unwrap_or_default();
        Blocks { latest: self.latest, head: &self.head, earlier }
    }

    /// What it takes with its state; a block that it shares counts for each.
    fn size(&self) -> usize {
        OVERHEAD + self.packed_size()
    }

    /// What it takes with its state and all that is kept of what was read off it.
    pub fn size_with_memos(&self) -> usize {
        let (summary, figures) = (self.summary.get(), self.figures.get());
        self.size() + summary.as_deref().map_or(0, Summary::size) + figures.as_deref().map_or(0, Kept::size)
    }

    fn packed_size(&self) -> usize {
        self.head.len() + self.earlier.len()
    }

    /// The state; none where it cannot be read, about which the store will have to say more.
    pub fn state(&self) -> Option<State> {
        folds::state(&self.blocks()).ok()
    }

    /// The state, summed up for a day; none where it cannot be read.
    pub fn summary(&self, today: Day, model: &Model) -> Option<Arc<DaySummary>> {
        if let Some(Summary::Full(summary)) = self.kept_for(today).as_deref() {
            return Some(Arc::clone(summary));
        }
        let summary = Arc::new(DaySummary::of(&self.state()?, today, model));
        if self.kept_for(today).is_none() {
            self.keep_summary(&summary);
        }
        Some(summary)
    }

    /// How often the customer asks the supplier, as of a day; none where the state cannot be read.
    pub fn demand(&self, today: Day, model: &Model) -> Option<Demand> {
        Some(self.summarised(today, model)?.demand())
    }

    /// When its supplier last took up something that its customer wants to become; none where the state cannot be read.
    pub fn taken_up(&self, today: Day, model: &Model) -> Option<TakenUp> {
        Some(self.summarised(today, model)?.taken_up())
    }

    /// Adds it to a sum of relationships for a day; none where the state cannot be read.
    pub fn add_to(&self, sum: &mut PoolSum, today: Day, model: &Model) -> Option<()> {
        self.summarised(today, model)?.add_to(sum, model);
        Some(())
    }

    /// What is kept of its summary for a day.
    fn kept_for(&self, today: Day) -> Option<Arc<Summary>> {
        self.summary.get().filter(|kept| kept.day() == today)
    }

    /// The same, or what is kept from now on.
    fn summarised(&self, today: Day, model: &Model) -> Option<Arc<Summary>> {
        if let Some(kept) = self.kept_for(today) {
            return Some(kept);
        }
        let summary = Arc::new(DaySummary::of(&self.state()?, today, model));
        Some(self.keep_summary(&summary))
    }

    fn keep_summary(&self, summary: &Arc<DaySummary>) -> Arc<Summary> {
        let kept = Arc::new(Summary::of(summary, self.packed_size() < SOON_SUMMED_UP));
        self.set(&self.summary, Some(Arc::clone(&kept)), Summary::size);
        kept
    }

    /// Keeps a value, or none, in place of what was kept before.
    fn set<T>(&self, memo: &Memo<T>, value: Option<Arc<T>>, size: fn(&T) -> usize) {
        self.gauge.change(value.as_deref().map_or(0, size), 0);
        self.gauge.change(0, memo.set(value).as_deref().map_or(0, size));
    }

    /// The figures that hold for a moment, if any are kept.
    pub fn figures(&self, moment: Timestamp, around: Around) -> Option<Arc<Figures>> {
        let kept = self.figures.get()?;
        let holds = kept.at == moment || (kept.all_day && kept.at.day() == moment.day());
        (holds && kept.around == around).then(|| Arc::clone(&kept.figures))
    }

    pub fn keep(&self, kept: Kept) {
        self.set(&self.figures, Some(Arc::new(kept)), Kept::size);
    }

    /// Forgets what was read off the state.
    pub fn forget(&self) {
        self.set(&self.summary, None, Summary::size);
        self.set(&self.figures, None, Kept::size);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.forget();
        self.gauge.change(0, self.size());
    }
}

fn pack<B: AsRef<[u8]>>(earlier: &[(i32, B)]) -> Arc<[u8]> {
    let earlier: Vec<(i32, &[u8])> = earlier.iter().map(|(number, bytes)| (*number, bytes.as_ref())).collect();
    postcard::to_stdvec(&earlier).expect("memory takes what it is given").into()
}

impl Kept {
    fn size(&self) -> usize {
        size_of::<Self>() + self.figures.size()
    }
}
