//! What happened in an interaction that a request opened, in clauses.

use std::{cmp::Ordering, collections::BTreeSet};

use super::{
    super::blame::Usual,
    words::{percent, percent_beyond, quote, span, subject},
};
use crate::{
    event::{Amended, Delivered, Disposition, Event, Payload, RefusalReason, Refused, Requested, Returned},
    interaction::{Account, Brought, Consent},
    model::Model,
    observation::{Channel, Measure},
    time::{Span, Timestamp},
};

use Channel::{
    Clarification, Commitments, Completeness, LeadTime, Prompt, Steadiness, Substantive, Timely, Trust, Vision,
    Willingness,
};

/// Narrates an event of an interaction that a request opened.
pub(super) struct Narrator<'a> {
    pub event: &'a Event,
    pub account: Account<'a>,
    pub channels: &'a BTreeSet<Channel>,
    pub as_of: Timestamp,
    pub usual: &'a Usual,
    pub model: &'a Model,
}

impl Narrator<'_> {
    pub fn narrate(&self) -> String {
        let clauses = match &self.event.payload {
            Payload::Responded(it) => vec![self.word(said(it.disposition), "")],
            Payload::Refused(it) if self.is(self.account.cancellation) => vec![self.cancellation(it)],
            Payload::Refused(it) => vec![self.word("refused", &reason(it))],
            Payload::Delivered(it) => vec![self.delivery(it)],
            Payload::Withdrawn(_) => vec![self.withdrawal()],
            Payload::Returned(it) => vec![self.sent_back(it)],
            Payload::Amended(it) => vec![self.amendment(it)],
            Payload::Requested(it) if !self.is(Some(self.account.opening)) => vec![self.asked_otherwise(it)],
            Payload::Clarified(_) => return self.clarified(),
            _ if self.is_about(&[Completeness, LeadTime, Steadiness, Clarification]) => self.conduct(),
            _ => self.waiting(),
        };
        let mut clauses: Vec<String> = clauses.into_iter().filter(|clause| !clause.is_empty()).collect();
        clauses.extend(self.asked_again());
        clauses.extend(self.charged());
        format!("{} {}", subject(&self.account), clauses.join("; "))
    }

    fn is_about(&self, channels: &[Channel]) -> bool {
        channels.iter().any(|channel| self.channels.contains(channel))
    }

    fn is(&self, other: Option<&Event>) -> bool {
        other.is_some_and(|other| other.identity == self.event.identity)
    }

    fn measure(&self) -> Option<Measure> {
        self.channels.first().map(|channel| channel.measure())
    }

    /// A response or a refusal: how fast it came, and what it said.
    fn word(&self, said: &str, reason: &str) -> String {
        let mut clause = said.to_owned();
        let is_about_what_was_said = self.is_about(&[Substantive, Willingness, Vision]);
        if self.is_about(&[Timely, Prompt]) {
            clause += &self.speed();
        } else if self.is_about(&[Trust, Commitments]) {
            clause += &self.broken();
        } else if is_about_what_was_said && !self.is(self.account.first_word) {
            clause += " in the end";
        }
        if self.is_about(&[Steadiness]) {
            clause += " and not taken back";
        }
        if is_about_what_was_said {
            clause += reason;
        }
        clause
    }

    /// How long the first answer took, against the time allowed.
    fn speed(&self) -> String {
        let (taken, allowed) = (self.account.clock.elapsed(self.event.occurred_at), self.account.allowed);
        let margin = match taken.cmp(&allowed) {
            Ordering::Less => format!("{} before it was due", span(allowed - taken)),
            Ordering::Equal => "just when it was due".to_owned(),
            Ordering::Greater => format!("{} after it was due", span(taken - allowed)),
        };
        format!(" in {}, {margin}", self.taken(taken))
    }

    /// A time on the supplier's account; where that is working time, with what there was of it.
    fn taken(&self, taken: Span) -> String {
        let (account, taken) = (&self.account, span(taken));
        if account.clock.is_working_time() {
            format!("{taken} of working time, of {} given", span(account.allowed))
        } else {
            taken
        }
    }

    /// How late a word came that cost trust.
    fn broken(&self) -> String {
        let at = self.event.occurred_at;
        let lapsed = self.is(self.account.first_word).then(|| self.lapse()).flatten().filter(|&lapse| lapse < at);
        match (lapsed, self.account.deadline.filter(|&deadline| deadline < at)) {
            (Some(lapse), _) => format!(" {} after it was given up for lost", span(at.since(lapse))),
            (None, Some(deadline)) => format!(" {} after the promised day", span(at.since(deadline))),
            (None, None) => String::new(),
        }
    }

    /// When an answer would no longer have been one.
    fn lapse(&self) -> Option<Timestamp> {
        self.account.clock.reaches(self.account.allowed * self.model.reply.lapse_after)
    }

    /// The supplier says no to what it had accepted: one thing, a broken promise and a refusal.
    fn cancellation(&self, refused: &Refused) -> String {
        let when = match self.account.deadline.map(|deadline| self.event.occurred_at.since(deadline)) {
            Some(late) if late > Span::ZERO => format!(" {} after the promised day", span(late)),
            Some(early) => format!(" {} before the promised day", span(early)),
            None => String::new(),
        };
        let missing =
            if self.account.missing < 1.0 { format!(", {}not delivered", self.missing()) } else { String::new() };
        format!("cancelled by the supplier{when}{}{missing}", reason(refused))
    }

    /// Why a broken promise weighs less.
    fn announced(&self) -> &'static str {
        match self.account.announced {
            None => "",
            Some(Consent::Missing) => ", announced before the day",
            Some(Consent::Given) => ", announced before the day and agreed to",
        }
    }

    fn brought(&self) -> Option<&Brought<'_>> {
        self.account.brought.iter().find(|brought| self.is(Some(brought.event)))
    }

    fn delivery(&self, delivered: &Delivered) -> String {
        if self.measure() == Some(Measure::Responsiveness) {
            return format!("answered by the delivery{}", self.speed());
        }
        let (at, brought) = (self.event.occurred_at, self.brought());
        let deadline = brought.map_or(self.account.deadline, |brought| brought.deadline);
        let mut clause = "delivered".to_owned();
        clause += &match deadline.map(|deadline| (deadline, at.since(deadline))) {
            None => ", no day having been promised".to_owned(),
            Some((_, late)) if late > Span::ZERO => format!(" {} late{}", span(late), self.announced()),
            Some((deadline, _)) if deadline.day() == at.day() => " on the promised day".to_owned(),
            Some((_, early)) => format!(" {} before the promised day", span(early)),
        };
        clause += &brought.map_or_else(String::new, part_of_it);
        if delivered.accepted.value() < 1.0 {
            clause += &format!(", {} accepted", percent(delivered.accepted.value()));
        }
        clause
    }

    fn sent_back(&self, returned: &Returned) -> String {
        let of_it = match (returned.fraction, &returned.quantity) {
            (Some(fraction), _) if fraction.value() < 1.0 => format!("{} of it ", percent(fraction.value())),
            (None, Some(quantity)) => format!("{} {} of it ", quantity.amount(), quantity.unit).replace("  ", " "),
            _ => String::new(),
        };
        let last = self.account.brought.iter().rfind(|brought| brought.event.occurred_at <= self.event.occurred_at);
        let after = last.map_or(Span::ZERO, |brought| self.event.occurred_at.since(brought.event.occurred_at));
        format!("{of_it}sent back {} after the delivery", span(after))
    }

    /// The customer's change of what it had asked for.
    fn amendment(&self, amended: &Amended) -> String {
        self.changed(amended.promised_by.or(amended.needed_by), amended.quantity.is_some())
    }

    fn asked_otherwise(&self, requested: &Requested) -> String {
        self.changed(requested.needed_by, requested.quantity.is_some())
    }

    fn changed(&self, day: Option<Timestamp>, in_quantity: bool) -> String {
        let after = if self.is_about(&[Steadiness]) { " after it was accepted" } else { "" };
        let days = self.account.request.needed_by.zip(day).map(|(before, now)| now.since(before));
        match days {
            Some(later) if later > Span::ZERO => format!("moved by the customer{after}, {} later", span(later)),
            Some(sooner) if sooner < Span::ZERO => format!("moved by the customer{after}, {} sooner", span(sooner)),
            _ if in_quantity => format!("changed in quantity by the customer{after}"),
            _ => format!("changed by the customer{after}"),
        }
    }

    fn withdrawal(&self) -> String {
        let at = self.event.occurred_at;
        if self.is_about(&[Steadiness]) {
            return match self.account.missing {
                0.0 => "taken back after all of it was delivered".to_owned(),
                1.0.. => "taken back after it was accepted".to_owned(),
                _ => format!("closed after it was accepted, {}not delivered", self.missing()),
            };
        }
        let late = self.account.deadline.map_or(Span::ZERO, |deadline| at.since(deadline));
        format!("taken back {} after the promised day, {}not delivered", span(late), self.missing())
    }

    fn clarified(&self) -> String {
        let answered = self.account.questions.iter().find(|(_, answer)| self.is(*answer));
        let taken = answered.map_or(Span::ZERO, |(asked, _)| self.event.occurred_at.since(asked.occurred_at));
        format!("the supplier's question about the {} answered in {}", subject(&self.account), span(taken))
    }

    /// The share that is missing, where that is not all of it.
    fn missing(&self) -> String {
        if self.account.missing >= 1.0 { String::new() } else { format!("{} ", percent(self.account.missing)) }
    }

    /// What the request itself was like.
    fn conduct(&self) -> Vec<String> {
        let account = &self.account;
        let mut clauses = Vec::new();
        if self.is_about(&[Completeness, LeadTime]) {
            let complete = match account.request.completeness.value() {
                1.0.. => "made complete".to_owned(),
                share => format!("made with {} of what must be known", percent(share)),
            };
            let time = match self.scarcest() {
                Some((given, usual)) => format!("leaving {} where {} are usual", span(given), span(usual)),
                None => "leaving the usual time".to_owned(),
            };
            clauses.push(format!("{complete}, {time}"));
        }
        if self.is_about(&[Steadiness]) {
            clauses.push("changes what had been accepted".to_owned());
        }
        if let (true, Some((asked, None))) = (self.is_about(&[Clarification]), account.questions.last()) {
            clauses.push(format!(
                "the supplier's question not answered for {}",
                span(self.as_of.since(asked.occurred_at))
            ));
        }
        clauses
    }

    /// What is still owed, or was never given.
    fn waiting(&self) -> Vec<String> {
        let account = &self.account;
        let mut clauses = Vec::new();
        let unanswered = account.first_word.is_none();
        if unanswered && self.is_about(&[Timely, Prompt, Substantive, Willingness, Vision]) {
            clauses.push(self.unanswered());
        }
        let is_owed = account.withdrawal.is_none() && account.cancellation.is_none();
        if is_owed && self.is_about(&[Commitments, Trust]) {
            clauses.extend(account.deadline.map(|deadline| self.undelivered(deadline)));
        }
        if clauses.is_empty() && unanswered {
            clauses.push(self.unanswered());
        }
        clauses
    }

    fn unanswered(&self) -> String {
        let account = &self.account;
        if let Some(withdrawal) = account.withdrawal {
            let how = if withdrawal.is_ending() { "ended with the relationship" } else { "taken back" };
            return format!(
                "{how} after {} without an answer",
                span(withdrawal.occurred_at.since(account.opening.occurred_at))
            );
        }
        let open = self.taken(account.clock.elapsed(self.as_of));
        match (account.clock.reaches(account.allowed), self.lapse()) {
            (_, Some(lapse)) if lapse <= self.as_of => {
                format!("never answered, given up for lost {} ago", span(self.as_of.since(lapse)))
            }
            (Some(due), _) if due <= self.as_of => {
                format!("not answered for {open}, {} overdue", span(self.as_of.since(due)))
            }
            (Some(due), _) => format!("still open after {open}, due in {}", span(due.since(self.as_of))),
            (None, _) => format!("still open after {open}, waiting for the customer to clarify"),
        }
    }

    fn undelivered(&self, deadline: Timestamp) -> String {
        let late = self.as_of.since(deadline);
        let missing = self.missing();
        if late > Span::ZERO {
            format!("{missing}not delivered, {} after the promised day{}", span(late), self.announced())
        } else {
            format!("{missing}to be delivered in {}", span(late))
        }
    }

    /// What was asked again weighs more, whichever way it ends.
    fn asked_again(&self) -> Option<String> {
        let (times, weight) = match self.account.refusals {
            0 => return None,
            1 => ("once", "double"),
            2 => ("twice", "fourfold"),
            3 => ("three times", "eightfold"),
            _ => ("more than three times", "eightfold"),
        };
        self.is_about(&[Vision]).then(|| format!("refused {times} before, so it weighs {weight}"))
    }

    /// Given and usual time, where the request gave less than is usual: of two the scarcer.
    fn scarcest(&self) -> Option<(Span, Span)> {
        let hurried = self.account.time_given.iter().filter(|given| self.usual.enough(given.terms()) < 1.0);
        let times = hurried.map(|given| (given.time.max(Span::ZERO), self.usual.time(given.kind, given.owed)));
        let share = |&(given, usual): &(Span, Span)| given / usual;
        times.filter(|time| share(time) < 1.0).min_by(|a, b| share(a).total_cmp(&share(b)))
    }

    /// Why the customer answers for a part of what failed on its request.
    fn charged(&self) -> Option<String> {
        let by_supplier =
            matches!(self.event.payload, Payload::Responded(_) | Payload::Refused(_) | Payload::Delivered(_));
        let why = if self.is_about(&[LeadTime]) {
            match self.scarcest() {
                Some((given, usual)) => format!("it left {} where {} are usual", span(given), span(usual)),
                None => "the promised day left less time than is usual".to_owned(),
            }
        } else {
            format!("it was {} complete", percent(self.account.request.completeness.value()))
        };
        (by_supplier && self.is_about(&[LeadTime, Completeness]))
            .then(|| format!("what failed is partly the request's own doing: {why}"))
    }
}

