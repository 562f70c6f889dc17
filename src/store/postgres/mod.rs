//! The store in PostgreSQL: the server database, for several instances and for what a file cannot hold.
//!
//! Lists of rows go in as arrays, one for each column, so that a batch is a few statements however many events it has.

mod backend;
mod blocks;
mod database;
mod events;
mod inspection;
mod parties;

pub use database::Postgres;
