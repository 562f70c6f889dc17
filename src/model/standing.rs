//! Bands, and what to do about a supplier in each.

use serde::{Deserialize, Serialize};

use crate::names::named;

/// The bands over the mean of the two scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingModel {
    /// Effective observations below which a relationship is unproven.
    pub evidence_needed: f64,
    /// Low end of PREFERRED, 0 to 100.
    pub preferred_from: f64,
    /// Low end of RELIABLE.
    pub reliable_from: f64,
    /// Low end of `AT_RISK`; below it is FAILING.
    pub at_risk_from: f64,
    /// So many strikes at the head of a chain of requests cap the standing at `AT_RISK`.
    pub strikes_to_cap: f64,
}

named! {
    /// What to do about a supplier.
    pub enum Advice {
        /// Ask or order here first.
        Prefer = "prefer",
        /// Nothing speaks against it.
        Allow = "allow",
        /// A person should look first.
        Warn = "warn",
        /// Do not.
        Block = "block",
    }
}

/// The advice that goes with each band, by purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceModel {
    /// Before a request is sent.
    pub request: BandAdvice,
    /// Before an order is placed.
    pub order: BandAdvice,
}

/// What a customer is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Ask for something.
    Request,
    /// Place an order.
    Order,
}

impl AdviceModel {
    /// The advice of a band for a purpose.
    #[must_use]
    pub fn of(&self, standing: Standing, purpose: Purpose) -> Advice {
        match purpose {
            Purpose::Request => self.request.of(standing),
            Purpose::Order => self.order.of(standing),
        }
    }
}

/// The advice that goes with each band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml explains each")]
pub struct BandAdvice {
    pub unproven: Advice,
    pub preferred: Advice,
    pub reliable: Advice,
    pub at_risk: Advice,
    pub failing: Advice,
}

impl BandAdvice {
    fn of(self, standing: Standing) -> Advice {
        match standing {
            Standing::Unproven => self.unproven,
            Standing::Preferred => self.preferred,
            Standing::Reliable => self.reliable,
            Standing::AtRisk => self.at_risk,
            Standing::Failing => self.failing,
        }
    }
}

named! {
    /// The band a relationship is in, with its name in words.
    pub enum Standing {
        /// Too little is known.
        Unproven = "unproven",
        /// A partner to ask first.
        Preferred = "preferred",
        /// Does what can be expected.
        Reliable = "reliable",
        /// Look before ordering.
        AtRisk = "at risk",
        /// Do not count on it.
        Failing = "failing",
    }
}

impl StandingModel {
    /// The band of a score. The low end of a band belongs to it.
    #[must_use]
    pub fn band(&self, score: f64) -> Standing {
        if score >= self.preferred_from {
            Standing::Preferred
        } else if score >= self.reliable_from {
            Standing::Reliable
        } else if score >= self.at_risk_from {
            Standing::AtRisk
        } else {
            Standing::Failing
        }
    }
}
