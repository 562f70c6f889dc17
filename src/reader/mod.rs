//! The read path: states come out of the store, scores out of states.
//!
//! A score counts what had occurred by its `as_of`. Where that is not before the relationship's last event, the stored
//! fold says it all; otherwise the events are folded anew. Both give the same.

mod audit;
mod chain;
mod coverage;
mod explain;
mod filter;
mod history;
mod quality;
mod rollup;
mod surroundings;
mod value;

use std::sync::Arc;

use crate::{
    cache::{Caches, Snapshot, Usage},
    event::{Relationship, Tenant},
    model::Model,
    models::{Models, Progress},
    score::{Figures, Known, Kpis, Scores, Views, kpis, reasons, score, views},
    store::{Revision, Selection, Store, StoreError},
    tally::State,
    time::Timestamp,
};

pub use audit::EventState;
pub use chain::{MOST_LINKS, Reach};
pub use filter::PartyFilter;
pub use quality::{Judgement, MOST_JUDGED, QualityQuery};
pub use rollup::{Part, PeerRank, Rollup, RollupQuery, Sum};
pub use surroundings::Surroundings;

/// Reads scores, under the live model, and events.
pub struct Reader {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    caches: Option<Arc<Caches>>,
}

/// The moment to read at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What had occurred by then counts.
    pub as_of: Timestamp,
    /// Only what had been recorded by then counts, where given.
    pub known_at: Option<Timestamp>,
    /// What this write has recorded, and those before it, must be there: if it is not in memory, the store is asked.
    pub at_least: Revision,
}

impl From<Timestamp> for Moment {
    /// Everything that is recorded by now counts.
    fn from(as_of: Timestamp) -> Self {
        Self { as_of, known_at: None, at_least: 0 }
    }
}

/// What was read, and the state of the tenant it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// What was read.
    pub value: T,
    /// The state of the tenant.
    pub revision: Revision,
}

/// What was made of what was read, the state of the tenant it was read from, and the model it was made with.
///
/// The version is read with the revision, so no answer can name another one than it came from. A switch to another model
/// changes no relationship's revision: whoever asks what has changed since a revision must compare the version too.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored<T> {
    /// What was made.
    pub value: T,
    /// The state of the tenant.
    pub revision: Revision,
    /// The version of the model.
    pub model_version: String,
}

