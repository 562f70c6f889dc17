//! Judging the promise: was what was promised delivered, in full, accepted, and on the day?

use serde::{Deserialize, Serialize};

use super::{
    awaited::{Awaited, Payoff},
    fairness::Fairness,
    findings::{Finding, Fold},
    sla_clock::SHORTEST_SPAN,
    timeline::{Timeline, Word, WordKind},
};
use crate::{
    event::{Disposition, Event, RequestKind, Share},
    model::Model,
    observation::{Channel, Observation},
    time::Timestamp,
};

/// A share of an order no larger than this counts as nothing: rounding alone can account for it.
const NOTHING: f64 = 1e-6;

/// A promise, as far as it has not been delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The promised date.
    pub deadline: Timestamp,
    /// The lead time: from the request to the deadline, in microseconds.
    pub lead: i64,
    /// How fair the request was to its supplier.
    pub fairness: Fairness,
    /// Whether the supplier said before the deadline that it would not be met.
    pub announced: bool,
    /// The share that has not been delivered.
    pub missing: Share,
}

/// The promised date. Returns `None` if nothing was promised, or no date.
pub(super) fn deadline(timeline: &Timeline<'_>) -> Option<Timestamp> {
    Terms::of(timeline)?.deadline
}

/// How fair the promised date was. Returns `None` if there is none.
pub(super) fn fairness(timeline: &Timeline<'_>, model: &Model) -> Option<Fairness> {
    let deadline = deadline(timeline)?;
    Some(
        timeline
            .fairness(deadline.since(timeline.requested_at()), model.service_level(timeline.request.kind).lead_time),
    )
}

/// Judges the promise, each delivery by itself. What is settled goes into `fold`; what is still owed is returned.
pub(super) fn judge<'a>(timeline: &Timeline<'a>, model: &Model, fold: &mut Fold<'a>) -> Option<Promise> {
    let terms = Terms::of(timeline)?;
    let (instalments, missing) = instalments(timeline);
    let Some(deadline) = terms.deadline else {
        fold.settled.extend(
            instalments.iter().map(|instalment| Finding { observation: instalment.undated(), event: instalment.event }),
        );
        return None;
    };
    let promise = Promise {
        deadline,
        lead: deadline.since(timeline.requested_at()).max(SHORTEST_SPAN),
        fairness: fairness(timeline, model)?,
        announced: terms.is_announced_before(deadline, timeline),
        missing: Share::new(missing).unwrap_or(Share::WHOLE),
    };
    for instalment in &instalments {
        let mut settled = Vec::new();
        promise.settle_instalment(instalment, model, &mut settled);
        fold.settle(instalment.event, settled);
    }
    if missing <= NOTHING {
        return None;
    }
    let Some(end) = terms.ended_by else { return Some(promise) };
    let mut settled = Vec::new();
    promise.end(end.occurred_at, model, &mut settled);
    fold.settle(end, settled);
    None
}

/// What one delivery brought of what was still missing.
pub(super) struct Instalment<'a> {
    event: &'a Event,
    pub at: Timestamp,
    /// The share of the order.
    pub share: f64,
    /// The share of this instalment that was accepted.
    pub accepted: f64,
}

/// The deliveries in order, and the share that is missing after them.
pub(super) fn instalments<'a>(timeline: &Timeline<'a>) -> (Vec<Instalment<'a>>, f64) {
    let (mut instalments, mut missing) = (Vec::new(), 1.0);
    for word in &timeline.answers {
        let WordKind::Delivery(delivery) = word.kind else { continue };
        let share = delivery.in_full.value().min(missing);
        if share > NOTHING {
            missing -= share;
            let (event, at) = (word.event, word.at.max(timeline.requested_at()));
            instalments.push(Instalment { event, at, share, accepted: delivery.accepted.value() });
        }
    }
    (instalments, missing)
}

impl Instalment<'_> {
    /// Without a date it can be accepted or not, though never late; nobody was hurried, so a failure weighs in full.
    fn undated(&self) -> Observation {
        Observation::part(self.share, Channel::Commitments, self.at.day(), self.accepted, 1.0)
    }
}

/// What was agreed, as far as the events say.
struct Terms<'a> {
    deadline: Option<Timestamp>,
    promised_at: Timestamp,
    /// What ended the matter, so that a delivery is no longer owed.
    ended_by: Option<&'a Event>,
}

