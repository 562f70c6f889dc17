//! What would raise the scores, and what holding still costs: found by scoring the relationship as it would then be.

use crate::{
    event::{Delivered, Disposition, Event, Payload, RequestKind, Requested, Responded, Share},
    interaction::{Account, Promise, Reply, Threads},
    model::Model,
    observation::Measure,
    tally::{Change, State, Turn},
    time::{DAY, Span, Timestamp},
};

use super::{
    super::{
        imagined::{IMAGINED, imagined},
        kpi::kpis,
        scores::Scores,
    },
    counterfactual::{Counterfactual, Input},
    points::Points,
    words::{called, span, subject},
};

/// Something that would change the scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// The interaction it is about; none where it is about the next one.
    pub interaction: Option<String>,
    /// By how much each score would change, in the order of [`Measure::ALL`].
    pub points: [Points; 3],
    /// What to do, or what is the case, in words.
    pub sentence: String,
}

/// What a suggestion is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionKind {
    /// The next request answered as fast as usual, or in half the time allowed where that is shorter.
    NextAnswer,
    /// The next order delivered on the promised day.
    NextDelivery,
    /// The oldest open request answered now.
    AnswerOldest,
    /// The longest overdue delivery made now.
    DeliverOldest,
    /// The oldest overdue request left unanswered for another day.
    DayWithoutAnswer,
    /// The longest overdue delivery left undelivered for another day.
    DayWithoutDelivery,
}

/// Everything that is worth suggesting. What would change nothing is left out.
pub(super) fn suggestions(
    input: &Input<'_>,
    counterfactual: &Counterfactual<'_>,
    state: &State,
    scores: &Scores,
    threads: &Threads<'_>,
) -> Vec<Suggestion> {
    let imagine = Imagine { input, counterfactual, state, scores, threads };
    let mut suggestions = vec![imagine.next_answer()];
    suggestions.extend(imagine.next_delivery());
    suggestions.extend(imagine.oldest_request());
    suggestions.extend(imagine.oldest_promise());
    suggestions.retain(|it| it.points.iter().any(|points| *points != Points(0)));
    suggestions
}

struct Imagine<'a> {
    input: &'a Input<'a>,
    counterfactual: &'a Counterfactual<'a>,
    state: &'a State,
    scores: &'a Scores,
    threads: &'a Threads<'a>,
}

