//! The standing: which band a relationship is in, how sure that is, and what caps it.

use super::{day_summary::DaySummary, life::Life, strikes::caps, value::Score};
use crate::{
    event::PartyRole,
    interaction::{Ending, Strike},
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
    /// How it ended, where it has.
    pub ending: Option<Box<Ending>>,
    /// What the supplier has refused for the first time of what the customer wants to become, where nothing caps the standing:
    /// usually one strike; empty where there is none.
    pub first_no: Box<[Strike]>,
    request: Advice,
    order: Advice,
}

impl Placement {
    pub(super) fn of(responsiveness: &Score, partnership: &Score, own: &DaySummary, life: Life, model: &Model) -> Self {
        let bands = &model.standing;
        let mean = |of: fn(&Score) -> f64| f64::midpoint(of(responsiveness), of(partnership));
        let uncapped = if mean(|score| score.evidence) < bands.evidence_needed {
            Standing::Unproven
        } else {
            bands.band(mean(|score| score.value))
        };
        let wide = bands.band(mean(|score| score.low)) != bands.band(mean(|score| score.high));
        let strikes = if caps(own.strikes(), bands) { own.strikes().to_vec() } else { Vec::new() };
        let capped = !strikes.is_empty() && uncapped != Standing::Failing;
        let standing = if capped { Standing::AtRisk } else { uncapped };
        let ending = own.ending().cloned().map(Box::new);
        let is_warned = strikes.is_empty() && ending.is_none();
        let first_no: Box<[Strike]> = if is_warned { own.first_no().into() } else { Box::default() };
        // Whoever turned away, or was told to give up, has a reason to ask others as well; and a supplier that turned away may not
        // even deliver any more.
        let at_best = match ending.as_ref().map(|ending| ending.by) {
            None if first_no.is_empty() => Advice::Prefer,
            None | Some(PartyRole::Customer) => Advice::Allow,
            Some(PartyRole::Supplier) => Advice::Warn,
        };
        Self {
            standing,
            uncapped,
            provisional: wide && uncapped != Standing::Unproven,
            strikes,
            life,
            ending,
            first_no,
            request: model.advice.of(standing, Purpose::Request).max(at_best),
            order: model.advice.of(standing, Purpose::Order).max(at_best),
        }
    }

    /// About how much memory it takes beside its own fields, in bytes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.strikes.as_slice())
            + size_of_val(&*self.first_no)
            + self.ending.as_deref().map_or(0, size_of_val)
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
