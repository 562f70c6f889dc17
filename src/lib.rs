//! Supplier-partnership scores from interaction events.

pub mod event;
pub mod interaction;
pub mod model;
pub mod observation;
pub mod score;
pub mod tally;
pub mod time;
