//! Strikes: the same idea refused again and again without a reason that counts.

use crate::{
    interaction::Strike,
    model::{Model, StandingModel},
    tally::State,
};

/// Whether a chain of strikes holds a relationship down.
#[must_use]
pub fn is_capped(state: &State, model: &Model) -> bool {
    caps(most_strikes(state), &model.standing)
}

/// Whether there are enough of them.
pub(super) fn caps(strikes: &[Strike], bands: &StandingModel) -> bool {
    !strikes.is_empty() && strikes.len() as f64 >= bands.strikes_to_cap
}

/// The strikes of a chain about what the customer wants to become that are too few to hold the relationship down, the
/// latest of several chains, oldest first; none where there is none.
pub(super) fn first_strikes<'a>(state: &'a State, bands: &StandingModel) -> &'a [Strike] {
    let chains = state.pending.values().map(|pending| pending.strikes.as_slice());
    let first = chains.filter(|strikes| strikes.last().is_some_and(|last| last.is_about_wish) && !caps(strikes, bands));
    first.max_by_key(|strikes| strikes.last().map(|last| last.at)).unwrap_or_default()
}

/// The strikes of the chain with the most of them, the latest of several, oldest first; none where nobody refused so.
pub(super) fn most_strikes(state: &State) -> &[Strike] {
    let chains = state.pending.values().map(|pending| pending.strikes.as_slice());
    chains.max_by_key(|strikes| (strikes.len(), strikes.last().map(|strike| strike.at))).unwrap_or_default()
}
