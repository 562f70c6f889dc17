//! Reading the scores of named relationships: in full, with their reasons, or only the figures.

use super::{
    answer::{Moment, RelationshipFigures, RelationshipScores, Scored},
    session::{Query, Reader, Session, Unanswered, said},
};
use crate::{
    event::{Relationship, Tenant},
    model::Model,
    score::{Known, Neighbours, Takers, Warning, kpis, reasons, score, views},
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
    ) -> Result<Scored<Vec<RelationshipFigures>>, StoreError> {
        self.ask(tenant, moment.into(), Each { relationships, read: figures_of }).await
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
        let read = |around: &dyn Neighbours, relationship: &_, takers: &mut _| {
            let scored = scores_of(around, relationship, takers)?;
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

impl<T: Send, R: Fn(&dyn Neighbours, &Relationship, &mut Takers) -> Option<T> + Sync> Query for Each<'_, R> {
    type Answer = Vec<T>;

    async fn answer(&self, session: &mut Session) -> Result<Vec<T>, Unanswered> {
        let around = session.around(self.relationships).await?;
        let mut takers = Takers::default();
        said(self.relationships.iter().map(|relationship| (self.read)(&*around, relationship, &mut takers)).collect())
    }
}

/// The figures of a relationship among its neighbours; only where there is an early warning more is read for them.
fn figures_of(
    around: &dyn Neighbours,
    relationship: &Relationship,
    takers: &mut Takers,
) -> Option<RelationshipFigures> {
    let figures = around.figures(relationship)?;
    let is_warned = !figures.placement.first_no.is_empty();
    let warnings = if is_warned { scores_of(around, relationship, takers)?.warnings } else { Vec::new() };
    Some(RelationshipFigures { figures, warnings })
}

/// The scores of a relationship among its neighbours.
fn scores_of(around: &dyn Neighbours, relationship: &Relationship, takers: &mut Takers) -> Option<RelationshipScores> {
    let (state, known) = (around.state(relationship)?, around.known(relationship)?);
    let (as_of, model) = (around.as_of(), around.model());
    let mut scored = scored(relationship, &state, &known, as_of, model);
    if !scored.scores.placement.first_no.is_empty() {
        let takers = takers.beside(relationship, around)?;
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
