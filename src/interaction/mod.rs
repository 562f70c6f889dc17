//! The fold: one interaction's events become observations, counts, and what is still pending.
//!
//! A pure function of the events, read in the order of [`Event::position`]. What only time can settle is returned as
//! [`Pending`], which yields, for any later moment, what is settled by then and what may still be expected.

mod promise;
mod reply;
mod stopwatch;

use serde::{Deserialize, Serialize};

pub use promise::Promise;
pub use reply::Reply;
pub use stopwatch::Stopwatch;

use crate::{
    counts::{Counter, Counts},
    event::{Delivered, Event, Payload, Refused, Requested, Responded, Share},
    model::Model,
    observation::{Channel, Observation},
    time::{SECOND, Timestamp},
};

/// No allowance and no lead time is shorter than this, so that a date in the past divides nothing by zero.
pub(crate) const SHORTEST_SPAN: i64 = SECOND;

/// What an interaction's events say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    /// What is known for good, short of further events.
    pub settled: Vec<Observation>,
    /// What only time or another event will settle.
    pub pending: Option<Pending>,
    /// What the KPIs count.
    pub counts: Counts,
}

/// What an interaction still waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The reply, where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// The delivery, where it is promised and not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
}

impl Pending {
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
    /// The share of an interaction that it is about, 0 to 1.
    pub part: f64,
    /// What a failure of the whole weighs, where a success weighs 1.
    pub failing: f64,
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

/// Folds the events of one interaction; retracted ones must have been left out. Their order does not matter.
#[must_use]
pub fn fold(events: &[&Event], model: &Model) -> Fold {
    let mut fold = Fold::default();
    let Some(story) = Story::read(events) else { return fold };
    fold.counts.add(Counter::Requests, 1);
    let reply = reply::judge(&story, model, &mut fold);
    let promise = promise::judge(&story, model, &mut fold.settled);
    if reply.is_some() || promise.is_some() {
        fold.pending = Some(Pending { reply, promise });
    }
    fold
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

/// The events of one interaction, sorted into what the two judgements ask about.
struct Story<'a> {
    request: &'a Requested,
    requested_at: Timestamp,
    /// The supplier's words and deliveries up to the withdrawal, in order.
    answers: Vec<(Timestamp, Answer<'a>)>,
    /// From each clarification asked to its answer, where there is one.
    pauses: Vec<(Timestamp, Option<Timestamp>)>,
    withdrawn_at: Option<Timestamp>,
}

#[derive(Clone, Copy)]
enum Answer<'a> {
    Yes(&'a Responded),
    No(&'a Refused),
    Delivery(&'a Delivered),
}

impl<'a> Story<'a> {
    /// None where there is no request: then everything else waits for it. A second request in the same interaction
    /// says nothing new; to correct a request, its sender retracts it.
    fn read(events: &[&'a Event]) -> Option<Self> {
        let mut events = events.to_vec();
        events.sort_unstable_by_key(|event| event.position());
        let (request, requested_at) = events.iter().find_map(|event| match &event.payload {
            Payload::Requested(request) => Some((request, event.occurred_at)),
            _ => None,
        })?;
        let withdrawn_at =
            events.iter().find(|event| matches!(event.payload, Payload::Withdrawn(_))).map(|event| event.occurred_at);
        let mut story = Self { request, requested_at, answers: Vec::new(), pauses: Vec::new(), withdrawn_at };
        for event in events {
            story.take(event);
        }
        Some(story)
    }

    fn take(&mut self, event: &'a Event) {
        let at = event.occurred_at;
        let answer = match &event.payload {
            Payload::Responded(it) => Answer::Yes(it),
            Payload::Refused(it) => Answer::No(it),
            Payload::Delivered(it) => Answer::Delivery(it),
            Payload::ClarificationAsked(_) => {
                if self.pauses.last().is_none_or(|(_, until)| until.is_some()) {
                    self.pauses.push((at, None));
                }
                return;
            }
            Payload::Clarified(_) => {
                if let Some((_, until @ None)) = self.pauses.last_mut() {
                    *until = Some(at);
                }
                return;
            }
            _ => return,
        };
        // What comes after the withdrawal is no longer owed, and so neither praised nor blamed.
        if self.withdrawn_at.is_none_or(|withdrawn_at| at <= withdrawn_at) {
            self.answers.push((at, answer));
        }
    }

    fn stopwatch(&self) -> Stopwatch {
        Stopwatch::new(self.requested_at, &self.pauses)
    }

    /// The chance that a competent supplier could have met a request that left it `given` where `normal` is usual.
    fn chance(&self, given: i64, normal: i64) -> Share {
        let ratio = (given.max(0) as f64 / normal as f64).min(1.0);
        Share::new(self.request.completeness.value() * ratio).unwrap_or(Share::WHOLE)
    }
}

/// What a failure weighs when a competent supplier would have met the request with probability `chance`, and `prior`
/// is the model's prior for the channel: 1 for a fair request, 0 for an impossible one.
#[must_use]
pub fn blame(chance: Share, prior: f64) -> f64 {
    let chance = chance.value();
    chance * (1.0 - prior) / (1.0 - prior * chance)
}
