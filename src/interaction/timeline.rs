//! The events of one interaction, sorted into what the judgements ask about.

use std::sync::Arc;

use super::{
    ending::Endings,
    moves::{Asked, Move},
    sla_clock::SlaClock,
};
use crate::{
    calendar::{Calendar, WorkingTimes},
    event::{Delivered, Disposition, Event, PartyRole, Payload, Refused, RequestKind, Requested, Responded, Returned},
    terms::{Owed, Terms},
    time::{Span, Timestamp},
};

/// A request and what followed it.
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own about the same events")]
pub(super) struct Timeline<'a> {
    pub request: &'a Requested,
    /// The event that made the request.
    pub opening: &'a Event,
    /// The supplier's words and deliveries up to the end, in order.
    pub answers: Vec<Word<'a>>,
    /// What moved what was asked for or agreed, up to the end, in order.
    pub moves: Vec<Move<'a>>,
    /// What came back, in order.
    pub returns: Vec<(&'a Event, &'a Returned)>,
    /// From each clarification asked to its answer, where there is one.
    pub pauses: Vec<(&'a Event, Option<&'a Event>)>,
    /// What ended it: nothing is owed after that.
    pub end: Option<End<'a>>,
    /// Whether the events say what was paid.
    pub paid: bool,
    /// The order that it would change: once it is accepted it moves that, and is nothing to be delivered by itself.
    pub alters: Option<&'a Requested>,
    /// Whether a request for a change is about it: that one is held against the customer then.
    pub is_altered: bool,
    /// The end of the relationship, after which nothing in it counts.
    pub closed_by: Option<&'a Event>,
    /// When the supplier works; none where it is always open.
    pub calendar: Option<Arc<Calendar>>,
    asked: Asked<'a>,
    /// What the supplier has accepted, in which way.
    accepted: Option<Disposition>,
    /// Whether a no would cancel what is agreed.
    is_agreed: bool,
    /// Whether the supplier has said anything.
    is_worded: bool,
}

/// What the supplier said or did.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub event: &'a Event,
    pub at: Timestamp,
    pub kind: WordKind<'a>,
    /// Whether it only accepts again what had been accepted: it may move dates, but is no new answer.
    pub repeats: bool,
}

