//! The explanation: what a score is made of, down to the event, and what would raise it.
//!
//! A channel's value is a weighted mean of its prior and of the observations, so that value - prior is a sum with one
//! exact, signed share for each observation, of whatever age, in both memories and in the pool. What is awaited has a
//! share as well: by how much it has sunk below what was expected when it was asked. The shares of an event are its
//! points; rounded together they add up to the score as it is shown.

mod apportion;
mod attribution;
mod counterfactual;
mod improvement;
mod part;
mod sentence;
mod suggestion;
mod words;

pub use counterfactual::{Input, Peers};
pub use improvement::{Improvement, improvements};
pub use part::{Cause, ChannelPoints, Contribution, Part, Points};
pub use suggestion::{Suggestion, SuggestionKind};

use std::collections::BTreeMap;

use crate::{
    interaction::{self, Ties},
    model::Model,
    observation::Measure,
    tally::{Change, State},
    time::Timestamp,
};

use super::Scores;
use attribution::Attribution;
use counterfactual::Counterfactual;
use part::Telling;

/// What the scores of a relationship are made of at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// One part for each score, in the order of [`Measure::ALL`].
    pub parts: Vec<Part>,
    /// What would raise the scores, and what holding still costs.
    pub suggestions: Vec<Suggestion>,
    /// What the customer could do better, the weightiest first.
    pub improvements: Vec<Improvement>,
}

/// Explains the scores of a relationship at `as_of`, each by at most `limit` events. None of the events may lie after
/// that moment.
#[must_use]
pub fn explain(input: &Input<'_>, as_of: Timestamp, limit: usize, model: &Model) -> Explanation {
    let counterfactual = Counterfactual::at(input, as_of, model);
    let state = State::fold(input.events.iter().copied(), model);
    let view = counterfactual.view(&state);
    let units = interaction::fold(&input.events, model);
    let attribution = Attribution::of(&units, &input.events, &counterfactual, &view);
    let ties = Ties::of(&input.events);
    let mut without = Without { counterfactual: &counterfactual, state: &state, ties: &ties, known: BTreeMap::new() };
    let telling = Telling {
        input,
        counterfactual: &counterfactual,
        view: &view,
        attribution: &attribution,
        ties: &ties,
        state: &state,
    };
    let parts = Measure::ALL.map(|measure| telling.part(measure, limit, &mut without)).to_vec();
    Explanation {
        parts,
        suggestions: suggestion::suggestions(input, &counterfactual, &state, &view.scores, &ties),
        improvements: improvements(&state.counts, &view.scores.customership),
    }
}

/// The scores as they would be if an event were taken back.
struct Without<'a> {
    counterfactual: &'a Counterfactual<'a>,
    state: &'a State,
    ties: &'a Ties<'a>,
    known: BTreeMap<usize, Scores>,
}

impl Without<'_> {
    /// Folds the event's thread anew without it, and reads the scores off what follows.
    fn scores(&mut self, input: &Input<'_>, index: usize) -> &Scores {
        self.known.entry(index).or_insert_with(|| {
            let event = input.events[index];
            let with = self.ties.thread_of(event);
            let without: Vec<_> = with.iter().copied().filter(|other| other.identity != event.identity).collect();
            let change = Change::between(&with, &without, self.counterfactual.model);
            self.counterfactual.scores_after(self.state, &change)
        })
    }
}
