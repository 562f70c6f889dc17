//! The customer's conduct: what an interaction says about the customer.

use serde::{Deserialize, Serialize};

use super::{
    awaited::{Awaited, Payoff},
    deal::Deal,
    findings::{Finding, Fold},
    goods::NOTHING,
    moves::{Move, Mover},
    precedents::Precedents,
    reply::{self, half_lives},
    sla_clock::{SHORTEST_SPAN, SlaClock},
    timeline::{End, Timeline},
};
use crate::{
    counts::{Counter, Counts},
    event::{Event, Paid, PartyRole, Rated, RequestKind, Share},
    model::Model,
    observation::{Channel, Observation},
    terms::{Owed, Terms},
    time::{DAY, Day, Span, Timestamp},
};

/// A question of the supplier's that the customer has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clarification {
    /// When it was asked.
    pub asked_at: Timestamp,
    /// How long the customer has: as long as the supplier had for its answer.
    pub allowed: Span,
}

/// Judges the customer's conduct in an interaction. A question that is still open is returned: it stays the customer's, also
/// where the supplier helps itself in the end.
pub(super) fn judge<'a>(
    timeline: &Timeline<'a>,
    precedents: &Precedents,
    deal: &Deal<'a>,
    model: &Model,
    fold: &mut Fold<'a>,
) -> Option<Clarification> {
    let day = timeline.requested_at().day();
    give_time(&given(timeline), day, timeline.opening, fold);
    for hurried in timeline.moves.iter().filter(|it| it.by == Mover::Customer && it.hurries) {
        give_time(&left(hurried, timeline), hurried.at().day(), hurried.event, fold);
    }
    let mut settle = |channel, day, value, event: &'a Event| {
        fold.settled.push(Finding { observation: Observation::new(channel, day, value, 1.0), event });
    };
    settle(Channel::Completeness, day, timeline.request.completeness.value(), timeline.opening);
    if let Some((event, value)) = steadiness(timeline, deal, model) {
        settle(Channel::Steadiness, event.occurred_at.day(), value, event);
    }
    if precedents.changes_accepted {
        settle(Channel::Steadiness, day, model.conduct.changed_after_acceptance, timeline.opening);
    }
    let allowed = reply::allowed_by_clock(timeline, model);
    for (asked, answered) in &timeline.pauses {
        let Some(answered) = answered else { continue };
        let open = Clarification { asked_at: asked.occurred_at, allowed };
        let at = answered.occurred_at;
        settle(Channel::Clarification, at.min(open.lapses_at(model)).day(), open.worth(at, model), answered);
    }
    count(timeline, precedents, deal, model, &mut fold.counts);
    let (asked, None) = timeline.pauses.last()? else { return None };
    let asked_at = asked.occurred_at;
    (timeline.withdrawal().is_none() && timeline.closed_by.is_none()).then_some(Clarification { asked_at, allowed })
}

/// What an accepted request says about the customer's steadiness, and which event says it: left as it was 1, changed .5,
/// taken back 0, or what had been delivered by then. Nothing where the supplier cancelled it, and nothing of a request that
/// only changes an order, or of an order that such a request would change: that is one change, and the request's own.
fn steadiness<'a>(timeline: &Timeline<'a>, deal: &Deal<'a>, model: &Model) -> Option<(&'a Event, f64)> {
    let accepted = timeline.acceptance().filter(|_| timeline.alters.is_none())?;
    let changed = model.conduct.changed_after_acceptance;
    match (timeline.end, deal.agreement.changed) {
        (Some(End::Cancelled(_)), _) => None,
        (Some(End::Withdrawn(event)), _) if deal.goods.delivered > NOTHING => {
            Some((event, deal.goods.delivered.clamp(changed, 1.0)))
        }
        (Some(End::Withdrawn(event)), _) => Some((event, 0.0)),
        (None, Some(event)) => Some((event, changed)),
        (None, None) if timeline.is_altered => None,
        (None, None) => Some((accepted.event, 1.0)),
    }
}

/// The time that a request gave for what is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeGiven {
    /// What is usual goes by this.
    pub kind: RequestKind,
    /// For what.
    pub owed: Owed,
    /// How much; negative where the date had passed.
    pub time: Span,
}

impl TimeGiven {
    /// The terms as far as they are about time.
    #[must_use]
    pub fn terms(self) -> Terms {
        Terms::of(self.kind, self.owed, Share::WHOLE, Some(self.time))
    }
}

/// Judges the time that was given, each for itself: how much of what is usual it is will be known when it is read. Who sets
/// no date hurries nobody.
fn give_time<'a>(given: &[TimeGiven], day: Day, event: &'a Event, fold: &mut Fold<'a>) {
    let whole = |part| Observation::part(part, Channel::LeadTime, day, 1.0, 1.0);
    let parts = given.iter().map(|time| whole(1.0 / given.len() as f64).under(time.terms()));
    fold.settle(event, parts.chain(given.is_empty().then(|| whole(1.0))));
}

