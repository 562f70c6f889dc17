//! The language in which the stories are narrated.
//!
//! A [`Matter`] is one request and what follows it, in the words of people who buy and sell; each word makes an event. A
//! [`Story`] has heard some events and says how the relationships stand at any moment.

use std::sync::Arc;

use rapport::{
    event::{
        Amended, Delivered, Disposition, Event, Identity, Lot, Merged, Money, Note, Paid, PartyRole, Payload,
        ProposalOutcome, Proposed, Quantity, Rated, RatingSubject, Ratio, Referred, RefusalReason, Refused,
        Relationship, RequestKind, Requested, Resolved, Responded, Retracted, Returned, Share, Tenant,
    },
    ledger::{Ledger, Outcome},
    model::Model,
    models::Models,
    observation::Channel,
    reader::{EventState, Reach, Reader, RelationshipScores},
    score::{Chain, Explanation, Score, Scores, ValueAtRisk},
    store::{EventQuery, RecordedEvent, Sqlite, Store},
    time::{DAY, Span, Timestamp},
};
use tempfile::TempDir;

/// Everybody's customer in these stories.
pub const ACME: &str = "Acme";

/// Long after everything that any story tells; recorded then, whatever it is about.
pub const WRITTEN_AT: &str = "2040-01-01";

/// A date, or a moment as RFC 3339 has it.
pub fn on(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

/// The half-life of a relationship's long memory.
pub fn long_memory() -> Span {
    DAY * Model::default().memory.slow_half_life_days
}

/// A customer's relationship with a supplier.
pub fn between(customer: &str, supplier: &str) -> Relationship {
    Relationship { customer: customer.to_owned(), supplier: supplier.to_owned() }
}

/// Acme's relationship with a supplier.
pub fn acme_and(supplier: &str) -> Relationship {
    between(ACME, supplier)
}

/// A request that a customer makes of a supplier, and what follows it.
#[derive(Clone)]
pub struct Matter {
    relationship: Relationship,
    name: String,
    kind: RequestKind,
    answer_by: Option<Timestamp>,
    needed_by: Option<Timestamp>,
    completeness: f64,
    worth: Option<Money>,
    again: Option<String>,
    pieces: Option<u32>,
    schedule: Vec<Lot>,
    version: String,
}

fn pieces(count: u32) -> Quantity {
    Quantity::new(f64::from(count), "pieces".to_owned()).unwrap()
}

fn unamended(by: PartyRole) -> Amended {
    Amended {
        by,
        respond_by: None,
        needed_by: None,
        promised_by: None,
        quantity: None,
        value: None,
        note: String::new(),
    }
}

/// What a customer asks a supplier for.
pub fn asks(customer: &str, supplier: &str, kind: RequestKind, name: impl Into<String>) -> Matter {
    Matter {
        relationship: between(customer, supplier),
        name: name.into(),
        kind,
        answer_by: None,
        needed_by: None,
        completeness: 1.0,
        worth: None,
        again: None,
        pieces: None,
        schedule: Vec::new(),
        version: String::new(),
    }
}

/// What Acme asks `supplier` for.
pub fn acme_asks(supplier: &str, kind: RequestKind, name: impl Into<String>) -> Matter {
    asks(ACME, supplier, kind, name)
}

impl Matter {
    /// The answer is wanted by then.
    pub fn answer_by(self, moment: Timestamp) -> Self {
        Self { answer_by: Some(moment), ..self }
    }

    /// The goods are needed by then.
    pub fn needed_by(self, moment: Timestamp) -> Self {
        Self { needed_by: Some(moment), ..self }
    }

    /// Only this share of what the supplier must know was said.
    pub fn complete_to(self, completeness: f64) -> Self {
        Self { completeness, ..self }
    }

    /// What is asked for is worth so many euros.
    pub fn worth(self, euros: i64) -> Self {
        Self { worth: Some(Money { currency: "EUR".to_owned(), amount_minor: 100 * euros }), ..self }
    }

    /// So many pieces are asked for.
    pub fn of_pieces(self, count: u32) -> Self {
        Self { pieces: Some(count), ..self }
    }

    /// It is to come in equal lots, each on its day.
    pub fn in_lots(self, days: &[Timestamp]) -> Self {
        let fraction = Share::new(1.0 / days.len() as f64);
        let schedule = days.iter().map(|&due| Lot { due, fraction, quantity: None }).collect();
        Self { schedule, ..self }
    }

    /// The same matter, asked once more.
    pub fn once_more(self) -> Self {
        let version = format!("{} again", self.version);
        Self { version, ..self }
    }

    /// The same was asked before.
    pub fn again(self, earlier: &Self) -> Self {
        Self { again: Some(earlier.name.clone()), ..self }
    }

    pub fn asked(&self, at: Timestamp) -> Event {
        let requested = Requested {
            kind: self.kind,
            respond_by: self.answer_by,
            needed_by: self.needed_by,
            value: self.worth.clone(),
            completeness: Share::new(self.completeness).unwrap(),
            revisits: self.again.clone(),
            quantity: self.pieces.map(pieces),
            schedule: self.schedule.clone(),
            ..Requested::of(self.kind)
        };
        self.event(&format!("asked{}", self.version), at, Payload::Requested(requested))
    }

    /// Accepted, for the day on which it is needed.
    pub fn accepted(&self, at: Timestamp) -> Event {
        let responded = Responded { disposition: Disposition::Accepted, promised_by: None, note: String::new() };
        self.event("accepted", at, Payload::Responded(responded))
    }

    /// "Not this, but that."
    pub fn countered(&self, at: Timestamp) -> Event {
        let responded = Responded { disposition: Disposition::CounterOffer, promised_by: None, note: String::new() };
        self.event("countered", at, Payload::Responded(responded))
    }

    pub fn refused(&self, at: Timestamp, reason: RefusalReason) -> Event {
        self.event("refused", at, Payload::Refused(Refused::of(reason)))
    }

    pub fn refused_for(&self, at: Timestamp, reasons: &[RefusalReason]) -> Event {
        self.event("refused", at, crate::support::events::refused_for(reasons))
    }

    pub fn refused_with_alternative(&self, at: Timestamp, reason: RefusalReason) -> Event {
        let refused = Refused { alternative_offered: true, ..Refused::of(reason) };
        self.event("refused", at, Payload::Refused(refused))
    }

    /// Delivered in full, and nothing wrong with it.
    pub fn delivered(&self, at: Timestamp) -> Event {
        self.delivered_as("delivered", at)
    }

    /// A delivery under another name, where two are told of the same matter.
    pub fn delivered_as(&self, word: &str, at: Timestamp) -> Event {
        self.event(word, at, Payload::Delivered(Delivered::whole()))
    }

    /// So much of it delivered, as a multiple of the order, and this share of that accepted.
    pub fn delivered_in_part(&self, word: &str, at: Timestamp, in_full: f64, accepted: f64) -> Event {
        let (in_full, accepted) = (Ratio::new(in_full).unwrap(), Share::new(accepted).unwrap());
        self.event(word, at, Payload::Delivered(Delivered { in_full, accepted, ..Delivered::whole() }))
    }

    /// So many pieces delivered.
    pub fn delivered_pieces(&self, word: &str, at: Timestamp, count: u32) -> Event {
        let quantity = Some(pieces(count));
        self.event(word, at, Payload::Delivered(Delivered { quantity, ..Delivered::whole() }))
    }

    /// Promised for another day, by the supplier alone.
    pub fn promised(&self, at: Timestamp, promised_by: Timestamp) -> Event {
        let (disposition, promised_by) = (Disposition::Accepted, Some(promised_by));
        let responded = Responded { disposition, promised_by, note: String::new() };
        self.event(&format!("promised at {at}"), at, Payload::Responded(responded))
    }

    /// One side moves it to another day.
    pub fn moved(&self, at: Timestamp, by: PartyRole, to: Timestamp) -> Event {
        let (needed_by, promised_by) = if by == PartyRole::Customer { (Some(to), None) } else { (None, Some(to)) };
        let amended = Amended { needed_by, promised_by, ..unamended(by) };
        self.event(&format!("moved by {by:?}"), at, Payload::Amended(amended))
    }

    /// One side makes it another quantity.
    pub fn resized(&self, at: Timestamp, by: PartyRole, count: u32) -> Event {
        let amended = Amended { quantity: Some(pieces(count)), ..unamended(by) };
        self.event(&format!("resized by {by:?}"), at, Payload::Amended(amended))
    }

    pub fn withdrawn(&self, at: Timestamp) -> Event {
        self.event("withdrawn", at, Payload::Withdrawn(Note::default()))
    }

    /// A share of what was delivered comes back.
    pub fn sent_back(&self, at: Timestamp, fraction: f64) -> Event {
        let fraction = Share::new(fraction);
        self.event("sent back", at, Payload::Returned(Returned { fraction, quantity: None, note: String::new() }))
    }

    /// It was the same as another one.
    pub fn merged(&self, at: Timestamp, into: &Self) -> Event {
        self.event("merged", at, Payload::Merged(Merged { into: into.name.clone() }))
    }

    /// The supplier has a question; the customer need not answer it.
    pub fn questioned(&self, at: Timestamp) -> Event {
        self.event("questioned", at, Payload::ClarificationAsked(Note::default()))
    }

    /// What one side thinks of working with the other, 1 to 5 stars.
    pub fn rated(&self, at: Timestamp, by: PartyRole, stars: u8) -> Event {
        let rated = Rated { by, subject: RatingSubject::WorkingTogether, stars, note: String::new() };
        self.event(&format!("rated by {by:?}"), at, Payload::Rated(rated))
    }

    /// An idea, in a matter of its own.
    pub fn proposed(&self, at: Timestamp, by: PartyRole) -> Event {
        self.event("proposed", at, Payload::Proposed(Proposed { by, summary: String::new() }))
    }

    pub fn resolved(&self, at: Timestamp, outcome: ProposalOutcome) -> Event {
        self.event("resolved", at, Payload::Resolved(Resolved { outcome, note: String::new() }))
    }

    /// One side recommends the other.
    pub fn referred(&self, at: Timestamp, by: PartyRole, to: &str) -> Event {
        self.event(&format!("referred to {to}"), at, Payload::Referred(Referred { by, to: to.to_owned() }))
    }

    /// The customer pays what the matter is worth.
    pub fn paid(&self, at: Timestamp, due: Timestamp) -> Event {
        let amount = self.worth.clone().expect("what is paid for is worth something");
        self.event("paid", at, Payload::Paid(Paid { amount, due: Some(due) }))
    }

    /// Takes an event of this matter back.
    pub fn retracted(&self, event: &Event, at: Timestamp, reason: &str) -> Event {
        let event_id = event.identity.event_id.clone();
        self.event("retracted", at, Payload::Retracted(Retracted { event_id, reason: reason.to_owned() }))
    }

    fn event(&self, word: &str, occurred_at: Timestamp, payload: Payload) -> Event {
        let event_id = format!("{}: {word}", self.name);
        Event {
            identity: Identity { relationship: self.relationship.clone(), source: "story".to_owned(), event_id },
            interaction: Some(self.name.clone()),
            occurred_at,
            payload,
        }
    }
}

/// A store of its own, with the ledger and the reader over it.
pub struct Story {
    pub store: Arc<dyn Store>,
    pub ledger: Ledger,
    pub reader: Reader,
    file: Arc<TempDir>,
}

impl Story {
    pub async fn begin() -> Self {
        Self::open(Arc::new(tempfile::tempdir().unwrap())).await
    }

    /// The same store, as another process would open it.
    pub async fn opened_anew(&self) -> Self {
        Self::open(self.file.clone()).await
    }

    /// A story that has heard these events, in one go.
    pub async fn of(events: &[Event]) -> Self {
        let story = Self::begin().await;
        story.hears(events).await;
        story
    }

    async fn open(file: Arc<TempDir>) -> Self {
        let url = format!("sqlite:{}", file.path().join("story.db").display());
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&url).unwrap());
        store.migrate("story").await.unwrap();
        let models = Arc::new(Models::new(Model::default()));
        let (ledger, reader) = (Ledger::new(store.clone(), models.clone()), Reader::new(store.clone(), models));
        Self { store, ledger, reader, file }
    }

    /// Records events; they must be new.
    pub async fn hears(&self, events: &[Event]) {
        let recorded = self.ledger.record(&Tenant::default(), events, on(WRITTEN_AT)).await.unwrap();
        assert!(recorded.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Recorded { .. })), "{recorded:?}");
    }

    /// All that is read of a relationship at a moment.
    pub async fn read(&self, relationship: Relationship, as_of: Timestamp) -> RelationshipScores {
        let read = self.reader.scores(&Tenant::default(), &[relationship], as_of).await.unwrap();
        read.value.into_iter().next().unwrap()
    }

    /// How Acme's relationship with `supplier` stands at a moment.
    pub async fn scores(&self, supplier: &str, as_of: Timestamp) -> Scores {
        self.read(acme_and(supplier), as_of).await.scores
    }

    /// Everyone behind a supplier.
    pub async fn chain(&self, relationship: Relationship, reach: Reach, as_of: Timestamp) -> Chain {
        self.reader.chain(&Tenant::default(), &relationship, reach, as_of).await.unwrap().value
    }

    /// What Acme's relationship with a supplier is made of, told by the four events that moved each score most.
    pub async fn explanation(&self, supplier: &str, as_of: Timestamp) -> Explanation {
        self.reader.explain(&Tenant::default(), &acme_and(supplier), as_of, 4).await.unwrap().value
    }

    /// What `supplier` stands to lose with Acme.
    pub async fn value_at_risk(&self, supplier: &str, as_of: Timestamp) -> ValueAtRisk {
        self.reader.value_at_risk(&Tenant::default(), &acme_and(supplier), as_of).await.unwrap().value
    }

    /// Why it stands there.
    pub async fn reasons(&self, supplier: &str, as_of: Timestamp) -> Vec<String> {
        let read = self.reader.standings(&Tenant::default(), &[acme_and(supplier)], as_of).await.unwrap();
        read.value.into_iter().next().unwrap().1
    }

    pub async fn responsiveness(&self, supplier: &str, as_of: Timestamp) -> f64 {
        self.scores(supplier, as_of).await.responsiveness.value
    }

    pub async fn partnership(&self, supplier: &str, as_of: Timestamp) -> f64 {
        self.scores(supplier, as_of).await.partnership.value
    }

    /// How often anything was written.
    pub async fn writes(&self) -> i64 {
        self.reader.revision(&Tenant::default()).await.unwrap().number()
    }

    /// What is on record about a supplier, and whether each of it counts.
    pub async fn history(&self, supplier: &str) -> Vec<(RecordedEvent, EventState)> {
        let query = EventQuery { supplier: Some(supplier.to_owned()), limit: 1_000, ..EventQuery::default() };
        self.reader.events(&Tenant::default(), &query).await.unwrap().value
    }
}

/// From one end of a score's interval to the other.
pub fn width(score: &Score) -> f64 {
    score.high - score.low
}

/// What a channel stands at, 0 to 1.
pub fn channel(scores: &Scores, channel: Channel) -> f64 {
    let of_measure = scores.of(channel.measure()).channels.iter().map(|(_, estimate)| estimate);
    of_measure.into_iter().find(|estimate| estimate.channel == channel).unwrap().value
}
