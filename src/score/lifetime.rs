//! How long does a customer stay, and what would be lost? Value at risk by the BG/NBD model of Fader, Hardie & Lee 2005.
//!
//! A customer asks at a rate of its own (gamma distributed, shape r, scale alpha) and after each time may leave for good
//! (chance beta distributed, a, b). Days with requests are its times; all times are in weeks. Strikes are what the model
//! cannot see in the dates: each multiplies the odds of having left.

use std::collections::{BTreeMap, BTreeSet};

use super::{level::decay, strikes::most_strikes};
use crate::{
    flows::{Flow, Flows},
    interaction::Strike,
    model::{Lifetime, Model},
    tally::State,
    time::{Day, Timestamp},
};

const DAYS_IN_WEEK: f64 = 7.0;
const WEEKS_IN_YEAR: f64 = 365.25 / DAYS_IN_WEEK;
/// Terms of the series at the most. The widest horizon over the shortest memory that a model may have needs fewer.
const MOST_TERMS: u32 = 1_000_000;
/// A term that adds less than this share to the sum ends the series.
const NEGLIGIBLE: f64 = 1e-16;

/// What a customer's dates say: all that the model needs of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    /// How often it came again after the first time (x).
    pub repeats: f64,
    /// Weeks from the first time to the last (`t_x`).
    pub recency: f64,
    /// Weeks from the first time to the moment of reading (T), at least the recency.
    pub age: f64,
}

/// What a supplier loses where the customer is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueAtRisk {
    /// The chance that the customer has not left for good, 0 to 1; 1 where it never asked, 0 where the relationship has ended.
    pub probability_alive: f64,
    /// The strikes of the worst chain of requests, oldest first: they raise the odds of having left.
    pub strikes: Vec<Strike>,
    /// Days with requests expected in a year, should the customer have stayed.
    pub request_days_per_year: f64,
    /// The years that value is at risk over.
    pub horizon_years: f64,
    /// Whether what was asked for stands in for value exchanged, of which there is none.
    pub by_request_value: bool,
    /// The value, in minor units, by currency.
    pub values: BTreeMap<String, Value>,
}

/// Value in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// Expected in a year, should the customer have stayed.
    pub expected_per_year: f64,
    /// The expectation over the horizon times the chance that the customer has left.
    pub at_risk: f64,
}

impl Past {
    /// What the requests of a relationship say at a day not before the last of them; none where there are none.
    #[must_use]
    pub fn of(flows: &Flows, today: Day) -> Option<Self> {
        let days = request_days(flows);
        let (first, last) = (days.first()?.0, days.last()?.0);
        let weeks = |from: i32, to: i32| (f64::from(to) - f64::from(from)) / DAYS_IN_WEEK;
        let (recency, repeats) = (weeks(first, last), days.len() as f64 - 1.0);
        Some(Self { repeats, recency, age: weeks(first, today.0).max(recency) })
    }

    /// The chance that the customer has not left for good, 0 to 1 (their equation for P(alive), strikes apart). Who came
    /// but once cannot have left yet: in this model one leaves after coming again.
    #[must_use]
    pub fn probability_alive(&self, strikes: usize, model: &Lifetime) -> f64 {
        if self.repeats < 1.0 {
            return 1.0;
        }
        let silence = ((model.alpha_weeks + self.age) / (model.alpha_weeks + self.recency)).ln();
        let odds = model.a / (model.b + self.repeats - 1.0) * ((model.r + self.repeats) * silence).exp();
        1.0 / (1.0 + odds * model.strike_odds.powf(strikes as f64))
    }

    /// How often a customer that has not left is expected to come within `weeks`.
    ///
    /// Their conditional expectation is this times P(alive): c/(a-1) (1 - w^(r+x) F(r+x, b+x; c; z)) with c = a+b+x-1,
    /// z = t/(alpha+T+t), w = 1-z. By Euler's transformation w^(r+x) F(r+x, b+x; c; z) = w^(a-1) F(a+b-1-r, a-1; c; z),
    /// whose series neither grows with x nor, the factor a-1 taken out of its terms, divides by zero at a = 1.
    #[must_use]
    pub fn expected_repeats(&self, weeks: f64, model: &Lifetime) -> f64 {
        let (a, c) = (model.a, model.a + model.b + self.repeats - 1.0);
        let z = weeks / (model.alpha_weeks + self.age + weeks);
        let (order, log_rest) = (a - 1.0, (-z).ln_1p());
        let first = if order == 0.0 { -log_rest } else { -(order * log_rest).exp_m1() / order };
        let rest = (order * log_rest).exp() * series(a + model.b - 1.0 - model.r, a, c, z);
        (c * (first - rest)).max(0.0)
    }
}

