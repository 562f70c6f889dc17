//! The fold: one interaction's events become observations, counts, flows, and what is still pending.
//!
//! A pure function of the events of a thread (an interaction, and those it asks again), read in the order of
//! [`Event::position`]. What only time can settle is returned as [`Pending`], which yields, for any later moment, what
//! is settled by then and what may still be expected.

mod account;
mod fairness;
mod idea;
mod mirror;
mod promise;
mod reply;
mod stopwatch;
mod story;
mod thread;
mod ties;

use serde::{Deserialize, Serialize};

pub use account::Account;
pub use fairness::{Fairness, blame};
pub use mirror::Clarification;
pub use promise::Promise;
pub use reply::Reply;
pub use stopwatch::Stopwatch;
pub use thread::{LONGEST_CHAIN, Strike, Unit, fold};
pub use ties::{Ties, threads};

use crate::{
    counts::{Counter, Counts},
    event::{Event, Money, Payload},
    flows::{Flow, Flows},
    model::Model,
    observation::{Channel, Observation},
    time::{SECOND, Timestamp},
};

use story::Story;
use thread::Chain;

/// No allowance and no lead time is shorter than this, so that a date in the past divides nothing by zero.
pub(crate) const SHORTEST_SPAN: i64 = SECOND;

/// What an interaction's events say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold<'a> {
    /// What is known for good, short of further events.
    pub settled: Vec<Settled<'a>>,
    /// What only time or another event will settle.
    pub pending: Option<Pending>,
    /// The event that opened it, and that answers for what time settles.
    pub opening: Option<&'a Event>,
    /// What the KPIs count.
    pub counts: Counts,
    /// What flows.
    pub flows: Flows,
}

/// An observation, and the event that settled it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settled<'a> {
    /// What is known.
    pub observation: Observation,
    /// Since when.
    pub event: &'a Event,
}

/// What an interaction still waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The reply, where none came.
    pub reply: Option<Reply>,
    /// The delivery, where it is promised and not complete.
    pub promise: Option<Promise>,
    /// The customer's answer to a question.
    pub clarification: Option<Clarification>,
    /// Strikes of the chain that the request ends: they wait for the idea to be taken up.
    pub strikes: Vec<Strike>,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.reply.is_none() && self.promise.is_none() && self.clarification.is_none() && self.strikes.is_empty()
    }

    /// When it began, as far as it knows: that of one pending never changes.
    #[must_use]
    pub fn began_at(&self) -> Option<Timestamp> {
        let reply = self.reply.as_ref().map(|reply| reply.stopwatch.started_at());
        let promise = self.promise.as_ref().map(|promise| promise.deadline.plus(-promise.lead));
        let clarification = self.clarification.as_ref().map(|clarification| clarification.asked_at);
        let strike = self.strikes.first().map(|strike| strike.at);
        reply.or(promise).or(clarification).or(strike)
    }

    /// As it would be if the supplier had been waited for so much longer, in microseconds.
    #[must_use]
    pub fn having_waited(&self, longer: i64) -> Self {
        let mut longer_ago = self.clone();
        if let Some(reply) = &mut longer_ago.reply {
            reply.stopwatch = reply.stopwatch.started_earlier(longer);
        }
        if let Some(promise) = &mut longer_ago.promise {
            promise.deadline = promise.deadline.plus(-longer);
        }
        longer_ago
    }

    /// What time alone has settled by `moment`.
    #[must_use]
    pub fn settled_by(&self, moment: Timestamp, model: &Model) -> Vec<Observation> {
        let mut settled = Vec::new();
        if let Some(reply) = &self.reply {
            reply.settled_by(moment, model, &mut settled);
        }
        if let Some(promise) = &self.promise {
            promise.settled_by(moment, model, &mut settled);
        }
        if let Some(clarification) = &self.clarification {
            clarification.settled_by(moment, model, &mut settled);
        }
        settled
    }

    /// What is not settled by `moment`, with how far it is on its way.
    #[must_use]
    pub fn awaited_at(&self, moment: Timestamp, model: &Model) -> Vec<Awaited> {
        let mut awaited = Vec::new();
        if let Some(reply) = &self.reply {
            reply.awaited_at(moment, model, &mut awaited);
        }
        if let Some(promise) = &self.promise {
            promise.awaited_at(moment, model, &mut awaited);
        }
        if let Some(clarification) = &self.clarification {
            clarification.awaited_at(moment, model, &mut awaited);
        }
        awaited
    }
}

