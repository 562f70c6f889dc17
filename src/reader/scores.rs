//! Reading the scores of named relationships: in full, with their reasons, or only the figures.

use std::sync::Arc;

use super::{
    answer::{Moment, RelationshipScores, Scored},
    session::{Query, Reader, Session, Unanswered, said},
};
use crate::{
    event::{Relationship, Tenant},
    model::Model,
    score::{Figures, Known, Neighbours, Warning, kpis, reasons, score, views},
    store::StoreError,
    tally::State,
    time::Timestamp,
};

impl Reader {
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
        self.ask(tenant, moment.into(), Each { relationships, read: scores_of }).await
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
        let read = |around: &dyn Neighbours, relationship: &_| around.figures(relationship);
        self.ask(tenant, moment.into(), Each { relationships, read }).await
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
        let read = |around: &dyn Neighbours, relationship: &_| {
            let scored = scores_of(around, relationship)?;
            let warnings = scored.warnings.iter().map(|warning| format!("early warning: {}", warning.sentence()));
            let reasons = warnings.chain(reasons(&scored.scores, &scored.kpis, around.model())).collect();
            Some((scored, reasons))
        };
        self.ask(tenant, moment.into(), Each { relationships, read }).await
    }
}

/// Something of each of some relationships, in their order.
struct Each<'a, R> {
    relationships: &'a [Relationship],
    read: R,
}

impl<T: Send, R: Fn(&dyn Neighbours, &Relationship) -> Option<T> + Sync> Query for Each<'_, R> {
    type Answer = Vec<T>;

    async fn answer(&self, session: &mut Session) -> Result<Vec<T>, Unanswered> {
        let around = session.around(self.relationships).await?;
        said(self.relationships.iter().map(|relationship| (self.read)(&*around, relationship)).collect())
    }
}

/// The scores of a relationship among its neighbours.
fn scores_of(around: &dyn Neighbours, relationship: &Relationship) -> Option<RelationshipScores> {
    let (state, known) = (around.state(relationship)?, around.known(relationship)?);
    let (as_of, model) = (around.as_of(), around.model());
    let mut scored = scored(relationship, &state, &known, as_of, model);
    if !scored.scores.placement.first_no.is_empty() {
        let takers = around.takers(relationship)?;
        scored.warnings.extend(Warning::of(&state, &known, &scored.scores, takers, as_of, model));
    }
    Some(scored)
}

/// The scores read off what is known, under the name of a relationship; without warnings, for which others must be known too.
pub(super) fn scored(
    relationship: &Relationship,
    state: &State,
    known: &Known,
    as_of: Timestamp,
    model: &Model,
) -> RelationshipScores {
    let scores = score(known, as_of, model);
    RelationshipScores {
        relationship: relationship.clone(),
        kpis: kpis(state, as_of, model),
        views: views(&scores, &known.own),
        scores,
        warnings: Vec::new(),
    }
}
