//! What flows between the two parties, by day: requests, value exchanged, recommendations, wishes taken up.
//!
//! Integers that can be added and taken away, like the tallies; read with a half-life of their own each.

use crate::{event::Money, names::named, time::Day, totals::Totals};

/// The most that one amount counts for, in minor units: a hundred thousand million of a currency with cents. It keeps
/// every sum far from overflowing, whatever is sent.
pub const MOST_COUNTED: i64 = 10_000_000_000_000;

named! {
    /// What flows; its code is what states hold of it.
    pub enum Flow {
        /// Requests, with what they are worth.
        Requests = "requests" as 0,
        /// Value that changed hands: paid, or delivered where nobody says what was paid.
        Exchange = "exchange" as 1,
        /// Recommendations to third parties, by either side.
        Referrals = "referrals" as 2,
        /// Requests for a change or an improvement that the supplier has taken up.
        TakenUp = "taken_up" as 3,
    }
}

/// How often and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowSum {
    /// How often.
    pub count: i64,
    /// How much, in minor units of the currency.
    pub amount: i64,
}

/// Sums by flow, currency (empty if there is none) and day. Sums of zero are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows(Totals<(Flow, String), Totals<Day, FlowSum>>);

impl Flows {
    /// Adds a sum.
    pub fn add(&mut self, flow: Flow, currency: &str, day: Day, sum: FlowSum) {
        self.merge(flow, currency, day, sum, 1);
    }

    /// Adds one of a flow, worth `value`.
    pub fn add_one(&mut self, flow: Flow, day: Day, value: Option<&Money>) {
        let amount = value.map_or(0, |money| money.amount_minor.clamp(0, MOST_COUNTED));
        self.add(flow, value.map_or("", |money| &money.currency), day, FlowSum { count: 1, amount });
    }

    fn merge(&mut self, flow: Flow, currency: &str, day: Day, sum: FlowSum, sign: i64) {
        // As in a tally: damaged bytes must not end in a panic.
        let add = |here: &mut FlowSum| {
            here.count = here.count.wrapping_add(sign.wrapping_mul(sum.count));
            here.amount = here.amount.wrapping_add(sign.wrapping_mul(sum.amount));
        };
        self.0.change_by(
            |(of, in_currency)| (*of, in_currency.as_str()).cmp(&(flow, currency)),
            || (flow, currency.to_owned()),
            |days| days.change(day, add),
        );
    }

    /// Adds all of another's sums, or takes them away where `sign` is -1.
    pub fn merge_all(&mut self, other: &Self, sign: i64) {
        for (flow, currency, day, sum) in other.iter() {
            self.merge(flow, currency, day, sum, sign);
        }
    }

    /// The days of each flow and currency, in order.
    pub fn each(&self) -> impl Iterator<Item = (Flow, &str, impl Iterator<Item = (Day, FlowSum)>)> {
        self.0.iter().map(|((flow, currency), days)| (*flow, currency.as_str(), days.iter().copied()))
    }

    /// Every sum, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Flow, &str, Day, FlowSum)> {
        self.each().flat_map(|(flow, currency, days)| days.map(move |(day, sum)| (flow, currency, day, sum)))
    }

    /// The days of one flow, by currency and day.
    pub fn of(&self, wanted: Flow) -> impl Iterator<Item = (&str, Day, FlowSum)> {
        let of_flow = self.each().filter(move |(flow, ..)| *flow == wanted);
        of_flow.flat_map(|(_, currency, days)| days.map(move |(day, sum)| (currency, day, sum)))
    }
}
