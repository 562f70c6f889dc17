//! Judging the promise: was what was promised delivered, in full, accepted, and on the day?

use serde::{Deserialize, Serialize};

use super::{Answer, Awaited, Outcome, SHORTEST_SPAN, Story, blame};
use crate::{
    event::{Disposition, RequestKind, Share},
    model::Model,
    observation::{Channel, Observation},
    time::Timestamp,
};

/// What is still missing of an order, in shares, when rounding alone can account for it.
const NOTHING: f64 = 1e-6;

/// A promise, as far as it has not been delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The promised date.
    pub deadline: Timestamp,
    /// The lead time, in microseconds: from the request to the deadline.
    pub lead: i64,
    /// The chance that a competent supplier could have met it.
    pub chance: Share,
    /// Whether the supplier said before the deadline that it would not be met.
    pub announced: bool,
    /// The share that has not been delivered.
    pub missing: Share,
}

/// The chance that a competent supplier could have delivered by the promised date; none where there is none.
pub(super) fn chance(story: &Story<'_>, model: &Model) -> Option<Share> {
    let deadline = Terms::of(story)?.deadline?;
    Some(story.chance(deadline.since(story.requested_at), model.target(story.request.kind).lead_time))
}

/// Judges the promise, each delivery by itself. What is settled goes into `settled`; what is still owed is returned.
pub(super) fn judge(story: &Story<'_>, model: &Model, settled: &mut Vec<Observation>) -> Option<Promise> {
    let terms = Terms::of(story)?;
    let (parts, missing) = delivered_parts(story);
    let Some(deadline) = terms.deadline else {
        settled.extend(parts.iter().map(Part::undated));
        return None;
    };
    let given = deadline.since(story.requested_at);
    let promise = Promise {
        deadline,
        lead: given.max(SHORTEST_SPAN),
        chance: story.chance(given, model.target(story.request.kind).lead_time),
        announced: terms.is_announced_before(deadline, story),
        missing: Share::new(missing).unwrap_or(Share::WHOLE),
    };
    for part in &parts {
        promise.settle_part(part, model, settled);
    }
    if missing <= NOTHING {
        return None;
    }
    let Some(ended_at) = terms.ended_at else { return Some(promise) };
    promise.end(ended_at, model, settled);
    None
}

/// What one delivery brought of what was still missing.
struct Part {
    at: Timestamp,
    /// The share of the order.
    share: f64,
    /// The share of this part that was accepted.
    accepted: f64,
}

/// The deliveries in order, and the share that is missing after them.
fn delivered_parts(story: &Story<'_>) -> (Vec<Part>, f64) {
    let (mut parts, mut missing) = (Vec::new(), 1.0);
    for &(at, answer) in &story.answers {
        let Answer::Delivery(delivery) = answer else { continue };
        let share = delivery.in_full.value().min(missing);
        if share > NOTHING {
            missing -= share;
            parts.push(Part { at: at.max(story.requested_at), share, accepted: delivery.accepted.value() });
        }
    }
    (parts, missing)
}

impl Part {
    /// Without a date it can be accepted or not, though never late; nobody was hurried, so a failure weighs in full.
    fn undated(&self) -> Observation {
        Observation::part(self.share, Channel::Commitments, self.at.day(), self.accepted, 1.0)
    }
}

/// What was agreed, as far as the events say.
struct Terms {
    deadline: Option<Timestamp>,
    promised_at: Timestamp,
    /// When the matter ended without a delivery being owed any longer.
    ended_at: Option<Timestamp>,
}

impl Terms {
    /// None where nothing was promised.
    ///
    /// The first date a supplier commits itself to is the promise; later ones only announce that it will be missed. An
    /// acceptance without a date takes over the customer's. A counter-offer binds once something is delivered on it.
    /// An order binds by silence too, or leaving it unanswered would pay better than delivering it late; any word before
    /// the date lets the supplier off.
    fn of(story: &Story<'_>) -> Option<Self> {
        let needed_by = story.request.needed_by;
        let delivered = story.answers.iter().any(|(_, answer)| matches!(answer, Answer::Delivery(_)));
        let yes = story.answers.iter().find_map(|&(at, answer)| match answer {
            Answer::Yes(it) => match it.disposition {
                Disposition::Accepted | Disposition::Partial => Some((at, it.promised_by.or(needed_by))),
                Disposition::Answered if it.promised_by.is_some() => Some((at, it.promised_by)),
                Disposition::Answered | Disposition::CounterOffer => {
                    delivered.then_some((at, it.promised_by.or(needed_by)))
                }
            },
            _ => None,
        });
        if let Some((promised_at, deadline)) = yes {
            return Some(Self { deadline, promised_at, ended_at: story.withdrawn_at });
        }
        let first_word = story.answers.iter().find_map(|&(at, answer)| match answer {
            Answer::Delivery(_) => None,
            Answer::No(_) | Answer::Yes(_) => Some(at),
        });
        let is_order = story.request.kind == RequestKind::Order;
        let in_time = first_word.is_some_and(|at| needed_by.is_none_or(|needed_by| at <= needed_by));
        if !(is_order || delivered) || in_time {
            return None;
        }
        let ended_at = [first_word, story.withdrawn_at].into_iter().flatten().min();
        Some(Self { deadline: needed_by.filter(|_| is_order), promised_at: story.requested_at, ended_at })
    }

