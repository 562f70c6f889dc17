//! What a write of this process leaves, to be taken into what is kept.

use crate::{
    event::Relationship,
    model::ModelVersion,
    store::{Blocks, Revision},
    time::Timestamp,
};

/// What a write leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Its number.
    pub revision: Revision,
    /// The version of the live model that it has folded under.
    pub version: ModelVersion,
    /// The relationships that it has touched.
    pub touched: Vec<Written>,
}

/// A relationship as a write leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The relationship.
    pub relationship: Relationship,
    /// When the latest of its new events occurred.
    pub latest_at: Timestamp,
    /// The blocks of its state that the write has changed.
    pub blocks: Blocks,
}