impl Imagine<'_> {
    fn model(&self) -> &Model {
        self.counterfactual.model
    }

    /// The next request of the kind that is asked for most, answered in time.
    fn next_answer(&self) -> Suggestion {
        let kind = self.usual_kind();
        let (time, as_usual) = self.answer_time(kind);
        let events = [
            imagined(IMAGINED, "asked", self.counterfactual.as_of - time, Payload::Requested(request(kind, None))),
            imagined(IMAGINED, "answered", self.counterfactual.as_of, answer(kind)),
        ];
        let sentence = format!("Answer the next {} in {} ({as_usual})", called(kind), span(time));
        self.suggest(SuggestionKind::NextAnswer, None, &[], &events.iter().collect::<Vec<_>>(), sentence)
    }

    /// A time in which an answer is worth having: half the time allowed, or what is usual here where that is shorter.
    fn answer_time(&self, kind: RequestKind) -> (Span, &'static str) {
        let half = self.model().service_level(kind).answer_within / 2;
        match kpis(self.state, self.counterfactual.as_of, self.model()).median_answer_time {
            Some(usual) if usual < half => (usual, "as usual"),
            _ => (half, "half the time allowed"),
        }
    }

    /// The next order delivered on the promised day; none where nothing was ever ordered.
    fn next_delivery(&self) -> Option<Suggestion> {
        let ordered = self.kinds().any(|kind| kind == RequestKind::Order);
        let usual = self.model().service_level(RequestKind::Order);
        let (asked, now) = (self.counterfactual.as_of - usual.lead_time, self.counterfactual.as_of);
        let answered = (asked + self.answer_time(RequestKind::Order).0).min(now);
        let events = [
            imagined(IMAGINED, "asked", asked, Payload::Requested(request(RequestKind::Order, Some(now)))),
            imagined(IMAGINED, "answered", answered, answer(RequestKind::Order)),
            imagined(IMAGINED, "delivered", now, delivery(Share::WHOLE)),
        ];
        let sentence = "Deliver the next order on the promised day".to_owned();
        let events: Vec<&Event> = events.iter().collect();
        ordered.then(|| self.suggest(SuggestionKind::NextDelivery, None, &[], &events, sentence))
    }

    /// What answering the oldest open request is worth; and what it costs a day where it is overdue.
    fn oldest_request(&self) -> Vec<Suggestion> {
        let now = self.counterfactual.as_of;
        let lapses = |reply: &Reply| reply.lapses_at(self.model()).is_some_and(|lapse| lapse <= now);
        let open = self.state.pending.iter().filter_map(|(id, it)| Some((id, it.reply.as_ref()?)));
        let waiting = open.filter(|(_, reply)| !lapses(reply));
        let Some((id, reply)) = waiting.min_by_key(|(_, reply)| reply.clock.started_at()) else {
            return Vec::new();
        };
        let Some((thread, account)) = self.account(id) else { return Vec::new() };
        let subject = format!("{} ({id})", subject(&account));
        let answered = self.follow_up(account.opening, answer(account.request.kind));
        let with: Vec<&Event> = thread.iter().copied().chain([&answered]).collect();
        let sentence = format!("Answer the oldest open {subject} now");
        let mut found = vec![self.suggest(SuggestionKind::AnswerOldest, Some(id), &thread, &with, sentence)];
        if let Some(due) = reply.due_at().filter(|due| *due < now) {
            let sentence =
                format!("Each further day without an answer to the {subject}, {} overdue", span(now.since(due)));
            found.extend(self.a_day_more(SuggestionKind::DayWithoutAnswer, id, sentence));
        }
        found
    }

    /// What making the longest overdue delivery is worth, and what it costs a day.
    fn oldest_promise(&self) -> Vec<Suggestion> {
        let now = self.counterfactual.as_of;
        let owed = self.state.pending.iter().flat_map(|(id, it)| it.promises.iter().map(move |promise| (id, promise)));
        let alive = |promise: &Promise| promise.deadline < now && promise.deadline + promise.lead > now;
        let overdue = owed.filter(|(_, promise)| alive(promise));
        let Some((id, promise)) = overdue.min_by_key(|(_, promise)| promise.deadline) else { return Vec::new() };
        let Some((thread, account)) = self.account(id) else { return Vec::new() };
        let subject = format!("{} ({id})", subject(&account));
        let late = span(now.since(promise.deadline));
        let delivered = self.follow_up(account.opening, delivery(promise.missing));
        let with: Vec<&Event> = thread.iter().copied().chain([&delivered]).collect();
        let sentence = format!("Deliver what is missing of the {subject} now, {late} late");
        let mut found = vec![self.suggest(SuggestionKind::DeliverOldest, Some(id), &thread, &with, sentence)];
        let sentence = format!("Each further day without delivering the {subject}, {late} overdue");
        found.extend(self.a_day_more(SuggestionKind::DayWithoutDelivery, id, sentence));
        found
    }

    /// The change of the scores where a thread becomes another.
    fn suggest(
        &self,
        kind: SuggestionKind,
        interaction: Option<&String>,
        thread: &[&Event],
        with: &[&Event],
        sentence: String,
    ) -> Suggestion {
        let then =
            self.counterfactual.scores_after(self.state, &Change::between(thread, with, self.counterfactual.rules));
        let points = Measure::ALL.map(|measure| difference(&then, self.scores, measure));
        Suggestion { kind, interaction: interaction.cloned(), points, sentence }
    }

    /// What another day of waiting costs, all else being as it is; none where it costs nothing.
    fn a_day_more(&self, kind: SuggestionKind, id: &str, sentence: String) -> Option<Suggestion> {
        let pending = self.state.pending.get(id)?.having_waited(DAY);
        let change =
            Change { pending: [(id.to_owned(), Turn { old: None, new: Some(pending) })].into(), ..Change::default() };
        let then = self.counterfactual.scores_after(self.state, &change);
        let points = Measure::ALL.map(|measure| difference(&then, self.scores, measure));
        let costs = points[0].0 + points[1].0 < 0;
        costs.then(|| Suggestion { kind, interaction: Some(id.to_owned()), points, sentence })
    }

    fn account(&self, id: &str) -> Option<(Vec<&Event>, Account<'_>)> {
        let thread = self.threads.of_interaction(id);
        let account = Account::of(&thread, id, self.counterfactual.rules)?;
        Some((thread, account))
    }

    /// An event of the same interaction as another, happening now.
    fn follow_up(&self, opening: &Event, payload: Payload) -> Event {
        let interaction = opening.interaction.clone();
        Event { interaction, ..imagined(IMAGINED, "follow-up", self.counterfactual.as_of, payload) }
    }

    fn kinds(&self) -> impl Iterator<Item = RequestKind> {
        self.input.events.iter().filter_map(|event| match &event.payload {
            Payload::Requested(requested) => Some(requested.kind),
            _ => None,
        })
    }

    /// The kind of request that was made most often; of several, the first by name. A quote where there was none.
    fn usual_kind(&self) -> RequestKind {
        let mut counts = std::collections::BTreeMap::new();
        self.kinds().for_each(|kind| *counts.entry(kind).or_insert(0) += 1);
        let most = counts.into_iter().rev().max_by_key(|&(_, count): &(_, i32)| count);
        most.map_or(RequestKind::Quote, |(kind, _)| kind)
    }
}

fn difference(then: &Scores, now: &Scores, measure: Measure) -> Points {
    Points(Points::round(then.of(measure).value).0 - Points::round(now.of(measure).value).0)
}

fn request(kind: RequestKind, needed_by: Option<Timestamp>) -> Requested {
    Requested { needed_by, ..Requested::of(kind) }
}

/// A yes: what is to be done is accepted, what is asked is answered.
fn answer(kind: RequestKind) -> Payload {
    let disposition = match kind {
        RequestKind::Order | RequestKind::Change | RequestKind::Improvement => Disposition::Accepted,
        _ => Disposition::Answered,
    };
    Payload::Responded(Responded { disposition, promised_by: None, note: String::new() })
}

fn delivery(in_full: Share) -> Payload {
    Payload::Delivered(Delivered { in_full: in_full.into(), ..Delivered::whole() })
}
