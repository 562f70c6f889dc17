//! What a mapping file says, checked.

use super::{
    cells::{Condition, Conventions},
    template::EventTemplate,
};
use crate::cli::import::table::Dialect;

/// A checked mapping file. It can read any number of tables.
#[derive(Debug)]
pub struct Mapping {
    pub(super) dialect: Dialect,
    pub(super) conventions: Conventions,
    /// Every column the mapping names, once. Elsewhere a column is an index into this list.
    pub(super) columns: Vec<String>,
    pub(super) skips: Vec<Skip>,
    pub(super) group_by: Vec<usize>,
    pub(super) events: Vec<EventTemplate>,
}

/// Leaves out the rows that meet a condition, and says why.
#[derive(Debug)]
pub(super) struct Skip {
    pub(super) condition: Condition,
    pub(super) reason: String,
}

/// Every fault of a mapping file, or of a table's header against it, each on its own line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .faults.join("\n"))]
pub struct MappingError {
    pub(super) faults: Vec<String>,
}
