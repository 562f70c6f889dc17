//! The front of the write path: whoever has events puts them here, and concurrent writes share commits.
//!
//! A tenant's writer takes what queued while its previous commit ran, never waiting for more, and commits it as one group:
//! an idle service commits at once, and the busier it is, the larger the groups. Within a group the parcels count one after
//! the other, each as the batch it is. Room is bounded; a parcel gives its room back when it is settled or
//! withdrawn.
//!
//! Where a group fails on what it holds, every parcel is tried by itself, and a parcel by halves, until what the store
//! cannot take stands alone.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

use super::{Ledger, Outcome, Recorded};
use crate::{
    event::{Event, Tenant},
    store::StoreError,
    time::Clock,
};

/// Transactions that may fail in a row, while what the store cannot take is looked for, before all of the parcel fails:
/// a store that takes nothing is not the fault of an event. To find one event among 1,000 takes eleven.
const MOST_FAILURES: u32 = 32;

/// What a queue takes. Those who wait for room have as much of it as those who do not, and neither takes from the other.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events that wait or are being written, at the most.
    pub events: usize,
    /// Their size at the most, in bytes.
    pub bytes: usize,
    /// A group takes no further parcel once it has so many events.
    pub group: usize,
    /// How long a commit may take. One that takes longer is given up, so that a connection which has fallen silent does
    /// not keep its tenant's writer for ever.
    pub patience: Duration,
}

impl Limits {
    /// What a service takes: about a second's work. Nobody who calls waits longer for a commit.
    pub const DEFAULT: Self =
        Self { events: 25_000, bytes: 32 * 1024 * 1024, group: 1_000, patience: Duration::from_secs(30) };
}

/// Valid events that are settled together.
#[derive(Debug, Default)]
pub struct Parcel {
    /// The events; none at all is a question for the present revision.
    pub events: Vec<Event>,
    /// How large they are, in bytes.
    pub bytes: usize,
}

/// There is no room for the parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// What the events of a parcel will have become. Dropping it withdraws the parcel, unless it is being written already.
#[derive(Debug)]
pub struct Receipt {
    answer: oneshot::Receiver<Result<Recorded, StoreError>>,
    contents: Arc<Contents>,
}

impl Receipt {
    /// Waits until the parcel is settled: what is recorded then is durable.
    ///
    /// # Errors
    ///
    /// As [`Ledger::record`] where none of it could be recorded. It is not known whether it was, after
    /// [`StoreError::Unavailable`].
    pub async fn settled(mut self) -> Result<Recorded, StoreError> {
        (&mut self.answer).await.unwrap_or_else(|_| Err(StoreError::Unavailable("the writer has ended".to_owned())))
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.contents.take();
    }
}

/// What a queued parcel holds until it is either written or withdrawn.
#[derive(Debug)]
struct Contents(Mutex<Option<(Vec<Event>, Taken)>>);

impl Contents {
    fn take(&self) -> Option<(Vec<Event>, Taken)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A bounded queue before a ledger. Clones share it.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

struct Shared {
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    group: usize,
    patience: Duration,
    /// Room for those who do not wait for it, and for those who do.
    calls: Room,
    streams: Room,
    /// What waits, by tenant. A tenant has a line as long as it has a writer.
    lines: Mutex<HashMap<Tenant, VecDeque<Waiting>>>,
}

struct Waiting {
    contents: Arc<Contents>,
    answer: Answer,
}

type Answer = oneshot::Sender<Result<Recorded, StoreError>>;

/// A parcel that is being written.
struct Writing {
    events: Vec<Event>,
    answer: Answer,
    _taken: Taken,
}

impl Queue {
    /// An empty queue before `ledger`. What it records was recorded at the time that `clock` shows as a commit begins.
    #[must_use]
    pub fn new(ledger: Ledger, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let (calls, streams) = (Room::of(limits), Room::of(limits));
        let Limits { group, patience, .. } = limits;
        Self(Arc::new(Shared { ledger, clock, group, patience, calls, streams, lines: Mutex::default() }))
    }

    /// Queues a parcel where there is room for it.
    ///
    /// # Errors
    ///
    /// [`Full`] where there is none.
    pub fn offer(&self, tenant: &Tenant, parcel: Parcel) -> Result<Receipt, Full> {
        let taken = self.0.calls.take(&parcel).ok_or(Full)?;
        Ok(self.queue(tenant, parcel, taken))
    }

    /// Queues a parcel as soon as there is room for it.
    pub async fn put(&self, tenant: &Tenant, parcel: Parcel) -> Receipt {
        let taken = self.0.streams.wait(&parcel).await;
        self.queue(tenant, parcel, taken)
    }

