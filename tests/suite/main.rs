//! The integration tests: one program, so that they share one PostgreSQL and link once.

mod around_calls;
mod backtest;
mod bad_input;
mod black_box;
mod command_line;
mod conformance;
mod documentation;
mod explain;
mod faults;
mod following;
mod formats;
mod golden;
mod group_commits;
mod import;
mod import_parties;
mod lives;
mod looking_back;
mod lost_database;
mod memory;
mod metrics;
mod parties;
mod probes;
mod properties;
mod quality;
mod rebuild;
mod stories;
mod stream_events;
mod tidy;
mod verify;
mod support {
    pub mod backend;
    pub mod binary;
    pub mod counting;
    pub mod events;
    pub mod files;
    pub mod histories;
    pub mod line;
    pub mod parties;
    pub mod postgres;
    pub mod python;
    pub mod scrape;
    pub mod service;
}
mod worked_example;