    /// Bad news before the deadline: a later date, or a no after the yes.
    fn is_announced_before(&self, deadline: Timestamp, story: &Story<'_>) -> bool {
        story.answers.iter().any(|&(at, answer)| {
            let bad_news = match answer {
                Answer::Yes(it) => it.promised_by.is_some_and(|date| date > deadline),
                Answer::No(_) => true,
                Answer::Delivery(_) => false,
            };
            bad_news && at > self.promised_at && at < deadline
        })
    }
}

/// 1 up to the deadline, then down to 0 in a straight line as the lateness reaches the lead time.
fn punctuality(at: Timestamp, deadline: Timestamp, lead: i64) -> f64 {
    (1.0 - at.since(deadline).max(0) as f64 / lead as f64).max(0.0)
}

impl Promise {
    /// When lateness has eaten up all that a delivery could still be worth.
    fn worthless_at(&self) -> Timestamp {
        self.deadline.plus(self.lead)
    }

    fn failing(&self, channel: Channel, model: &Model) -> f64 {
        let blame = blame(self.chance, model.channel(channel).prior);
        if channel == Channel::Trust { blame * self.broken_weight(model) } else { blame }
    }

    fn broken_weight(&self, model: &Model) -> f64 {
        let announced = if self.announced { model.trust.announced_share } else { 1.0 };
        model.trust.broken_weight * announced
    }

    fn observe(&self, part: f64, channel: Channel, at: Timestamp, success: f64, model: &Model) -> Observation {
        Observation::part(part, channel, at.day(), success, self.failing(channel, model))
    }

    /// A delivery settles its own part, for trust no later than the deadline, and for the commitment no later than when
    /// it became worthless: a late delivery never weighs more than none would have.
    fn settle_part(&self, part: &Part, model: &Model, settled: &mut Vec<Observation>) {
        let kept = if part.at <= self.deadline { part.accepted } else { 0.0 };
        let credited = part.accepted * punctuality(part.at, self.deadline, self.lead);
        let (trust, commitments) = (part.at.min(self.deadline), part.at.min(self.worthless_at()));
        settled.push(self.observe(part.share, Channel::Trust, trust, kept, model));
        settled.push(self.observe(part.share, Channel::Commitments, commitments, credited, model));
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
        settled.push(self.observe(missing, Channel::Trust, self.deadline, 0.0, model));
        settled.push(self.observe(lost, Channel::Commitments, ended_at.min(self.worthless_at()), 0.0, model));
    }

    /// What time alone has settled by `moment`.
    pub(super) fn settled_by(&self, moment: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        if moment >= self.deadline {
            settled.push(self.observe(self.missing.value(), Channel::Trust, self.deadline, 0.0, model));
        }
        if moment >= self.worthless_at() {
            settled.push(self.observe(self.missing.value(), Channel::Commitments, self.worthless_at(), 0.0, model));
        }
    }

    /// What may still be expected at `moment`.
    pub(super) fn awaited_at(&self, moment: Timestamp, model: &Model, awaited: &mut Vec<Awaited>) {
        let run = self.lead - self.deadline.since(moment);
        let progress = (run as f64 / self.lead as f64).max(0.0);
        let mut wait = |channel, outcome| {
            let (part, failing) = (self.missing.value(), self.failing(channel, model));
            awaited.push(Awaited { channel, outcome: Some(outcome), progress, part, failing });
        };
        if moment < self.deadline {
            wait(Channel::Trust, Outcome::InTime);
        }
        if moment < self.worthless_at() {
            wait(Channel::Commitments, Outcome::Lateness);
        }
    }
}
