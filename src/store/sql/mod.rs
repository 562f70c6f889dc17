//! The contract kept once for all databases that speak SQL. A [`Backend`] brings what is its own.
//!
//! In every statement $1 is the tenant, then come single values, then lists of rows: each a [`Value`].

mod backend;
mod blocks;
mod errors;
mod events;
mod inspection;
mod parties;
mod rows;
mod schema;
mod statements;
mod transaction;
mod values;
mod versions;

pub(super) use backend::{Backend, Row};
pub(super) use blocks::unfolded;
pub(super) use errors::{classified, of_migration};
pub(super) use events::{event_columns, heads};
pub(super) use parties::party_columns;
pub(super) use schema::{APPLIED, check, holds_no_events};
pub(super) use statements::{BlockStatements, EventStatements, InspectionStatements, PartyStatements};
pub(super) use transaction::{INSERT_ID, SELECT_ID, SELECT_TENANTS, Transaction};
pub(super) use values::{Column, Value};
