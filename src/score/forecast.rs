//! One channel by itself, from any basis: the same levels that the scores are made of.
//!
//! For whoever keeps its own sums, as a backtest does, which asks many thousand times what the service would have said.

use super::{
    curve::Curve,
    curves::{clock, fit_curve, start_curve},
    estimate::{leveled, memories, pooled},
    level::{Basis, Level},
};
use crate::{model::Model, observation::Channel, time::Day};

/// What is known of a supplier in one channel, from all its customers: as in [`super::Pool`].
#[must_use]
pub fn pool_level(channel: Channel, basis: &impl Basis, today: Day, model: &Model) -> Level {
    if !model.pool.enabled {
        return Level::unknown(channel, model);
    }
    let curve = curve_of(channel, basis, model, |lead, curve| pooled(lead, basis, today, curve, model).mean);
    pooled(channel, basis, today, &curve, model)
}

/// What is to be expected of a relationship's next observation, over what `pool` knows of its supplier and `others` of
/// its customer's suppliers: as in [`super::Estimate::forecast`].
#[must_use]
pub fn forecast(
    channel: Channel,
    basis: &impl Basis,
    pool: impl Fn(Channel) -> Level,
    others: f64,
    today: Day,
    model: &Model,
) -> f64 {
    let curve =
        curve_of(channel, basis, model, |lead, curve| memories(lead, basis, pool(lead), today, curve, model).1.mean);
    leveled(channel, basis, pool(channel), today, &curve, model).expecting(others, model)
}

/// The channel whose level a channel's curve goes through, itself or another.
#[must_use]
pub fn lead_of(channel: Channel) -> Channel {
    clock(channel).unwrap_or(channel)
}

fn curve_of<'a>(
    channel: Channel,
    basis: &impl Basis,
    model: &'a Model,
    in_time: impl Fn(Channel, &Curve<'a>) -> f64,
) -> Curve<'a> {
    match clock(channel) {
        Some(lead) => fit_curve(lead, basis, model, |curve| in_time(lead, curve)),
        None => start_curve(Channel::Timely, model),
    }
}
