//! The command line: serve, and be a client of what is served; verify works on the database itself.

#[macro_use]
mod print;

mod args;
mod backtest;
mod cache;
mod calendar;
mod chain;
mod check;
mod client;
mod command;
mod demo;
mod explain;
mod failure;
mod fit;
mod history;
mod holidays;
mod import;
mod model;
mod model_file;
mod parties;
mod party_table;
mod quality;
mod read;
mod rollup;
mod serve;
mod text;
mod value;
mod verify;

pub use command::{Cli, run};
pub use failure::Failure;
pub(crate) use import::map_table;
