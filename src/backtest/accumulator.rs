//! Decayed sums of observations, kept as they grow.

use std::collections::BTreeMap;

use super::event_log::InteractionChange;
use crate::{
    interaction::{Awaited, Pending},
    model::Model,
    observation::{Channel, Observation, UNIT},
    score::{Basis, Memory, Sums, decay},
    time::{Day, Timestamp},
};

/// The place of a channel among those that bear on a target.
pub(super) fn place(channels: &[Channel], channel: Channel) -> usize {
    channels.iter().position(|&other| other == channel).expect("a log holds every channel that bears on its target")
}

/// What is known of a relationship, or of a party in all of its own, as sums that grow with it.
pub(super) struct Accumulator {
    channels: Vec<Channel>,
    /// By channel and half-life.
    sums: Vec<Decaying>,
    half_lives: Vec<f64>,
    open: BTreeMap<usize, OpenInteraction>,
    /// What time has settled for good about an interaction that is still pending.
    lapsed: BTreeMap<usize, Vec<Observation>>,
}

impl Accumulator {
    pub(super) fn new(channels: &[Channel], half_lives: &[f64]) -> Self {
        Self {
            channels: channels.to_vec(),
            sums: vec![Decaying::default(); channels.len() * half_lives.len()],
            half_lives: half_lives.to_vec(),
            open: BTreeMap::new(),
            lapsed: BTreeMap::new(),
        }
    }

    pub(super) fn take(&mut self, change: &InteractionChange) {
        self.open.remove(&change.interaction);
        let lapsed = self.lapsed.remove(&change.interaction).unwrap_or_default();
        change.removed.iter().chain(&lapsed).for_each(|it| self.add(it, -1.0));
        change.added.iter().for_each(|it| self.add(it, 1.0));
        if let Some(pending) = &change.pending {
            self.open.insert(change.interaction, OpenInteraction::new(pending));
        }
    }

    fn add(&mut self, observation: &Observation, sign: f64) {
        let Some(channel) = self.channels.iter().position(|&channel| channel == observation.channel) else { return };
        let count = self.half_lives.len();
        let sums = &mut self.sums[channel * count..(channel + 1) * count];
        for (sums, &half_life) in sums.iter_mut().zip(&self.half_lives) {
            sums.add(observation, sign, half_life);
        }
    }

    /// What is known at a moment. The moments asked about must not descend.
    pub(super) fn read(&mut self, moment: Timestamp, model: &Model) -> AccumulatedBasis<'_> {
        let (mut settled, mut awaited, mut over) = (Vec::new(), Vec::new(), Vec::new());
        for (&interaction, open) in &mut self.open {
            open.read(moment, &self.channels, model);
            if open.is_over {
                over.push((interaction, std::mem::take(&mut open.settled)));
            } else {
                settled.extend_from_slice(&open.settled);
                awaited.extend_from_slice(&open.awaited);
            }
        }
        for (interaction, by_time) in over {
            self.open.remove(&interaction);
            for observation in &by_time {
                self.add(observation, 1.0);
            }
            self.lapsed.insert(interaction, by_time);
        }
        AccumulatedBasis { accumulator: self, settled, awaited }
    }
}

/// Something pending, and what it said when it was last read: a pool is read at the start of a day, many times.
struct OpenInteraction {
    pending: Pending,
    read_at: Option<Timestamp>,
    settled: Vec<Observation>,
    awaited: Vec<Awaited>,
    /// Whether nothing is left to wait for.
    is_over: bool,
}

impl OpenInteraction {
    fn new(pending: &Pending) -> Self {
        let (settled, awaited) = (Vec::new(), Vec::new());
        Self { pending: pending.clone(), read_at: None, settled, awaited, is_over: false }
    }

    fn read(&mut self, moment: Timestamp, channels: &[Channel], model: &Model) {
        if self.read_at.replace(moment) != Some(moment) {
            self.settled = self.pending.settled_by(moment, model);
            self.settled.retain(|it| channels.contains(&it.channel));
            self.awaited = self.pending.awaited_at(moment, model);
            self.is_over = self.awaited.is_empty();
            self.awaited.retain(|it| channels.contains(&it.channel));
        }
    }
}

/// What an accumulator knows at one moment.
pub(super) struct AccumulatedBasis<'a> {
    accumulator: &'a Accumulator,
    settled: Vec<Observation>,
    awaited: Vec<Awaited>,
}

impl Basis for AccumulatedBasis<'_> {
    fn decayed(&self, channel: Channel, memory: Memory, today: Day, model: &Model) -> Sums {
        let half_life = memory.half_life_days(model);
        let half_lives = &self.accumulator.half_lives;
        let half_life_at = half_lives.iter().position(|it| it.total_cmp(&half_life).is_eq());
        let half_life_at = half_life_at.expect("an accumulator holds every half-life that it is asked for");
        let sums = &self.accumulator.sums[place(&self.accumulator.channels, channel) * half_lives.len() + half_life_at];
        let mut sums = sums.at(today, half_life);
        for observation in self.settled.iter().filter(|it| it.channel == channel) {
            add(&mut sums, observation, decay(today, observation.day, half_life));
        }
        sums
    }

    fn awaited(&self) -> &[Awaited] {
        &self.awaited
    }
}

/// A decayed sum as it stood on a day.
#[derive(Clone, Copy, Default)]
struct Decaying {
    sums: Sums,
    day: Option<Day>,
}

impl Decaying {
    fn add(&mut self, observation: &Observation, sign: f64, half_life: f64) {
        let day = self.day.map_or(observation.day, |day| day.max(observation.day));
        self.sums = self.at(day, half_life);
        self.day = Some(day);
        add(&mut self.sums, observation, sign * decay(day, observation.day, half_life));
    }

    fn at(&self, today: Day, half_life: f64) -> Sums {
        let faded = self.day.map_or(0.0, |day| decay(today, day, half_life));
        Sums { weight: self.sums.weight * faded, value: self.sums.value * faded }
    }
}

fn add(sums: &mut Sums, observation: &Observation, times: f64) {
    sums.add(times / UNIT as f64, observation.weight as f64, observation.value as f64);
}
