//! How much a party has lately exchanged with each of its suppliers: what the links of a chain are weighed by.

use std::collections::BTreeMap;

use super::super::level::decay;
use crate::{
    flows::{Flow, Flows},
    model::Model,
    time::Day,
};

/// How much a party has lately exchanged with each of its suppliers, on one scale: by value where everybody that had any
/// dealings exchanged value in one and the same currency, else by number of requests. What is older counts less.
#[must_use]
pub fn recent_exchange(flows: &[&Flows], today: Day, model: &Model) -> (Option<String>, Vec<f64>) {
    let weigh = |day: Day| decay(today, day, model.lenses.exchange_half_life_days);
    let value = |flows: &&Flows| {
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for (currency, day, sum) in flows.of(Flow::Exchange).filter(|(.., sum)| sum.amount > 0) {
            *sums.entry(currency.to_owned()).or_default() += weigh(day) * sum.amount as f64;
        }
        sums
    };
    let requests =
        |flows: &&Flows| -> f64 { flows.of(Flow::Requests).map(|(_, day, sum)| weigh(day) * sum.count as f64).sum() };
    let (values, requests): (Vec<_>, Vec<f64>) = flows.iter().map(|it| (value(it), requests(it))).unzip();
    let common = values.iter().find_map(|sums| sums.keys().next()).filter(|code| {
        let fits = |(sums, requests): (&BTreeMap<_, _>, &f64)| {
            (sums.len() == 1 && sums.contains_key(*code)) || (sums.is_empty() && *requests == 0.0)
        };
        values.iter().zip(&requests).all(fits)
    });
    match common {
        Some(code) => {
            let exchange = values.iter().map(|sums| sums.get(code).copied().unwrap_or(0.0)).collect();
            (Some(code.clone()), exchange)
        }
        None => (None, requests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Money;

    /// One request and one payment.
    fn dealings(asked: i32, paid: i32, currency: &str, amount_minor: i64) -> Flows {
        let mut flows = Flows::default();
        flows.add_one(Flow::Requests, Day(asked), None);
        flows.add_one(Flow::Exchange, Day(paid), Some(&Money { currency: currency.to_owned(), amount_minor }));
        flows
    }

    #[test]
    fn exchange_is_measured_in_money_only_where_all_of_it_is_in_one_currency() {
        let model = Model::default();
        let today = Day(10_000);
        let a_half_life_ago = 10_000 - 365;
        let (old, new) = (dealings(9_000, a_half_life_ago, "EUR", 400), dealings(10_000, 10_000, "EUR", 100));
        let foreign = dealings(10_000, 10_000, "USD", 1);
        let mut praised = Flows::default();
        praised.add_one(Flow::Referrals, today, None);
        let in_euros = recent_exchange(&[&praised, &old, &new], today, &model);
        assert_eq!(in_euros, (Some("EUR".to_owned()), vec![0.0, 200.0, 100.0]));
        let (currency, requests) = recent_exchange(&[&new, &foreign, &praised], today, &model);
        assert_eq!((currency, requests), (None, vec![1.0, 1.0, 0.0]));
    }
}
