//! Model files.

use std::path::Path;

use super::failure::Failure;
use crate::model::Model;

/// The model of a file; the default one if no file is named.
pub(super) fn load(file: Option<&Path>) -> Result<Model, Failure> {
    let Some(file) = file else { return Ok(Model::default()) };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    Model::parse(&text).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
