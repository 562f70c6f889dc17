//! Mapping files: how the rows of a table become events, said in TOML instead of in code.
//!
//! A mapping is a template of the event's own JSON. [`compile`] checks it against the schema of the message `Event` and
//! names every fault at once; [`table`] reads rows, whatever their line ends; [`records`] puts rows that belong
//! together into one record; [`template`] and [`leaf`] fill the template from a record. Nothing is ever guessed: a cell
//! that cannot be read exactly is a fault in words, and the other records go on.

mod cells;
mod compile;
mod compile_event;
mod leaf;
mod records;
mod schema;
mod section;
mod template;
#[cfg(test)]
mod tests;

use std::io::Read;

use super::table::{self, Dialect};
use cells::{Condition, Conventions};
pub use records::Records;
pub(super) use schema::field;
use template::EventTemplate;

/// Mapping is a checked mapping file. It can read any number of tables.
#[derive(Debug)]
pub struct Mapping {
    dialect: Dialect,
    conventions: Conventions,
    /// Every column the mapping names, once. Elsewhere a column is an index into this list.
    columns: Vec<String>,
    skips: Vec<Skip>,
    group_by: Vec<usize>,
    events: Vec<EventTemplate>,
}

/// Skip leaves out the rows that meet its condition, and says why.
#[derive(Debug)]
struct Skip {
    condition: Condition,
    reason: String,
}

/// Every fault of a mapping file, or of a table's header against it, each on its own line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .faults.join("\n"))]
pub struct MappingError {
    faults: Vec<String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// Lists every fault: TOML that does not parse (then only that), unknown keys, impossible values, and fields that
    /// the message `Event` does not have.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        compile::compile(text).map_err(|faults| MappingError { faults })
    }

    /// Opens a table and checks its header, before any row is read.
    ///
    /// # Errors
    /// Lists every column that the mapping names and the header lacks or has twice, or says why the header can't be
    /// read.
    pub fn read<R: Read>(&self, input: R) -> Result<Records<'_, R>, MappingError> {
        Records::open(self, input).map_err(|faults| MappingError { faults })
    }
}
