//! Matters: requests with at most one thing of each kind that may follow.

use proptest::{option, prelude::*, sample::select};
use rapport::{
    event::{
        Amended, Disposition, Event, Money, Paid, PartyRole, Payload, ProposalOutcome, Proposed, Rated, RatingSubject,
        RefusalReason, Refused, RequestKind, Requested, Resolved,
    },
    time::{DAY, HOUR, MICROSECOND, Span, Timestamp},
};

use crate::support::{
    events::{amendment, delivered, event, refused, request, responded, returned, share},
    histories::{beginning, spans},
};

/// Customer and supplier of each relationship: one that others share a side with, and one the other way round.
pub const RELATIONSHIPS: [(&str, &str); 4] = [("acme", "bolt"), ("brace", "bolt"), ("acme", "clamp"), ("bolt", "acme")];

/// A request and at most one thing of each kind that may follow, each so long after the request.
#[derive(Clone, Debug)]
pub struct Matter {
    pub relationship: usize,
    pub kind: RequestKind,
    pub asked: Timestamp,
    pub respond_by: Option<Span>,
    pub needed_by: Option<Span>,
    pub completeness: f64,
    pub answer: Option<(Span, Answer)>,
    /// Only what was accepted is delivered, or an order that nobody answered: how much of it, and how much of that was
    /// accepted.
    pub delivered: Option<(Span, f64, f64)>,
    /// What was accepted for a day may take a turn, after the answer.
    pub turn: Option<(Span, Turn)>,
    pub rated: Option<(Span, PartyRole, u8)>,
    pub decided: Option<(Span, ProposalOutcome)>,
    /// Paid, and when that was due.
    pub paid: Option<(Span, Span)>,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Yes(Disposition),
    No { reason: RefusalReason, alternative: bool, note: bool },
}

/// What becomes of something that had been accepted for a day.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    /// The customer wants it so much later.
    Postponed(Span),
    /// The supplier says that it will be so much later.
    Announced(Span),
    /// The supplier says, for want of capacity, that it will not come.
    Cancelled,
    /// So much of what had come goes back.
    Returned(f64),
}

fn turns() -> impl Strategy<Value = Turn> {
    prop_oneof![
        (spans(MICROSECOND..20 * DAY)).prop_map(Turn::Postponed),
        (spans(MICROSECOND..20 * DAY)).prop_map(Turn::Announced),
        Just(Turn::Cancelled),
        (0.0..=1.0).prop_map(Turn::Returned),
    ]
}

fn answers() -> impl Strategy<Value = Answer> {
    use Disposition::{Accepted, Answered};
    let no = (select(RefusalReason::ALL.to_vec()), any::<bool>(), any::<bool>());
    prop_oneof![
        3 => select(vec![Accepted, Answered]).prop_map(Answer::Yes),
        1 => no.prop_map(|(reason, alternative, note)| Answer::No { reason, alternative, note }),
    ]
}

