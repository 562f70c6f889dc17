//! Sums: everything the scores need to know about a relationship, as integers that can be added and taken away.

mod blocks;
mod cells;
mod packed;
mod state;

pub use blocks::Block;
pub use cells::{Cell, Tally};
pub use packed::Unreadable;
pub use state::{Change, State, Turn};
