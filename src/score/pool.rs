//! The pool: a party across all its relationships, which stands between the prior and a relationship's own memories.

use std::collections::BTreeMap;

use super::{
    curve::Curve,
    curves::Curves,
    estimate::pooled,
    gathered::{Gathered, Member},
    level::{Basis, Level},
    sample::Sample,
};
use crate::{
    event::Relationship,
    interaction::Pending,
    model::Model,
    observation::Channel,
    tally::{Change, Tally},
    time::Day,
};

/// What is known of a party from all its relationships, by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    levels: Vec<Level>,
}

impl Pool {
    /// What is known of a party nobody knows: the priors.
    #[must_use]
    pub fn empty(model: &Model) -> Self {
        Self { levels: Channel::ALL.into_iter().map(|channel| Level::unknown(channel, model)).collect() }
    }

    /// The pool of some relationships, summed up for the day `today`. They must come in an order that does not depend on
    /// how they were found.
    ///
    /// What is pending in them is read at the start of the day: a pool moves from day to day, as ageing does, and by
    /// events; so it can be kept.
    #[must_use]
    pub fn of<'a>(members: impl IntoIterator<Item = impl Into<Member<'a>>>, today: Day, model: &Model) -> Self {
        if !model.pool.enabled {
            return Self::empty(model);
        }
        let mut gathered = Gathered::of(members.into_iter().map(Into::into), today, model);
        let (curves, charges) =
            Curves::fit(&gathered, model, |lead, curve| in_time(&gathered, lead, curve, today, model));
        gathered.awaited.extend(charges);
        Self::read_off(&gathered, &curves, today, model)
    }

    /// The pool of a sample: what [`Self::of`] says of the states in it, but for how their sums round.
    #[must_use]
    pub fn of_sample(sample: Sample, today: Day, model: &Model) -> Self {
        Self::fit(sample, today, model).0
    }

    /// The pool of a sample, with the curves of what is awaited in it; none where the pool is switched off.
    pub(super) fn fit(mut sample: Sample, today: Day, model: &Model) -> (Self, Option<Curves<'_>>) {
        if !model.pool.enabled {
            return (Self::empty(model), None);
        }
        let (curves, charges) = Curves::fit(&sample, model, |lead, curve| in_time(&sample, lead, curve, today, model));
        sample.awaited.extend(charges);
        (Self::read_off(&sample, &curves, today, model), Some(curves))
    }

    fn read_off(basis: &impl Basis, curves: &Curves<'_>, today: Day, model: &Model) -> Self {
        let level = |channel| pooled(channel, basis, today, curves.of(channel), model);
        Self { levels: Channel::ALL.into_iter().map(level).collect() }
    }

    /// The level of one channel.
    #[must_use]
    pub fn level(&self, channel: Channel) -> Level {
        self.levels[channel as usize]
    }
}

fn in_time(basis: &impl Basis, lead: Channel, curve: &Curve<'_>, today: Day, model: &Model) -> f64 {
    pooled(lead, basis, today, curve, model).mean
}

/// The sum of a party's relationships, kept up to date change by change: what a pool is read off without adding all of
/// them up again.
#[derive(Clone, Debug, Default)]
pub struct Members {
    tally: Tally,
    /// In the order in which the states of relationships in their order have them.
    pending: BTreeMap<(Relationship, String), Pending>,
}

impl Members {
    /// Takes in what changes in one of the relationships.
    pub fn apply(&mut self, relationship: &Relationship, change: &Change) {
        self.tally.merge_all(&change.tally, 1);
        for (interaction, turn) in &change.pending {
            let key = (relationship.clone(), interaction.clone());
            match &turn.new {
                Some(pending) => self.pending.insert(key, pending.clone()),
                None => self.pending.remove(&key),
            };
        }
    }

    /// What [`Pool::of`] says of the relationships, but for how their sums round: far less than is shown.
    #[must_use]
    pub fn pool(&self, today: Day, model: &Model) -> Pool {
        let mut sample = Sample { tally: self.tally.clone(), awaited: Vec::new() };
        sample.expect(self.pending.values(), today.start(), model);
        Pool::of_sample(sample, today, model)
    }
}
