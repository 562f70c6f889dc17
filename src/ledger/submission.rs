//! What is handed in to be recorded, and the receipt for it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::{outcome::Recorded, room::Taken};
use crate::{event::Event, store::StoreError};

/// Valid events that are settled together.
#[derive(Debug, Default)]
pub struct Submission {
    /// The events; none at all is a question for the present revision.
    pub events: Vec<Event>,
    /// How large they are, in bytes.
    pub bytes: usize,
    /// How many events came with them that were no valid ones, to be counted with these.
    pub rejected: usize,
}

/// There is no room for the submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// What the events of a submission will have become. Dropping it withdraws the submission, unless it is being written
/// already.
#[derive(Debug)]
pub struct Receipt {
    answer: oneshot::Receiver<Result<Recorded, StoreError>>,
    contents: Arc<Contents>,
}

impl Receipt {
    /// Waits until the submission is settled: what is recorded then is durable.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::record`] where none of it could be recorded. It is not known whether it was, after
    /// [`StoreError::Unavailable`].
    pub async fn settled(mut self) -> Result<Recorded, StoreError> {
        (&mut self.answer).await.unwrap_or_else(|_| Err(StoreError::unavailable("the writer has ended")))
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.contents.take();
    }
}

/// What a queued submission holds until it is either written or withdrawn.
#[derive(Debug)]
struct Contents(Mutex<Option<(Vec<Event>, Taken)>>);

impl Contents {
    fn take(&self) -> Option<(Vec<Event>, Taken)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Whom to tell what became of a submission.
pub(super) type Answer = oneshot::Sender<Result<Recorded, StoreError>>;

/// A submission in the queue.
pub(super) struct Waiting {
    /// How many events it began with.
    pub size: usize,
    contents: Arc<Contents>,
    answer: Answer,
}

/// A submission that is being written.
pub(super) struct Writing {
    pub events: Vec<Event>,
    pub answer: Answer,
    _taken: Taken,
}

impl Waiting {
    /// A submission that has taken its room, and the receipt for it.
    pub fn new(submission: Submission, taken: Taken) -> (Self, Receipt) {
        let (answer, answered) = oneshot::channel();
        let size = submission.events.len();
        let contents = Arc::new(Contents(Mutex::new(Some((submission.events, taken)))));
        (Self { size, contents: Arc::clone(&contents), answer }, Receipt { answer: answered, contents })
    }

    /// Takes it out to be written; none where it was withdrawn.
    pub fn begin(self) -> Option<Writing> {
        let (events, taken) = self.contents.take()?;
        Some(Writing { events, answer: self.answer, _taken: taken })
    }
}