impl<'a> Terms<'a> {
    /// Reads the terms off a timeline. Returns `None` if nothing was promised.
    ///
    /// The first date a supplier commits itself to is the promise; later ones only announce that it will be missed. An
    /// acceptance without a date takes over the customer's. A counter-offer binds once something is delivered on it.
    /// An order binds by silence too, or leaving it unanswered would pay better than delivering it late; any word before
    /// the date lets the supplier off.
    fn of(timeline: &Timeline<'a>) -> Option<Self> {
        let needed_by = timeline.request.needed_by;
        let delivered = timeline.answers.iter().any(|word| matches!(word.kind, WordKind::Delivery(_)));
        let yes = timeline.answers.iter().find_map(|&Word { at, kind, .. }| match kind {
            WordKind::Yes(responded) => match responded.disposition {
                Disposition::Accepted | Disposition::Partial => Some((at, responded.promised_by.or(needed_by))),
                Disposition::Answered if responded.promised_by.is_some() => Some((at, responded.promised_by)),
                Disposition::Answered | Disposition::CounterOffer => {
                    delivered.then_some((at, responded.promised_by.or(needed_by)))
                }
            },
            _ => None,
        });
        if let Some((promised_at, deadline)) = yes {
            return Some(Self { deadline, promised_at, ended_by: timeline.withdrawal });
        }
        let first_word =
            timeline.answers.iter().find(|word| !matches!(word.kind, WordKind::Delivery(_))).map(|word| word.event);
        let is_order = timeline.request.kind == RequestKind::Order;
        let in_time = first_word.is_some_and(|word| needed_by.is_none_or(|needed_by| word.occurred_at <= needed_by));
        if !(is_order || delivered) || in_time {
            return None;
        }
        let ended_by = [first_word, timeline.withdrawal].into_iter().flatten().min_by_key(|event| event.position());
        let promised_at = timeline.requested_at();
        Some(Self { deadline: needed_by.filter(|_| is_order), promised_at, ended_by })
    }

    /// Bad news before the deadline: a later date, or a no after the yes.
    fn is_announced_before(&self, deadline: Timestamp, timeline: &Timeline<'_>) -> bool {
        timeline.answers.iter().any(|&Word { at, kind, .. }| {
            let bad_news = match kind {
                WordKind::Yes(responded) => responded.promised_by.is_some_and(|date| date > deadline),
                WordKind::No(_) => true,
                WordKind::Delivery(_) => false,
            };
            bad_news && at > self.promised_at && at < deadline
        })
    }
}

/// The worth of a delivery by its time: 1 up to the deadline, then down to 0 in a straight line as the lateness reaches the
/// lead time.
fn punctuality(at: Timestamp, deadline: Timestamp, lead: i64) -> f64 {
    (1.0 - at.since(deadline).max(0) as f64 / lead as f64).max(0.0)
}

impl Promise {
    /// The moment from which a delivery is worth nothing: another lead time after the deadline.
    fn worthless_at(&self) -> Timestamp {
        self.deadline.plus(self.lead)
    }

    /// What a failure weighs in a channel, where a success weighs 1.
    fn failing(&self, channel: Channel, model: &Model) -> f64 {
        let blame = self.fairness.failing(channel, model);
        if channel == Channel::Trust { blame * self.broken_weight(model) } else { blame }
    }

    /// What a broken promise weighs in trust, where a kept one weighs 1.
    fn broken_weight(&self, model: &Model) -> f64 {
        let announced = if self.announced { model.trust.announced_share } else { 1.0 };
        model.trust.broken_weight * announced
    }

    /// Settles a part in one channel, and charges the customer for its share of what failed.
    fn settle(
        &self,
        part: f64,
        channel: Channel,
        at: Timestamp,
        success: f64,
        model: &Model,
        settled: &mut Vec<Observation>,
    ) {
        settled.push(Observation::part(part, channel, at.day(), success, self.failing(channel, model)));
        settled.extend(self.fairness.charge(part * (1.0 - success), channel, at.day(), model));
    }

    /// A delivery settles its own part, for trust no later than the deadline, and for the commitment no later than when
    /// it became worthless: a late delivery never weighs more than none would have.
    fn settle_instalment(&self, instalment: &Instalment<'_>, model: &Model, settled: &mut Vec<Observation>) {
        let kept = if instalment.at <= self.deadline { instalment.accepted } else { 0.0 };
        let credited = instalment.accepted * punctuality(instalment.at, self.deadline, self.lead);
        let (trust, commitments) = (instalment.at.min(self.deadline), instalment.at.min(self.worthless_at()));
        self.settle(instalment.share, Channel::Trust, trust, kept, model, settled);
        self.settle(instalment.share, Channel::Commitments, commitments, credited, model, settled);
    }

    /// The customer took the request back, or the supplier said no after the date: what is missing is no longer owed.
    /// Before the deadline it says nothing. After it the promise is broken, and what lateness has eaten up by then has
    /// failed; what could still have come is no failure, but no success either.
    fn end(&self, ended_at: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        if ended_at <= self.deadline {
            return;
        }
        let missing = self.missing.value();
        let lost = missing * (1.0 - punctuality(ended_at, self.deadline, self.lead));
        self.settle(missing, Channel::Trust, self.deadline, 0.0, model, settled);
        self.settle(lost, Channel::Commitments, ended_at.min(self.worthless_at()), 0.0, model, settled);
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
        let progress = (run as f64 / self.lead as f64).max(0.0);
        let mut wait = |channel, payoff| {
            let (part, failing) = (self.missing.value(), self.failing(channel, model));
            let charge = Some((self.fairness.charged_channel(), self.fairness.waived(channel, model)));
            awaited.push(Awaited { channel, payoff: Some(payoff), progress, part, failing, charge });
        };
        if moment < self.deadline {
            wait(Channel::Trust, Payoff::InTime);
        }
        if moment < self.worthless_at() {
            wait(Channel::Commitments, Payoff::Lateness);
        }
    }
}
