//! The explanation of all scores of a relationship.

use std::collections::BTreeMap;

use super::{
    attribution::Attribution,
    counterfactual::{Counterfactual, Input},
    improvement::{Improvement, improvements},
    part::{Narration, Part},
    suggestion::{Suggestion, suggestions},
    time_given::TimesGiven,
    without::Without,
};
use crate::{
    interaction::{self, Rules, Threads},
    observation::Measure,
    tally::State,
    time::Timestamp,
};

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
pub fn explain<'t>(input: &Input<'_>, as_of: Timestamp, limit: usize, rules: impl Into<Rules<'t>>) -> Explanation {
    let rules = rules.into();
    let counterfactual = Counterfactual::at(input, as_of, rules);
    let state = State::fold(input.events.iter().copied(), rules);
    let view = counterfactual.view(&state);
    let units = interaction::fold(&input.events, rules);
    let attribution = Attribution::of(&units, &input.events, &counterfactual, &view);
    let threads = Threads::of(&input.events);
    let mut without =
        Without { counterfactual: &counterfactual, state: &state, threads: &threads, known: BTreeMap::new() };
    let times = TimesGiven::of(&state, &view.usual);
    let narration = Narration {
        input,
        counterfactual: &counterfactual,
        view: &view,
        attribution: &attribution,
        threads: &threads,
        times: &times,
        state: &state,
    };
    let parts = Measure::ALL.map(|measure| narration.part(measure, limit, &mut without)).to_vec();
    Explanation {
        parts,
        suggestions: suggestions(input, &counterfactual, &state, &view.scores, &threads),
        improvements: improvements(&state, &view.usual, &times, &view.scores.customership),
    }
}
