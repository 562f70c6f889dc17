//! How the dealings of one relationship go.

use crate::{
    event::{
        Delivered, Disposition, Event, Identity, Money, Note, Paid, PartyRole, Payload, ProposalOutcome, Proposed,
        Rated, RatingSubject, Referred, RefusalReason, Refused, Relationship, Requested, Resolved, Responded,
        Retracted, Share,
    },
    time::{DAY, HOUR, MINUTE, Span, Timestamp},
};

use super::{
    cast::Character,
    customs::{CUSTOMS, Custom, IMPROVEMENT, ORDER},
    dice::Dice,
};

/// The `source` of every simulated event.
pub const SOURCE: &str = "simulation";
/// Days from a no to asking again.
const ASKS_AGAIN_AFTER: (i64, i64) = (120, 240);
/// Who gets to hear about a good supplier.
const FRIEND: &str = "demo: Friendly Neighbour";

/// One relationship, played from its first day to the last.
pub(super) struct Scene<'a> {
    number: u64,
    character: &'a Character,
    dice: Dice,
    until: Timestamp,
    interactions: u32,
    events: Vec<Event>,
}

/// One request, as it was made.
struct Inquiry {
    interaction: String,
    at: Timestamp,
    custom: &'static Custom,
    needed_by: Option<Timestamp>,
    amount: Option<Money>,
    half_finished: bool,
    /// How often it was refused before.
    refusals: usize,
}

impl<'a> Scene<'a> {
    pub(super) fn open(number: u64, character: &'a Character, seed: u64, until: Timestamp) -> Self {
        Self { number, character, dice: Dice::new(seed, number), until, interactions: 0, events: Vec::new() }
    }

    /// Everything that happened. What would happen after the end is left out, which leaves some requests open.
    pub(super) fn play(mut self) -> Vec<Event> {
        let days = self.character.known_for_days;
        for _ in 0..days * self.character.requests_a_month / 30 {
            let custom = self.dice.pick(&CUSTOMS, |custom| custom.weight);
            let at = self.some_time_in(days);
            self.play_request(custom, at, None);
        }
        self.play_request(&CUSTOMS[IMPROVEMENT], self.until - days * DAY / 2, None);
        self.play_request(&CUSTOMS[ORDER], self.until - 2 * HOUR, None);
        for _ in 0..days / 150 {
            let at = self.some_time_in(days);
            self.play_idea(at);
        }
        self.events.retain(|event| event.occurred_at <= self.until);
        self.events
    }

    /// A moment within the last so many days, to the minute.
    fn some_time_in(&mut self, days: i64) -> Timestamp {
        const MINUTES_IN_A_DAY: i64 = 24 * 60;
        self.until - self.dice.whole(1, days * MINUTES_IN_A_DAY) * MINUTE
    }

    /// One request from the asking to the payment.
    fn play_request(&mut self, custom: &'static Custom, at: Timestamp, again: Option<&Inquiry>) {
        let asked = self.ask(custom, at, again);
        let allowed = custom.answer_within();
        if !self.dice.chance(self.character.answers) {
            if self.dice.chance(0.2) {
                let note = "We have found another way".to_owned();
                let withdrawn_at = at + self.about(3.0, allowed);
                self.record(&asked, withdrawn_at, Payload::Withdrawn(Note { note }));
            }
            return;
        }
        let paused = self.clarify(&asked);
        let answered_at = at + paused + self.about(self.character.pace, allowed);
        if self.dice.chance(0.3) {
            self.record(&asked, at + answered_at.since(at) / 4, Payload::Acknowledged {});
        }
        let asks_for_change = custom.kind.asks_for_change();
        let yes = if asks_for_change { self.character.embraces } else { 1.0 - self.character.refuses };
        if self.dice.chance(yes) {
            self.agree(&asked, answered_at);
        } else {
            self.refuse(&asked, answered_at);
        }
    }

