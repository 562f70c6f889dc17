//! One call: who makes it, on whose data, when, and until when it must be answered.

use std::sync::Arc;

use tokio::time::Instant;
use tonic::Extensions;

use super::{Api, Backend, Fault, revision};
use crate::{
    cache::Usage,
    event::{FUTURE_SKEW, Tenant},
    ledger::Queue,
    principal::Principal,
    reader::Reader,
    registry::Registry,
    store::Revision,
    time::Timestamp,
};

/// When a call must be answered. Whoever serves the API puts it into the extensions of the request and ends the call then.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Instant);

/// One call, as its handler sees it.
pub(super) struct Call {
    /// Who makes it.
    #[expect(dead_code, reason = "there is one until identities come, and it may do everything")]
    pub principal: Principal,
    /// Whose data it is about.
    pub tenant: Tenant,
    /// The moment that it came in.
    pub now: Timestamp,
    /// When it must be answered; none where a stream may go on.
    pub deadline: Option<Instant>,
    /// A handler reads through a [`super::query::Query`], which checks what was read.
    backend: Arc<Backend>,
}

impl Call {
    /// The call of a request with these extensions. A request that nobody was found to have sent is refused.
    pub fn of(api: &Api, extensions: &Extensions) -> Result<Self, Fault> {
        let backend = api.backend()?;
        let principal = extensions.get::<Principal>().cloned();
        let principal = principal.ok_or_else(|| Fault::internal("a request came in without a principal"))?;
        let tenant = principal.tenant();
        let deadline = extensions.get::<Deadline>().map(|deadline| deadline.0);
        Ok(Self { principal, tenant, now: api.now(), deadline, backend })
    }

    /// Now, to read at. The clocks of senders may be a little ahead: then it is when the latest event occurred, or scores
    /// would not count it yet, and could not be read off what is kept in memory.
    pub fn present(&self) -> Timestamp {
        let skewed = self.now..=self.now + FUTURE_SKEW;
        self.backend.reader.latest_at(&self.tenant).filter(|latest| skewed.contains(latest)).unwrap_or(self.now)
    }

    /// Whether nobody waits for the answer any more.
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Where events are put to be recorded.
    pub fn queue(&self) -> &Queue {
        &self.backend.queue
    }

    /// Where parties are stored.
    pub fn registry(&self) -> &Registry {
        &self.backend.registry
    }

    /// What scores and events are read from.
    pub(super) fn reader(&self) -> &Reader {
        &self.backend.reader
    }

    /// How the memory is doing that is read from.
    pub fn cache_usage(&self) -> Usage {
        self.backend.reader.usage()
    }

    /// The id of the database.
    pub fn datastore(&self) -> &str {
        &self.backend.datastore
    }

    /// The token of a revision.
    pub fn token(&self, revision: Revision) -> String {
        revision::encode(self.datastore(), revision)
    }
}
