//! One read: begun at one revision and under one model, answered off memory where that says enough, else off the store.

use std::{ops::Deref, sync::Arc};

use super::{
    answer::{Moment, Read, Scored},
    surroundings::{Selected, Surroundings, states_around, states_of},
};
use crate::{
    cache::{Caches, Present, Snapshot, Usage},
    calendar::WorkingTimes,
    event::{Relationship, Tenant},
    interaction::Rules,
    model::Model,
    models::{Basis, Models, Progress},
    score::Neighbours,
    store::{self, Revision, Selection, Store, StoreError},
    time::Timestamp,
};

/// Reads scores, under the live model, and events.
pub struct Reader {
    pub(super) store: Arc<dyn Store>,
    pub(super) models: Arc<Models>,
    caches: Option<Arc<Caches>>,
}

/// How often memory is brought up to what the store then shows, for a read that needs both: writes may come in between.
const TRIES: usize = 3;
/// Relationships after which others get their turn: a fraction of a millisecond.
const AT_A_TIME: usize = 32;

/// Something that is asked.
pub(super) trait Query: Sync {
    /// What there is to say.
    type Answer: Send;

    /// Whether it needs the store beside memory: for what is known about parties, or for events.
    fn needs_store(&self) -> bool {
        false
    }

    /// Answers it.
    fn answer(&self, session: &mut Session) -> impl Future<Output = Result<Self::Answer, Unanswered>> + Send;
}

/// Why there is no answer.
pub(super) enum Unanswered {
    /// Memory cannot say.
    NotInMemory,
    /// The store cannot do something.
    Failed(StoreError),
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// What memory says, if it does.
pub(super) fn said<T>(answer: Option<T>) -> Result<T, Unanswered> {
    answer.ok_or(Unanswered::NotInMemory)
}

/// One read under way.
pub(super) struct Session {
    moment: Moment,
    basis: Basis,
    revision: Revision,
    /// What is in memory; none where all is read from the store.
    snapshot: Option<Arc<Snapshot>>,
    /// The store, at the same revision; none where it is not needed.
    tx: Option<Box<dyn store::Read>>,
}

/// Some relationships with what lies around them, in memory or loaded from the store.
pub(super) enum Around<'a> {
    Present(Present<'a>),
    Loaded(Box<Surroundings<'a>>),
}

impl<'a> Deref for Around<'a> {
    type Target = dyn Neighbours + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Present(present) => present,
            Self::Loaded(surroundings) => surroundings.as_ref(),
        }
    }
}

impl Reader {
    /// A reader over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, models: Arc<Models>) -> Self {
        Self { store, models, caches: None }
    }

    /// The same, but reading from memory what is there.
    #[must_use]
    pub fn with_caches(self, caches: Arc<Caches>) -> Self {
        Self { caches: Some(caches), ..self }
    }

    /// Answers a query off memory, or else off the store.
    pub(super) async fn ask<Q: Query>(
        &self,
        tenant: &Tenant,
        moment: Moment,
        query: Q,
    ) -> Result<Scored<Q::Answer>, StoreError> {
        if let Some(mut session) = self.remembered(tenant, moment, query.needs_store()).await? {
            match query.answer(&mut session).await {
                Ok(value) => return Ok(session.scored(value)),
                Err(Unanswered::Failed(error)) => return Err(error),
                Err(Unanswered::NotInMemory) => {}
            }
        }
        // In a box of its own, so that a read from memory need not make room for it.
        Box::pin(async {
            let mut session = self.stored(tenant, moment).await?;
            match query.answer(&mut session).await {
                Ok(value) => Ok(session.scored(value)),
                Err(Unanswered::Failed(error)) => Err(error),
                Err(Unanswered::NotInMemory) => Err(StoreError::failed("a read left out what it has to read")),
            }
        })
        .await
    }

    /// A session on what is in memory, if that is what is to be read; with the store at the same revision beside it where
    /// that is needed.
    async fn remembered(
        &self,
        tenant: &Tenant,
        moment: Moment,
        with_store: bool,
    ) -> Result<Option<Session>, StoreError> {
        let Some(caches) = self.caches.as_ref().filter(|_| moment.known_at.is_none()) else { return Ok(None) };
        if with_store {
            return Box::pin(self.remembered_with_store(caches, tenant, moment)).await;
        }
        let snapshot = caches.at_least(tenant, moment.at_least).await?;
        Ok(snapshot.map(|snapshot| Session::of(moment, snapshot, Arc::default(), None)))
    }

    /// A transaction sees what was committed when it began, which may be more than memory shows: then memory is brought up
    /// to it. Where writes come faster than that, all is read from the store.
    async fn remembered_with_store(
        &self,
        caches: &Arc<Caches>,
        tenant: &Tenant,
        moment: Moment,
    ) -> Result<Option<Session>, StoreError> {
        if !caches.may_have(tenant) {
            return Ok(None);
        }
        for _ in 0..TRIES {
            let mut tx = self.store.read(tenant).await?;
            let snapshot = caches.at_least(tenant, tx.revision().max(moment.at_least)).await?;
            let Some(snapshot) = snapshot else { return Ok(None) };
            if snapshot.revision() == tx.revision() {
                let times = self.models.times(tx.as_mut()).await?;
                return Ok(Some(Session::of(moment, snapshot, times, Some(tx))));
            }
        }
        Ok(None)
    }

    /// A session on the store.
    pub(super) async fn stored(&self, tenant: &Tenant, moment: Moment) -> Result<Session, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        Ok(Session { moment, basis, revision: tx.revision(), snapshot: None, tx: Some(tx) })
    }

    /// Which models are in use, and how far the one that is being built is.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn models_in_use(&self, tenant: &Tenant) -> Result<Read<Progress>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        Ok(Read { value: Progress::read(tx.as_mut()).await?, revision: tx.revision() })
    }

    /// When the latest event of the tenant occurred, as far as that is in memory.
    #[must_use]
    pub fn latest_at(&self, tenant: &Tenant) -> Option<Timestamp> {
        self.caches.as_ref()?.latest_at(tenant)
    }

    /// How the memory is doing that this reads from; empty where it reads from none.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.caches.as_ref().map(|caches| caches.usage()).unwrap_or_default()
    }

    /// The tenant's present revision.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn revision(&self, tenant: &Tenant) -> Result<Revision, StoreError> {
        Ok(self.store.read(tenant).await?.revision())
    }
}

