//! What flows between the two parties, by day: requests, value exchanged, recommendations.
//!
//! Integers that can be added and taken away, like the tallies; read with a half-life of their own each.

use std::collections::BTreeMap;

use crate::{event::Money, time::Day};

/// The most that one amount counts for, in minor units: a hundred thousand million of a currency with cents. It keeps
/// every sum far from overflowing, whatever is sent.
pub const MOST_COUNTED: i64 = 10_000_000_000_000;

/// What flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// Requests, with what they are worth.
    Requests,
    /// Value that changed hands: paid, or delivered where nobody says what was paid.
    Exchange,
    /// Recommendations to third parties, by either side.
    Referrals,
}

impl Flow {
    /// Every flow.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Exchange, Self::Referrals];
}

/// How often and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How often.
    pub count: i64,
    /// How much, in minor units of the currency.
    pub amount: i64,
}

/// Sums by flow, currency (empty where there is none) and day. Those that are nothing are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows(BTreeMap<(Flow, String, Day), Sum>);

impl Flows {
    /// Adds a sum.
    pub fn add(&mut self, flow: Flow, currency: &str, day: Day, sum: Sum) {
        self.merge(flow, currency, day, sum, 1);
    }

    /// Adds one of a flow, worth `value`.
    pub fn add_one(&mut self, flow: Flow, day: Day, value: Option<&Money>) {
        let amount = value.map_or(0, |money| money.amount_minor.clamp(0, MOST_COUNTED));
        self.add(flow, value.map_or("", |money| &money.currency), day, Sum { count: 1, amount });
    }

    fn merge(&mut self, flow: Flow, currency: &str, day: Day, sum: Sum, sign: i64) {
        let here = self.0.entry((flow, currency.to_owned(), day)).or_default();
        // As in a tally: damaged bytes must not end in a panic.
        here.count = here.count.wrapping_add(sign.wrapping_mul(sum.count));
        here.amount = here.amount.wrapping_add(sign.wrapping_mul(sum.amount));
        if *here == Sum::default() {
            self.0.remove(&(flow, currency.to_owned(), day));
        }
    }

    /// Adds all of another's sums, or takes them away where `sign` is -1.
    pub fn merge_all(&mut self, other: &Self, sign: i64) {
        for (flow, currency, day, sum) in other.iter() {
            self.merge(flow, currency, day, sum, sign);
        }
    }

    /// Every sum, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Flow, &str, Day, Sum)> {
        self.0.iter().map(|((flow, currency, day), &sum)| (*flow, currency.as_str(), *day, sum))
    }

    /// The days of one flow, by currency and day.
    pub fn of(&self, wanted: Flow) -> impl Iterator<Item = (&str, Day, Sum)> {
        self.iter().filter(move |(flow, ..)| *flow == wanted).map(|(_, currency, day, sum)| (currency, day, sum))
    }
}