    fn queue(&self, tenant: &Tenant, parcel: Parcel, taken: Taken) -> Receipt {
        let (answer, answered) = oneshot::channel();
        let contents = Arc::new(Contents(Mutex::new(Some((parcel.events, taken)))));
        let waiting = Waiting { contents: Arc::clone(&contents), answer };
        let mut lines = self.0.lines();
        if let Some(line) = lines.get_mut(tenant) {
            line.push_back(waiting);
        } else {
            lines.insert(tenant.clone(), VecDeque::from([waiting]));
            tokio::spawn(write(Arc::clone(&self.0), tenant.clone()));
        }
        Receipt { answer: answered, contents }
    }
}

/// A tenant's writer: it ends when nothing waits.
async fn write(queue: Arc<Shared>, tenant: Tenant) {
    while let Some(group) = queue.next_group(&tenant) {
        queue.settle(&tenant, group).await;
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, HashMap<Tenant, VecDeque<Waiting>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the parcels to commit next.
    fn next_group(&self, tenant: &Tenant) -> Option<Vec<Writing>> {
        let mut lines = self.lines();
        let line = lines.get_mut(tenant)?;
        let (mut group, mut events) = (Vec::new(), 0);
        while events < self.group {
            let Some(Waiting { contents, answer }) = line.pop_front() else { break };
            if let Some((parcel, taken)) = contents.take() {
                events += parcel.len();
                group.push(Writing { events: parcel, answer, _taken: taken });
            }
        }
        if group.is_empty() {
            lines.remove(tenant);
            return None;
        }
        Some(group)
    }

    async fn settle(&self, tenant: &Tenant, mut group: Vec<Writing>) {
        let sizes: Vec<usize> = group.iter().map(|it| it.events.len()).collect();
        let events: Vec<Event> = group.iter_mut().flat_map(|it| std::mem::take(&mut it.events)).collect();
        match self.record(tenant, &events).await {
            Ok(Recorded { outcomes, revision }) => {
                let mut outcomes = outcomes.into_iter();
                for (parcel, size) in group.into_iter().zip(sizes) {
                    let outcomes = outcomes.by_ref().take(size).collect();
                    let _ = parcel.answer.send(Ok(Recorded { outcomes, revision }));
                }
            }
            Err(StoreError::Unavailable(detail)) => self.turn_away(tenant, group, &detail),
            Err(_) => {
                let mut rest = events.as_slice();
                for (parcel, size) in group.into_iter().zip(sizes) {
                    let (events, others) = rest.split_at(size);
                    rest = others;
                    let _ = parcel.answer.send(self.sift(tenant, events).await);
                }
            }
        }
    }

    /// Tells a group, and whoever queued behind it meanwhile, that the store is away: each in turn would only find out
    /// for themselves.
    fn turn_away(&self, tenant: &Tenant, group: Vec<Writing>, detail: &str) {
        let behind = self.lines().get_mut(tenant).map(std::mem::take).unwrap_or_default();
        let behind = behind.into_iter().map(|waiting| waiting.answer);
        for answer in group.into_iter().map(|parcel| parcel.answer).chain(behind) {
            let _ = answer.send(Err(StoreError::Unavailable(detail.to_owned())));
        }
    }

    /// Records what of a parcel can be, in order: halves of what fails, and halves of those.
    async fn sift(&self, tenant: &Tenant, parcel: &[Event]) -> Result<Recorded, StoreError> {
        let (mut outcomes, mut revision, mut failures) = (Vec::with_capacity(parcel.len()), None, 0);
        let mut parts = vec![parcel];
        while let Some(part) = parts.pop() {
            match (self.record(tenant, part).await, part) {
                (Ok(recorded), _) => {
                    failures = 0;
                    revision = Some(recorded.revision);
                    outcomes.extend(recorded.outcomes);
                }
                (Err(StoreError::Failed(detail)), [_, ..]) if failures < MOST_FAILURES => {
                    failures += 1;
                    if let [event] = part {
                        tracing::error!(event = ?event.identity, detail, "the database cannot take this event");
                        outcomes.push(Outcome::Unstorable);
                    } else {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.extend([second, first]);
                    }
                }
                (Err(error), _) => return Err(error),
            }
        }
        let revision = match revision {
            Some(revision) => revision,
            None => self.record(tenant, &[]).await?.revision,
        };
        Ok(Recorded { outcomes, revision })
    }

    /// As [`Ledger::record`]; a panic is a failure like any other, or the tenant's writer would be lost to it, and so is a
    /// silence.
    async fn record(&self, tenant: &Tenant, events: &[Event]) -> Result<Recorded, StoreError> {
        let recording = self.ledger.record(tenant, events, self.clock.now());
        let panicked = |_| Err(StoreError::Failed("recording ended in a panic".to_owned()));
        let recorded = timeout(self.patience, AssertUnwindSafe(recording).catch_unwind()).await;
        let silent = |_| Ok(Err(StoreError::Unavailable("a commit took too long and was given up".to_owned())));
        recorded.unwrap_or_else(silent).unwrap_or_else(panicked)
    }
}

/// Room for parcels, by events and by bytes.
struct Room {
    events: (Arc<Semaphore>, usize),
    bytes: (Arc<Semaphore>, usize),
}

/// Room that is given back when this is dropped.
type Taken = [Option<OwnedSemaphorePermit>; 2];

impl Room {
    fn of(limits: Limits) -> Self {
        let bounded = |most: usize| (Arc::new(Semaphore::new(most)), most);
        Self { events: bounded(limits.events), bytes: bounded(limits.bytes) }
    }

    /// How much of each a parcel needs. One that is larger than all there is needs all of it.
    fn needed(&self, parcel: &Parcel) -> [(Arc<Semaphore>, u32); 2] {
        let needed = |(room, most): &(Arc<Semaphore>, usize), size: usize| {
            (Arc::clone(room), u32::try_from(size.clamp(1, *most)).unwrap_or(u32::MAX))
        };
        [needed(&self.events, parcel.events.len()), needed(&self.bytes, parcel.bytes)]
    }

    fn take(&self, parcel: &Parcel) -> Option<Taken> {
        let [(events, count), (bytes, size)] = self.needed(parcel);
        let events = events.try_acquire_many_owned(count).ok()?;
        let bytes = bytes.try_acquire_many_owned(size).ok()?;
        Some([Some(events), Some(bytes)])
    }

    /// Waits in line. What it waits on is never closed.
    async fn wait(&self, parcel: &Parcel) -> Taken {
        let [(events, count), (bytes, size)] = self.needed(parcel);
        let events = events.acquire_many_owned(count).await.ok();
        [events, bytes.acquire_many_owned(size).await.ok()]
    }
}
