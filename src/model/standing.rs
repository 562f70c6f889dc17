//! Bands, and what to do about a supplier in each.

use serde::{Deserialize, Serialize};

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

/// What to do about a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Ask or order here first.
    Prefer,
    /// Nothing speaks against it.
    Allow,
    /// A person should look first.
    Warn,
    /// Do not.
    Block,
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

impl Standing {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Preferred => "preferred",
            Self::Reliable => "reliable",
            Self::AtRisk => "at risk",
            Self::Failing => "failing",
        }
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
