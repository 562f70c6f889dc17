//! Judging the reply: in time, promptly, with substance, and with what attitude.

use serde::{Deserialize, Serialize};

use super::{
    awaited::{Awaited, Payoff},
    deal::Deal,
    findings::Fold,
    moves::Mover,
    precedents::Precedents,
    sla_clock::{SHORTEST_SPAN, SlaClock},
    timeline::{Timeline, Word, WordKind},
};
use crate::{
    counts::{AnswerTime, Counter, Counts},
    event::Refused,
    model::Model,
    observation::{Channel, Observation},
    terms::{Owed, Terms},
    time::{Day, Span, Timestamp},
};

/// A reply that is owed and has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// How long the supplier has had, pauses taken out.
    // Its name in the store.
    #[serde(rename = "stopwatch")]
    pub clock: SlaClock,
    /// How long the supplier has.
    pub allowed: Span,
    /// What the request gave to meet it with.
    pub terms: Terms,
    /// Whether the request asks for change: then the answer counts as vision, not as willingness.
    pub asks_for_change: bool,
    /// How often it had been refused before, as far as that counts.
    pub refusals: u32,
    /// Whether a promise is judged beside it: silence breaks that too, and trust is not charged twice for it.
    pub is_promised: bool,
}

/// How often the weight of a request doubles at the most, once for each time it was refused before: up to 2^3 = 8 times.
const MOST_DOUBLINGS: u32 = 3;

/// How long the supplier has for its answer.
pub(super) fn allowed(timeline: &Timeline<'_>, model: &Model) -> Span {
    given(timeline, model).max(SHORTEST_SPAN)
}

/// The same by the clock, nights and weekends included: so long has the customer for an answer of its own.
pub(super) fn allowed_by_clock(timeline: &Timeline<'_>, model: &Model) -> Span {
    let by_clock = longest(timeline, |due| due.since(timeline.requested_at()));
    or_usual(by_clock, timeline, model).max(SHORTEST_SPAN)
}

/// The time for the answer: what the request sets, else what the model says is usual.
fn given(timeline: &Timeline<'_>, model: &Model) -> Span {
    or_usual(asked_for(timeline), timeline, model)
}

fn or_usual(asked_for: Option<Span>, timeline: &Timeline<'_>, model: &Model) -> Span {
    let usual = model.service_level(timeline.request.kind).answer_within;
    match (asked_for, timeline.request.respond_by) {
        (Some(asked), Some(_)) => asked,
        (Some(asked), None) => asked.max(usual),
        (None, _) => usual,
    }
}

/// The time for the answer that the request sets, of the supplier's working time. The customer may give more of it while it
/// waits, but not take away what it gave.
fn asked_for(timeline: &Timeline<'_>) -> Option<Span> {
    longest(timeline, |due| timeline.given(timeline.requested_at(), due))
}

fn longest(timeline: &Timeline<'_>, until: impl Fn(Timestamp) -> Span) -> Option<Span> {
    let answered_at = timeline.answers.first().map_or(Timestamp::MAX, |word| word.at);
    let waiting = timeline.moves.iter().filter(|it| it.by == Mover::Customer && it.at() < answered_at);
    let times = timeline.request.respond_by.into_iter().chain(waiting.filter_map(|it| it.respond_by));
    times.map(until).max()
}

