//! What waits to be recorded, and what it takes to record it: what the queue puts in and a tenant's writer takes out.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{record::Ledger, room::Room, submission::Waiting};
use crate::{event::Tenant, time::Clock};

/// What those who queue and those who write share.
pub(super) struct Shared {
    pub ledger: Ledger,
    pub clock: Arc<dyn Clock>,
    /// [`super::Limits::group`].
    pub group: usize,
    /// [`super::Limits::patience`].
    pub patience: Duration,
    /// Room for those who do not wait for it, and for those who do.
    pub calls: Room,
    pub streams: Room,
    pub lines: Mutex<Lines>,
}

/// What waits, by tenant. A tenant has a line as long as it has a writer.
pub(super) type Lines = HashMap<Tenant, VecDeque<Waiting>>;

impl Shared {
    pub fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
