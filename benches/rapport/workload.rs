//! The feed that everything is measured with: requests and what follows them, in the order of time, seeded.
//!
//! A few relationships are busy and most are quiet, as in life: how busy one is follows Zipf's law. The feed covers two
//! years up to now, however many events it has.

use std::{cmp::Reverse, collections::BinaryHeap};

use prost::{Message, bytes::Bytes};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rapport::{
    api::{
        v1::{self, RecordEventsRequest},
        wire_event,
    },
    event::{
        Delivered, Disposition, Event, Identity, Money, Paid, PartyRole, Payload, Rated, RatingSubject, RefusalReason,
        Refused, Relationship, RequestKind, Requested, Responded,
    },
    time::{Clock, DAY, HOUR, Span, SystemClock, Timestamp},
};

/// Every run sees the same feed.
const SEED: u64 = 4;
/// Suppliers at the least; relationships are spread over them.
const SUPPLIERS: usize = 1_000;
/// How many events an interaction has, on average: what spreads a feed over its two years.
const EVENTS_PER_INTERACTION: f64 = 2.8;
/// How long ago the first request was made.
const LONG_AGO: Span = Span::days(730);
/// The requests are spread over this, which leaves the last ones time to be answered.
const SPREAD: Span = Span::days(690);

/// Relationships, and how much goes on in each.
pub struct Workload {
    /// The busiest first.
    pub relationships: Vec<Relationship>,
    /// The sum of the shares of each and of all before it.
    shares: Vec<f64>,
    until: Timestamp,
}

impl Workload {
    /// So many relationships, spread evenly over the customers; no supplier has two with one customer.
    pub fn new(relationships: usize, customers: usize) -> Self {
        let suppliers = SUPPLIERS.max(relationships.div_ceil(customers));
        let relationship = |index: usize| {
            let (customer, place) = (index % customers, index / customers);
            let supplier = (place + customer * 10) % suppliers;
            Relationship { customer: format!("customer-{customer:04}"), supplier: format!("supplier-{supplier:05}") }
        };
        let mut sum = 0.0;
        let share = |index| {
            sum += 1.0 / (index as f64);
            sum
        };
        Self {
            relationships: (0..relationships).map(relationship).collect(),
            shares: (1..=relationships).map(share).collect(),
            until: SystemClock.now(),
        }
    }

    /// A feed of so many events.
    pub fn events(&self, count: usize) -> Feed<'_> {
        Feed {
            workload: self,
            dice: ChaCha8Rng::seed_from_u64(SEED),
            waiting: BinaryHeap::new(),
            begin: self.until - LONG_AGO,
            pace: SPREAD * (EVENTS_PER_INTERACTION / count as f64),
            interactions: 0,
            left: count,
            told: 0,
        }
    }

    /// So many relationships by chance, each as often as it is busy.
    pub fn some(&self, count: usize) -> Vec<&Relationship> {
        let mut dice = ChaCha8Rng::seed_from_u64(SEED + 1);
        (0..count).map(|_| &self.relationships[self.pick(&mut dice)]).collect()
    }

    fn pick(&self, dice: &mut ChaCha8Rng) -> usize {
        let all = self.shares.last().copied().unwrap_or(1.0);
        let point = dice.random_range(0.0..all);
        self.shares.partition_point(|&sum| sum <= point)
    }
}

/// The events of a workload, one after the other.
pub struct Feed<'a> {
    workload: &'a Workload,
    dice: ChaCha8Rng,
    /// What is still to happen of the interactions that have begun: the earliest on top.
    waiting: BinaryHeap<Reverse<Planned>>,
    begin: Timestamp,
    pace: Span,
    interactions: u64,
    left: usize,
    told: u64,
}

/// Something that will happen; of two at the same moment, the earlier interaction's comes first.
struct Planned {
    at: Timestamp,
    interaction: u64,
    relationship: usize,
    payload: Payload,
}

