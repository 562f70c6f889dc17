//! Judging the reply: in time, promptly, with substance, and with what attitude.

use serde::{Deserialize, Serialize};

use super::{Answer, Awaited, Fold, Outcome, SHORTEST_SPAN, Stopwatch, Story, blame};
use crate::{
    counts::{AnswerTime, Counter, Counts},
    event::{Refused, Share},
    model::Model,
    observation::{Channel, Observation},
    time::{Day, Timestamp, round_micros},
};

/// A reply that is owed and has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The time that runs on the supplier's account.
    pub stopwatch: Stopwatch,
    /// How long the supplier has, in microseconds.
    pub allowed: i64,
    /// The chance that a competent supplier could have met the request.
    pub chance: Share,
    /// Whether the request asks for change: then the answer counts as vision, not as willingness.
    pub asks_for_change: bool,
    /// The chance that a competent supplier could have kept the promise that is judged beside it, where there is one:
    /// silence breaks that promise too, and trust is not charged twice for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Share>,
}

/// Judges the reply. What is settled goes into `fold`; what is still owed is returned.
pub(super) fn judge(story: &Story<'_>, model: &Model, fold: &mut Fold) -> Option<Reply> {
    let target = model.target(story.request.kind);
    let given = story.request.respond_by.map(|due| due.since(story.requested_at));
    let allowed = given.unwrap_or(target.answer_within).max(SHORTEST_SPAN);
    let owed = Reply {
        stopwatch: story.stopwatch(),
        allowed,
        chance: story.chance(given.unwrap_or(target.answer_within), target.answer_within),
        asks_for_change: story.request.kind.asks_for_change(),
        promise: super::promise::chance(story, model),
    };
    match (story.answers.first(), story.withdrawn_at) {
        (Some(&(first_at, _)), _) => {
            owed.settle_answered(story, first_at, model, &mut fold.settled);
            count_answer(&owed, story, first_at, &mut fold.counts);
            None
        }
        (None, Some(withdrawn_at)) => {
            owed.settled_by(withdrawn_at, model, &mut fold.settled);
            fold.counts.add(Counter::Withdrawn, 1);
            None
        }
        (None, None) => Some(owed),
    }
}

fn count_answer(owed: &Reply, story: &Story<'_>, first_at: Timestamp, counts: &mut Counts) {
    counts.add(Counter::Answered, 1);
    let elapsed = owed.stopwatch.elapsed(first_at);
    if elapsed <= owed.allowed {
        counts.add(Counter::OnTime, 1);
    }
    counts.add(Counter::AnswerTime(AnswerTime::of(elapsed)), 1);
    if let Some((_, Answer::No(refused))) = last_word(story) {
        counts.add(Counter::Refused(refused.reason), 1);
    }
}

/// The supplier's last response or refusal: people correct themselves, and what they said last is what they mean. A
/// delivery speaks only where nothing was said.
fn last_word<'a>(story: &Story<'a>) -> Option<(Timestamp, Answer<'a>)> {
    let said = story.answers.iter().rev().find(|(_, answer)| !matches!(answer, Answer::Delivery(_)));
    said.or(story.answers.first()).copied()
}

