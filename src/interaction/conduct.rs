//! The customer's conduct: what an interaction says about the customer.

use serde::{Deserialize, Serialize};

use super::{
    awaited::{Awaited, Payoff},
    fairness::enough,
    findings::{Finding, Fold},
    precedents::Precedents,
    reply,
    sla_clock::{SHORTEST_SPAN, SlaClock},
    timeline::Timeline,
};
use crate::{
    counts::{Counter, Counts},
    event::{Event, Paid, PartyRole, Rated},
    model::Model,
    observation::{Channel, Observation},
    time::{DAY, HOUR, Timestamp, round_micros},
};

/// A question of the supplier's that the customer has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clarification {
    /// When it was asked.
    pub asked_at: Timestamp,
    /// How long the customer has: as long as the supplier had for its answer, in microseconds.
    pub allowed: i64,
}

/// Judges the customer's conduct in an interaction. A question that is still open is returned.
pub(super) fn judge<'a>(
    timeline: &Timeline<'a>,
    precedents: &Precedents,
    model: &Model,
    fold: &mut Fold<'a>,
) -> Option<Clarification> {
    let day = timeline.requested_at().day();
    let mut settle = |channel, day, value, event: &'a Event| {
        fold.settled.push(Finding { observation: Observation::new(channel, day, value, 1.0), event });
    };
    settle(Channel::Completeness, day, timeline.request.completeness.value(), timeline.opening);
    settle(Channel::LeadTime, day, time_given(timeline, model), timeline.opening);
    if let Some(word) = timeline.answers.iter().find(|word| Some(word.at) == timeline.accepted_at()) {
        match timeline.withdrawal {
            Some(withdrawal) => settle(Channel::Steadiness, withdrawal.occurred_at.day(), 0.0, withdrawal),
            None => settle(Channel::Steadiness, word.at.day(), 1.0, word.event),
        }
    }
    if precedents.changes_accepted {
        settle(Channel::Steadiness, day, model.conduct.changed_after_acceptance, timeline.opening);
    }
    let allowed = reply::allowed(timeline, model);
    for (asked, answered) in &timeline.pauses {
        let Some(answered) = answered else { continue };
        let open = Clarification { asked_at: asked.occurred_at, allowed };
        let at = answered.occurred_at;
        settle(Channel::Clarification, at.min(open.lapses_at(model)).day(), open.worth(at, model), answered);
    }
    count(timeline, precedents, model, &mut fold.counts);
    let (asked, None) = timeline.pauses.last()? else { return None };
    let asked_at = asked.occurred_at;
    let moot = timeline.withdrawal.is_some() || timeline.answers.iter().any(|word| word.at >= asked_at);
    (!moot).then_some(Clarification { asked_at, allowed })
}

/// The time that the request leaves for the answer and for the delivery, as a share of what is usual: the scarcer one.
/// A request without dates hurries nobody.
fn time_given(timeline: &Timeline<'_>, model: &Model) -> f64 {
    scarcest_span(timeline, model).map_or(1.0, |(given, normal)| enough(given, normal))
}

/// Given and usual time in microseconds, for the answer or for the delivery, whichever is the scarcer. Returns `None` if
/// the request sets no date.
pub(super) fn scarcest_span(timeline: &Timeline<'_>, model: &Model) -> Option<(i64, i64)> {
    let share = |&(given, normal): &(i64, i64)| enough(given, normal);
    spans(timeline, model).into_iter().flatten().min_by(|a, b| share(a).total_cmp(&share(b)))
}

/// Given and usual time in microseconds, for the answer and for the delivery.
fn spans(timeline: &Timeline<'_>, model: &Model) -> [Option<(i64, i64)>; 2] {
    let usual = model.service_level(timeline.request.kind);
    let span = |date: Option<Timestamp>, normal| date.map(|date| (date.since(timeline.requested_at()), normal));
    [span(timeline.request.respond_by, usual.answer_within), span(timeline.request.needed_by, usual.lead_time)]
}

/// Counts what the advice to the customer is made of.
fn count(timeline: &Timeline<'_>, precedents: &Precedents, model: &Model, counts: &mut Counts) {
    if timeline.request.completeness.value() < 1.0 {
        counts.add(Counter::Incomplete, 1);
    }
    let short = |(given, normal): (i64, i64)| normal - given.max(0);
    let missing = spans(timeline, model).into_iter().flatten().map(short).max().unwrap_or(0);
    if missing > 0 {
        counts.add(Counter::Hasty, 1);
        counts.add(Counter::HoursMissing, (missing + HOUR / 2) / HOUR);
    }
    let withdrawn = timeline.accepted_at().is_some() && timeline.withdrawal.is_some();
    if withdrawn || precedents.changes_accepted {
        counts.add(Counter::Unsteady, 1);
    }
}

/// Judges a payment by how late it was. It says nothing if nobody said when it was due.
pub(super) fn pay<'a>(paid: &Paid, event: &'a Event, model: &Model, fold: &mut Fold<'a>) {
    let Some(due) = paid.due else { return };
    let late = event.occurred_at.since(due).max(0) as f64;
    let value = (1.0 - late / (model.conduct.payment_worthless_after_days * DAY as f64)).max(0.0);
    let observation = Observation::new(Channel::Payment, event.occurred_at.day(), value, 1.0);
    fold.settled.push(Finding { observation, event });
    fold.counts.add(Counter::Payments, 1);
    if late > 0.0 {
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
        self.asked_at.plus(round_micros(self.allowed as f64 * model.reply.lapse_after))
    }

    /// The worth of an answer by its time: as promptness is for a supplier, it halves with every half-life.
    fn worth(&self, answered_at: Timestamp, model: &Model) -> f64 {
        let taken = SlaClock::new(self.asked_at, &[]).elapsed(answered_at);
        (-(taken as f64) / (self.allowed.max(SHORTEST_SPAN) as f64 * model.reply.prompt_half_life)).exp2()
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
            let progress = moment.since(self.asked_at).max(0) as f64 / self.allowed as f64;
            awaited.push(Awaited::of_customer(Channel::Clarification, Payoff::Prompt, progress));
        }
    }
}