impl Planned {
    fn place(&self) -> (Timestamp, u64) {
        (self.at, self.interaction)
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}
impl Eq for Planned {}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

impl Iterator for Feed<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.left = self.left.checked_sub(1)?;
        while self.waiting.peek().is_none_or(|Reverse(next)| next.at >= self.begin) {
            self.begin_interaction();
        }
        let Reverse(planned) = self.waiting.pop()?;
        self.told += 1;
        // As of a sender that makes ids in the order of time.
        let event_id = format!("{:012x}{:08x}", planned.at.micros() / 1_000, self.told);
        let relationship = self.workload.relationships[planned.relationship].clone();
        Some(Event {
            identity: Identity { relationship, source: "erp".to_owned(), event_id },
            interaction: Some(format!("RFQ-{:08}", planned.interaction)),
            occurred_at: planned.at,
            payload: planned.payload,
        })
    }
}

impl Feed<'_> {
    /// Plans a request and what follows it.
    fn begin_interaction(&mut self) {
        let at = self.begin;
        self.begin = at.plus(self.pace);
        self.interactions += 1;
        let relationship = self.workload.pick(&mut self.dice);
        // Suppliers differ: from prompt and reliable to slow and often silent.
        let slowness = (relationship * 7 % 10) as f64 / 10.0;
        let kind = match self.dice.random_range(0..20) {
            0..10 => RequestKind::Order,
            10..17 => RequestKind::Quote,
            _ => RequestKind::Information,
        };
        let amount = Money { currency: "EUR".to_owned(), amount_minor: self.dice.random_range(1_000..1_000_000) };
        self.plan(relationship, at, requested(kind, at, amount.clone()));
        let answered = at.plus(self.hours(1.0 + 50.0 * slowness));
        if self.chance(0.3) {
            self.plan(relationship, at.plus(HOUR), Payload::Acknowledged {});
        }
        if self.chance(0.02 + 0.15 * slowness) {
            return;
        }
        if kind != RequestKind::Order {
            let refuses = self.chance(0.2);
            self.plan(relationship, answered, if refuses { refused() } else { responded(Disposition::Answered, None) });
            return;
        }
        let promised = at.plus(10 * DAY);
        self.plan(relationship, answered, responded(Disposition::Accepted, Some(promised)));
        let delivered = promised.plus(self.hours(48.0 * slowness) - DAY);
        self.plan(relationship, delivered, delivery());
        if self.chance(0.3) {
            let paid = Paid { amount, due: Some(delivered.plus(14 * DAY)) };
            self.plan(relationship, delivered.plus(5 * DAY), Payload::Paid(paid));
        }
        if self.chance(0.1) {
            let stars = self.dice.random_range(1..=5);
            self.plan(relationship, delivered.plus(HOUR), rated(stars));
        }
    }

    fn plan(&mut self, relationship: usize, at: Timestamp, payload: Payload) {
        self.waiting.push(Reverse(Planned { at, interaction: self.interactions, relationship, payload }));
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.dice.random_bool(probability)
    }

    /// From half of so many hours to twice as many.
    fn hours(&mut self, usual: f64) -> Span {
        HOUR * (usual * self.dice.random_range(0.5..2.0))
    }
}

fn requested(kind: RequestKind, at: Timestamp, value: Money) -> Payload {
    Payload::Requested(Requested {
        respond_by: Some(at.plus(2 * DAY)),
        needed_by: (kind == RequestKind::Order).then(|| at.plus(12 * DAY)),
        value: Some(value),
        ..Requested::of(kind)
    })
}

fn responded(disposition: Disposition, promised_by: Option<Timestamp>) -> Payload {
    Payload::Responded(Responded { disposition, promised_by, note: String::new() })
}

fn refused() -> Payload {
    let note = "we are booked out this quarter".to_owned();
    Payload::Refused(Refused { note, ..Refused::of(RefusalReason::NoCapacity) })
}

fn delivery() -> Payload {
    Payload::Delivered(Delivered::whole())
}

fn rated(stars: u8) -> Payload {
    let (by, subject) = (PartyRole::Customer, RatingSubject::Work);
    Payload::Rated(Rated { by, subject, stars, note: String::new() })
}

/// Events as the messages of `RecordEvents`, so many in each.
pub fn batches(events: impl Iterator<Item = Event>, size: usize) -> Vec<Bytes> {
    let mut events = events.map(wire_event).peekable();
    std::iter::from_fn(|| {
        events.peek()?;
        let events: Vec<v1::Event> = events.by_ref().take(size).collect();
        Some(RecordEventsRequest { events }.encode_to_vec().into())
    })
    .collect()
}