/// The times that a request gives for the answer and for the delivery; of several lots for the first. A request that only
/// changes an order takes no time from the delivery unless it brings that closer, and then what is usual is what an order
/// needs.
pub(super) fn given(timeline: &Timeline<'_>) -> Vec<TimeGiven> {
    let request = timeline.request;
    let needed_by = request.schedule.iter().map(|lot| lot.due).min().or(request.needed_by);
    let (kind, needed_by) = match timeline.alters {
        Some(order) => (order.kind, needed_by.filter(|day| order.needed_by.is_none_or(|before| *day < before))),
        None => (request.kind, needed_by),
    };
    let from = timeline.requested_at();
    times([(request.kind, Owed::Answer, request.respond_by), (kind, Owed::Delivery, needed_by)], from, timeline)
}

/// The times that a move leaves from then on.
fn left(hurried: &Move<'_>, timeline: &Timeline<'_>) -> Vec<TimeGiven> {
    let kind = timeline.request.kind;
    times([(kind, Owed::Answer, hurried.respond_by), (kind, Owed::Delivery, hurried.date)], hurried.at(), timeline)
}

/// Time for an answer is working time of the supplier's; what is to be delivered by a day takes days.
fn times(
    dates: [(RequestKind, Owed, Option<Timestamp>); 2],
    from: Timestamp,
    timeline: &Timeline<'_>,
) -> Vec<TimeGiven> {
    let time = |(kind, owed, date): (_, _, Option<Timestamp>)| {
        let time = match owed {
            Owed::Answer => timeline.given(from, date?),
            Owed::Delivery => date?.since(from),
        };
        Some(TimeGiven { kind, owed, time })
    };
    dates.into_iter().filter_map(time).collect()
}

/// What the advice to the customer is made of.
fn count(timeline: &Timeline<'_>, precedents: &Precedents, deal: &Deal<'_>, model: &Model, counts: &mut Counts) {
    if timeline.request.completeness.value() < 1.0 {
        counts.add(Counter::Incomplete, 1);
    }
    let is_changed = steadiness(timeline, deal, model).is_some_and(|(_, value)| value < 1.0);
    if is_changed || precedents.changes_accepted {
        counts.add(Counter::Unsteady, 1);
    }
}

/// Judges a payment by how late it was. It says nothing if nobody said when it was due.
pub(super) fn pay<'a>(paid: &Paid, event: &'a Event, model: &Model, fold: &mut Fold<'a>) {
    let Some(due) = paid.due else { return };
    let late = event.occurred_at.since(due).max(Span::ZERO);
    let worthless_after = model.conduct.payment_worthless_after_days * DAY.micros() as f64;
    let value = (1.0 - late.micros() as f64 / worthless_after).max(0.0);
    let observation = Observation::new(Channel::Payment, event.occurred_at.day(), value, 1.0);
    fold.settled.push(Finding { observation, event });
    fold.counts.add(Counter::Payments, 1);
    if late > Span::ZERO {
        fold.counts.add(Counter::LatePayments, 1);
    }
}

/// Counts a rating: the customer's towards the supplier's regard, the supplier's towards the customer's esteem.
pub(super) fn rate<'a>(rated: &Rated, event: &'a Event, fold: &mut Fold<'a>) {
    let channel = match rated.by {
        PartyRole::Customer => Channel::Regard,
        PartyRole::Supplier => Channel::Esteem,
    };
    let value = f64::from(rated.stars.clamp(1, 5) - 1) / 4.0;
    let observation = Observation::new(channel, event.occurred_at.day(), value, 1.0);
    fold.settled.push(Finding { observation, event });
}

impl Clarification {
    /// When a question that is not answered counts as never answered.
    fn lapses_at(&self, model: &Model) -> Timestamp {
        self.asked_at + self.allowed * model.reply.lapse_after
    }

    /// The worth of an answer by its time: as promptness is for a supplier, it halves with every half-life.
    fn worth(&self, answered_at: Timestamp, model: &Model) -> f64 {
        let taken = SlaClock::new(self.asked_at, &[]).elapsed(answered_at);
        (-half_lives(taken, self.allowed.max(SHORTEST_SPAN), model)).exp2()
    }

    /// What time alone has settled by `moment`.
    pub(super) fn settled_by(&self, moment: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        let lapse = self.lapses_at(model);
        if moment >= lapse {
            settled.push(Observation::new(Channel::Clarification, lapse.day(), 0.0, 1.0));
        }
    }

    /// What may still be expected at `moment`.
    pub(super) fn awaited_at(&self, moment: Timestamp, model: &Model, awaited: &mut Vec<Awaited>) {
        if moment < self.lapses_at(model) {
            let progress = moment.since(self.asked_at).max(Span::ZERO) / self.allowed;
            awaited.push(Awaited::of_customer(Channel::Clarification, Payoff::Prompt, progress));
        }
    }
}
