//! What the customer could do better, in plain words, from the counts of its own conduct.

use crate::{
    counts::{Counter, Counts},
    observation::Channel,
    tally::State,
};

use super::{
    super::{blame::Usual, estimate::Estimate, value::Score},
    points::Points,
    time_given::TimesGiven,
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
pub(super) fn improvements(state: &State, usual: &Usual, times: &TimesGiven, customership: &Score) -> Vec<Improvement> {
    let to_mend = customership.channels.iter().filter(|(_, estimate)| estimate.value < GOOD);
    let advice = to_mend.filter_map(|(share, estimate)| {
        let sentence = match estimate.channel {
            Channel::LeadTime => times.advice(usual)?,
            _ => advice(&state.counts, estimate)?,
        };
        let room = Points::round(100.0 * share * (1.0 - estimate.value));
        Some(Improvement { channel: estimate.channel, room, sentence })
    });
    let mut improvements: Vec<Improvement> = advice.filter(|it| it.room > Points(0)).collect();
    improvements.sort_by_key(|it| std::cmp::Reverse(it.room));
    improvements
}

fn advice(counts: &Counts, estimate: &Estimate) -> Option<String> {
    let of = |counter| Some(counts.get(counter)).filter(|count| *count > 0);
    match estimate.channel {
        Channel::Completeness => of(Counter::Incomplete).map(|count| {
            let of_all = of_all(count, counts.get(Counter::Requests), "request");
            format!("State what you need in full: {of_all} incomplete")
        }),
        Channel::Steadiness => of(Counter::Unsteady).map(|count| {
            let of_all = of_all(count, counts.get(Counter::Requests), "request");
            format!("Stand by what was accepted: {of_all} changed or taken back afterwards")
        }),
        Channel::Payment => of(Counter::LatePayments).map(|count| {
            format!("Pay on time: {} late", of_all(count, counts.get(Counter::Payments), "payment"))
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

/// "1 of 3 things was", "2 of 3 things were".
fn of_all(count: i64, all: i64, thing: &str) -> String {
    let (plural, verb) = (if all == 1 { "" } else { "s" }, if count == 1 { "was" } else { "were" });
    format!("{count} of {all} {thing}{plural} {verb}")
}

fn is_poor(estimate: &Estimate) -> bool {
    estimate.observations > 0 && estimate.value < POOR
}
