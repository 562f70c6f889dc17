//! What one state, or many, say at a moment, with what is settled still by day.

use super::level::{Basis, Memory, Sums, decay};
use crate::{
    interaction::{Awaited, Pending},
    model::Model,
    observation::{Channel, UNIT},
    tally::{State, Tally},
    time::{Day, Timestamp},
};

/// What one state, or many, say at a moment.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// What is settled, by events or by time.
    pub tally: Tally,
    /// What may still come.
    pub awaited: Vec<Awaited>,
}

impl Sample {
    /// Adds what a state says at `moment`.
    pub fn add(&mut self, state: &State, moment: Timestamp, model: &Model) {
        self.tally.merge_all(&state.tally, 1);
        self.expect(state.pending.values(), moment, model);
    }

    /// Adds what time has settled of what is pending, and what may still come.
    pub(super) fn expect<'a>(
        &mut self,
        pending: impl IntoIterator<Item = &'a Pending>,
        moment: Timestamp,
        model: &Model,
    ) {
        for pending in pending {
            pending.settled_by(moment, model).into_iter().for_each(|observation| self.tally.observe(observation));
            self.awaited.extend(pending.awaited_at(moment, model));
        }
    }
}

impl Basis for Sample {
    fn decayed(&self, channel: Channel, memory: Memory, today: Day, model: &Model) -> Sums {
        let (unit, half_life, mut sums) = (UNIT as f64, memory.half_life_days(model), Sums::default());
        for (day, cell) in self.tally.days(channel) {
            sums.add(decay(today, day, half_life) / unit, cell.weight as f64, cell.value as f64);
        }
        sums
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}
