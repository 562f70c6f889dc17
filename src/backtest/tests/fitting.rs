//! A fit on its leash, and the choice among candidates: over histories whose course is known because it was made up.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{event, history, request, whole};
use crate::{
    backtest::{
        Case, Fitted, Heard, Mean, Stretch, Target, bootstrap,
        case::{difference, mean},
        choose, fit,
    },
    event::{Payload, Relationship},
    model::Model,
    simulation::simulate,
    time::{DAY, HOUR, Timestamp},
};

/// Answers in time go by this chance of a supplier on a day.
type Habit = fn(supplier: i64, day: i64) -> f64;

/// One request a day to each supplier, each answered after an hour, or late, after thirty.
fn habits(suppliers: i64, days: i64, seed: u64, in_time: Habit) -> Vec<Heard> {
    let template = history().remove(0).event;
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut history = Vec::new();
    for day in 0..days {
        for supplier in 0..suppliers {
            let at = Timestamp::from_micros((1_000 + day) * DAY + (8 + supplier) * HOUR);
            let wait = if dice.random_bool(in_time(supplier, day)) { HOUR } else { 30 * HOUR };
            for (at, payload) in [(at, request()), (at.plus(wait), Payload::Delivered(whole()))] {
                let mut heard = event(&template, &format!("{supplier} {day}"), at, payload);
                let customer = "Acme".to_owned();
                heard.event.identity.relationship = Relationship { customer, supplier: format!("S{supplier}") };
                history.push(heard);
            }
        }
    }
    history
}

/// By how much a model's log loss exceeds the default's on the last 30 %, which the fit has not seen.
fn excess(history: &[Heard], target: Target, fitted: &Model) -> Mean {
    let loss = |model: &Model| {
        let case = Case::new(history, target, model, None);
        (case.losses(model, Stretch::LAST), case.relationships(Stretch::LAST))
    };
    let (after, relationships) = loss(fitted);
    bootstrap::mean(&difference(&after, &loss(&Model::default()).0), &relationships)
}

fn fitted(history: &[Heard], target: Target) -> Fitted {
    fit(history, &[target], &Model::default(), None, &|_| {}).expect("there is enough to fit to")
}

#[test]
fn explore() {
    let started = std::time::Instant::now();
    for (name, history, target) in [
        ("coin3x100 1", habits(3, 100, 1, |_, _| 0.7), Target::OnTime),
        ("coin3x100 2", habits(3, 100, 2, |_, _| 0.5), Target::OnTime),
        ("coin3x100 3", habits(3, 100, 3, |_, _| 0.8), Target::OnTime),
        ("coin3x100 4", habits(3, 100, 4, |_, _| 0.9), Target::OnTime),
        ("each6x60", habits(6, 60, 5, |s, _| 0.3 + 0.1 * s as f64), Target::OnTime),
        ("each6x60", habits(6, 60, 6, |s, _| 0.3 + 0.1 * s as f64), Target::OnTime),
        ("start", habits(5, 80, 7, |s, d| if d < 16 { 0.95 } else { 0.3 + 0.1 * s as f64 }), Target::OnTime),
        (
            "flipthencalm",
            habits(5, 80, 8, |s, d| if d < 24 { if (s + d / 4) % 2 == 0 { 0.95 } else { 0.1 } } else { 0.75 }),
            Target::OnTime,
        ),
    ] {
        let found = fitted(&history, target);
        let case = Case::new(&history, target, &Model::default(), None);
        let it = excess(&history, target, &found.model);
        eprintln!(
            "{name} {} n {} followed {} excess {it:?} {:?}",
            target.name(),
            case.judged.len(),
            found.followed,
            started.elapsed()
        );
        eprintln!("   {:?}", found.ways.iter().map(|w| (w.loss, w.excess.low, w.excess.high)).collect::<Vec<_>>());
    }
}

fn sim(seed: u64) -> Vec<Heard> {
    let until = "2026-07-01T12:00:00Z".parse().unwrap();
    simulate(seed, until).into_iter().map(|event| Heard { at: event.occurred_at, event }).collect()
}