#[derive(Clone, Copy)]
pub(super) enum WordKind<'a> {
    Yes(&'a Responded),
    No(&'a Refused),
    Delivery(&'a Delivered),
}

/// What ends an interaction.
#[derive(Clone, Copy)]
pub(super) enum End<'a> {
    /// The customer takes back what is not delivered.
    Withdrawn(&'a Event),
    /// The supplier says no to what it had accepted.
    Cancelled(&'a Event),
}

impl<'a> End<'a> {
    pub(super) fn event(self) -> &'a Event {
        match self {
            Self::Withdrawn(event) | Self::Cancelled(event) => event,
        }
    }
}

impl<'a> Timeline<'a> {
    /// Reads events in their order, with what changes that were agreed elsewhere move in it, up to the first end of the
    /// relationship after the request; `is_open` says whether that ends anything. `alters` is the order that it would
    /// change. None where there is no request: then everything else waits for it.
    pub(super) fn read(
        events: &[&'a Event],
        alters: Option<&'a Requested>,
        agreed: Vec<Move<'a>>,
        endings: &Endings<'a>,
        times: &WorkingTimes,
        is_open: &dyn Fn(&Self, Timestamp) -> bool,
    ) -> Option<Self> {
        let (request, opening) = opening(events)?;
        let working_time = times.of_party(&opening.relationship().supplier);
        let mut timeline = Self {
            request,
            opening,
            answers: Vec::new(),
            moves: Vec::new(),
            returns: Vec::new(),
            pauses: Vec::new(),
            end: None,
            paid: events.iter().any(|event| matches!(event.payload, Payload::Paid(_))),
            alters,
            is_altered: false,
            closed_by: None,
            calendar: working_time.and_then(|it| it.at(opening.occurred_at)).cloned(),
            asked: Asked::by(request),
            accepted: None,
            is_agreed: false,
            is_worded: false,
        };
        let (mut agreed, mut ending) = (agreed.into_iter().peekable(), endings.after(opening));
        for event in events {
            while let Some(change) = agreed.next_if(|change| change.event.position() < event.position()) {
                timeline.close_before(change.event, &mut ending, is_open);
                timeline.agree(change);
            }
            timeline.close_before(event, &mut ending, is_open);
            timeline.take(event);
        }
        for change in agreed {
            timeline.close_before(change.event, &mut ending, is_open);
            timeline.agree(change);
        }
        if let Some(ending) = ending {
            timeline.close(ending, is_open);
        }
        timeline.note_deliveries();
        Some(timeline)
    }

    /// Whoever delivers on a change of an order takes it for an order of its own.
    fn note_deliveries(&mut self) {
        if self.is_delivered() {
            self.alters = None;
        }
    }

    fn close_before(
        &mut self,
        event: &Event,
        ending: &mut Option<&'a Event>,
        is_open: &dyn Fn(&Self, Timestamp) -> bool,
    ) {
        if let Some(ending) = ending.take_if(|ending| ending.position() < event.position()) {
            self.close(ending, is_open);
        }
    }

    /// The relationship ends. What is still open ends with it: the customer takes it back, or the supplier says no to it.
    fn close(&mut self, ending: &'a Event, is_open: &dyn Fn(&Self, Timestamp) -> bool) {
        self.note_deliveries();
        let Payload::Ended(ended) = &ending.payload else { return };
        if self.end.is_none() && is_open(self, ending.occurred_at) {
            self.end = Some(match ended.by {
                PartyRole::Customer => End::Withdrawn(ending),
                PartyRole::Supplier => {
                    self.answer(ending, WordKind::No(ended.as_refusal()), false);
                    End::Cancelled(ending)
                }
            });
        }
        self.closed_by = Some(ending);
    }

    fn agree(&mut self, change: Move<'a>) {
        if self.end.is_none() && self.closed_by.is_none() {
            self.is_agreed = true;
            self.moves.push(change);
        }
    }

    fn take(&mut self, event: &'a Event) {
        match &event.payload {
            Payload::Returned(returned) => self.returns.push((event, returned)),
            _ if self.closed_by.is_some() => {}
            Payload::ClarificationAsked(_) if self.pauses.last().is_none_or(|(_, until)| until.is_some()) => {
                self.pauses.push((event, None));
            }
            Payload::Clarified(_) => {
                if let Some((_, until @ None)) = self.pauses.last_mut() {
                    *until = Some(event);
                }
            }
            // What comes after the end is no longer owed, and so neither praised nor blamed.
            _ if self.end.is_some() => {}
            Payload::Responded(responded) => self.respond(event, responded),
            Payload::Refused(refused) => {
                self.answer(event, WordKind::No(refused), false);
                self.end = self.is_agreed.then_some(End::Cancelled(event));
            }
            Payload::Delivered(delivered) => self.deliver(event, delivered),
            Payload::Withdrawn(_) => self.end = Some(End::Withdrawn(event)),
            Payload::Requested(again) if event.identity != self.opening.identity => {
                self.moves.extend(self.asked.again(event, again));
            }
            Payload::Amended(amended) => self.moves.extend(self.asked.amended(event, amended)),
            _ => {}
        }
    }

    fn answer(&mut self, event: &'a Event, kind: WordKind<'a>, repeats: bool) {
        self.is_worded |= !matches!(kind, WordKind::Delivery(_));
        self.answers.push(Word { event, at: event.occurred_at, kind, repeats });
    }

    /// Once it is accepted, only to accept all instead of a part, or a part instead of all, is another answer.
    fn respond(&mut self, event: &'a Event, responded: &'a Responded) {
        use Disposition::{Accepted, Answered, Partial};
        let said = responded.disposition;
        let turns = matches!((self.accepted, said), (Some(Accepted), Partial) | (Some(Partial), Accepted));
        let repeats = self.accepted.is_some() && !turns;
        if !repeats && matches!(said, Accepted | Partial) {
            self.accepted = Some(said);
        }
        self.is_agreed |= self.accepted.is_some() || (said == Answered && responded.promised_by.is_some());
        self.answer(event, WordKind::Yes(responded), repeats);
    }

    /// A delivery on an order agrees to it. One that says how much in a unit that was not asked for waits.
    fn deliver(&mut self, event: &'a Event, delivered: &'a Delivered) {
        if self.asked.counts(delivered) {
            self.is_agreed |= self.request.kind == RequestKind::Order && !self.is_worded;
            self.answer(event, WordKind::Delivery(delivered), false);
        }
    }

    pub(super) fn requested_at(&self) -> Timestamp {
        self.opening.occurred_at
    }

    /// Whether it asks the supplier to become something else, rather than to change one order.
    pub(super) fn is_wish(&self) -> bool {
        self.request.kind.asks_for_change() && self.alters.is_none()
    }

    /// The customer's withdrawal.
    pub(super) fn withdrawal(&self) -> Option<&'a Event> {
        match self.end {
            Some(End::Withdrawn(event)) => Some(event),
            _ => None,
        }
    }

    /// The supplier's no to what it had accepted.
    pub(super) fn cancellation(&self) -> Option<&'a Event> {
        match self.end {
            Some(End::Cancelled(event)) => Some(event),
            _ => None,
        }
    }

    pub(super) fn clock(&self) -> SlaClock {
        let pauses = self.pauses.iter().map(|(from, until)| (from.occurred_at, until.map(|event| event.occurred_at)));
        SlaClock::new(self.requested_at(), &pauses.collect::<Vec<_>>()).by(self.calendar.clone())
    }

    /// How long the supplier has from one moment to another, of its working time.
    pub(super) fn given(&self, from: Timestamp, until: Timestamp) -> Span {
        self.calendar.as_ref().map_or_else(|| until.since(from), |calendar| calendar.given(from, until))
    }

    /// The moment by which something must have come that is due at another: where nobody works on that day, the end of the
    /// next working day.
    pub(super) fn due_day(&self, due: Timestamp) -> Timestamp {
        self.calendar.as_ref().map_or(due, |calendar| calendar.due_day(due))
    }

    /// The terms of the request, where it gave so much time for what is owed, or said nothing about it.
    pub(super) fn terms(&self, owed: Owed, given: Option<Span>) -> Terms {
        Terms::of(self.request.kind, owed, self.request.completeness, given)
    }

    /// The supplier's last response or refusal: people correct themselves, and what they said last is what they mean. A
    /// delivery speaks only where nothing was said.
    pub(super) fn last_word(&self) -> Option<Word<'a>> {
        self.last_word_before(Timestamp::MAX)
    }

    /// The last word before a moment.
    pub(super) fn last_word_before(&self, moment: Timestamp) -> Option<Word<'a>> {
        let heard = || self.answers.iter().filter(|word| word.at < moment);
        let said = heard().rfind(|word| !word.repeats && !matches!(word.kind, WordKind::Delivery(_)));
        said.or_else(|| heard().next()).copied()
    }

    /// The word with which the supplier first said yes to it.
    pub(super) fn acceptance(&self) -> Option<Word<'a>> {
        self.answers.iter().find(|word| matches!(word.kind, WordKind::Yes(_))).copied()
    }

    /// Whether anything was delivered.
    pub(super) fn is_delivered(&self) -> bool {
        self.answers.iter().any(|word| matches!(word.kind, WordKind::Delivery(_)))
    }

    /// Whether the first word of an order is its delivery: who only delivers has not answered, and has not failed to. An
    /// answer that was asked for by a day of its own is another matter, unless the order was written after its goods.
    pub(super) fn is_answered_by_delivery_alone(&self) -> bool {
        let Some(Word { at, kind: WordKind::Delivery(_), .. }) = self.answers.first() else { return false };
        let is_asked_for = self.request.respond_by.is_some() && *at > self.requested_at();
        self.request.kind == RequestKind::Order && !is_asked_for
    }
}

/// The first request among events in their order.
pub(super) fn opening<'a>(events: &[&'a Event]) -> Option<(&'a Requested, &'a Event)> {
    events.iter().find_map(|event| match &event.payload {
        Payload::Requested(request) => Some((request, *event)),
        _ => None,
    })
}
