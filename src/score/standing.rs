//! The standing: which band a relationship is in, how sure that is, and what caps it.

use super::{life::Life, strikes::caps, value::Score};
use crate::{
    interaction::Strike,
    model::{Advice, Model, Purpose, Standing},
};

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
    /// Whether the relationship lives.
    pub life: Life,
    request: Advice,
    order: Advice,
}

impl Placement {
    pub(super) fn of(
        responsiveness: &Score,
        partnership: &Score,
        strikes: &[Strike],
        life: Life,
        model: &Model,
    ) -> Self {
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
            life,
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
