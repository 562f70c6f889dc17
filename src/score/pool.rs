//! The pool: a party across all its relationships, which stands between the prior and a relationship's own memories.

use super::{
    blame::Usual,
    curve::Curve,
    curves::Curves,
    day_summary::DaySummary,
    estimate::pooled,
    judged::Eyes,
    level::Level,
    pool_sum::{JudgedSum, PoolSum},
};
use crate::{model::Model, observation::Channel, time::Day};

/// What is known of a party from all its relationships, by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    levels: Vec<Level>,
    /// What happened, whoever was to blame.
    plain: Vec<Level>,
    usual: Usual,
}

impl Pool {
    /// What is known of a party nobody knows: the priors.
    #[must_use]
    pub fn empty(model: &Model) -> Self {
        let levels: Vec<Level> = Channel::ALL.into_iter().map(|channel| Level::unknown(channel, model)).collect();
        Self { plain: levels.clone(), levels, usual: Usual::of(model) }
    }

    /// The pool of relationships summed up for the day `today`, in an order that does not depend on how they were found.
    ///
    /// What is pending in them is read at the start of the day: a pool moves from day to day, as ageing does, and by
    /// events; so it can be kept.
    #[must_use]
    pub fn of<'a>(members: impl IntoIterator<Item = &'a DaySummary>, today: Day, model: &Model) -> Self {
        let mut sum = PoolSum::default();
        if model.pool.enabled {
            members.into_iter().for_each(|summary| summary.add_to(&mut sum, model));
        }
        Self::of_sum(&sum, today, model)
    }

    /// The pool of relationships that were put together for the day `today`.
    #[must_use]
    pub fn of_sum(sum: &PoolSum, today: Day, model: &Model) -> Self {
        Self::fit(sum, today, model).0
    }

    /// The same, with the curves of what is awaited in it; none where the pool is switched off.
    pub(super) fn fit<'m>(sum: &PoolSum, today: Day, model: &'m Model) -> (Self, Option<Curves<'m>>) {
        if !model.pool.enabled {
            return (Self::empty(model), None);
        }
        let usual = sum.usual(model);
        let (levels, curves) = levels_of(sum.judged(Eyes::Fair(&usual), model), today, model);
        let (plain, _) = levels_of(sum.judged(Eyes::Plain(&usual), model), today, model);
        (Self { levels, plain, usual }, Some(curves))
    }

    /// The level of one channel.
    #[must_use]
    pub fn level(&self, channel: Channel) -> Level {
        self.levels[channel as usize]
    }

    /// The level of what happened in one channel, whoever was to blame.
    #[must_use]
    pub fn plain(&self, channel: Channel) -> Level {
        self.plain[channel as usize]
    }

    /// What is usual in the relationships together.
    #[must_use]
    pub fn usual(&self) -> &Usual {
        &self.usual
    }
}

/// The level of every channel, and the curves of what is awaited.
fn levels_of(mut sum: JudgedSum, today: Day, model: &Model) -> (Vec<Level>, Curves<'_>) {
    let in_time = |lead, curve: &Curve<'_>| pooled(lead, &sum, today, curve, model).mean;
    let (curves, charges) = Curves::fit(&sum, model, in_time);
    sum.awaited.extend(charges);
    let level = |channel| pooled(channel, &sum, today, curves.of(channel), model);
    (Channel::ALL.into_iter().map(level).collect(), curves)
}
