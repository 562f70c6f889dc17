//! The store in a SQLite file: the embedded default, nothing to install.
//!
//! One connection writes, some read. Lists of rows go in as one JSON parameter, so that a batch is a few statements
//! however many events it has.

mod backend;
mod blocks;
mod events;
mod file;
mod inspection;
mod json;
mod parties;

pub use file::Sqlite;