pub fn matters() -> impl Strategy<Value = Matter> {
    use RequestKind::{Change, Order, Quote};
    let asked = (0..RELATIONSHIPS.len(), select(vec![Quote, Order, Change]), spans(Span::ZERO..800 * DAY));
    let terms = (
        option::of(spans(HOUR..5 * DAY)),
        option::of(spans(5 * DAY..30 * DAY)),
        (0..=20_u8).prop_map(|n| f64::from(n) / 20.0),
    );
    // No word comes after the day that was asked for: then it would have come too late to be one.
    let answer = option::weighted(0.8, (spans(MICROSECOND..5 * DAY), answers()));
    let delivery = option::of((spans(5 * DAY..70 * DAY), 0.0..=1.5, 0.0..=1.0));
    let turn = option::of((spans(5 * DAY..50 * DAY), turns()));
    let role = select(vec![PartyRole::Customer, PartyRole::Supplier]);
    let rating = option::weighted(0.3, (spans(Span::ZERO..60 * DAY), role, 1..=5_u8));
    let outcomes = select(vec![ProposalOutcome::Adopted, ProposalOutcome::Kept, ProposalOutcome::Declined]);
    let decision = option::weighted(0.2, (spans(Span::ZERO..60 * DAY), outcomes));
    let payment = option::weighted(0.3, (spans(Span::ZERO..60 * DAY), spans(Span::ZERO..60 * DAY)));
    let goods = (delivery, turn);
    (asked, terms, answer, goods, (rating, decision, payment)).prop_map(
        |(asked, terms, answer, (delivery, turn), rest)| {
            let is_accepted = matches!(answer, Some((_, Answer::Yes(Disposition::Accepted))));
            let is_unconfirmed = asked.1 == Order && answer.is_none();
            Matter {
                relationship: asked.0,
                kind: asked.1,
                asked: beginning().plus(asked.2),
                respond_by: terms.0,
                needed_by: terms.1,
                completeness: terms.2,
                answer,
                delivered: delivery.filter(|_| is_accepted || is_unconfirmed),
                turn: turn.filter(|_| is_accepted && terms.1.is_some()),
                rated: rest.0,
                decided: rest.1,
                paid: rest.2,
            }
        },
    )
}

impl Matter {
    /// The times that it left, for the answer (false) and for the delivery (true), each with its part of the request.
    pub fn given(&self) -> Vec<(bool, Span, f64)> {
        let times = [(false, self.respond_by), (true, self.needed_by)];
        let given: Vec<(bool, Span)> = times.into_iter().filter_map(|(of, time)| Some((of, time?))).collect();
        given.iter().map(|&(of, time)| (of, time, 1.0 / given.len() as f64)).collect()
    }

    pub fn events(&self, number: usize) -> Vec<Event> {
        let (customer, supplier) = RELATIONSHIPS[self.relationship];
        let mut events = Vec::new();
        let mut add = |after: Span, payload| {
            let id = format!("{number} {}", events.len());
            events.push(event(customer, supplier, &number.to_string(), &id, self.asked.plus(after), payload));
        };
        let after = |span: Option<Span>| span.map(|span| self.asked.plus(span));
        add(
            Span::ZERO,
            Payload::Requested(Requested {
                respond_by: after(self.respond_by),
                needed_by: after(self.needed_by),
                completeness: share(self.completeness),
                ..request(self.kind)
            }),
        );
        match self.answer {
            Some((at, Answer::Yes(disposition))) => add(at, responded(disposition, None)),
            Some((at, Answer::No { reason, alternative: alternative_offered, note })) => {
                let note = if note { "because" } else { "" }.to_owned();
                add(at, Payload::Refused(Refused { alternative_offered, note, ..Refused::of(reason) }));
            }
            None => {}
        }
        if let Some((at, in_full, accepted)) = self.delivered {
            add(at, delivered(in_full, accepted));
        }
        if let Some((at, turn)) = self.turn {
            let later = |by: Span| after(self.needed_by.map(|lead| lead + by));
            add(
                at,
                match turn {
                    Turn::Postponed(by) => {
                        Payload::Amended(Amended { needed_by: later(by), ..amendment(PartyRole::Customer) })
                    }
                    Turn::Announced(by) => responded(Disposition::Accepted, later(by)),
                    Turn::Cancelled => refused(RefusalReason::NoCapacity, false),
                    Turn::Returned(share) => returned(share),
                },
            );
        }
        if let Some((at, by, stars)) = self.rated {
            add(at, Payload::Rated(Rated { by, subject: RatingSubject::Work, stars, note: String::new() }));
        }
        if let Some((at, outcome)) = self.decided {
            add(Span::ZERO, Payload::Proposed(Proposed { by: PartyRole::Supplier, summary: String::new() }));
            add(at, Payload::Resolved(Resolved { outcome, note: String::new() }));
        }
        if let Some((at, due)) = self.paid {
            let amount = Money { currency: "EUR".to_owned(), amount_minor: 1 };
            add(at, Payload::Paid(Paid { amount, due: Some(self.asked.plus(due)) }));
        }
        events
    }
}
