//! Value at risk, as a message.

use super::score::strike;
use crate::{
    api::{convert::to_wire, query::Context, v1},
    event::Relationship,
    score::ValueAtRisk,
};

/// The value at risk in a relationship.
pub(in crate::api) fn value_at_risk(
    relationship: Relationship,
    value: ValueAtRisk,
    context: &Context,
) -> v1::ValueAtRisk {
    let values = value.values.into_iter().map(|(currency_code, value)| v1::CurrencyValueAtRisk {
        expected_per_year: Some(money(&currency_code, value.expected_per_year)),
        at_risk: Some(money(&currency_code, value.at_risk)),
    });
    v1::ValueAtRisk {
        customer: relationship.customer,
        supplier: relationship.supplier,
        probability_alive: value.probability_alive,
        strikes: value.strikes.into_iter().map(strike).collect(),
        request_days_per_year: value.request_days_per_year,
        horizon_years: value.horizon_years,
        values: values.collect(),
        by_request_value: value.by_request_value,
        as_of: Some(to_wire(context.moment.as_of)),
        known_at: context.moment.known_at.map(to_wire),
        revision: context.revision.clone(),
        model_version: context.model_version.clone(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is more than can be written is written as the most")]
fn money(currency: &str, amount: f64) -> v1::Money {
    v1::Money { currency_code: currency.to_owned(), amount_minor: amount.round() as i64 }
}
