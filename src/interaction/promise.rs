//! Judging the promise: was what was promised delivered, in full, accepted, and on the day?

use serde::{Deserialize, Serialize};

use super::{
    agreement::{Agreement, Due},
    awaited::{Awaited, Payoff},
    deal::Deal,
    findings::{Finding, Fold},
    goods::{NOTHING, Part},
    sla_clock::SHORTEST_SPAN,
    timeline::{End, Timeline},
};
use crate::{
    event::Share,
    model::Model,
    observation::{Channel, Observation},
    terms::{Owed, Terms},
    time::{Span, Timestamp},
};

/// A promise, or one lot of it, as far as it has not been delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The promised date.
    pub deadline: Timestamp,
    /// The lead time: from when the supplier knew the date to the date.
    pub lead: Span,
    /// What the request gave to meet it with.
    pub terms: Terms,
    /// Whether the supplier said before the deadline that it would not be met.
    pub announced: bool,
    /// Whether the customer agreed to that.
    pub consented: bool,
    /// The share that has not been delivered.
    pub missing: Share,
}

/// Judges the promise, each delivery by itself. What is settled goes into `fold`; what is still owed is returned, by lot.
pub(super) fn judge<'a>(timeline: &Timeline<'a>, deal: &Deal<'a>, model: &Model, fold: &mut Fold<'a>) -> Vec<Promise> {
    let Deal { agreement, goods } = deal;
    if !agreement.binds {
        return Vec::new();
    }
    let promises: Vec<Option<Promise>> = agreement
        .lots
        .iter()
        .zip(&goods.missing)
        .map(|(lot, missing)| Promise::of(lot, *missing, timeline, agreement))
        .collect();
    for part in goods.parts.iter().filter(|part| part.share > NOTHING) {
        let mut settled = Vec::new();
        match &promises[part.lot] {
            Some(promise) => promise.settle_part(part, model, &mut settled),
            None => settled.push(undated(part.share, part.at, part.accepted())),
        }
        fold.settle(part.event, settled);
    }
    for &(by, lot, share) in &goods.given_up {
        end(by, promises[lot].as_ref(), share, model, fold);
    }
    let missing = promises.into_iter().zip(&goods.missing).filter(|(_, missing)| **missing > NOTHING);
    let Some(ended_by) = agreement.ended_by else { return missing.filter_map(|(promise, _)| promise).collect() };
    for (promise, share) in missing {
        end(ended_by, promise.as_ref(), *share, model, fold);
    }
    Vec::new()
}

/// What is missing is no longer owed.
fn end<'a>(by: End<'a>, promise: Option<&Promise>, share: f64, model: &Model, fold: &mut Fold<'a>) {
    let (event, mut settled) = (by.event(), Vec::new());
    match (promise, by) {
        (Some(promise), End::Withdrawn(_)) => promise.withdraw(share, event.occurred_at, model, &mut settled),
        (Some(promise), End::Cancelled(_)) => promise.cancel(share, event.occurred_at, model, &mut settled),
        (None, End::Cancelled(_)) => settled.push(undated(share, event.occurred_at, 0.0)),
        (None, End::Withdrawn(_)) => {}
    }
    fold.settled.extend(settled.into_iter().map(|observation| Finding { observation, event }));
}

/// Without a date it can be accepted or not, though never late; nobody was hurried, so a failure weighs in full.
fn undated(share: f64, at: Timestamp, success: f64) -> Observation {
    Observation::part(share, Channel::Commitments, at.day(), success, 1.0)
}

/// 1 up to the deadline, then down to 0 in a straight line as the lateness reaches the lead time.
fn punctuality(at: Timestamp, deadline: Timestamp, lead: Span) -> f64 {
    (1.0 - at.since(deadline).max(Span::ZERO) / lead).max(0.0)
}

impl Promise {
    fn of(lot: &Due, missing: f64, timeline: &Timeline<'_>, agreement: &Agreement<'_>) -> Option<Self> {
        let deadline = lot.day?;
        Some(Self {
            deadline,
            lead: deadline.since(lot.asked_at).max(SHORTEST_SPAN),
            terms: timeline.terms(Owed::Delivery, Some(deadline.since(lot.asked_at))),
            announced: agreement.announced,
            consented: agreement.consented,
            missing: Share::new(missing).unwrap_or(Share::WHOLE),
        })
    }

