//! The standing: which band a relationship is in, how sure that is, and what caps it.

use super::Score;
use crate::{interaction::Strike, model::StandingModel, tally::State};

/// The band a relationship is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Too little is known.
    Unproven,
    /// A partner to ask first.
    Preferred,
    /// Does what can be expected.
    Reliable,
    /// Look before ordering.
    AtRisk,
    /// Do not count on it.
    Failing,
}

/// Where a relationship is placed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The standing, caps applied.
    pub standing: Standing,
    /// The standing that the scores alone would give.
    pub uncapped: Standing,
    /// Whether the interval of the scores reaches into another band.
    pub provisional: bool,
    /// The chain of requests that caps the standing, oldest strike first; empty where none does.
    pub strikes: Vec<Strike>,
}

impl Placement {
    pub(super) fn of(responsiveness: &Score, partnership: &Score, state: &State, bands: &StandingModel) -> Self {
        let mean = |of: fn(&Score) -> f64| f64::midpoint(of(responsiveness), of(partnership));
        let uncapped = if mean(|score| score.evidence) < bands.evidence_needed {
            Standing::Unproven
        } else {
            band(mean(|score| score.value), bands)
        };
        let wide = band(mean(|score| score.low), bands) != band(mean(|score| score.high), bands);
        let strikes = worst_chain(state, bands);
        let capped = !strikes.is_empty() && uncapped != Standing::Failing;
        Self {
            standing: if capped { Standing::AtRisk } else { uncapped },
            uncapped,
            provisional: wide && uncapped != Standing::Unproven,
            strikes,
        }
    }
}

/// The low end of a band belongs to it.
fn band(value: f64, bands: &StandingModel) -> Standing {
    if value >= bands.preferred_from {
        Standing::Preferred
    } else if value >= bands.reliable_from {
        Standing::Reliable
    } else if value >= bands.at_risk_from {
        Standing::AtRisk
    } else {
        Standing::Failing
    }
}

/// The chain with the most strikes, the latest of several, where there are enough to cap.
fn worst_chain(state: &State, bands: &StandingModel) -> Vec<Strike> {
    let chains = state.pending.values().map(|pending| &pending.strikes);
    let enough = chains.filter(|strikes| strikes.len() as f64 >= bands.strikes_to_cap);
    enough.max_by_key(|strikes| (strikes.len(), strikes.last().map(|strike| strike.at))).cloned().unwrap_or_default()
}
