//! Many relationships, put together as of the start of a day.

use super::{
    day_summary::{DaySummary, PoolShare},
    level::{Basis, Memory, Sums, decay},
};
use crate::{
    interaction::Awaited,
    model::Model,
    observation::{Channel, UNIT},
    time::Day,
};

/// One of a party's relationships, as its pool sees it.
#[derive(Clone, Copy, Debug)]
pub enum Member<'a> {
    /// All of it.
    DaySummary(&'a DaySummary),
    /// What counts of it.
    Share(&'a PoolShare),
}

impl<'a> From<&'a DaySummary> for Member<'a> {
    fn from(summary: &'a DaySummary) -> Self {
        Self::DaySummary(summary)
    }
}

/// Many relationships, put together as of the start of a day: what a pool is made of.
pub(super) struct Gathered {
    sums: [Sums; Channel::ALL.len()],
    pub awaited: Vec<Awaited>,
}

impl Gathered {
    pub fn of<'a>(members: impl IntoIterator<Item = Member<'a>>, today: Day, model: &Model) -> Self {
        let mut gathered = Self { sums: Default::default(), awaited: Vec::new() };
        for member in members {
            let summary = match member {
                Member::DaySummary(summary) => summary,
                Member::Share(share) => {
                    share.sums.iter().for_each(|(channel, sums)| gathered.add(*channel, *sums));
                    continue;
                }
            };
            summary.settled.iter().for_each(|(channel, settled)| gathered.add(*channel, settled.pool));
            if summary.is_moving() {
                let reading = summary.at(today.start(), model);
                for it in &reading.lately {
                    let decay = decay(today, it.day, model.pool.half_life_days) / UNIT as f64;
                    gathered.sums[it.channel as usize].add(decay, it.weight as f64, it.value as f64);
                }
                gathered.awaited.extend(reading.awaited);
            }
        }
        gathered
    }

    fn add(&mut self, channel: Channel, sums: Sums) {
        self.sums[channel as usize].add(1.0, sums.weight, sums.value);
    }
}

impl Basis for Gathered {
    fn decayed(&self, channel: Channel, memory: Memory, _: Day, _: &Model) -> Sums {
        debug_assert_eq!(memory, Memory::Pool, "a peers is gathered for the pool");
        self.sums[channel as usize]
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}
