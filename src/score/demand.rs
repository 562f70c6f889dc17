//! How often one party asks the other.

use super::level::decay;
use crate::{
    flows::{Flow, Flows},
    model::Model,
    time::Day,
};

/// How often one party asks the other: the decayed number of requests, and how many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Demand {
    /// Requests, each halved with every half-life of the slow memory.
    pub recent: f64,
    /// Requests, ever.
    pub count: i64,
}

impl Demand {
    /// How often one side of `flows` asks the other, as of the day `today`.
    #[must_use]
    pub fn of(flows: &Flows, today: Day, model: &Model) -> Self {
        let half_life = model.memory.slow_half_life_days;
        let mut demand = Self::default();
        for (_, day, sum) in flows.of(Flow::Requests) {
            demand.recent += decay(today, day, half_life) * sum.count as f64;
            demand.count += sum.count;
        }
        demand
    }
}