/// (F(p, a-1; c; z) - 1) / (a-1) with Gauss's hypergeometric function F: the sum over n >= 1 of
/// (p)_n (a)_(n-1) / (c)_n z^n / n!.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
fn series(p: f64, a: f64, c: f64, z: f64) -> f64 {
    let mut term = p / c * z;
    let mut sum = term;
    for term_number in 1..MOST_TERMS {
        let n = f64::from(term_number);
        let step = (p + n) * (a + n - 1.0) / ((c + n) * (n + 1.0)) * z;
        term *= step;
        sum += term;
        if step < 1.0 && term.abs() <= NEGLIGIBLE * (1.0 - step) * sum.abs() {
            break;
        }
    }
    sum
}

/// The value at risk in a relationship. `as_of` must not lie before the last event of its state.
#[must_use]
pub fn value_at_risk(state: &State, as_of: Timestamp, model: &Model) -> ValueAtRisk {
    at_risk(state, most_strikes(state), as_of, model)
}

/// The same, were these the strikes of the worst chain.
pub(super) fn at_risk(state: &State, strikes: &[Strike], as_of: Timestamp, model: &Model) -> ValueAtRisk {
    let (lifetime, today) = (&model.lifetime, as_of.day());
    let past = Past::of(&state.flows, today);
    let alive = match state.ended() {
        Some(_) => 0.0,
        None => past.map_or(1.0, |past| past.probability_alive(strikes.len(), lifetime)),
    };
    let horizon = lifetime.horizon_years * WEEKS_IN_YEAR;
    let days = past.map_or(0.0, |past| past.expected_repeats(horizon, lifetime)) / lifetime.horizon_years;
    let by_request_value = state.flows.of(Flow::Exchange).all(|(.., sum)| sum.amount == 0);
    let flow = if by_request_value { Flow::Requests } else { Flow::Exchange };
    let value = |(currency, worth): (String, f64)| {
        let expected_per_year = days * worth;
        let at_risk = expected_per_year * lifetime.horizon_years * (1.0 - alive);
        (currency, Value { expected_per_year, at_risk })
    };
    ValueAtRisk {
        probability_alive: alive,
        strikes: strikes.to_vec(),
        request_days_per_year: days,
        horizon_years: lifetime.horizon_years,
        by_request_value,
        values: worth_of_a_day(&state.flows, flow, today, model).into_iter().map(value).collect(),
    }
}

fn request_days(flows: &Flows) -> BTreeSet<Day> {
    flows.of(Flow::Requests).map(|(_, day, _)| day).collect()
}

