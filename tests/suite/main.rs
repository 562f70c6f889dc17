//! The integration tests: one program, so that they share one PostgreSQL and link once.

mod bad_input;
mod black_box;
mod command_line;
mod import;
mod lost_database;
mod stories;
mod support {
    pub mod binary;
    pub mod postgres;
    pub mod python;
    pub mod service;
}
