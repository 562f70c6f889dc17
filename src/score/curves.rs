//! The curves that what is awaited follows, fitted to what is known.

use super::{curve::Curve, level::Basis};
use crate::{
    interaction::Awaited,
    model::Model,
    observation::{Channel, Measure},
    terms::Terms,
};

/// How often the curve of answer times is fitted to the estimate that follows from it.
const CURVE_ROUNDS: u32 = 4;

/// How long what is awaited takes: by the supplier's answers, by its deliveries, and by the customer's.
pub(super) struct Curves<'a> {
    replies: Curve<'a>,
    deliveries: Curve<'a>,
    customer: Curve<'a>,
}

impl<'a> Curves<'a> {
    /// Fits the curves to what is known, and finds what the customer is to be charged for what will fail.
    ///
    /// How long answers take follows from how many come in time, and what may be expected of open requests, which
    /// decides how many come in time, follows from how long answers take. Deliveries likewise.
    pub(super) fn fit(
        basis: &impl Basis,
        model: &'a Model,
        in_time: impl Fn(Channel, &Curve<'a>) -> f64,
    ) -> (Self, Vec<Awaited>) {
        let fit = |lead| fit_curve(lead, basis, model, |curve| in_time(lead, curve));
        let curves = Self {
            replies: fit(Channel::Timely),
            deliveries: fit(Channel::Commitments),
            customer: start_curve(Channel::Timely, model),
        };
        let charges = basis.awaited().iter().filter_map(|it| curves.charge(it)).collect();
        (curves, charges)
    }

    /// The curve that the open observations of a channel follow.
    pub(super) fn of(&self, channel: Channel) -> &Curve<'a> {
        match clock(channel) {
            Some(Channel::Commitments) => &self.deliveries,
            Some(_) => &self.replies,
            None => &self.customer,
        }
    }

    /// What an open observation charges the customer: nothing at the start, all of it once failure is certain, so that
    /// neither the due time nor the lapse is a step in the mirror.
    pub(super) fn charge(&self, awaited: &Awaited) -> Option<Awaited> {
        let (channel, whole) = awaited.charge?;
        let part = whole * (1.0 - self.of(awaited.channel).left_of(awaited));
        Some(Awaited { channel, payoff: None, part, failing: 1.0, terms: Terms::FAIR, charge: None, ..*awaited })
    }
}

/// The curve before anything is known of who follows it.
pub(super) fn start_curve(lead: Channel, model: &Model) -> Curve<'_> {
    let prior = model.channel(lead).prior;
    if lead == Channel::Commitments {
        Curve::new(prior, model.delivery.curve_shape, &model.reply)
    } else {
        Curve::new(prior, model.reply.curve_shape, &model.reply).in_time_by(model.reply.due_shape)
    }
}

/// Fits one curve: `in_time` says how many come in time where what is open follows a given one.
pub(super) fn fit_curve<'a>(
    lead: Channel,
    basis: &impl Basis,
    model: &'a Model,
    in_time: impl Fn(&Curve<'a>) -> f64,
) -> Curve<'a> {
    let mut fitted = start_curve(lead, model);
    if basis.awaited().iter().any(|it| clock(it.channel) == Some(lead)) {
        for _ in 0..CURVE_ROUNDS {
            fitted = fitted.through(in_time(&fitted));
        }
    }
    fitted
}

/// The channel that says how many come in time by the clock that a channel's open observations run on; none where it is
/// the customer's.
pub(super) fn clock(channel: Channel) -> Option<Channel> {
    match channel {
        Channel::Commitments | Channel::Trust => Some(Channel::Commitments),
        _ if channel.measure() == Measure::Customership => None,
        _ => Some(Channel::Timely),
    }
}