    fn ask(&mut self, custom: &'static Custom, at: Timestamp, again: Option<&Inquiry>) -> Inquiry {
        let half_finished = !self.dice.chance(self.character.completeness);
        let usual = custom.lead_time();
        let lead = if half_finished { usual * 0.3 } else { usual * self.dice.between(1.0, 1.5) };
        let euros = self.dice.about(custom.euros as f64);
        self.interactions += 1;
        let asked = Inquiry {
            interaction: format!("{:02}-{:04}", self.number, self.interactions),
            at,
            custom,
            needed_by: custom.is_work().then(|| at + lead),
            amount: (custom.euros > 0).then(|| Money { currency: "EUR".to_owned(), amount_minor: whole(euros) * 100 }),
            half_finished,
            refusals: again.map_or(0, |earlier| earlier.refusals + 1),
        };
        let requested = Requested {
            kind: custom.kind,
            respond_by: self.dice.chance(0.5).then(|| at + custom.answer_within()),
            needed_by: asked.needed_by,
            value: asked.amount.clone(),
            completeness: share(if half_finished { 0.5 } else { 1.0 }),
            revisits: again.map(|earlier| earlier.interaction.clone()),
            channel: if self.dice.chance(0.7) { "e-mail" } else { "portal" }.to_owned(),
            summary: custom.summary.to_owned(),
            ..Requested::of(custom.kind)
        };
        self.record(&asked, at, Payload::Requested(requested));
        asked
    }

    /// The supplier asks back where the request was half finished. Returns how long it had to wait for the customer.
    fn clarify(&mut self, asked: &Inquiry) -> Span {
        if !asked.half_finished || !self.dice.chance(0.5) {
            return Span::ZERO;
        }
        let asked_back_at = asked.at + HOUR;
        let waited = self.about(0.5, asked.custom.answer_within());
        let note = |note: &str| Note { note: note.to_owned() };
        self.record(asked, asked_back_at, Payload::ClarificationAsked(note("How many, and what for?")));
        self.record(asked, asked_back_at + waited, Payload::Clarified(note("A dozen, for the fair")));
        HOUR + waited
    }

    fn refuse(&mut self, asked: &Inquiry, at: Timestamp) {
        let excuses = self.character.excuses;
        let reason = if asked.custom.kind.asks_for_change() {
            excuses[asked.refusals.min(excuses.len() - 1)]
        } else {
            RefusalReason::NoCapacity
        };
        let refused = Refused {
            not_before: (reason == RefusalReason::NotNow).then(|| at + 90 * DAY),
            alternative_offered: self.dice.chance(self.character.offers_alternative),
            ..Refused::of(reason)
        };
        self.record(asked, at, Payload::Refused(refused));
        let (soonest, latest) = ASKS_AGAIN_AFTER;
        let again_at = at + self.dice.whole(soonest, latest) * DAY;
        if asked.custom.kind.asks_for_change() && again_at < self.until {
            self.play_request(asked.custom, again_at, Some(asked));
        }
    }

    fn agree(&mut self, asked: &Inquiry, at: Timestamp) {
        let disposition = match asked.custom.kind {
            _ if !asked.custom.is_work() => Disposition::Answered,
            kind if kind.asks_for_change() && self.dice.chance(0.5) => Disposition::CounterOffer,
            _ if self.dice.chance(0.05) => Disposition::Partial,
            _ => Disposition::Accepted,
        };
        let promised_by = asked.needed_by.map(|needed_by| needed_by.max(at + DAY));
        self.record(asked, at, respond(disposition, promised_by));
        if let Some(promised_by) = promised_by {
            self.deliver(asked, at, promised_by);
        }
    }

    fn deliver(&mut self, asked: &Inquiry, agreed_at: Timestamp, promised_by: Timestamp) {
        let kept = self.dice.chance(self.character.keeps_promises);
        let delivered_at = if kept {
            promised_by - promised_by.since(agreed_at) * self.dice.between(0.0, 0.3)
        } else {
            promised_by + self.about(self.character.days_late, DAY)
        };
        let bad_news_at = promised_by - DAY / 2;
        if !kept && self.dice.chance(0.3) {
            self.record(asked, bad_news_at, respond(Disposition::Accepted, Some(delivered_at)));
        }
        let accepted = if self.dice.chance(0.95) { 1.0 } else { 0.9 };
        if self.dice.chance(0.15) {
            self.record(asked, delivered_at, delivery(0.6, accepted));
            self.record(asked, delivered_at + HOUR, delivery(0.4, accepted));
        } else {
            self.record(asked, delivered_at, delivery(1.0, accepted));
            if !kept && self.dice.chance(0.15) {
                self.dispute(asked, promised_by, delivered_at);
            }
        }
        self.settle_up(asked, delivered_at, kept);
    }

