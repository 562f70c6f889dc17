//! What is usual, learned from matters one by one.

use std::collections::BTreeMap;

use rapport::{
    event::RequestKind,
    model::Model,
    time::{SECOND, Span, Timestamp},
};

use super::matters::Matter;

/// Mean and variance of the times that are usual for an answer (false) or a delivery (true) to a kind of request, as powers
/// of two of microseconds.
pub type Usual = BTreeMap<(RequestKind, bool), (f64, f64)>;

/// A time in quarters of octaves of seconds, from the middle of its quarter.
pub fn octaves(time: Span) -> f64 {
    let seconds = (time / SECOND).floor().max(1.0);
    let octave = seconds.log2().floor();
    let quarter = ((seconds / octave.exp2() - 1.0) * 4.0).floor();
    octave + (1.0 + (quarter + 0.5) / 4.0).log2() + 1e6_f64.log2()
}

/// What the model says is usual.
pub fn usual_of(model: &Model) -> Usual {
    let of = |kind: RequestKind| {
        let level = model.service_level(kind);
        [((kind, false), (octaves(level.answer_within), 0.0)), ((kind, true), (octaves(level.lead_time), 0.0))]
    };
    RequestKind::ALL.into_iter().flat_map(of).collect()
}

/// What was usual in some matters by a moment, over what is usual elsewhere.
pub fn usual_in<'a>(matters: impl Iterator<Item = &'a Matter>, as_of: Timestamp, over: &Usual, model: &Model) -> Usual {
    let mut times: BTreeMap<(RequestKind, bool), Vec<(f64, f64)>> = BTreeMap::new();
    for matter in matters.filter(|matter| matter.asked <= as_of) {
        let age = f64::from((as_of.day().0 - matter.asked.day().0).max(0));
        for (delivery, time, part) in matter.given() {
            let weight = part * (-age / model.pool.half_life_days).exp2();
            times.entry((matter.kind, delivery)).or_default().push((weight, octaves(time)));
        }
    }
    let with = |(&key, &(mean, variance)): (&(RequestKind, bool), &(f64, f64))| {
        let times = times.get(&key).map_or(&[][..], Vec::as_slice);
        let weight: f64 = times.iter().map(|(weight, _)| weight).sum();
        let sum: f64 = times.iter().map(|(weight, time)| weight * time).sum();
        let spread: f64 = times.iter().map(|(part, time)| part * (time - sum / weight).powi(2)).sum();
        (key, ((sum + 3.0 * mean) / (weight + 3.0), (spread + 3.0 * variance) / (weight + 3.0)))
    };
    over.iter().map(with).collect()
}
