//! The read path: states come out of the store, scores out of states.
//!
//! A score counts what had occurred by its `as_of`. Where that is not before the relationship's last event, the stored
//! fold says it all; otherwise, and where the fold is out of date, the events are folded anew. Both give the same.

mod audit;
mod coverage;
mod filter;
mod rollup;
mod surroundings;

use std::sync::Arc;

use crate::{
    event::{Relationship, Tenant},
    model::Model,
    score::{Known, Kpis, Scores, Views, kpis, reasons, score, views},
    store::{Revision, Selection, Store, StoreError},
    time::Timestamp,
};

pub use audit::EventState;
pub use filter::PartyFilter;
pub use rollup::{Part, Peers, Rollup, RollupQuery, Sum};
pub use surroundings::Surroundings;

/// Reads scores and events under one model.
pub struct Reader {
    store: Arc<dyn Store>,
    model: Arc<Model>,
    model_version: String,
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
    /// A reader that scores under `model`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, model: Arc<Model>) -> Self {
        let model_version = model.version();
        Self { store, model, model_version }
    }

    /// The version of the model that the scores come from.
    #[must_use]
    pub fn model_version(&self) -> &str {
        &self.model_version
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
    ) -> Result<Read<Vec<RelationshipScores>>, StoreError> {
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
    ) -> Result<Read<Vec<(RelationshipScores, Vec<String>)>>, StoreError> {
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
    ) -> Result<Read<Vec<T>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let around =
            Surroundings::of_these(tx.as_mut(), relationships, moment, &self.model, &self.model_version).await?;
        let value = relationships.iter().map(|it| read(it, &around, moment.as_of, &self.model)).collect();
        Ok(Read { value, revision: tx.revision() })
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
    ) -> Result<Read<Vec<RelationshipScores>>, StoreError> {
        let moment = moment.into();
        let mut tx = self.store.read(tenant).await?;
        let heads = tx.heads(selection, &self.model_version).await?;
        let selected = heads.into_iter().map(|head| head.relationship).collect();
        let selected = filter.pass(tx.as_mut(), selected).await?;
        let around = Surroundings::of_these(tx.as_mut(), &selected, moment, &self.model, &self.model_version).await?;
        let known = selected.iter().filter(|relationship| around.has(relationship));
        let scores = known.map(|relationship| scored(relationship, &around, moment.as_of, &self.model)).collect();
        Ok(Read { value: scores, revision: tx.revision() })
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