/// The scores of one relationship.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationshipScores {
    /// The relationship.
    pub relationship: Relationship,
    /// Its scores.
    pub scores: Scores,
    /// Its plain counts.
    pub kpis: Kpis,
    /// What the lenses that are no scores show.
    pub views: Views,
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

    /// The scores of the given relationships, in their order; of one without events, what others know of its parties, or
    /// else the priors.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn scores(
        &self,
        tenant: &Tenant,
        relationships: &[Relationship],
        moment: impl Into<Moment>,
    ) -> Result<Scored<Vec<RelationshipScores>>, StoreError> {
        self.each(tenant, relationships, moment.into(), scored).await
    }

    /// The figures of the scores of the given relationships, in their order: as [`Self::scores`] without what they are
    /// made of.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn figures(
        &self,
        tenant: &Tenant,
        relationships: &[Relationship],
        moment: impl Into<Moment>,
    ) -> Result<Scored<Vec<Arc<Figures>>>, StoreError> {
        let moment = moment.into();
        if let Some(snapshot) = self.snapshot(tenant, moment).await?
            && let Some(value) = relationships.iter().map(|it| snapshot.figures(it, moment.as_of)).collect()
        {
            return Ok(from_memory(&snapshot, value));
        }
        Box::pin(self.each_stored(tenant, relationships, moment, figures)).await
    }

    /// As [`Self::scores`], each with why its standing is what it is, in sentences.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn standings(
        &self,
        tenant: &Tenant,
        relationships: &[Relationship],
        moment: impl Into<Moment>,
    ) -> Result<Scored<Vec<(RelationshipScores, Vec<String>)>>, StoreError> {
        let with_reasons = |relationship: &_, state: &_, known: &Known<'_>, as_of, model: &_| {
            let scored = scored(relationship, state, known, as_of, model);
            let reasons = reasons(&scored.scores, &scored.kpis, model);
            (scored, reasons)
        };
        self.each(tenant, relationships, moment.into(), with_reasons).await
    }

    /// Reads something of each of the given relationships, in their order.
    async fn each<T>(
        &self,
        tenant: &Tenant,
        relationships: &[Relationship],
        moment: Moment,
        read: impl Fn(&Relationship, &State, &Known<'_>, Timestamp, &Model) -> T,
    ) -> Result<Scored<Vec<T>>, StoreError> {
        if let Some(snapshot) = self.snapshot(tenant, moment).await? {
            let one = |relationship: &Relationship| {
                let (state, close) = snapshot.close(relationship, moment.as_of)?;
                Some(read(relationship, &state, &close.known(), moment.as_of, &snapshot.under().model))
            };
            if let Some(value) = relationships.iter().map(one).collect() {
                return Ok(from_memory(&snapshot, value));
            }
        }
        Box::pin(self.each_stored(tenant, relationships, moment, read)).await
    }

    /// The same, from the store. It is pinned in a box of its own, so that a read from memory need not make room for it.
    async fn each_stored<T>(
        &self,
        tenant: &Tenant,
        relationships: &[Relationship],
        moment: Moment,
        read: impl Fn(&Relationship, &State, &Known<'_>, Timestamp, &Model) -> T,
    ) -> Result<Scored<Vec<T>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let around = Surroundings::of_these(tx.as_mut(), relationships, moment, &basis).await?;
        let one = |it: &_| read(it, around.state(it), &around.known(it), moment.as_of, basis.model());
        let value = relationships.iter().map(one).collect();
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
    }

    /// What is kept in memory of the tenant, if that is what is to be read.
    async fn snapshot(&self, tenant: &Tenant, moment: Moment) -> Result<Option<Arc<Snapshot>>, StoreError> {
        match &self.caches {
            Some(caches) if moment.known_at.is_none() => caches.at_least(tenant, moment.at_least).await,
            _ => Ok(None),
        }
    }

    /// The figures of all selected relationships that pass the filter and had an event by then, ordered by customer and
    /// supplier: those only that a write after `changed_since` has recorded events of, or set right; all where one has
    /// renewed every score.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn select(
        &self,
        tenant: &Tenant,
        selection: &Selection,
        filter: &PartyFilter,
        changed_since: Revision,
        moment: impl Into<Moment>,
    ) -> Result<Scored<Vec<(Relationship, Arc<Figures>)>>, StoreError> {
        let moment = moment.into();
        if filter.is_anyone()
            && let Some(snapshot) = self.snapshot(tenant, moment).await?
            && let Some(value) = snapshot.select(selection, changed_since, moment.as_of)
        {
            return Ok(from_memory(&snapshot, value));
        }
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let mut heads = tx.heads(selection).await?;
        heads.retain(|head| head.revision.max(tx.renewed()) > changed_since);
        let selected = heads.into_iter().map(|head| head.relationship).collect();
        let selected = filter.pass(tx.as_mut(), selected).await?;
        let around = Surroundings::of_these(tx.as_mut(), &selected, moment, &basis).await?;
        let known = selected.into_iter().filter(|relationship| around.has(relationship));
        let one = |it: Relationship| {
            let figures = figures(&it, around.state(&it), &around.known(&it), moment.as_of, basis.model());
            (it, figures)
        };
        let value = known.map(one).collect();
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
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

fn from_memory<T>(snapshot: &Snapshot, value: T) -> Scored<T> {
    Scored { value, revision: snapshot.revision(), model_version: snapshot.under().version.clone() }
}

/// The figures of the scores read off what is known.
fn figures(_: &Relationship, _: &State, known: &Known<'_>, as_of: Timestamp, model: &Model) -> Arc<Figures> {
    Arc::new(Figures::of(score(known, as_of, model), known.own))
}

/// The scores read off what is known, under the name of a relationship.
fn scored(
    relationship: &Relationship,
    state: &State,
    known: &Known<'_>,
    as_of: Timestamp,
    model: &Model,
) -> RelationshipScores {
    let scores = score(known, as_of, model);
    RelationshipScores {
        relationship: relationship.clone(),
        kpis: kpis(state, as_of, model),
        views: views(&scores, known.own),
        scores,
    }
}
