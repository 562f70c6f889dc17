//! The scores without one of the events.

use std::collections::BTreeMap;

use super::{
    super::scores::Scores,
    counterfactual::{Counterfactual, Input},
};
use crate::{
    interaction::Threads,
    tally::{Change, State},
};

/// The scores as they would be if an event were taken back.
pub(super) struct Without<'a> {
    pub counterfactual: &'a Counterfactual<'a>,
    pub state: &'a State,
    pub threads: &'a Threads<'a>,
    pub known: BTreeMap<usize, Scores>,
}

impl Without<'_> {
    /// Folds the event's thread anew without it, and reads the scores off what follows.
    pub fn scores(&mut self, input: &Input<'_>, index: usize) -> &Scores {
        self.known.entry(index).or_insert_with(|| {
            let event = input.events[index];
            let with = self.threads.around(event);
            let without: Vec<_> = with.iter().copied().filter(|other| other.identity != event.identity).collect();
            let change = Change::between(&with, &without, self.counterfactual.rules);
            self.counterfactual.scores_after(self.state, &change)
        })
    }
}
