//! What is dealt between two parties: value, what was asked for, recommendations.

use super::level::decay;
use crate::{
    flows::{Flow, FlowSum, Flows},
    model::Model,
    time::Day,
};

/// What is dealt between two parties. Sums are decayed: what is older counts less.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dealings {
    /// Value that changed hands, in minor units, by currency, in their order.
    pub exchanged: Vec<(String, f64)>,
    /// Value of what was lately asked for, in minor units, by currency, in their order.
    pub potential: Vec<(String, f64)>,
    /// Recommendations by either side.
    pub advocacy: f64,
}

impl Dealings {
    pub(super) fn of(flows: &Flows, today: Day, model: &Model) -> Self {
        let lenses = &model.lenses;
        let referrals = flows.of(Flow::Referrals);
        let recent =
            |(_, day, sum): (_, Day, FlowSum)| decay(today, day, lenses.advocacy_half_life_days) * sum.count as f64;
        Self {
            exchanged: amounts(flows, Flow::Exchange, today, lenses.exchange_half_life_days),
            potential: amounts(flows, Flow::Requests, today, lenses.potential_half_life_days),
            advocacy: referrals.map(recent).sum(),
        }
    }

    /// About how much memory it takes beside its own fields, in bytes.
    pub(super) fn size(&self) -> usize {
        (self.exchanged.len() + self.potential.len()) * (size_of::<(String, f64)>() + 16)
    }
}

/// The decayed amounts by currency, which come in their order.
fn amounts(flows: &Flows, flow: Flow, today: Day, half_life: f64) -> Vec<(String, f64)> {
    let mut sums: Vec<(String, f64)> = Vec::new();
    for (currency, day, sum) in flows.of(flow).filter(|(currency, ..)| !currency.is_empty()) {
        if sums.last().is_none_or(|(last, _)| last != currency) {
            sums.push((currency.to_owned(), 0.0));
        }
        if let Some((_, amount)) = sums.last_mut() {
            *amount += decay(today, day, half_life) * sum.amount as f64;
        }
    }
    sums.shrink_to_fit();
    sums
}
