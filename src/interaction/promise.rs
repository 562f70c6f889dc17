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

/// A promise that has not been delivered in full.
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
    /// The share that was delivered on time and accepted.
    pub kept: Share,
    /// The share that was delivered and accepted, less what lateness took off.
    pub credited: Share,
    /// The share that has not been delivered.
    pub missing: Share,
}

/// Whether the supplier owes a delivery by some date.
pub(super) fn is_owed(story: &Story<'_>) -> bool {
    Terms::of(story).is_some_and(|terms| terms.deadline.is_some())
}

/// Judges the promise. What is settled goes into `settled`; what is still owed is returned.
pub(super) fn judge(story: &Story<'_>, model: &Model, settled: &mut Vec<Observation>) -> Option<Promise> {
    let terms = Terms::of(story)?;
    let Some(deadline) = terms.deadline else {
        settled.extend(undated(story, model));
        return None;
    };
    let given = deadline.since(story.requested_at);
    let lead = given.max(SHORTEST_SPAN);
    let received = Received::by(story, deadline, lead);
    let share = |value: f64| Share::new(value.clamp(0.0, 1.0)).unwrap_or(Share::WHOLE);
    let promise = Promise {
        deadline,
        lead,
        chance: story.chance(given, model.target(story.request.kind).lead_time),
        announced: terms.is_announced_before(deadline, story),
        kept: share(received.kept),
        credited: share(received.credited),
        missing: share(received.missing),
    };
    if received.missing <= NOTHING {
        promise.settle(received.last_at, model, settled);
    } else if let Some(ended_at) = terms.ended_at {
        promise.end(&received, ended_at, model, settled);
    } else {
        return Some(promise);
    }
    None
}

/// A delivery without a date can be in full and accepted, though never late.
fn undated(story: &Story<'_>, model: &Model) -> Option<Observation> {
    let received = Received::by(story, Timestamp::MAX, SHORTEST_SPAN);
    (received.missing <= NOTHING)
        .then(|| Observation::new(Channel::Commitments, received.last_at.day(), received.credited, blame_free(model)))
}

/// Nobody was hurried by a date that was never set: a failure weighs what a failure weighs.
fn blame_free(model: &Model) -> f64 {
    blame(Share::WHOLE, model.channel(Channel::Commitments).prior)
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
    /// An order binds by silence too, or leaving it unanswered would pay better than delivering it late; a refusal in
    /// time lets the supplier off.
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
        let (first_word, refused) = story
            .answers
            .iter()
            .find_map(|&(at, answer)| match answer {
                Answer::Delivery(_) => None,
                Answer::No(_) => Some((Some(at), true)),
                Answer::Yes(_) => Some((Some(at), false)),
            })
            .unwrap_or((None, false));
        let is_order = story.request.kind == RequestKind::Order;
        let in_time = first_word.is_some_and(|at| needed_by.is_none_or(|needed_by| at <= needed_by));
        if !(is_order || delivered) || in_time || (first_word.is_some() && !refused) {
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

/// What was delivered, added up.
struct Received {
    kept: f64,
    credited: f64,
    missing: f64,
    last_at: Timestamp,
}

impl Received {
    fn by(story: &Story<'_>, deadline: Timestamp, lead: i64) -> Self {
        let mut sum = Self { kept: 0.0, credited: 0.0, missing: 1.0, last_at: story.requested_at };
        for &(at, answer) in &story.answers {
            let Answer::Delivery(delivery) = answer else { continue };
            if sum.missing <= NOTHING {
                break;
            }
            let taken = delivery.in_full.value().min(sum.missing);
            let good = taken * delivery.accepted.value();
            sum.missing -= taken;
            sum.credited += good * punctuality(at, deadline, lead);
            sum.kept += if at <= deadline { good } else { 0.0 };
            sum.last_at = at.max(story.requested_at);
        }
        sum
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

    fn observe(&self, channel: Channel, at: Timestamp, value: f64, model: &Model) -> Observation {
        Observation::new(channel, at.day(), value, self.failing(channel, model))
    }

    /// Settles both channels for a matter closed at `at`: trust no later than the deadline, the commitment no later
    /// than when it became worthless.
    fn settle(&self, at: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        settled.push(self.observe(Channel::Trust, at.min(self.deadline), self.kept.value(), model));
        settled.push(self.observe(Channel::Commitments, at.min(self.worthless_at()), self.credited.value(), model));
    }

    /// The customer took the request back, or the supplier said no after the date: what was missing is no longer owed.
    /// Before the deadline only what was delivered is judged; after it, the rest is judged as if it came at that moment.
    fn end(&self, received: &Received, ended_at: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        if ended_at > self.deadline {
            let rest = received.missing * punctuality(ended_at, self.deadline, self.lead);
            let credited = Share::new((received.credited + rest).min(1.0)).unwrap_or(Share::WHOLE);
            Self { credited, ..self.clone() }.settle(ended_at, model, settled);
            return;
        }
        let delivered = 1.0 - received.missing;
        if delivered > NOTHING {
            let of_it = |good: f64| Share::new((good / delivered).clamp(0.0, 1.0)).unwrap_or(Share::WHOLE);
            let judged = Self { kept: of_it(received.kept), credited: of_it(received.credited), ..self.clone() };
            judged.settle(received.last_at, model, settled);
        }
    }

    /// What time alone has settled by `moment`.
    pub(super) fn settled_by(&self, moment: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        if moment >= self.deadline {
            settled.push(self.observe(Channel::Trust, self.deadline, self.kept.value(), model));
        }
        if moment >= self.worthless_at() {
            settled.push(self.observe(Channel::Commitments, self.worthless_at(), self.credited.value(), model));
        }
    }

    /// What may still be expected at `moment`.
    pub(super) fn awaited_at(&self, moment: Timestamp, model: &Model, awaited: &mut Vec<Awaited>) {
        let run = self.lead - self.deadline.since(moment);
        let progress = (run as f64 / self.lead as f64).max(0.0);
        let at_stake = self.missing.value();
        let mut wait = |channel, outcome, secured| {
            let failing = self.failing(channel, model);
            awaited.push(Awaited { channel, outcome: Some(outcome), progress, secured, at_stake, failing });
        };
        if moment < self.deadline {
            wait(Channel::Trust, Outcome::InTime, self.kept.value());
        }
        if moment < self.worthless_at() {
            wait(Channel::Commitments, Outcome::Lateness, self.credited.value());
        }
    }
}
