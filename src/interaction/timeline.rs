//! The events of one interaction, sorted into what the judgements ask about.

use super::{fairness::Fairness, sla_clock::SlaClock};
use crate::{
    event::{Delivered, Event, Payload, Refused, Requested, Responded},
    time::Timestamp,
};

/// A request and what followed it.
pub(super) struct Timeline<'a> {
    pub request: &'a Requested,
    /// The event that made the request.
    pub opening: &'a Event,
    /// The supplier's words and deliveries up to the withdrawal, in order.
    pub answers: Vec<Word<'a>>,
    /// From each clarification asked to its answer, where there is one.
    pub pauses: Vec<(&'a Event, Option<&'a Event>)>,
    pub withdrawal: Option<&'a Event>,
    /// Whether the events say what was paid.
    pub paid: bool,
}

/// What the supplier said or did.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub event: &'a Event,
    pub at: Timestamp,
    pub kind: WordKind<'a>,
}

/// Which it is.
#[derive(Clone, Copy)]
pub(super) enum WordKind<'a> {
    Yes(&'a Responded),
    No(&'a Refused),
    Delivery(&'a Delivered),
}

impl<'a> Timeline<'a> {
    /// Reads events in their order. Returns `None` if there is no request: then everything else waits for it. A second request
    /// in the same interaction says nothing new; to correct a request, its sender retracts it.
    pub(super) fn read(events: &[&'a Event]) -> Option<Self> {
        let (request, opening) = events.iter().find_map(|event| match &event.payload {
            Payload::Requested(request) => Some((request, *event)),
            _ => None,
        })?;
        let withdrawal = events.iter().find(|event| matches!(event.payload, Payload::Withdrawn(_))).copied();
        let paid = events.iter().any(|event| matches!(event.payload, Payload::Paid(_)));
        let mut timeline = Self { request, opening, answers: Vec::new(), pauses: Vec::new(), withdrawal, paid };
        for event in events {
            timeline.take(event);
        }
        Some(timeline)
    }

    fn take(&mut self, event: &'a Event) {
        let kind = match &event.payload {
            Payload::Responded(responded) => WordKind::Yes(responded),
            Payload::Refused(refused) => WordKind::No(refused),
            Payload::Delivered(delivered) => WordKind::Delivery(delivered),
            Payload::ClarificationAsked(_) => {
                if self.pauses.last().is_none_or(|(_, until)| until.is_some()) {
                    self.pauses.push((event, None));
                }
                return;
            }
            Payload::Clarified(_) => {
                if let Some((_, until @ None)) = self.pauses.last_mut() {
                    *until = Some(event);
                }
                return;
            }
            _ => return,
        };
        // What comes after the withdrawal is no longer owed, and so neither praised nor blamed.
        if self.withdrawn_at().is_none_or(|withdrawn_at| event.occurred_at <= withdrawn_at) {
            self.answers.push(Word { event, at: event.occurred_at, kind });
        }
    }

    pub(super) fn requested_at(&self) -> Timestamp {
        self.opening.occurred_at
    }

    pub(super) fn withdrawn_at(&self) -> Option<Timestamp> {
        self.withdrawal.map(|event| event.occurred_at)
    }

    pub(super) fn clock(&self) -> SlaClock {
        let pauses = self.pauses.iter().map(|(from, until)| (from.occurred_at, until.map(|event| event.occurred_at)));
        SlaClock::new(self.requested_at(), &pauses.collect::<Vec<_>>())
    }

    /// How fair the request was, where it left `given` microseconds and `normal` are usual.
    pub(super) fn fairness(&self, given: i64, normal: i64) -> Fairness {
        Fairness::of(self.request.completeness, given, normal)
    }

    /// The supplier's last response or refusal: people correct themselves, and what they said last is what they mean. A
    /// delivery speaks only where nothing was said.
    pub(super) fn last_word(&self) -> Option<Word<'a>> {
        self.last_word_before(Timestamp::MAX)
    }

    /// The last word before a moment.
    pub(super) fn last_word_before(&self, moment: Timestamp) -> Option<Word<'a>> {
        let heard = || self.answers.iter().filter(|word| word.at < moment);
        let said = heard().rfind(|word| !matches!(word.kind, WordKind::Delivery(_)));
        said.or_else(|| heard().next()).copied()
    }

    /// When the supplier first said yes to it.
    pub(super) fn accepted_at(&self) -> Option<Timestamp> {
        self.answers.iter().find(|word| matches!(word.kind, WordKind::Yes(_))).map(|word| word.at)
    }
}
