//! What events are judged by: the model, and when suppliers work.

use crate::{calendar::WorkingTimes, model::Model};

/// What the events of a tenant are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Every number.
    pub model: &'a Model,
    /// When parties work.
    pub times: &'a WorkingTimes,
}

impl<'a> From<&'a Model> for Rules<'a> {
    /// Everybody is always open.
    fn from(model: &'a Model) -> Self {
        Self { model, times: WorkingTimes::ALWAYS }
    }
}
