//! The front of the write path: whoever has events puts them here, and concurrent writes share commits.
//!
//! Room is bounded; a submission gives its room back when it is settled or withdrawn.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use super::{
    lines::Shared,
    observer::Settlement,
    record::Ledger,
    room::{Limits, Room, RoomUsage, Taken},
    submission::{Full, Receipt, Submission, Waiting},
    writer,
};
use crate::{event::Tenant, time::Clock};

/// A bounded queue before a ledger. Clones share it.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

impl Queue {
    /// An empty queue before `ledger`. What it records was recorded at the time that `clock` shows as a commit begins.
    #[must_use]
    pub fn new(ledger: Ledger, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let (calls, streams) = (Room::of(limits), Room::of(limits));
        let Limits { group, patience, .. } = limits;
        Self(Arc::new(Shared { ledger, clock, group, patience, calls, streams, lines: Mutex::default() }))
    }

    /// Queues a submission where there is room for it.
    ///
    /// # Errors
    ///
    /// [`Full`] where there is none.
    pub fn offer(&self, tenant: &Tenant, submission: Submission) -> Result<Receipt, Full> {
        let observer = &self.0.ledger.observer;
        observer.settled(Settlement::Rejected, submission.rejected);
        let Some(taken) = self.0.calls.take(submission.events.len(), submission.bytes) else {
            observer.refused();
            observer.settled(Settlement::Refused, submission.events.len());
            return Err(Full);
        };
        Ok(self.queue(tenant, submission, taken))
    }

    /// Queues a submission as soon as there is room for it.
    pub async fn put(&self, tenant: &Tenant, submission: Submission) -> Receipt {
        self.0.ledger.observer.settled(Settlement::Rejected, submission.rejected);
        let taken = self.0.streams.wait(submission.events.len(), submission.bytes).await;
        self.queue(tenant, submission, taken)
    }

    /// How much of the room is taken by those who do not wait for it, and by those who do.
    #[must_use]
    pub fn usage(&self) -> [RoomUsage; 2] {
        [self.0.calls.usage(), self.0.streams.usage()]
    }

    fn queue(&self, tenant: &Tenant, submission: Submission, taken: Taken) -> Receipt {
        let (waiting, receipt) = Waiting::new(submission, taken);
        let mut lines = self.0.lines();
        if let Some(line) = lines.get_mut(tenant) {
            line.push_back(waiting);
        } else {
            lines.insert(tenant.clone(), VecDeque::from([waiting]));
            tokio::spawn(writer::run(Arc::clone(&self.0), tenant.clone()));
        }
        receipt
    }
}