impl Session {
    /// What is in memory knows nothing of working times: it is folded by them. They come with the store.
    fn of(moment: Moment, snapshot: Arc<Snapshot>, times: Arc<WorkingTimes>, tx: Option<Box<dyn store::Read>>) -> Self {
        let (basis, revision) = (Basis::folded(Arc::clone(snapshot.under()), times), snapshot.revision());
        Self { moment, basis, revision, snapshot: Some(snapshot), tx }
    }

    /// The moment that is read at.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// The model that is read by.
    pub fn model(&self) -> &Model {
        self.basis.model()
    }

    /// What events are judged by that are folded for the answer.
    pub fn rules(&self) -> Result<Rules<'_>, Unanswered> {
        said(self.tx.as_ref().map(|_| self.basis.rules()))
    }

    /// An answer, with what it was made of.
    pub fn scored<T>(&self, value: T) -> Scored<T> {
        Scored { value, revision: self.revision, model_version: self.basis.version().clone() }
    }

    /// What is in memory, where that is what is read.
    pub fn present(&self) -> Option<Present<'_>> {
        self.snapshot.as_ref().map(|snapshot| snapshot.at(self.moment.as_of))
    }

    /// The store.
    pub fn store(&mut self) -> Result<&mut dyn store::Read, Unanswered> {
        match &mut self.tx {
            Some(tx) => Ok(tx.as_mut()),
            None => Err(Unanswered::NotInMemory),
        }
    }

    /// The selected relationships that a write after `changed_since` has recorded events of, or set right, ordered by
    /// customer and supplier; all where one has renewed every score.
    pub async fn selected(
        &mut self,
        selection: &Selection,
        changed_since: Revision,
    ) -> Result<Vec<Selected>, Unanswered> {
        if let Some(present) = self.present() {
            return Ok(present.selected(selection, changed_since).into_iter().map(Selected::from).collect());
        }
        let tx = self.store()?;
        let renewed = tx.renewed();
        let heads = tx.heads(selection).await?.into_iter();
        Ok(heads.filter(|head| head.revision.max(renewed) > changed_since).map(Selected::from).collect())
    }

    /// The states of some relationships, without the pools of their parties.
    pub async fn states(&mut self, selected: &[Selected]) -> Result<Around<'_>, Unanswered> {
        if self.snapshot.is_some() {
            return said(self.present().map(Around::Present));
        }
        let (moment, Some(tx)) = (self.moment, self.tx.as_deref_mut()) else { return Err(Unanswered::NotInMemory) };
        let states = Box::pin(states_of(tx, selected.to_vec(), moment, &self.basis)).await?;
        Ok(Around::Loaded(Box::new(Surroundings::new(states, &[], moment.as_of, self.basis.model()))))
    }

    /// Some relationships with all that bears on their scores.
    pub async fn around(&mut self, these: &[Relationship]) -> Result<Around<'_>, Unanswered> {
        if self.snapshot.is_some() {
            return said(self.present().map(Around::Present));
        }
        let (moment, Some(tx)) = (self.moment, self.tx.as_deref_mut()) else { return Err(Unanswered::NotInMemory) };
        let states = Box::pin(states_around(tx, these, moment, &self.basis)).await?;
        Ok(Around::Loaded(Box::new(Surroundings::new(states, these, moment.as_of, self.basis.model()))))
    }
}

/// Gives others their turn every now and then, and so ends a call that is too late.
pub(super) async fn give_way(index: usize) {
    if index % AT_A_TIME == AT_A_TIME - 1 {
        tokio::task::yield_now().await;
    }
}
