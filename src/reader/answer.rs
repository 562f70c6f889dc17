//! What is asked about, and what an answer says of where it came from.

use std::sync::Arc;

use crate::{
    event::Relationship,
    model::ModelVersion,
    score::{Figures, Kpis, Scores, Views, Warning},
    store::Revision,
    time::Timestamp,
};

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
        Self { as_of, known_at: None, at_least: Revision::ZERO }
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
    pub model_version: ModelVersion,
}

/// The figures of the scores of one relationship.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationshipFigures {
    /// The figures.
    pub figures: Arc<Figures>,
    /// What may go wrong while it can still be helped.
    pub warnings: Vec<Warning>,
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
    /// What may go wrong while it can still be helped; none in roll-ups and histories.
    pub warnings: Vec<Warning>,
}