    /// When lateness has eaten up all that a delivery could still be worth.
    fn worthless_at(&self) -> Timestamp {
        self.deadline + self.lead
    }

    fn failing(&self, channel: Channel, model: &Model) -> f64 {
        if channel == Channel::Trust { self.broken_weight(model) } else { 1.0 }
    }

    fn broken_weight(&self, model: &Model) -> f64 {
        let announced = if self.announced { model.trust.announced_share } else { 1.0 };
        let consented = if self.announced && self.consented { model.trust.consented_share } else { 1.0 };
        model.trust.broken_weight * announced * consented
    }

    /// Settles a part in one channel.
    fn settle(
        &self,
        part: f64,
        channel: Channel,
        at: Timestamp,
        success: f64,
        model: &Model,
        settled: &mut Vec<Observation>,
    ) {
        let failing = self.failing(channel, model);
        settled.push(Observation::part(part, channel, at.day(), success, failing).under(self.terms));
    }

    /// A delivery settles its own part, for trust no later than the deadline, and for the commitment no later than when
    /// it became worthless: a late delivery never weighs more than none would have. What came back is known since it did.
    fn settle_part(&self, part: &Part<'_>, model: &Model, settled: &mut Vec<Observation>) {
        let accepted = part.accepted();
        let kept = if part.at <= self.deadline { accepted } else { 0.0 };
        let credited = accepted * punctuality(part.at, self.deadline, self.lead);
        let came_back = !matches!(part.event.payload, crate::event::Payload::Delivered(_));
        let by = |latest: Timestamp| if came_back { part.at } else { part.at.min(latest) };
        self.settle(part.share, Channel::Trust, by(self.deadline), kept, model, settled);
        self.settle(part.share, Channel::Commitments, by(self.worthless_at()), credited, model, settled);
    }

    /// The customer took the request back. Before the deadline that says nothing. After it the promise is broken, and what
    /// lateness has eaten up by then has failed; what could still have come is no failure, but no success either.
    fn withdraw(&self, share: f64, at: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        if at <= self.deadline {
            return;
        }
        let lost = share * (1.0 - punctuality(at, self.deadline, self.lead));
        self.settle(share, Channel::Trust, self.deadline, 0.0, model, settled);
        self.settle(lost, Channel::Commitments, at.min(self.worthless_at()), 0.0, model, settled);
    }

    /// The supplier says that it will not come: that is final. What the customer has of being told before the day is the
    /// time that is left, so the nearer the day, the dearer.
    fn cancel(&self, share: f64, at: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        let notice = self.deadline.since(at).max(Span::ZERO) / self.lead;
        let told = model.trust.announced_share * (1.0 - notice).max(0.0);
        let weight = if at < self.deadline { model.trust.broken_weight * told } else { self.broken_weight(model) };
        let day = at.min(self.deadline).day();
        settled.push(Observation::part(share, Channel::Trust, day, 0.0, weight).under(self.terms));
        self.settle(share, Channel::Commitments, at.min(self.worthless_at()), 0.0, model, settled);
    }

    /// What time alone has settled by `moment`.
    pub(super) fn settled_by(&self, moment: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        if moment >= self.deadline {
            self.settle(self.missing.value(), Channel::Trust, self.deadline, 0.0, model, settled);
        }
        if moment >= self.worthless_at() {
            self.settle(self.missing.value(), Channel::Commitments, self.worthless_at(), 0.0, model, settled);
        }
    }

    /// What may still be expected at `moment`.
    pub(super) fn awaited_at(&self, moment: Timestamp, model: &Model, awaited: &mut Vec<Awaited>) {
        let run = self.lead - self.deadline.since(moment);
        let progress = (run / self.lead).max(0.0);
        let mut wait = |channel, payoff| {
            let (part, failing) = (self.missing.value(), self.failing(channel, model));
            let terms = self.terms;
            awaited.push(Awaited { channel, payoff: Some(payoff), progress, part, failing, terms, charge: None });
        };
        if moment < self.deadline {
            wait(Channel::Trust, Payoff::InTime);
        }
        if moment < self.worthless_at() {
            wait(Channel::Commitments, Payoff::Lateness);
        }
    }
}
