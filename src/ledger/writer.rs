//! A tenant's writer: it takes what queued while its previous commit ran, never waiting for more, and commits it as one
//! group. An idle service commits at once, and the busier it is, the larger the groups. Within a group the submissions count
//! one after the other, each as the batch it is.
//!
//! Where a group fails on what it holds, every submission is tried by itself, and a submission by halves, until what the
//! store cannot take stands alone.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use tokio::time::{Instant, timeout};

use super::{
    lines::Shared,
    observer::Settlement,
    outcome::{Outcome, Recorded},
    submission::Writing,
};
use crate::{
    event::{Event, Tenant},
    store::StoreError,
};

/// Transactions that may fail in a row, while what the store cannot take is looked for, before all of the submission fails:
/// a store that takes nothing is not the fault of an event. To find one event among 1,000 takes eleven.
const MOST_FAILURES: u32 = 32;

/// Writes until nothing waits.
pub(super) async fn run(queue: Arc<Shared>, tenant: Tenant) {
    while let Some(group) = queue.next_group(&tenant) {
        queue.settle(&tenant, group).await;
    }
}

impl Shared {
    /// Takes the submissions to commit next.
    fn next_group(&self, tenant: &Tenant) -> Option<Vec<Writing>> {
        let mut lines = self.lines();
        let line = lines.get_mut(tenant)?;
        let (mut group, mut events) = (Vec::new(), 0);
        while events < self.group {
            let Some(next) = line.pop_front() else { break };
            let size = next.size;
            match next.begin() {
                Some(submission) => {
                    events += size;
                    group.push(submission);
                }
                None => self.ledger.observer.settled(Settlement::Withdrawn, size),
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
                self.count(&outcomes);
                let mut outcomes = outcomes.into_iter();
                for (submission, size) in group.into_iter().zip(sizes) {
                    let outcomes = outcomes.by_ref().take(size).collect();
                    let _ = submission.answer.send(Ok(Recorded { outcomes, revision }));
                }
            }
            Err(error @ StoreError::Unavailable(_)) => {
                self.ledger.observer.settled(Settlement::Failed, events.len());
                self.fail_all(tenant, group, &error);
            }
            Err(_) => {
                let mut rest = events.as_slice();
                for (submission, size) in group.into_iter().zip(sizes) {
                    let (events, others) = rest.split_at(size);
                    rest = others;
                    let result = self.bisect(tenant, events).await;
                    match &result {
                        Ok(recorded) => self.count(&recorded.outcomes),
                        Err(_) => self.ledger.observer.settled(Settlement::Failed, size),
                    }
                    let _ = submission.answer.send(result);
                }
            }
        }
    }

    /// Tells a group, and whoever queued behind it meanwhile, that the store is away: each in turn would only find out
    /// for themselves.
    fn fail_all(&self, tenant: &Tenant, group: Vec<Writing>, error: &StoreError) {
        let behind = self.lines().get_mut(tenant).map(std::mem::take).unwrap_or_default();
        let behind = behind.into_iter().filter_map(|next| {
            let size = next.size;
            let submission = next.begin();
            let settlement = if submission.is_some() { Settlement::Failed } else { Settlement::Withdrawn };
            self.ledger.observer.settled(settlement, size);
            submission
        });
        for submission in group.into_iter().chain(behind) {
            let _ = submission.answer.send(Err(error.clone()));
        }
    }

    fn count(&self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.ledger.observer.settled(Settlement::from(outcome), 1);
        }
    }

    /// Records what of a submission can be, in order: halves of what fails, and halves of those.
    async fn bisect(&self, tenant: &Tenant, submission: &[Event]) -> Result<Recorded, StoreError> {
        let (mut outcomes, mut revision, mut failures) = (Vec::with_capacity(submission.len()), None, 0);
        let mut parts = vec![submission];
        while let Some(part) = parts.pop() {
            match (self.record(tenant, part).await, part) {
                (Ok(recorded), _) => {
                    failures = 0;
                    revision = Some(recorded.revision);
                    outcomes.extend(recorded.outcomes);
                }
                (Err(error @ StoreError::Failed(_)), [_, ..]) if failures < MOST_FAILURES => {
                    failures += 1;
                    if let [event] = part {
                        tracing::error!(event = ?event.identity, error = error.in_full(), "the database cannot take this event");
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

    /// As [`super::Ledger::record`]; a panic is a failure like any other, or the tenant's writer would be lost to it, and so
    /// is a silence.
    async fn record(&self, tenant: &Tenant, events: &[Event]) -> Result<Recorded, StoreError> {
        let begun = Instant::now();
        let recording = self.ledger.record(tenant, events, self.clock.now());
        let panicked = |_| Err(StoreError::failed("recording ended in a panic"));
        let recorded = timeout(self.patience, AssertUnwindSafe(recording).catch_unwind()).await;
        let silent = |_| Ok(Err(StoreError::unavailable("a commit took too long and was given up")));
        let recorded = recorded.unwrap_or_else(silent).unwrap_or_else(panicked);
        let revision = recorded.as_ref().map(|recorded| recorded.revision);
        self.ledger.observer.written(events.len(), begun.elapsed(), revision);
        recorded
    }
}