/// Judges the reply. What is settled goes into `fold`; what is still owed is returned.
pub(super) fn judge<'a>(
    timeline: &Timeline<'a>,
    precedents: &Precedents,
    deal: &Deal<'_>,
    model: &Model,
    fold: &mut Fold<'a>,
) -> Option<Reply> {
    if timeline.is_answered_by_delivery_alone() {
        return None;
    }
    let owed = Reply {
        clock: timeline.clock(),
        allowed: allowed(timeline, model),
        terms: timeline.terms(Owed::Answer, asked_for(timeline)),
        asks_for_change: timeline.request.kind.asks_for_change(),
        refusals: precedents.refusals.min(MOST_DOUBLINGS),
        is_promised: deal.is_dated(),
    };
    match (timeline.answers.first(), timeline.withdrawal()) {
        (Some(first), _) => {
            owed.settle_answered(timeline, first, model, fold);
            count_answer(&owed, timeline, first.at, &mut fold.counts);
            None
        }
        (None, Some(withdrawal)) => {
            let mut settled = Vec::new();
            owed.settled_by(withdrawal.occurred_at, model, &mut settled);
            fold.settle(timeline.opening, settled);
            fold.counts.add(Counter::Withdrawn, 1);
            None
        }
        (None, None) => Some(owed.kept(model)),
    }
}

fn count_answer(owed: &Reply, timeline: &Timeline<'_>, first_at: Timestamp, counts: &mut Counts) {
    counts.add(Counter::Answered, 1);
    let elapsed = owed.clock.elapsed(first_at);
    if elapsed <= owed.allowed {
        counts.add(Counter::OnTime, 1);
    }
    counts.add(Counter::AnswerTime(AnswerTime::of(elapsed)), 1);
    if let Some(Word { kind: WordKind::No(refused), .. }) = timeline.last_word() {
        refused.reasons().for_each(|reason| counts.add(Counter::Refused(reason), 1));
    }
}