/// Which part of the order a delivery was, where that was not all of it and no more.
fn part_of_it(brought: &Brought<'_>) -> String {
    let mut clause = match (brought.is_first, brought.completes) {
        _ if brought.replaced > 0.0 => format!(", {} in place of what had been rejected", percent(brought.replaced)),
        _ if brought.share <= 0.0 => ", nothing of it being missing".to_owned(),
        (true, true) => String::new(),
        (false, true) => format!(", the remaining {}", percent(brought.share)),
        (_, false) => format!(", {} of it", percent(brought.share)),
    };
    if brought.beyond >= 0.005 {
        clause += &format!(" ({} more than ordered)", percent_beyond(brought.beyond));
    }
    clause
}

fn said(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Accepted => "accepted",
        Disposition::Answered => "answered",
        Disposition::Partial => "accepted in part",
        Disposition::CounterOffer => "answered with a counter-offer",
    }
}

fn reason(refused: &Refused) -> String {
    let said = |reason| match reason {
        RefusalReason::CannotBeDone => "it cannot be done",
        RefusalReason::NoCapacity => "no capacity",
        RefusalReason::Price => "no agreement about the price",
        RefusalReason::Policy => "a rule forbids it",
        RefusalReason::NotNow => "not now",
        RefusalReason::NotNeeded => "it is not needed",
        RefusalReason::NotInterested => "not interested",
        RefusalReason::Other => "another reason",
    };
    let reason = if refused.is_bare() {
        " without a reason".to_owned()
    } else {
        format!(": {}", refused.reasons().map(said).collect::<Vec<_>>().join(" and "))
    };
    let note = if refused.note.is_empty() { String::new() } else { format!(" ({})", quote(&refused.note)) };
    let alternative = if refused.alternative_offered { ", with another way offered" } else { "" };
    format!("{reason}{note}{alternative}")
}
