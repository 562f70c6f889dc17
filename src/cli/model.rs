//! `rapport model`: the default model, and the check of a model file.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Failure;
use crate::model::{DEFAULT_FILE, Model};

#[derive(Args)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Subcommand)]
enum ModelCommand {
    /// Print the default model: every key, with the reason for its value. A file to start from.
    Show,
    /// Check a model file, naming every fault, and print the version it would have.
    Check {
        /// The model file.
        file: PathBuf,
    },
}

pub(super) fn run(args: &ModelArgs) -> Result<(), Failure> {
    match &args.command {
        ModelCommand::Show => print!("{DEFAULT_FILE}"),
        ModelCommand::Check { file } => println!("valid; version {}", load(Some(file))?.version()),
    }
    Ok(())
}

/// The model of a file; the default one where no file is named.
pub(super) fn load(file: Option<&Path>) -> Result<Model, Failure> {
    let Some(file) = file else { return Ok(Model::default()) };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    Model::parse(&text).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
