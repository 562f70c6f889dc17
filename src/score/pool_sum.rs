//! Many relationships put together as of the start of a day: what a pool is read off.

use std::collections::BTreeMap;

use super::{
    blame::Usual,
    demand::Demand,
    exact::ExactSums,
    judged::{Eyes, Judged, judged},
    level::{Basis, Memory, Sums, decay},
};
use crate::{
    interaction::{Awaited, Pending},
    model::Model,
    observation::{Channel, Observation},
    tally::Tally,
    terms::Terms,
    time::Day,
};

/// The sum of some relationships as of the start of a day. What is settled adds up exactly, by whatever way; what may
/// still come stands in the order in which it was added, which must not depend on how the relationships were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolSum {
    settled: BTreeMap<(Channel, Terms), ExactSums>,
    awaited: Vec<Awaited>,
}

impl PoolSum {
    /// Adds what is settled, of any number of relationships.
    pub(super) fn add_tally(&mut self, tally: &Tally, today: Day, model: &Model) {
        for channel in Channel::ALL {
            for (day, terms, cell) in tally.of(channel) {
                let decay = decay(today, day, Memory::Pool.half_life_days(model));
                self.settled.entry((channel, terms)).or_default().add(decay, cell.weight, cell.value);
            }
        }
    }

    /// Adds a sum of settled observations.
    pub(super) fn add(&mut self, channel: Channel, terms: Terms, sums: ExactSums) {
        self.settled.entry((channel, terms)).or_default().merge(sums);
    }

    /// Adds what time has settled by the start of the day of what is pending, and what may still come of it.
    pub(super) fn add_pending<'a>(
        &mut self,
        pending: impl IntoIterator<Item = &'a Pending>,
        today: Day,
        model: &Model,
    ) {
        for pending in pending {
            for Observation { channel, day, weight, value, terms } in pending.settled_by(today.start(), model) {
                let decay = decay(today, day, Memory::Pool.half_life_days(model));
                self.settled.entry((channel, terms)).or_default().add(decay, weight, value);
            }
            self.awaited.extend(pending.awaited_at(today.start(), model));
        }
    }

    /// Adds a relationship of which only that is kept.
    pub fn add_share(&mut self, share: &PoolShare) {
        share.settled().for_each(|(channel, terms, sums)| self.add(channel, terms, sums));
    }

    /// Adds the relationships of another sum, which come after those of this one.
    pub fn merge(&mut self, after: &Self) {
        for (&(channel, terms), &sums) in &after.settled {
            self.add(channel, terms, sums);
        }
        self.awaited.extend_from_slice(&after.awaited);
    }
}

impl PoolSum {
    /// What is usual in these relationships together.
    pub(super) fn usual(&self, model: &Model) -> Usual {
        let asked = self.settled.iter().filter(|((channel, _), _)| *channel == Channel::LeadTime);
        Usual::of(model).over(asked.map(|((_, terms), sums)| (*terms, sums.sums().weight)), model)
    }

    /// What it comes to in somebody's eyes.
    pub(super) fn judged(&self, eyes: Eyes<'_>, model: &Model) -> JudgedSum {
        let settled = self.settled.iter().map(|(&(channel, terms), sums)| (channel, terms, sums.sums()));
        JudgedSum {
            settled: Judged::of(settled, eyes, model).0,
            awaited: self.awaited.iter().map(|awaited| judged(awaited, eyes, model)).collect(),
        }
    }
}

/// A sum of relationships, judged.
pub(super) struct JudgedSum {
    settled: [Sums; Channel::ALL.len()],
    pub awaited: Vec<Awaited>,
}

impl Basis for JudgedSum {
    fn decayed(&self, channel: Channel, memory: Memory, _: Day, _: &Model) -> Sums {
        debug_assert_eq!(memory, Memory::Pool, "it is summed up for the pool");
        self.settled[channel as usize]
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}

/// What others need of a relationship in which nothing moves within the day: a fraction of its summary.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolShare {
    day: Day,
    /// What it adds to the pools of both parties, packed: by channel and terms the weight, and what of it is missing from the value,
    /// which is often nothing.
    settled: Box<[u8]>,
    demand: Demand,
    taken_up: Option<Day>,
}

impl PoolShare {
    pub(super) fn of(
        day: Day,
        settled: impl IntoIterator<Item = (Channel, Terms, ExactSums)>,
        demand: Demand,
        taken_up: Option<Day>,
    ) -> Self {
        let mut packed = Vec::new();
        for (channel, terms, ExactSums { weight, value }) in settled {
            let sums = (channel as u8, terms.code(), weight, weight.wrapping_sub(value));
            packed = postcard::to_extend(&sums, packed).unwrap_or_default();
        }
        Self { day, settled: packed.into(), demand, taken_up }
    }

    fn settled(&self) -> impl Iterator<Item = (Channel, Terms, ExactSums)> {
        let mut rest = &*self.settled;
        std::iter::from_fn(move || {
            let ((channel, terms, weight, missing), left) =
                postcard::take_from_bytes::<(u8, u16, i128, i128)>(rest).ok()?;
            rest = left;
            let sums = ExactSums { weight, value: weight.wrapping_sub(missing) };
            Some((*Channel::ALL.get(usize::from(channel))?, Terms::from_code(terms)?, sums))
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

    /// The day on which the supplier last took up something that the customer wants to become.
    #[must_use]
    pub fn taken_up(&self) -> Option<Day> {
        self.taken_up
    }

    /// About how much memory it takes beside its own fields, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.settled.len()
    }
}