/// An observation, or a part of one, that is not settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Awaited {
    /// The channel it will be an observation of.
    pub channel: Channel,
    /// How its value follows from the time at which it ends; none where it can only fail from here.
    pub outcome: Option<Outcome>,
    /// How far the time has run, as a multiple of what is allowed.
    pub progress: f64,
    /// How much of an interaction it is about: a share of a delivery, or a multiple for what was asked again.
    pub part: f64,
    /// What a failure of the whole weighs, where a success weighs 1.
    pub failing: f64,
    /// The customer's channel that a failure will be charged to, and how much of the whole.
    pub charge: Option<(Channel, f64)>,
}

impl Awaited {
    /// Something that the customer owes.
    fn of_customer(channel: Channel, outcome: Outcome, progress: f64) -> Self {
        Self { channel, outcome: Some(outcome), progress, part: 1.0, failing: 1.0, charge: None }
    }
}

/// How a value follows from the time T at which something comes, as a multiple of what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 1 up to the due time, 0 after it.
    InTime,
    /// Halves with every half-life, 0 from the lapse on.
    Prompt,
    /// 1 up to the lapse, 0 after it.
    BeforeLapse,
    /// 1 up to the deadline, then down to 0 in a straight line within another lead time.
    Lateness,
}

impl<'a> Fold<'a> {
    fn extend(&mut self, other: Fold<'a>) {
        self.settled.extend(other.settled);
        self.counts.merge_all(&other.counts, 1);
        self.flows.merge_all(&other.flows, 1);
    }

    /// Adds what one event settled.
    fn settle(&mut self, event: &'a Event, observations: impl IntoIterator<Item = Observation>) {
        self.settled.extend(observations.into_iter().map(|observation| Settled { observation, event }));
    }
}

/// Folds a request and what followed it.
fn fold_story<'a>(story: &Story<'a>, chain: Chain, model: &Model) -> Fold<'a> {
    let mut fold = Fold { opening: Some(story.opening), ..Fold::default() };
    fold.counts.add(Counter::Requests, 1);
    fold.flows.add_one(Flow::Requests, story.requested_at().day(), story.request.value.as_ref());
    let pending = Pending {
        reply: reply::judge(story, &chain, model, &mut fold),
        promise: promise::judge(story, model, &mut fold),
        clarification: mirror::judge(story, &chain, model, &mut fold),
        strikes: chain.strikes,
    };
    if !story.paid {
        exchange(story, &mut fold.flows);
    }
    fold.pending = (!pending.is_empty()).then_some(pending);
    fold
}

/// Folds what an event says by itself, whatever it stands beside.
fn fold_lone<'a>(event: &'a Event, model: &Model) -> Fold<'a> {
    let mut fold = Fold::default();
    match &event.payload {
        Payload::Rated(rated) => mirror::rate(rated, event, &mut fold),
        Payload::Referred(_) => fold.flows.add_one(Flow::Referrals, event.occurred_at.day(), None),
        Payload::Paid(paid) => {
            mirror::pay(paid, event, model, &mut fold);
            fold.flows.add_one(Flow::Exchange, event.occurred_at.day(), Some(&paid.amount));
        }
        _ => {}
    }
    fold
}

/// What deliveries were worth: value that changed hands, where the interaction does not say what was paid.
fn exchange(story: &Story<'_>, flows: &mut Flows) {
    let Some(value) = &story.request.value else { return };
    for part in promise::delivered_parts(story).0 {
        #[expect(clippy::cast_possible_truncation, reason = "a share of an amount is no larger than the amount")]
        let amount_minor = (value.amount_minor as f64 * part.share * part.accepted).round() as i64;
        flows.add_one(Flow::Exchange, part.at.day(), Some(&Money { amount_minor, ..value.clone() }));
    }
}

/// Whether a recorded event counts, or waits for what it belongs to, given all events of its interaction.
#[must_use]
pub fn is_waiting(event: &Event, interaction: &[&Event]) -> bool {
    let has = |wanted: fn(&Payload) -> bool| interaction.iter().any(|other| wanted(&other.payload));
    match event.payload {
        Payload::Acknowledged {}
        | Payload::ClarificationAsked(_)
        | Payload::Clarified(_)
        | Payload::Responded(_)
        | Payload::Refused(_)
        | Payload::Withdrawn(_)
        | Payload::Delivered(_) => !has(|payload| matches!(payload, Payload::Requested(_))),
        Payload::Resolved(_) => !has(|payload| matches!(payload, Payload::Proposed(_))),
        _ => false,
    }
}