    /// The delay turns out to be the carrier's: the late delivery is taken back, and the true one recorded.
    fn dispute(&mut self, asked: &Inquiry, promised_by: Timestamp, delivered_at: Timestamp) {
        let settled_at = delivered_at + self.about(5.0, DAY);
        let Some(event_id) = self.events.last().map(|event| event.identity.event_id.clone()) else { return };
        if settled_at <= self.until {
            let reason = "The carrier had left it in its own shed".to_owned();
            self.record(asked, settled_at, Payload::Retracted(Retracted { event_id, reason }));
            self.record(asked, promised_by, delivery(1.0, 1.0));
        }
    }

    /// Payment, and what both sides think of it.
    fn settle_up(&mut self, asked: &Inquiry, delivered_at: Timestamp, kept: bool) {
        let due = delivered_at + 30 * DAY;
        let paid_at = due + self.dice.whole(-10, 5) * DAY;
        if let Some(amount) = asked.amount.clone() {
            self.record(asked, paid_at, Payload::Paid(Paid { amount, due: Some(due) }));
        }
        let (low, high) = if kept { (4, 5) } else { (1, 3) };
        if self.dice.chance(0.4) {
            let stars = self.dice.whole(low, high);
            self.record(asked, delivered_at + DAY, rating(PartyRole::Customer, RatingSubject::Work, stars));
        }
        if self.dice.chance(0.2) {
            let stars = if asked.half_finished { 2 } else { 5 };
            self.record(asked, delivered_at + DAY, rating(PartyRole::Supplier, RatingSubject::WorkingTogether, stars));
        }
        if kept && self.dice.chance(0.03) {
            let referred = Referred { by: PartyRole::Customer, to: FRIEND.to_owned() };
            self.record(asked, delivered_at + 7 * DAY, Payload::Referred(referred));
        }
    }

    /// An idea of either side, and what becomes of it.
    fn play_idea(&mut self, at: Timestamp) {
        let by = if self.dice.chance(0.5) { PartyRole::Customer } else { PartyRole::Supplier };
        self.interactions += 1;
        let interaction = format!("{:02}-{:04}", self.number, self.interactions);
        let summary = "Boxes that come back".to_owned();
        self.record_in(&interaction, at, Payload::Proposed(Proposed { by, summary }));
        let outcome = match self.dice.chance(self.character.embraces) {
            true => ProposalOutcome::Adopted,
            false if self.dice.chance(0.5) => ProposalOutcome::Kept,
            false => ProposalOutcome::Declined,
        };
        let resolved = Resolved { outcome, note: String::new() };
        let resolved_at = at + self.about(21.0, DAY);
        self.record_in(&interaction, resolved_at, Payload::Resolved(resolved));
    }

    /// About so many times `usual`.
    fn about(&mut self, times: f64, usual: Span) -> Span {
        Span::from_micros(whole(self.dice.about(times * usual.micros() as f64)))
    }

    fn record(&mut self, asked: &Inquiry, at: Timestamp, payload: Payload) {
        self.record_in(&asked.interaction, at, payload);
    }

    fn record_in(&mut self, interaction: &str, at: Timestamp, payload: Payload) {
        let relationship =
            Relationship { customer: self.character.customer.to_owned(), supplier: self.character.supplier.to_owned() };
        let event_id = format!("{interaction}-{}", self.events.len());
        self.events.push(Event {
            identity: Identity { relationship, source: SOURCE.to_owned(), event_id },
            interaction: Some(interaction.to_owned()),
            occurred_at: at,
            payload,
        });
    }
}

#[expect(clippy::cast_possible_truncation, reason = "spans of years and prices of houses fit")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

fn share(value: f64) -> Share {
    Share::new(value).unwrap_or(Share::WHOLE)
}

fn respond(disposition: Disposition, promised_by: Option<Timestamp>) -> Payload {
    Payload::Responded(Responded { disposition, promised_by, note: String::new() })
}

fn delivery(in_full: f64, accepted: f64) -> Payload {
    let (in_full, accepted) = (share(in_full).into(), share(accepted));
    Payload::Delivered(Delivered { in_full, accepted, ..Delivered::whole() })
}

fn rating(by: PartyRole, subject: RatingSubject, stars: i64) -> Payload {
    Payload::Rated(Rated { by, subject, stars: u8::try_from(stars).unwrap_or(3), note: String::new() })
}
