//! Many relationships put together as of the start of a day: what a pool is read off.

use super::{
    demand::Demand,
    exact::ExactSums,
    level::{Basis, Memory, Sums, decay},
};
use crate::{
    interaction::{Awaited, Pending},
    model::Model,
    observation::{Channel, Observation},
    tally::Tally,
    time::Day,
};

/// The sum of some relationships as of the start of a day. What is settled adds up exactly, by whatever way; what may
/// still come stands in the order in which it was added, which must not depend on how the relationships were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolSum {
    settled: [ExactSums; Channel::ALL.len()],
    pub(super) awaited: Vec<Awaited>,
}

impl PoolSum {
    /// Adds what is settled, of any number of relationships.
    pub(super) fn add_tally(&mut self, tally: &Tally, today: Day, model: &Model) {
        for channel in Channel::ALL {
            for (day, cell) in tally.days(channel) {
                let decay = decay(today, day, Memory::Pool.half_life_days(model));
                self.settled[channel as usize].add(decay, cell.weight, cell.value);
            }
        }
    }

    /// Adds a sum of settled observations.
    pub(super) fn add(&mut self, channel: Channel, sums: ExactSums) {
        self.settled[channel as usize].merge(sums);
    }

    /// Adds what time has settled by the start of the day of what is pending, and what may still come of it.
    pub(super) fn add_pending<'a>(
        &mut self,
        pending: impl IntoIterator<Item = &'a Pending>,
        today: Day,
        model: &Model,
    ) {
        for pending in pending {
            for Observation { channel, day, weight, value } in pending.settled_by(today.start(), model) {
                let decay = decay(today, day, Memory::Pool.half_life_days(model));
                self.settled[channel as usize].add(decay, weight, value);
            }
            self.awaited.extend(pending.awaited_at(today.start(), model));
        }
    }

    /// Adds a relationship of which only that is kept.
    pub fn add_share(&mut self, share: &PoolShare) {
        share.settled().for_each(|(channel, sums)| self.add(channel, sums));
    }

    /// Adds the relationships of another sum, which come after those of this one.
    pub fn merge(&mut self, after: &Self) {
        for channel in Channel::ALL {
            self.add(channel, after.settled[channel as usize]);
        }
        self.awaited.extend_from_slice(&after.awaited);
    }
}

impl Basis for PoolSum {
    fn decayed(&self, channel: Channel, memory: Memory, _: Day, _: &Model) -> Sums {
        debug_assert_eq!(memory, Memory::Pool, "it is summed up for the pool");
        self.settled[channel as usize].sums()
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}

/// What others need of a relationship in which nothing moves within the day: a fraction of its summary.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolShare {
    day: Day,
    /// What it adds to the pools of both parties, packed: by channel the weight, and what of it is missing from the value,
    /// which is often nothing.
    settled: Box<[u8]>,
    demand: Demand,
}

impl PoolShare {
    pub(super) fn of(day: Day, settled: impl IntoIterator<Item = (Channel, ExactSums)>, demand: Demand) -> Self {
        let mut packed = Vec::new();
        for (channel, ExactSums { weight, value }) in settled {
            packed =
                postcard::to_extend(&(channel as u8, weight, weight.wrapping_sub(value)), packed).unwrap_or_default();
        }
        Self { day, settled: packed.into(), demand }
    }

    fn settled(&self) -> impl Iterator<Item = (Channel, ExactSums)> {
        let mut rest = &*self.settled;
        std::iter::from_fn(move || {
            let ((channel, weight, missing), left) = postcard::take_from_bytes::<(u8, i128, i128)>(rest).ok()?;
            rest = left;
            Some((*Channel::ALL.get(usize::from(channel))?, ExactSums { weight, value: weight.wrapping_sub(missing) }))
        })
    }

    /// The day it is for.
    #[must_use]
    pub fn day(&self) -> Day {
        self.day
    }

    /// How often this customer asks this supplier.
    #[must_use]
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// About how much memory it takes beside its own fields, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.settled.len()
    }
}
