//! What the customer could do better, in plain words, from the counts of its own conduct.

use crate::{
    counts::{Counter, Counts},
    observation::Channel,
    time::HOUR,
};

use super::{
    super::{Estimate, Score},
    part::Points,
    words::span,
};

/// A channel that stands as high as this needs no advice.
const GOOD: f64 = 0.9;
/// Below the middle, the supplier's questions and its rating call for a word.
const POOR: f64 = 0.5;

/// Something that the customer could do better.
#[derive(Clone, Debug, PartialEq)]
pub struct Improvement {
    /// The channel of customership that it would raise.
    pub channel: Channel,
    /// By how many points customership would be higher if that channel stood at its best: what can be gained in time.
    pub room: Points,
    /// What to do, and why.
    pub sentence: String,
}

/// What the customer could do better, the weightiest first; nothing where its conduct is good.
#[must_use]
pub fn improvements(counts: &Counts, customership: &Score) -> Vec<Improvement> {
    let advice = customership.channels.iter().filter_map(|(share, estimate)| {
        let sentence = advice(counts, estimate).filter(|_| estimate.value < GOOD)?;
        let room = Points::round(100.0 * share * (1.0 - estimate.value));
        Some(Improvement { channel: estimate.channel, room, sentence })
    });
    let mut improvements: Vec<Improvement> = advice.filter(|it| it.room > Points(0)).collect();
    improvements.sort_by_key(|it| std::cmp::Reverse(it.room));
    improvements
}

fn advice(counts: &Counts, estimate: &Estimate) -> Option<String> {
    let count = |counter| counts.get(counter);
    let requests = count(Counter::Requests);
    let of = |counter| Some(count(counter)).filter(|count| *count > 0);
    match estimate.channel {
        Channel::Completeness => of(Counter::Incomplete).map(|incomplete| {
            format!("State what you need in full: {incomplete} of {requests} requests were incomplete")
        }),
        Channel::LeadTime => of(Counter::Hasty).map(|hasty| {
            let more = span(count(Counter::HoursMissing).max(1) * HOUR / hasty);
            format!("Leave {more} more: {hasty} of {requests} requests left less time than is usual, by so much on average")
        }),
        Channel::Steadiness => of(Counter::Unsteady).map(|unsteady| {
            format!("Stand by what was accepted: {unsteady} of {requests} requests were changed or taken back afterwards")
        }),
        Channel::Payment => of(Counter::LatePayments).map(|late| {
            format!("Pay on time: {late} of {} payments were late", count(Counter::Payments))
        }),
        Channel::Clarification => is_poor(estimate).then(|| {
            "Answer the supplier's questions sooner: they often wait for more than half as long as the supplier has for \
             the whole answer"
                .to_owned()
        }),
        Channel::Esteem => is_poor(estimate).then(|| {
            let stars = 1.0 + 4.0 * estimate.value;
            format!("Ask the supplier what it is like to work with you: its ratings come to {stars:.1} of 5 stars")
        }),
        _ => None,
    }
}

fn is_poor(estimate: &Estimate) -> bool {
    estimate.observations > 0 && estimate.value < POOR
}
