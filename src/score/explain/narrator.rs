//! What happened in an interaction that a request opened, in clauses.

use std::collections::BTreeSet;

use super::words::{percent, quote, span, subject};
use crate::{
    event::{Delivered, Disposition, Event, Payload, RefusalReason, Refused},
    interaction::Account,
    model::Model,
    observation::{Channel, Measure},
    time::{Timestamp, round_micros},
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
    pub model: &'a Model,
}

impl Narrator<'_> {
    pub fn narrate(&self) -> String {
        let clauses = match &self.event.payload {
            Payload::Responded(it) => vec![self.word(said(it.disposition), "")],
            Payload::Refused(it) => vec![self.word("refused", &reason(it))],
            Payload::Delivered(it) => vec![self.delivery(it)],
            Payload::Withdrawn(_) => vec![self.withdrawal()],
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
        let margin = match allowed - taken {
            0 => "just when it was due".to_owned(),
            spare @ 1.. => format!("{} before it was due", span(spare)),
            late => format!("{} after it was due", span(late)),
        };
        format!(" in {}, {margin}", span(taken))
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
        self.account.clock.reaches(round_micros(self.account.allowed as f64 * self.model.reply.lapse_after))
    }

    fn delivery(&self, delivered: &Delivered) -> String {
        if self.measure() == Some(Measure::Responsiveness) {
            return format!("answered by the delivery{}", self.speed());
        }
        let at = self.event.occurred_at;
        let mut clause = "delivered".to_owned();
        clause += &match self.account.deadline.map(|deadline| (deadline, at.since(deadline))) {
            None => ", no day having been promised".to_owned(),
            Some((_, late @ 1..)) => format!(" {} late", span(late)),
            Some((deadline, _)) if deadline.day() == at.day() => " on the promised day".to_owned(),
            Some((_, early)) => format!(" {} before the promised day", span(early)),
        };
        if delivered.in_full.value() < 1.0 {
            clause += &format!(", {} of it", percent(delivered.in_full.value()));
        }
        if delivered.accepted.value() < 1.0 {
            clause += &format!(", {} accepted", percent(delivered.accepted.value()));
        }
        clause
    }

    fn withdrawal(&self) -> String {
        let at = self.event.occurred_at;
        if self.is_about(&[Steadiness]) {
            return "taken back after it was accepted".to_owned();
        }
        let late = self.account.deadline.map_or(0, |deadline| at.since(deadline));
        format!("taken back {} after the promised day, {}not delivered", span(late), self.missing())
    }

    fn clarified(&self) -> String {
        let answered = self.account.questions.iter().find(|(_, answer)| self.is(*answer));
        let taken = answered.map_or(0, |(asked, _)| self.event.occurred_at.since(asked.occurred_at));
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
            let time = match account.time_given {
                Some((given, usual)) if given < usual => {
                    format!("leaving {} where {} are usual", span(given.max(0)), span(usual))
                }
                _ => "leaving the usual time".to_owned(),
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
        if account.withdrawal.is_none() && self.is_about(&[Commitments, Trust]) {
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
            return format!(
                "taken back after {} without an answer",
                span(withdrawal.occurred_at.since(account.opening.occurred_at))
            );
        }
        let open = span(account.clock.elapsed(self.as_of));
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
        if late > 0 {
            format!("{missing}not delivered, {} after the promised day", span(late))
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

    /// Why the customer answers for a part of what failed on its request.
    fn charged(&self) -> Option<String> {
        let by_supplier =
            matches!(self.event.payload, Payload::Responded(_) | Payload::Refused(_) | Payload::Delivered(_));
        let why = if self.is_about(&[LeadTime]) {
            match self.account.time_given {
                Some((given, usual)) => {
                    format!("it left {} where {} are usual", span(given.max(0)), span(usual))
                }
                None => "the promised day left less time than is usual".to_owned(),
            }
        } else {
            format!("it was {} complete", percent(self.account.request.completeness.value()))
        };
        (by_supplier && self.is_about(&[LeadTime, Completeness]))
            .then(|| format!("what failed is partly the request's own doing: {why}"))
    }
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
    let reason = match refused.reason {
        RefusalReason::CannotBeDone => ": it cannot be done",
        RefusalReason::NoCapacity => ": no capacity",
        RefusalReason::Price => ": no agreement about the price",
        RefusalReason::Policy => ": a rule forbids it",
        RefusalReason::NotNow => ": not now",
        RefusalReason::NotNeeded => ": it is not needed",
        RefusalReason::NotInterested => ": not interested",
        RefusalReason::Other if refused.is_bare() => " without a reason",
        RefusalReason::Other => ": another reason",
    };
    let note = if refused.note.is_empty() { String::new() } else { format!(" ({})", quote(&refused.note)) };
    let alternative = if refused.alternative_offered { ", with another way offered" } else { "" };
    format!("{reason}{note}{alternative}")
}
