//! The standing: which band a relationship is in, how sure that is, what caps it, and why.

use super::{Estimate, Kpis, Score, Scores};
use crate::{
    interaction::Strike,
    model::{Advice, Model, Purpose, Standing, StandingModel},
    tally::State,
};

/// A channel below this is worth a word where somebody asks why.
const POOR: f64 = 0.5;
/// With fewer effective observations than this it is not: too little is known to blame anybody.
const ENOUGH: f64 = 2.0;

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
    request: Advice,
    order: Advice,
}

impl Placement {
    pub(super) fn of(responsiveness: &Score, partnership: &Score, strikes: &[Strike], model: &Model) -> Self {
        let bands = &model.standing;
        let mean = |of: fn(&Score) -> f64| f64::midpoint(of(responsiveness), of(partnership));
        let uncapped = if mean(|score| score.evidence) < bands.evidence_needed {
            Standing::Unproven
        } else {
            bands.band(mean(|score| score.value))
        };
        let wide = bands.band(mean(|score| score.low)) != bands.band(mean(|score| score.high));
        let strikes = if caps(strikes, bands) { strikes.to_vec() } else { Vec::new() };
        let capped = !strikes.is_empty() && uncapped != Standing::Failing;
        let standing = if capped { Standing::AtRisk } else { uncapped };
        Self {
            standing,
            uncapped,
            provisional: wide && uncapped != Standing::Unproven,
            strikes,
            request: model.advice.of(standing, Purpose::Request),
            order: model.advice.of(standing, Purpose::Order),
        }
    }

    /// What to do about the supplier.
    #[must_use]
    pub fn advice(&self, purpose: Purpose) -> Advice {
        match purpose {
            Purpose::Request => self.request,
            Purpose::Order => self.order,
        }
    }
}

/// Whether a chain of strikes holds a relationship down.
#[must_use]
pub fn is_capped(state: &State, model: &Model) -> bool {
    caps(most_strikes(state), &model.standing)
}

/// Whether there are enough of them.
fn caps(strikes: &[Strike], bands: &StandingModel) -> bool {
    !strikes.is_empty() && strikes.len() as f64 >= bands.strikes_to_cap
}

/// The strikes of the chain with the most of them, the latest of several, oldest first; none where nobody refused so.
pub(super) fn most_strikes(state: &State) -> &[Strike] {
    let chains = state.pending.values().map(|pending| pending.strikes.as_slice());
    chains.max_by_key(|strikes| (strikes.len(), strikes.last().map(|strike| strike.at))).unwrap_or_default()
}

/// Why a relationship stands where it stands: sentences a person can act on, the deciding one first.
#[must_use]
pub fn reasons(scores: &Scores, kpis: &Kpis, model: &Model) -> Vec<String> {
    let (placement, bands) = (&scores.placement, &model.standing);
    let mean = |of: fn(&Score) -> f64| f64::midpoint(of(&scores.responsiveness), of(&scores.partnership));
    let mut reasons = Vec::new();
    if !placement.strikes.is_empty() {
        reasons.push(chain(&placement.strikes, placement.uncapped));
    }
    if placement.uncapped == Standing::Unproven {
        let (known, needed) = (mean(|it| it.evidence), bands.evidence_needed);
        reasons.push(format!("too little is known: evidence {known:.1}, where {needed:.1} is needed"));
    } else {
        let (value, name) = (mean(|it| it.value), placement.uncapped.name());
        reasons.push(format!("responsiveness and partnership are {value:.1} on average: {name}"));
    }
    if placement.provisional {
        let (low, high) = (mean(|it| it.low), mean(|it| it.high));
        reasons.push(format!("provisional: with 90 % confidence the average lies between {low:.0} and {high:.0}"));
    }
    if kpis.overdue > 0 {
        let since = kpis.oldest_open.map(|at| format!(", the oldest open request since {at}")).unwrap_or_default();
        reasons.push(format!("{} of {} open requests are overdue{since}", kpis.overdue, kpis.open));
    }
    if let Some(weakest) = weakest(scores) {
        let (name, value) = (weakest.channel.name(), weakest.value);
        reasons.push(format!("weakest in {name}: {value:.2} on a scale of 0 to 1"));
    }
    reasons
}

fn chain(strikes: &[Strike], uncapped: Standing) -> String {
    let told = strikes.iter().map(|strike| {
        let reason = strike.reason.name().replace('_', " ");
        format!("{reason} ({}, {})", strike.interaction, strike.at.date())
    });
    let told: Vec<String> = told.collect();
    format!(
        "asked again and refused again: {}; until the idea is taken up the standing is no better than {}{}",
        told.join(", then "),
        Standing::AtRisk.name(),
        if uncapped < Standing::AtRisk {
            format!(" (the scores alone say {})", uncapped.name())
        } else {
            String::new()
        }
    )
}

fn weakest(scores: &Scores) -> Option<Estimate> {
    let channels = scores.responsiveness.channels.iter().chain(&scores.partnership.channels);
    let known = channels.map(|(_, estimate)| *estimate).filter(|it| it.evidence >= ENOUGH && it.value < POOR);
    known.min_by(|a, b| a.value.total_cmp(&b.value))
}
