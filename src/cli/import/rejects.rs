//! Refused lines with the reasons, one JSON object a line, so that they can be mended and imported again.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use serde::Serialize;
use serde_json::Value;

use crate::cli::failure::Failure;

/// Where an event or a party came from.
#[derive(Clone, Serialize)]
pub(super) struct Origin {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The line itself, or the cells of a row.
    #[serde(rename = "input")]
    pub raw: Value,
}

/// A refused line.
#[derive(Serialize)]
pub(super) struct Reject {
    #[serde(flatten)]
    origin: Origin,
    reason: String,
    faults: Vec<String>,
}

impl Reject {
    pub(super) fn new(origin: Origin, reason: impl Into<String>, faults: Vec<String>) -> Self {
        Self { origin, reason: reason.into(), faults }
    }
}

/// The file of refused lines; it is made with the first of them.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    pub(super) fn write(&mut self, reject: &Reject) -> Result<(), Failure> {
        let result = self.try_write(reject);
        result.map_err(|error| Failure::new(format!("{} cannot be written: {error}", self.path.display())))
    }

    fn try_write(&mut self, reject: &Reject) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(File::create(&self.path)?)),
        };
        serde_json::to_writer(&mut *file, reject)?;
        file.write_all(b"\n")
    }

    /// The path of the file, where there is one.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush().map_err(|error| Failure::new(format!("{} cannot be written: {error}", self.path.display())))?;
        Ok(Some(self.path))
    }
}