/// What a day with requests has been worth by currency: the decayed sum of a flow over the decayed number of such days.
fn worth_of_a_day(flows: &Flows, flow: Flow, today: Day, model: &Model) -> BTreeMap<String, f64> {
    let weigh = |day: Day| decay(today, day, model.lenses.exchange_half_life_days);
    let days: f64 = request_days(flows).into_iter().map(weigh).sum();
    let mut sums = BTreeMap::new();
    for (currency, day, sum) in flows.of(flow).filter(|(.., sum)| days > 0.0 && sum.amount > 0) {
        *sums.entry(currency.to_owned()).or_insert(0.0) += weigh(day) * sum.amount as f64 / days;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parameters that Fader, Hardie & Lee 2005 estimate for CDNOW; the default ones.
    fn cdnow() -> Lifetime {
        Model::default().lifetime
    }

    /// Sums `of` over 0 to 1 by the double exponential rule, which copes with what happens at the ends. `of` gets the
    /// place and what is left up to 1.
    fn integral(of: impl Fn(f64, f64) -> f64) -> f64 {
        let step = 1.0 / 64.0;
        let point = |number: i32| {
            let t = f64::from(number) * step;
            let bend = (std::f64::consts::PI * t.sinh()).exp();
            let (place, left) = (bend / (1.0 + bend), 1.0 / (1.0 + bend));
            of(place, left) * std::f64::consts::PI * t.cosh() * place * left * step
        };
        (-390..=390).map(point).filter(|it| it.is_finite()).sum()
    }

    #[test]
    fn the_published_figures_come_out() {
        // "Implementing the BG/NBD model for customer base analysis in Excel" (Fader, Hardie & Lee 2005): the customer with
        // two repeats is expected to make 1.226 transactions within 39 weeks.
        let past = Past { repeats: 2.0, recency: 30.43, age: 38.86 };
        let expected = past.probability_alive(0, &cdnow()) * past.expected_repeats(39.0, &cdnow());
        assert!((expected - 1.226).abs() < 0.0005, "{expected}");
        // The same sheet, E[X(t)] of a new customer. It calculates with all digits of the parameters, this with three.
        let new = Past { repeats: 0.0, recency: 0.0, age: 0.0 };
        for (weeks, published) in [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (78.0, 1.8576)] {
            let expected = new.expected_repeats(weeks, &cdnow());
            assert!((expected / published - 1.0).abs() < 0.005, "{expected} instead of {published} in {weeks} weeks");
        }
        assert!((new.probability_alive(0, &cdnow()) - 1.0).abs() < f64::EPSILON);
    }

    /// P(alive) from the likelihoods of the dates with and without a departure after the last one, integrated over the
    /// chance p of leaving and the rate: for one p and rate l the dates have the density (1-p)^x l^x e^(-l T) with the
    /// customer still there, and p (1-p)^(x-1) l^x e^(-l t) at its last time t where it left after the last.
    #[test]
    fn the_probability_is_that_of_the_process() {
        let model = cdnow();
        for (repeats, recency, age) in [(1.0, 2.0, 30.0), (2.0, 30.43, 38.86), (26.0, 30.86, 31.0), (12.0, 20.0, 39.0)]
        {
            let chance = |p: f64, q: f64| p.powf(model.a - 1.0) * q.powf(model.b - 1.0);
            let stays = integral(|p, q| chance(p, q) * q.powf(repeats));
            let leaves = integral(|p, q| chance(p, q) * p * q.powf(repeats - 1.0));
            let rate = |weeks: f64| {
                // The rate from 0 on, as y/(1-y).
                integral(|y, rest| {
                    let rate = y / rest;
                    ((model.r + repeats - 1.0) * rate.ln() - (model.alpha_weeks + weeks) * rate).exp() / (rest * rest)
                })
            };
            let (there, gone) = (stays * rate(age), leaves * rate(recency));
            let past = Past { repeats, recency, age };
            let (integrated, alive) = (there / (there + gone), past.probability_alive(0, &model));
            assert!((integrated - alive).abs() < 1e-9, "{alive} should be {integrated} for {past:?}");
        }
    }

    /// The series against the expectation of (1 - e^(-l p t)) / p over the rate l and the chance p of who is there: over
    /// all that a model may say.
    #[test]
    fn the_expectation_is_that_of_the_process() {
        for (r, alpha_weeks) in [(0.001, 0.1), (0.243, 4.414), (20.0, 0.1), (20.0, 10_000.0)] {
            for (a, b) in [(0.05, 1.0), (0.793, 2.426), (1.0, 0.5), (1.000_001, 3.0), (20.0, 0.05), (20.0, 1_000.0)] {
                for (repeats, age) in [(0.0, 0.0), (2.0, 38.86), (500.0, 520.0)] {
                    for weeks in [0.5, 52.0, 521.8] {
                        let model = Lifetime { r, alpha_weeks, a, b, ..cdnow() };
                        let ends = |p: f64, q: f64| p.powf(a - 1.0) * q.powf(b + repeats - 1.0);
                        let comes = |p: f64| {
                            let log = (p * weeks / (alpha_weeks + age)).ln_1p();
                            -(-(r + repeats) * log).exp_m1() / p
                        };
                        let integrated = integral(|p, q| ends(p, q) * comes(p)) / integral(ends);
                        let expected = Past { repeats, recency: age, age }.expected_repeats(weeks, &model);
                        let off = (expected / integrated - 1.0).abs();
                        assert!(off < 1e-6, "{expected} should be {integrated}: {model:?}, {repeats}, {age}, {weeks}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_strike_multiplies_the_odds_of_having_left() {
        let past = Past { repeats: 99.0, recency: 693.0, age: 700.0 };
        let odds = |strikes| {
            let alive = past.probability_alive(strikes, &cdnow());
            (1.0 - alive) / alive
        };
        assert!((odds(2) / odds(0) - 9.0).abs() < 1e-9);
    }

    #[test]
    fn a_customer_of_ten_thousand_days_and_one_long_gone_have_probabilities() {
        let busy = Past { repeats: 10_000.0, recency: 1_500.0, age: 1_500.0 };
        assert!(busy.probability_alive(0, &cdnow()) > 0.999);
        let expected = busy.expected_repeats(1.0, &cdnow());
        assert!((expected - 10_000.0 / 1_500.0).abs() < 0.1, "about as often as before: {expected}");
        let gone = Past { age: 5_000.0, ..busy };
        assert!(gone.probability_alive(1_000, &cdnow()) == 0.0);
    }
}
