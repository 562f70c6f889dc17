//! Mapping files: how the rows of a table become events, said in TOML instead of in code.
//!
//! A mapping is a template of the event's own JSON. [`compile`] checks it against the schema of the message `Event` and
//! names every fault at once; [`table`] reads rows, whatever their line ends; [`records`] puts rows that belong
//! together into one record; [`template`] and [`leaf`] fill the template from a record. Nothing is ever guessed: a cell
//! that cannot be read exactly is a fault in words, and the other records go on.

mod cells;
mod compile;
mod compile_event;
mod leaf;
mod records;
mod rules;
mod schema;
mod section;
mod template;
#[cfg(test)]
mod tests;

pub(crate) use records::map_table;
pub(super) use rules::Mapping;
pub(super) use schema::field;
