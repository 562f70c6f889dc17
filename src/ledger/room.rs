//! How much may wait to be recorded.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a queue takes. Those who wait for room have as much of it as those who do not, and neither takes from the other.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events that wait or are being written, at the most.
    pub events: usize,
    /// Their size at the most, in bytes.
    pub bytes: usize,
    /// A group takes no further submission once it has so many events.
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

/// How much of a room is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomUsage {
    /// Events that wait or are being written. A submission without any counts as one.
    pub events: usize,
    /// Their size in bytes.
    pub bytes: usize,
    /// [`Limits::events`].
    pub most_events: usize,
    /// [`Limits::bytes`].
    pub most_bytes: usize,
}

/// Room for submissions, by events and by bytes.
pub(super) struct Room {
    events: (Arc<Semaphore>, usize),
    bytes: (Arc<Semaphore>, usize),
}

/// Room that is given back when this is dropped.
pub(super) type Taken = [Option<OwnedSemaphorePermit>; 2];

impl Room {
    pub fn of(limits: Limits) -> Self {
        let bounded = |most: usize| (Arc::new(Semaphore::new(most)), most);
        Self { events: bounded(limits.events), bytes: bounded(limits.bytes) }
    }

    pub fn usage(&self) -> RoomUsage {
        let taken = |(room, most): &(Arc<Semaphore>, usize)| most.saturating_sub(room.available_permits());
        let (most_events, most_bytes) = (self.events.1, self.bytes.1);
        RoomUsage { events: taken(&self.events), bytes: taken(&self.bytes), most_events, most_bytes }
    }

    /// How much of each a submission of so many events and bytes needs. One that is larger than all there is needs all of it.
    fn needed(&self, events: usize, bytes: usize) -> [(Arc<Semaphore>, u32); 2] {
        let needed = |(room, most): &(Arc<Semaphore>, usize), size: usize| {
            (Arc::clone(room), u32::try_from(size.clamp(1, *most)).unwrap_or(u32::MAX))
        };
        [needed(&self.events, events), needed(&self.bytes, bytes)]
    }

    /// Room for so many events and bytes, where there is as much.
    pub fn take(&self, events: usize, bytes: usize) -> Option<Taken> {
        let [(events, count), (bytes, size)] = self.needed(events, bytes);
        let events = events.try_acquire_many_owned(count).ok()?;
        let bytes = bytes.try_acquire_many_owned(size).ok()?;
        Some([Some(events), Some(bytes)])
    }

    /// The same, waiting in line for it. What it waits on is never closed.
    pub async fn wait(&self, events: usize, bytes: usize) -> Taken {
        let [(events, count), (bytes, size)] = self.needed(events, bytes);
        let events = events.acquire_many_owned(count).await.ok();
        [events, bytes.acquire_many_owned(size).await.ok()]
    }
}
