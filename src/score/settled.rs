//! The settled observations of one channel, summed up for a day.

use super::{
    judged::Weighable,
    level::{Memory, Sums, decay},
};
use crate::{model::Model, observation::UNIT, tally::Cell, time::Day};

/// The settled observations of one channel, each as much as it weighs by today.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settled {
    /// How many, ever.
    pub count: i64,
    /// The sum of their weights as they were observed, ever, in millionths.
    weight: i64,
    /// The sum of weight times value, likewise.
    value: i64,
    slow: Sums,
    fast: Sums,
    /// Sums of squared weights, each times the decay of one memory and of one memory: what evidence is made of.
    squares: Squares,
}

/// Sums of squared weights by the memories that they have faded in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Squares {
    slow_slow: f64,
    slow_fast: f64,
    fast_fast: f64,
}

impl Settled {
    pub(super) fn add(&mut self, day: Day, cell: Cell, today: Day, model: &Model) {
        let unit = UNIT as f64;
        let (weight, value, square) = (cell.weight as f64 / unit, cell.value as f64 / unit, cell.square as f64 / unit);
        let [slow, fast] = [Memory::Slow, Memory::Fast].map(|memory| decay(today, day, memory.half_life_days(model)));
        self.count += cell.count;
        self.weight = self.weight.wrapping_add(cell.weight);
        self.value = self.value.wrapping_add(cell.value);
        self.slow.add(slow, weight, value);
        self.fast.add(fast, weight, value);
        self.squares.add(
            1.0,
            Squares { slow_slow: slow * slow, slow_fast: slow * fast, fast_fast: fast * fast },
            square,
        );
    }

    /// The share of what was observed, ever and whoever was to blame, that succeeded; none where nothing was.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.weight > 0).then(|| self.value as f64 / self.weight as f64)
    }

    /// What one of a relationship's memories sums up.
    #[must_use]
    pub fn of(&self, memory: Memory) -> Sums {
        debug_assert!(memory != Memory::Pool, "a relationship's own are not summed up for a pool");
        if memory == Memory::Fast { self.fast } else { self.slow }
    }

    /// Kish's effective number of observations, (sum c)^2 / sum c^2 over each one's share c in the estimate, but no more
    /// than the decayed sum of their weights: shares alone do not notice that everything has grown old. An observation
    /// of weight 1 has the share `slow` times what it weighs in the slow memory by now, and `fast` times in the fast one.
    pub(super) fn evidence(&self, slow: f64, fast: f64) -> f64 {
        let Squares { slow_slow, slow_fast, fast_fast } = self.squares;
        let share = slow * self.slow.weight + fast * self.fast.weight;
        let square = slow * slow * slow_slow + 2.0 * slow * fast * slow_fast + fast * fast * fast_fast;
        let kish = if square > 0.0 { share * share / square } else { 0.0 };
        kish.min(self.slow.weight)
    }
}

impl Weighable for Settled {
    fn merge(&mut self, weight: f64, other: &Self) {
        self.count += other.count;
        self.weight = self.weight.wrapping_add(other.weight);
        self.value = self.value.wrapping_add(other.value);
        self.slow.add(weight, other.slow.weight, other.slow.value);
        self.fast.add(weight, other.fast.weight, other.fast.value);
        self.squares.add(weight * weight, other.squares, 1.0);
    }

    fn merge_valued(&mut self, share: f64, other: &Self) {
        let valued = |sums: Sums| Sums { value: share * sums.value, ..sums };
        self.merge(1.0, &Self { slow: valued(other.slow), fast: valued(other.fast), ..*other });
    }

    /// They are counted where they failed.
    fn merge_failed(&mut self, weight: f64, other: &Self) {
        let failed = |sums: Sums| Sums { weight: sums.weight - sums.value, value: 0.0 };
        let share = if other.slow.weight > 0.0 { failed(other.slow).weight / other.slow.weight } else { 0.0 };
        let mut squares = Squares::default();
        squares.add(share, other.squares, 1.0);
        self.merge(weight, &Self { slow: failed(other.slow), fast: failed(other.fast), squares, ..Self::default() });
    }
}

impl Squares {
    fn add(&mut self, times: f64, decays: Self, square: f64) {
        self.slow_slow += times * decays.slow_slow * square;
        self.slow_fast += times * decays.slow_fast * square;
        self.fast_fast += times * decays.fast_fast * square;
    }
}