impl Reply {
    /// When the reply is due; none while the supplier waits for a clarification.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.stopwatch.reaches(self.allowed)
    }

    /// When an unanswered request lapses; none while the supplier waits for a clarification.
    #[must_use]
    pub fn lapses_at(&self, model: &Model) -> Option<Timestamp> {
        self.stopwatch.reaches(round_micros(self.allowed as f64 * model.reply.lapse_after))
    }

    fn attitude(&self) -> Channel {
        if self.asks_for_change { Channel::Vision } else { Channel::Willingness }
    }

    fn failing(&self, channel: Channel, model: &Model) -> f64 {
        blame(self.chance, model.channel(channel).prior)
    }

    fn observe(&self, channel: Channel, day: Day, value: f64, model: &Model) -> Observation {
        Observation::new(channel, day, value, self.failing(channel, model))
    }

    /// What time alone has settled by `moment`, no answer having come.
    pub(super) fn settled_by(&self, moment: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        let lapsed_at = self.lapses_at(model).filter(|&at| at <= moment);
        if self.due_at().is_some_and(|at| at <= moment) {
            // Known since the due time, but dated when the waiting ends: what is still owed does not grow old.
            settled.push(self.observe(Channel::Timely, lapsed_at.unwrap_or(moment).day(), 0.0, model));
        }
        if let Some(day) = lapsed_at.map(Timestamp::day) {
            for channel in [Channel::Prompt, Channel::Substantive, self.attitude()] {
                settled.push(self.observe(channel, day, 0.0, model));
            }
            settled.extend(self.broken_trust(day, model));
        }
    }

    /// What a lapse weighs in trust: less what the broken promise, judged apart, charges already.
    fn failing_trust(&self, model: &Model) -> f64 {
        let prior = model.channel(Channel::Trust).prior;
        let charged = self.promise.map_or(0.0, |chance| blame(chance, prior));
        model.trust.broken_weight * (blame(self.chance, prior) - charged).max(0.0)
    }

    /// A request left to lapse costs trust.
    fn broken_trust(&self, day: Day, model: &Model) -> Option<Observation> {
        let failing = self.failing_trust(model);
        (failing > 0.0).then(|| Observation::new(Channel::Trust, day, 0.0, failing))
    }

    /// What may still be expected at `moment`, no answer having come.
    pub(super) fn awaited_at(&self, moment: Timestamp, model: &Model, awaited: &mut Vec<Awaited>) {
        let reached = |at: Option<Timestamp>| at.is_some_and(|at| at <= moment);
        let progress = self.stopwatch.elapsed(moment) as f64 / self.allowed as f64;
        let lapsed = reached(self.lapses_at(model));
        let mut wait = |channel, outcome| {
            let failing = self.failing(channel, model);
            awaited.push(Awaited { channel, outcome, progress, part: 1.0, failing });
        };
        if !reached(self.due_at()) {
            wait(Channel::Timely, Some(Outcome::InTime));
        }
        if !lapsed {
            wait(Channel::Prompt, Some(Outcome::Prompt));
            wait(Channel::Substantive, Some(Outcome::BeforeLapse));
            wait(self.attitude(), Some(Outcome::BeforeLapse));
        }
        if !lapsed && progress > 1.0 && self.failing_trust(model) > 0.0 {
            // From the due time to the lapse the loss of trust grows in a straight line, so that neither is a step.
            let grown = (progress - 1.0) / (model.reply.lapse_after - 1.0);
            let failing = grown.min(1.0) * self.failing_trust(model);
            let channel = Channel::Trust;
            awaited.push(Awaited { channel, outcome: None, progress, part: 1.0, failing });
        }
    }

    /// An answer settles what time had not. What it says counts for the day of the last word; a word after the lapse
    /// still counts for the day of the lapse, so that a late answer never weighs more than silence would have.
    fn settle_answered(&self, story: &Story<'_>, first_at: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        let elapsed = self.stopwatch.elapsed(first_at);
        let lapsed_at = self.lapses_at(model).filter(|&lapse| lapse < first_at);
        let no_later_than_lapse = |at: Timestamp| self.lapses_at(model).map_or(at, |lapse| at.min(lapse)).day();
        let timely = if elapsed > self.allowed { 0.0 } else { 1.0 };
        settled.push(self.observe(Channel::Timely, no_later_than_lapse(first_at), timely, model));
        let half_lives = elapsed as f64 / (self.allowed as f64 * model.reply.prompt_half_life);
        settled.push(self.observe(Channel::Prompt, no_later_than_lapse(first_at), (-half_lives).exp2(), model));
        if let Some((at, word)) = last_word(story) {
            let (substance, attitude) = match word {
                Answer::Yes(responded) => {
                    (model.substantive.response, model.willingness.response(responded.disposition))
                }
                Answer::Delivery(_) => (model.substantive.response, model.willingness.accepted),
                Answer::No(refused) => (substance_of(refused, model), model.willingness.refusal(refused)),
            };
            let day = no_later_than_lapse(at);
            settled.push(self.observe(Channel::Substantive, day, substance, model));
            settled.push(self.observe(self.attitude(), day, attitude, model));
        }
        if let Some(lapse) = lapsed_at {
            settled.extend(self.broken_trust(lapse.day(), model));
        }
    }
}

/// "Other" without a word more is no reason.
fn substance_of(refused: &Refused, model: &Model) -> f64 {
    let values = &model.substantive;
    if refused.alternative_offered {
        values.refusal_with_alternative
    } else if refused.is_bare() {
        values.bare_refusal
    } else {
        values.refusal_with_reason
    }
}
