//! What only time, or another event, can settle.

use serde::{Deserialize, Serialize};

use super::{awaited::Awaited, conduct::Clarification, precedents::Strike, promise::Promise, reply::Reply};
use crate::{
    model::Model,
    observation::Observation,
    time::{Span, Timestamp},
};

/// What an interaction still waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The reply, where none came.
    pub reply: Option<Reply>,
    /// The delivery, where it is promised and not complete: of several lots those that are missing, in order.
    pub promises: Vec<Promise>,
    /// The customer's answer to a question.
    pub clarification: Option<Clarification>,
    /// Strikes of the request and of those that it asks again: they wait for the idea to be taken up.
    pub strikes: Vec<Strike>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.reply.is_none() && self.promises.is_empty() && self.clarification.is_none() && self.strikes.is_empty()
    }

    /// When it began, as far as it knows.
    #[must_use]
    pub fn began_at(&self) -> Option<Timestamp> {
        let reply = self.reply.as_ref().map(|reply| reply.clock.started_at());
        let promise = self.promises.first().map(|promise| promise.deadline - promise.lead);
        let clarification = self.clarification.as_ref().map(|clarification| clarification.asked_at);
        let strike = self.strikes.first().map(|strike| strike.at);
        reply.or(promise).or(clarification).or(strike)
    }

    /// The same, had the supplier been waited for so much `longer`.
    #[must_use]
    pub fn having_waited(&self, longer: Span) -> Self {
        let mut longer_ago = self.clone();
        if let Some(reply) = &mut longer_ago.reply {
            reply.clock = reply.clock.started_earlier(longer);
        }
        for promise in &mut longer_ago.promises {
            promise.deadline = promise.deadline - longer;
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
        for promise in &self.promises {
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
        for promise in &self.promises {
            promise.awaited_at(moment, model, &mut awaited);
        }
        if let Some(clarification) = &self.clarification {
            clarification.awaited_at(moment, model, &mut awaited);
        }
        awaited
    }
}
