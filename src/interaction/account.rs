//! The facts of an interaction that its judgements went by, for those who put them in words.

use super::{conduct, precedents::Requests, promise, reply, sla_clock::SlaClock, thread::by_interaction};
use crate::{
    event::{Event, Requested},
    model::Model,
    time::Timestamp,
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
    /// How long the supplier had for its answer, in microseconds.
    pub allowed: i64,
    /// The supplier's first word or delivery.
    pub first_word: Option<&'a Event>,
    /// What the supplier said last; a delivery where it said nothing.
    pub last_word: Option<&'a Event>,
    /// The promised day.
    pub deadline: Option<Timestamp>,
    /// The share that has not been delivered, 0 to 1.
    pub missing: f64,
    /// The customer's withdrawal.
    pub withdrawal: Option<&'a Event>,
    /// The supplier's questions, each with the customer's answer where there is one.
    pub questions: Vec<(&'a Event, Option<&'a Event>)>,
    /// How often the same had been refused before.
    pub refusals: u32,
    /// Whether it changes what had been accepted.
    pub changes_accepted: bool,
    /// Given and usual time for the answer or for the delivery, in microseconds, whichever is the scarcer; `None` if
    /// the request set no date.
    pub time_given: Option<(i64, i64)>,
}

impl<'a> Account<'a> {
    /// The account of an interaction, out of all events of its thread that count. Returns `None` if nothing was requested
    /// in it.
    #[must_use]
    pub fn of(thread: &[&'a Event], interaction: &str, model: &Model) -> Option<Self> {
        let requests = Requests::of(&by_interaction(thread));
        let (&id, timeline) = requests.timelines.get_key_value(interaction)?;
        let precedents = requests.precedents(id);
        Some(Self {
            request: timeline.request,
            opening: timeline.opening,
            clock: timeline.clock(),
            allowed: reply::allowed(timeline, model),
            first_word: timeline.answers.first().map(|word| word.event),
            last_word: timeline.last_word().map(|word| word.event),
            deadline: promise::deadline(timeline),
            missing: promise::instalments(timeline).1,
            withdrawal: timeline.withdrawal,
            questions: timeline.pauses.clone(),
            refusals: precedents.refusals,
            changes_accepted: precedents.changes_accepted,
            time_given: conduct::scarcest_span(timeline, model),
        })
    }
}
