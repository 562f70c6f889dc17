//! `rapport import` and `rapport parties import`: files in, batches to the server, refused lines into a file of their own.
//!
//! A thread reads and decodes ([`input`], [`records`]); batches go to the server, a few at a time ([`send`]); what is
//! refused, here or there, is written with its reasons ([`rejects`]). What is imported, and what takes it, is a [`feed`];
//! events go up in one stream ([`event_stream`]). [`transfer`] is the whole way; [`local`] reads the same files without a
//! server.

mod columns;
mod command;
mod event_stream;
mod feed;
mod input;
mod local;
mod mapping;
mod patience;
mod records;
mod rejects;
mod send;
mod table;
mod transfer;

pub(super) use command::{ImportArgs, ImportPartiesArgs, parties, run};
pub(super) use local::{LocalArgs, as_occurred, read};
pub(crate) use mapping::map_table;
