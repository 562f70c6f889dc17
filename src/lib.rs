//! Supplier-partnership scores from interaction events.
//!
//! This library is internal: it is there for the `rapport` binary, its tests, its benchmark and its fuzzers, and changes with
//! them. What others may build on is the gRPC API (`proto/`) and the command line.

pub mod api;
pub mod backtest;
pub mod cache;
pub mod calendar;
pub mod cli;
pub mod counts;
pub mod event;
mod fingerprint;
pub mod flows;
pub mod folds;
pub mod interaction;
pub mod ledger;
pub mod model;
pub mod models;
mod names;
pub mod observation;
pub mod party;
pub mod principal;
#[doc(hidden)]
pub mod probe;
pub mod reader;
pub mod rebuild;
pub mod registry;
pub mod replay;
pub mod score;
pub mod server;
pub mod simulation;
pub mod store;
pub mod tally;
pub mod terms;
pub mod time;
pub mod totals;
pub mod verify;
pub mod working_times;
