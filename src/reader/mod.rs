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
    event::{Relationship, Tenant},
    model::Model,
    models::{Models, Progress},
    score::{Known, Kpis, Scores, Views, kpis, reasons, score, views},
    store::{Revision, Selection, Store, StoreError},
    time::Timestamp,
};

pub use audit::EventState;
pub use chain::{MOST_LINKS, Reach};
pub use filter::PartyFilter;
pub use quality::{Judgement, MOST_JUDGED, QualityQuery};
pub use rollup::{Part, Peers, Rollup, RollupQuery, Sum};
pub use surroundings::Surroundings;

/// Reads scores, under the live model, and events.
pub struct Reader {
    store: Arc<dyn Store>,
    models: Arc<Models>,
}

/// The moment to read at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What had occurred by then counts.
    pub as_of: Timestamp,
    /// Only what had been recorded by then counts, where given.
    pub known_at: Option<Timestamp>,
}

impl From<Timestamp> for Moment {
    /// Everything that is recorded by now counts.
    fn from(as_of: Timestamp) -> Self {
        Self { as_of, known_at: None }
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
        Self { store, models }
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
        let with_reasons = |relationship: &_, around: &_, as_of, model: &_| {
            let scored = scored(relationship, around, as_of, model);
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
        read: impl Fn(&Relationship, &Surroundings, Timestamp, &Model) -> T,
    ) -> Result<Scored<Vec<T>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let around = Surroundings::of_these(tx.as_mut(), relationships, moment, &basis).await?;
        let value = relationships.iter().map(|it| read(it, &around, moment.as_of, basis.model())).collect();
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
    }

    /// The scores of all selected relationships that pass the filter and had an event by then, ordered by customer and supplier.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn select(
        &self,
        tenant: &Tenant,
        selection: &Selection,
        filter: &PartyFilter,
        moment: impl Into<Moment>,
    ) -> Result<Scored<Vec<RelationshipScores>>, StoreError> {
        let moment = moment.into();
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let heads = tx.heads(selection).await?;
        let selected = heads.into_iter().map(|head| head.relationship).collect();
        let selected = filter.pass(tx.as_mut(), selected).await?;
        let around = Surroundings::of_these(tx.as_mut(), &selected, moment, &basis).await?;
        let known = selected.iter().filter(|relationship| around.has(relationship));
        let value = known.map(|relationship| scored(relationship, &around, moment.as_of, basis.model())).collect();
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

    /// The tenant's present revision.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn revision(&self, tenant: &Tenant) -> Result<Revision, StoreError> {
        Ok(self.store.read(tenant).await?.revision())
    }
}

fn scored(relationship: &Relationship, around: &Surroundings, as_of: Timestamp, model: &Model) -> RelationshipScores {
    scored_as(relationship.clone(), &around.known(relationship), as_of, model)
}

/// The scores read off what is known, under the name of a relationship.
fn scored_as(relationship: Relationship, known: &Known<'_>, as_of: Timestamp, model: &Model) -> RelationshipScores {
    let scores = score(known, as_of, model);
    RelationshipScores {
        relationship,
        kpis: kpis(known.state, as_of, model),
        views: views(&scores, &known.state.flows, as_of.day(), model),
        scores,
    }
}
