//! The settled observations of one channel, summed up for a day.

use super::{
    exact::ExactSums,
    level::{Memory, Sums, decay},
};
use crate::{model::Model, observation::UNIT, tally::Cell, time::Day};

/// The settled observations of one channel, each as much as it weighs by today.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settled {
    /// How many, ever.
    pub count: i64,
    pub(super) pool: ExactSums,
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
        let [pool, slow, fast] = Memory::ALL.map(|memory| decay(today, day, memory.half_life_days(model)));
        self.count += cell.count;
        self.pool.add(pool, cell.weight, cell.value);
        self.slow.add(slow, weight, value);
        self.fast.add(fast, weight, value);
        self.squares.slow_slow += slow * slow * square;
        self.squares.slow_fast += slow * fast * square;
        self.squares.fast_fast += fast * fast * square;
    }

    /// What a memory sums up.
    #[must_use]
    pub fn of(&self, memory: Memory) -> Sums {
        match memory {
            Memory::Pool => self.pool.sums(),
            Memory::Slow => self.slow,
            Memory::Fast => self.fast,
        }
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
