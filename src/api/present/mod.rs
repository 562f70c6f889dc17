//! To the wire: events, parties and scores become messages.

mod chain;
mod event;
mod explanation;
mod model;
mod party;
mod score;
mod value;

pub(super) use chain::chain;
pub use event::event;
pub(super) use explanation::explanation;
pub(super) use model::model_check;
pub(super) use party::party;
pub(super) use score::{check, figures, score};
pub(super) use value::value_at_risk;