impl Reply {
    /// When the reply is due. Returns `None` while the supplier waits for a clarification.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.clock.reaches(self.allowed)
    }

    /// When an unanswered request lapses. Returns `None` while the supplier waits for a clarification.
    #[must_use]
    pub fn lapses_at(&self, model: &Model) -> Option<Timestamp> {
        self.clock.reaches(self.allowed * model.reply.lapse_after)
    }

    /// The same, as it is kept while it is owed.
    fn kept(self, model: &Model) -> Self {
        let clock = self.clock.kept_for(&[self.allowed, self.allowed * model.reply.lapse_after]);
        Self { clock, ..self }
    }

    /// The channel that what the answer says counts for.
    fn attitude(&self) -> Channel {
        if self.asks_for_change { Channel::Vision } else { Channel::Willingness }
    }

    /// How many requests it counts for in a channel: in vision twice as many for each time it was refused before, else one.
    fn part(&self, channel: Channel) -> f64 {
        if channel == Channel::Vision { f64::from(1_u32 << self.refusals.min(MOST_DOUBLINGS)) } else { 1.0 }
    }

    /// Settles one channel.
    fn settle(&self, channel: Channel, day: Day, value: f64, settled: &mut Vec<Observation>) {
        settled.push(Observation::part(self.part(channel), channel, day, value, 1.0).under(self.terms));
    }

    /// What time alone has settled by `moment`, no answer having come.
    pub(super) fn settled_by(&self, moment: Timestamp, model: &Model, settled: &mut Vec<Observation>) {
        let lapsed_at = self.lapses_at(model).filter(|&at| at <= moment);
        if self.due_at().is_some_and(|at| at <= moment) {
            // Known since the due time, but dated when the waiting ends: what is still owed does not grow old.
            self.settle(Channel::Timely, lapsed_at.unwrap_or(moment).day(), 0.0, settled);
        }
        if let Some(day) = lapsed_at.map(Timestamp::day) {
            for channel in [Channel::Prompt, Channel::Substantive, self.attitude()] {
                self.settle(channel, day, 0.0, settled);
            }
            settled.extend(self.broken_trust(day, model));
        }
    }

    /// What a lapse weighs in trust: nothing beside a broken promise.
    fn failing_trust(&self, model: &Model) -> f64 {
        if self.is_promised { 0.0 } else { model.trust.broken_weight }
    }

    /// A request left to lapse costs trust.
    fn broken_trust(&self, day: Day, model: &Model) -> Option<Observation> {
        let failing = self.failing_trust(model);
        (failing > 0.0).then(|| Observation::new(Channel::Trust, day, 0.0, failing).under(self.terms))
    }

    /// What may still be expected at `moment`, no answer having come.
    pub(super) fn awaited_at(&self, moment: Timestamp, model: &Model, awaited: &mut Vec<Awaited>) {
        let reached = |at: Option<Timestamp>| at.is_some_and(|at| at <= moment);
        let progress = self.clock.elapsed(moment) / self.allowed;
        let lapsed = reached(self.lapses_at(model));
        let mut wait = |channel, payoff| {
            let (part, terms) = (self.part(channel), self.terms);
            awaited.push(Awaited { channel, payoff, progress, part, failing: 1.0, terms, charge: None });
        };
        if !reached(self.due_at()) {
            wait(Channel::Timely, Some(Payoff::InTime));
        }
        if !lapsed {
            wait(Channel::Prompt, Some(Payoff::Prompt));
            wait(Channel::Substantive, Some(Payoff::BeforeLapse));
            wait(self.attitude(), Some(Payoff::BeforeLapse));
        }
        if !lapsed && progress > 1.0 && self.failing_trust(model) > 0.0 {
            // From the due time to the lapse the loss of trust grows in a straight line, so that neither is a step.
            let grown = (progress - 1.0) / (model.reply.lapse_after - 1.0);
            let failing = grown.min(1.0) * self.failing_trust(model);
            let channel = Channel::Trust;
            let terms = self.terms;
            awaited.push(Awaited { channel, payoff: None, progress, part: 1.0, failing, terms, charge: None });
        }
    }

    /// An answer settles what time had not. That it was late was known when it was due, and ages from then on: dated at
    /// the answer, failures would always be younger than the successes of the same days. What it says counts for the day
    /// of the last word; a word after the lapse still counts for the day of the lapse, so that a late answer never weighs
    /// more than silence would have.
    fn settle_answered<'a>(&self, timeline: &Timeline<'a>, first: &Word<'a>, model: &Model, fold: &mut Fold<'a>) {
        let elapsed = self.clock.elapsed(first.at);
        let lapsed_at = self.lapses_at(model).filter(|&lapse| lapse < first.at);
        let no_later_than_lapse = |at: Timestamp| self.lapses_at(model).map_or(at, |lapse| at.min(lapse)).day();
        let timely = if elapsed > self.allowed { 0.0 } else { 1.0 };
        let due_at = self.due_at().map_or(first.at, |due_at| due_at.min(first.at));
        let prompt = (-half_lives(elapsed, self.allowed, model)).exp2();
        let mut settled = Vec::new();
        self.settle(Channel::Timely, due_at.day(), timely, &mut settled);
        self.settle(Channel::Prompt, no_later_than_lapse(first.at), prompt, &mut settled);
        if let Some(lapse) = lapsed_at {
            settled.extend(self.broken_trust(lapse.day(), model));
        }
        fold.settle(first.event, settled);
        let Some(word) = timeline.last_word() else { return };
        let (substance, attitude) = match word.kind {
            WordKind::Yes(responded) => (model.substantive.response, model.willingness.response(responded.disposition)),
            WordKind::Delivery(_) => (model.substantive.response, model.willingness.accepted),
            WordKind::No(refused) => (substance_of(refused, model), model.willingness.refusal(refused)),
        };
        let (day, mut settled) = (no_later_than_lapse(word.at), Vec::new());
        self.settle(Channel::Substantive, day, substance, &mut settled);
        self.settle(self.attitude(), day, attitude, &mut settled);
        fold.settle(word.event, settled);
    }
}

/// How often the worth of an answer has halved by then.
pub(super) fn half_lives(taken: Span, allowed: Span, model: &Model) -> f64 {
    // Not by way of a span: to the microsecond it would be another figure in its last digits.
    taken.micros() as f64 / (allowed.micros() as f64 * model.reply.prompt_half_life)
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
