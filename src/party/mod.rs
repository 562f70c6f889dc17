//! Parties: what may be known about somebody beyond the id, and who is part of whom.
//!
//! Nobody has to be known to be scored. What is known serves people (a name to show), comparison (peers share a category)
//! and roll-ups (a company is its departments). No I/O, no wire format and no SQL here.

mod profile;
mod tree;

pub use profile::{MAX_CATEGORY_BYTES, MAX_DISPLAY_NAME_BYTES, Party, PartyKind, check_party};
pub use tree::Tree;
