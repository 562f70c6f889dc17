//! The facts of an interaction that its judgements went by, for those who put them in words.

use super::{
    agreement::Agreement,
    conduct::{self, TimeGiven},
    deal::Deal,
    goods::{Delivery, Goods, NOTHING},
    open, reply,
    rules::Rules,
    sla_clock::SlaClock,
};
use crate::{
    event::{Event, Requested},
    time::{Span, Timestamp},
};

/// The facts of an interaction that a request opened.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// The request.
    pub request: &'a Requested,
    /// The event that made it.
    pub opening: &'a Event,
    /// How long the supplier has had, pauses taken out.
    pub clock: SlaClock,
    /// How long the supplier had for its answer.
    pub allowed: Span,
    /// The supplier's first word or delivery.
    pub first_word: Option<&'a Event>,
    /// What the supplier said last; a delivery where it said nothing.
    pub last_word: Option<&'a Event>,
    /// The promised day; of several lots the first that is not complete, and the last of those that are.
    pub deadline: Option<Timestamp>,
    /// The share that has not been delivered, 0 to 1.
    pub missing: f64,
    /// Whether the supplier said before the promised day that it would be late, and whether the customer agreed to that.
    pub announced: Option<Consent>,
    /// What each delivery brought, in order.
    pub brought: Vec<Brought<'a>>,
    /// The customer's withdrawal.
    pub withdrawal: Option<&'a Event>,
    /// The supplier's no to what it had accepted.
    pub cancellation: Option<&'a Event>,
    /// The supplier's questions, each with the customer's answer where there is one.
    pub questions: Vec<(&'a Event, Option<&'a Event>)>,
    /// How often the same had been refused before.
    pub refusals: u32,
    /// Whether it changes what had been accepted.
    pub changes_accepted: bool,
    /// The time that the request gave for the answer and for the delivery, where it set dates.
    pub time_given: Vec<TimeGiven>,
}

/// Whether the customer agreed to a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It did.
    Given,
    /// It said nothing.
    Missing,
}

/// What a delivery brought.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// The delivery.
    pub event: &'a Event,
    /// The share of the order that it brought of what was missing.
    pub share: f64,
    /// The share that it brought in place of what had been rejected.
    pub replaced: f64,
    /// The share that it brought beyond what was ordered.
    pub beyond: f64,
    /// Whether something had come before it.
    pub is_first: bool,
    /// Whether nothing is missing after it.
    pub completes: bool,
    /// The promised day of what it brought; of several lots of the first.
    pub deadline: Option<Timestamp>,
}

impl<'a> Account<'a> {
    /// The account of an interaction, out of all events of its thread that count. Returns `None` if nothing was requested
    /// in it.
    #[must_use]
    pub fn of(thread: &[&'a Event], interaction: &str, rules: Rules<'_>) -> Option<Self> {
        let Rules { model, .. } = rules;
        let requests = open::requests(thread, rules);
        let (&id, timeline) = requests.timelines.get_key_value(interaction)?;
        let (precedents, deal) = (requests.precedents(id), Deal::of(timeline, model));
        let Deal { agreement, goods } = &deal;
        Some(Self {
            request: timeline.request,
            opening: timeline.opening,
            clock: timeline.clock(),
            allowed: reply::allowed(timeline, model),
            first_word: timeline.answers.first().map(|word| word.event),
            last_word: timeline.last_word().map(|word| word.event),
            deadline: deadline(agreement, goods),
            missing: goods.all_missing(),
            announced: agreement.announced.then_some(if agreement.consented {
                Consent::Given
            } else {
                Consent::Missing
            }),
            brought: brought(agreement, goods),
            withdrawal: timeline.withdrawal(),
            cancellation: timeline.cancellation(),
            questions: timeline.pauses.clone(),
            refusals: precedents.refusals,
            changes_accepted: precedents.changes_accepted,
            time_given: conduct::given(timeline),
        })
    }
}

fn deadline(agreement: &Agreement<'_>, goods: &Goods<'_>) -> Option<Timestamp> {
    let missing = agreement.lots.iter().zip(&goods.missing).find(|(_, missing)| **missing > NOTHING);
    let lot = missing.map(|(lot, _)| lot).or(agreement.lots.last()).filter(|_| agreement.binds);
    lot.and_then(|lot| lot.day)
}

fn brought<'a>(agreement: &Agreement<'a>, goods: &Goods<'a>) -> Vec<Brought<'a>> {
    let day_of = |place: usize| agreement.lots.get(place).and_then(|lot| lot.day).filter(|_| agreement.binds);
    let (mut parts, mut before, mut all) = (goods.parts.iter().peekable(), 0.0, Vec::new());
    for &Delivery { event, missing: share, replaced, beyond } in &goods.receipts {
        while parts.next_if(|part| part.event.position() < event.position()).is_some() {}
        let lot = parts.peek().filter(|part| part.event.identity == event.identity).map(|part| part.lot);
        let deadline = lot.map_or_else(|| agreement.day(), day_of);
        let completes = share > NOTHING && before + share >= 1.0 - NOTHING;
        all.push(Brought { event, share, replaced, beyond, is_first: before <= NOTHING, completes, deadline });
        before += share;
    }
    all
}
