//! A state summed up for one day: all that the scores of that day are read off, however long the history is.
//!
//! Within a day nothing settled grows older, so its decayed sums stay as they are; only what is open moves with the moment.
//! What time has settled for good by the start of the day is summed up with the rest; the little that is still open then
//! is read anew at each moment.

use crate::{
    flows::{Flow, Flows},
    interaction::{Awaited, Pending, Strike},
    model::Model,
    observation::{Channel, Observation, UNIT},
    tally::{Cell, State},
    time::{Day, Timestamp},
};

use super::{
    estimate::{Basis, Memory, Sums, decay},
    lens::Dealings,
    standing::most_strikes,
};

/// The settled observations of one channel, each as much as it weighs by today.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settled {
    /// How many, ever.
    pub count: i64,
    pool: Sums,
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
    fn add(&mut self, day: Day, cell: Cell, today: Day, model: &Model) {
        let unit = UNIT as f64;
        let (weight, value, square) = (cell.weight as f64 / unit, cell.value as f64 / unit, cell.square as f64 / unit);
        let [pool, slow, fast] = Memory::ALL.map(|memory| decay(today, day, memory.half_life_days(model)));
        self.count += cell.count;
        self.pool.add(pool, weight, value);
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
            Memory::Pool => self.pool,
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

/// A state, summed up for one day under one model.
#[derive(Clone, Debug, PartialEq)]
pub struct DaySummary {
    day: Day,
    /// By channel; those of which nothing is known are left out.
    settled: Vec<(Channel, Settled)>,
    /// What was not over at the start of the day.
    open: Vec<Pending>,
    strikes: Vec<Strike>,
    demand: Demand,
    dealings: Dealings,
}

impl DaySummary {
    /// Sums a state up for the day `today`.
    #[must_use]
    pub fn of(state: &State, today: Day, model: &Model) -> Self {
        let (mut over, mut open) = (Vec::new(), Vec::new());
        for pending in state.pending.values() {
            if pending.awaited_at(today.start(), model).is_empty() {
                over.extend(pending.settled_by(today.start(), model));
            } else {
                open.push(pending.clone());
            }
        }
        let mut settled = Vec::new();
        for channel in Channel::ALL {
            let mut sums = Settled::default();
            state.tally.days(channel).for_each(|(day, cell)| sums.add(day, cell, today, model));
            over.iter().filter(|it| it.channel == channel).for_each(|it| sums.add(it.day, (*it).into(), today, model));
            if sums != Settled::default() {
                settled.push((channel, sums));
            }
        }
        settled.shrink_to_fit();
        open.shrink_to_fit();
        Self {
            day: today,
            settled,
            open,
            strikes: most_strikes(state).to_vec(),
            demand: Demand::of(&state.flows, today, model),
            dealings: Dealings::of(&state.flows, today, model),
        }
    }

    /// The day it is for.
    #[must_use]
    pub fn day(&self) -> Day {
        self.day
    }

    /// Whether what it says moves within the day: something is still open.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.open.is_empty()
    }

    /// How often this customer asks this supplier.
    #[must_use]
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// What others need of it, where nothing moves within the day.
    #[must_use]
    pub fn share(&self) -> Option<PoolShare> {
        let sums = || self.settled.iter().map(|(channel, settled)| (*channel, settled.pool)).collect();
        (!self.is_moving()).then(|| PoolShare { day: self.day, sums: sums(), demand: self.demand })
    }

    /// The strikes of the chain with the most of them.
    pub(super) fn strikes(&self) -> &[Strike] {
        &self.strikes
    }

    /// What is dealt between the two.
    pub(super) fn dealings(&self) -> &Dealings {
        &self.dealings
    }

    /// What it says at a moment of its day.
    pub(super) fn at(&self, moment: Timestamp, model: &Model) -> Reading<'_> {
        let mut reading = Reading { summary: self, lately: Vec::new(), awaited: Vec::new() };
        for pending in &self.open {
            reading.lately.extend(pending.settled_by(moment, model));
            reading.awaited.extend(pending.awaited_at(moment, model));
        }
        reading
    }

    fn settled(&self, channel: Channel) -> Settled {
        let place = self.settled.binary_search_by_key(&channel, |(channel, _)| *channel);
        place.map(|place| self.settled[place].1).unwrap_or_default()
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.settled.as_slice())
            + size_of_val(self.open.as_slice())
            + size_of_val(self.strikes.as_slice())
            + self.dealings.size()
    }
}

/// What others need of a summary in which nothing moves: a fraction of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolShare {
    day: Day,
    /// What it adds to the pools of both parties.
    sums: Box<[(Channel, Sums)]>,
    demand: Demand,
}

impl PoolShare {
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

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.sums)
    }
}

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

/// What a summary says at one moment.
pub(super) struct Reading<'a> {
    summary: &'a DaySummary,
    /// What time has settled of what is open.
    lately: Vec<Observation>,
    pub awaited: Vec<Awaited>,
}

impl Reading<'_> {
    pub fn settled(&self, channel: Channel, model: &Model) -> Settled {
        let mut settled = self.summary.settled(channel);
        let lately = self.lately.iter().filter(|it| it.channel == channel);
        lately.for_each(|it| settled.add(it.day, (*it).into(), self.summary.day, model));
        settled
    }
}

impl Basis for Reading<'_> {
    fn decayed(&self, channel: Channel, memory: Memory, _: Day, model: &Model) -> Sums {
        self.settled(channel, model).of(memory)
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
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
