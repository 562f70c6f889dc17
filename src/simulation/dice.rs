//! Chance, in the few forms the simulation needs.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of chance of its own for every relationship, so that a change to one leaves the others as they are.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }

    /// A number from `low` to below `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    /// A whole number from `low` to `high`.
    pub(super) fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// About `usual`: from a quarter of it to nearly two and a half times as much, most often near the middle.
    pub(super) fn about(&mut self, usual: f64) -> f64 {
        usual * self.between(0.5, 1.5) * self.between(0.5, 1.5)
    }

    /// One of them, in proportion to the weights.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
        let mut rest = self.0.random_range(0..choices.iter().map(&weight).sum());
        let chosen = choices.iter().position(|choice| match rest.checked_sub(weight(choice)) {
            Some(less) => {
                rest = less;
                false
            }
            None => true,
        });
        &choices[chosen.unwrap_or(0)]
    }
}
