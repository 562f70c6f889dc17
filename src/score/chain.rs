//! The chain: what a customer experiences is the sum of everyone behind its supplier.
//!
//! Every link of the tree passes on the share s of what reaches it, its service level, so e = s u reaches its customer,
//! with u the mean of e over the links upstream, weighted by their shares of the exchange (1 where there are none). That
//! takes the links for independent: what is late upstream is no excuse, and no supplier makes good for another.

use std::collections::BTreeMap;

use super::{level::decay, scores::Scores};
use crate::{
    event::Relationship,
    flows::{Flow, Flows},
    model::{Model, Standing},
    observation::Channel,
    time::Day,
};

/// A relationship in its place in a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The relationship.
    pub relationship: Relationship,
    /// The place of the link that it is upstream of; none for the one at the customer's end. Links come after it.
    pub downstream: Option<usize>,
    /// The part of the exchange of its customer that falls to it, among the links beside it, 0 to 1.
    pub share: f64,
    /// How its scores stand.
    pub status: Status,
    /// What is upstream of it.
    pub upstream: Upstream,
}

/// How the relationship of a link stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// How much of what is asked comes when it should, 0 to 1.
    pub service_level: f64,
    /// The responsiveness score.
    pub responsiveness: f64,
    /// The partnership score.
    pub partnership: f64,
    /// The band.
    pub standing: Standing,
}

/// How the suppliers of a link's supplier were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// How many are left out.
    pub omitted: usize,
    /// The currency that exchange is measured by; by number of requests where there is none.
    pub currency: Option<String>,
}

/// A chain, appraised.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The links, each before those upstream of it; the first is the relationship at the customer's end.
    pub links: Vec<Link>,
    /// What reaches the customer of each link, 0 to 1.
    pub end_to_end: Vec<f64>,
    /// Each link's part in what the whole lacks, 0 to 1; they add up to 1, unless nothing is lacking.
    pub shortfall: Vec<f64>,
    /// The relationship whose mending moves the whole most.
    pub weakest: Weakest,
}

/// The relationship whose mending moves the whole most.
#[derive(Clone, Debug, PartialEq)]
pub struct Weakest {
    /// The relationship.
    pub relationship: Relationship,
    /// Its part in what the whole lacks, over all its places.
    pub shortfall: f64,
    /// What would reach the customer if it were perfect, 0 to 1.
    pub mended: f64,
}

impl Status {
    /// Reads it off the scores of a relationship.
    #[must_use]
    pub fn of(scores: &Scores, model: &Model) -> Self {
        let counts = |channel: &Channel| model.channel(*channel).weight > 0.0;
        let mut channels = vec![Channel::Timely, Channel::Commitments];
        if channels.iter().any(counts) {
            channels.retain(counts);
        }
        let values = channels.iter().map(|&wanted| {
            let of_measure = &scores.of(wanted.measure()).channels;
            of_measure.iter().find(|(_, it)| it.channel == wanted).map_or(0.0, |(_, it)| it.value)
        });
        Self {
            service_level: values.sum::<f64>() / channels.len() as f64,
            responsiveness: scores.responsiveness.value,
            partnership: scores.partnership.value,
            standing: scores.placement.standing,
        }
    }
}

impl Chain {
    /// Appraises links, of which there must be at least one, each after the one that it is upstream of.
    #[must_use]
    pub fn of(links: Vec<Link>) -> Self {
        let (reaching, end_to_end) = reaching(&links);
        let weight = weights(&links);
        let gain = |place: usize| weight[place] * (1.0 - links[place].status.service_level) * reaching[place];
        let gains: Vec<f64> = (0..links.len()).map(gain).collect();
        let whole: f64 = gains.iter().sum();
        let part = |gain: f64| if whole > 0.0 { gain / whole } else { 0.0 };
        // A relationship stands at most once on any way to the customer, so what mending it adds is the sum over its places.
        let mut by_relationship: BTreeMap<&Relationship, f64> = BTreeMap::new();
        for (link, gain) in links.iter().zip(&gains) {
            *by_relationship.entry(&link.relationship).or_default() += gain;
        }
        let largest = by_relationship.values().copied().fold(0.0, f64::max);
        // Of equals, the one nearest to the customer.
        let weakest = links.iter().map(|link| &link.relationship).find(|it| by_relationship[it] >= largest);
        let weakest = Weakest {
            relationship: weakest.unwrap_or(&links[0].relationship).clone(),
            shortfall: part(largest),
            mended: (end_to_end[0] + largest).min(1.0),
        };
        Self { shortfall: gains.into_iter().map(part).collect(), links, end_to_end, weakest }
    }
}

/// What reaches the supplier of each link from upstream, and what reaches its customer.
fn reaching(links: &[Link]) -> (Vec<f64>, Vec<f64>) {
    let mut upstream: Vec<Option<f64>> = vec![None; links.len()];
    let mut end_to_end = vec![0.0; links.len()];
    for (place, link) in links.iter().enumerate().rev() {
        end_to_end[place] = link.status.service_level * upstream[place].unwrap_or(1.0);
        if let Some(downstream) = link.downstream {
            *upstream[downstream].get_or_insert(0.0) += link.share * end_to_end[place];
        }
    }
    (upstream.into_iter().map(|sum| sum.unwrap_or(1.0)).collect(), end_to_end)
}

/// By how much the whole changes with what reaches the customer of each link: the product of the shares and of the service
/// levels on the way from there.
#[must_use]
pub fn weights(links: &[Link]) -> Vec<f64> {
    let mut weights: Vec<f64> = Vec::with_capacity(links.len());
    for link in links {
        let before = link.downstream.map_or(1.0, |it| weights[it] * links[it].status.service_level);
        weights.push(before * link.share);
    }
    weights
}

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
