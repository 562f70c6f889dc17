//! The pool: a party across all its relationships, which stands between the prior and a relationship's own memories.

use std::collections::BTreeMap;

use super::{Curves, Level, Sample, estimate::pooled};
use crate::{
    event::Relationship,
    interaction::Pending,
    model::Model,
    observation::Channel,
    tally::{Change, State, Tally},
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

    /// The pool of some relationships, which must come in an order that does not depend on how they were found.
    ///
    /// What is pending in them is read at the start of the day: a pool moves from day to day, as ageing does, and by
    /// events; so it can be kept.
    #[must_use]
    pub fn of<'a>(states: impl IntoIterator<Item = &'a State>, today: Day, model: &Model) -> Self {
        let mut sample = Sample::default();
        states.into_iter().for_each(|state| sample.add(state, today.start(), model));
        Self::of_sample(sample, today, model)
    }

    /// The pool of a sample.
    #[must_use]
    pub fn of_sample(sample: Sample, today: Day, model: &Model) -> Self {
        Self::fit(sample, today, model).0
    }

    /// The pool of a sample, with the curves of what is awaited in it; none where the pool is switched off.
    pub(super) fn fit(mut sample: Sample, today: Day, model: &Model) -> (Self, Option<Curves<'_>>) {
        if !model.pool.enabled {
            return (Self::empty(model), None);
        }
        let curves =
            Curves::fit(&mut sample, model, |sample, lead, curve| pooled(lead, sample, today, curve, model).mean);
        let level = |channel| pooled(channel, &sample, today, curves.of(channel), model);
        (Self { levels: Channel::ALL.into_iter().map(level).collect() }, Some(curves))
    }

    /// The level of one channel.
    #[must_use]
    pub fn level(&self, channel: Channel) -> Level {
        self.levels[channel as usize]
    }
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
        for (interaction, pending) in &change.pending {
            let key = (relationship.clone(), interaction.clone());
            match pending {
                Some(pending) => self.pending.insert(key, pending.clone()),
                None => self.pending.remove(&key),
            };
        }
    }

    /// What [`Pool::of`] says of the relationships' states, to the last digit.
    #[must_use]
    pub fn pool(&self, today: Day, model: &Model) -> Pool {
        let mut sample = Sample { tally: self.tally.clone(), awaited: Vec::new() };
        sample.expect(self.pending.values(), today.start(), model);
        Pool::of_sample(sample, today, model)
    }
}
