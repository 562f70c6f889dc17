//! A fit and its shrinkage, and the choice among candidates: over histories whose course is known because it was made up.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{event, history, request, whole};
use crate::{
    backtest::{
        Case, Fitted, Heard, Mean, Target, Window, bootstrap,
        case::{difference, mean},
        choose, fit,
    },
    event::{Payload, Relationship},
    model::Model,
    simulation::simulate,
    time::{DAY, Day, HOUR},
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
            let at = Day(1_000).start() + day * DAY + (8 + supplier) * HOUR;
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
        (case.losses(model, Window::LAST), case.relationships(Window::LAST))
    };
    let (after, relationships) = loss(fitted);
    bootstrap::mean(&difference(&after, &loss(&Model::default()).0), &relationships)
}

fn fitted(history: &[Heard], target: Target) -> Fitted {
    fit(history, &[target], &Model::default(), None, &|_| {}).expect("there is enough to fit to")
}

/// Habits that change by the week until a day, and then no more.
fn calm_from(day: i64, until: i64, supplier: i64) -> f64 {
    match (day < until, (supplier + day / 4) % 2) {
        (true, 0) => 0.95,
        (true, _) => 0.1,
        (false, _) => 0.75,
    }
}

fn simulated(seed: u64) -> Vec<Heard> {
    let until = "2026-07-01T12:00:00Z".parse().unwrap();
    simulate(seed, until).into_iter().map(|event| Heard { at: event.occurred_at, event }).collect()
}

/// Habits that change every nine days, which the default model, made for slower ones, notices too late.
fn by_the_week(supplier: i64, day: i64) -> f64 {
    if (supplier + day / 9) % 2 == 0 { 0.95 } else { 0.1 }
}

#[test]
fn a_fit_is_followed_to_where_it_is_surely_better() {
    let history = habits(5, 160, 1, by_the_week);
    let found = fitted(&history, Target::OnTime);
    let excess = excess(&history, Target::OnTime, &found.model);
    assert!(found.followed > 0.0 && excess.high < 0.0, "followed {}: {excess:?}", found.followed);
}

/// What a history says by luck, or said once, leads astray: the third is one where an unshrunk fit is surely worse.
#[test]
fn a_fit_is_never_surely_worse_than_the_default_where_it_did_not_look() {
    let lures = [
        ("nobody has habits", habits(4, 80, 2, |_, _| 0.8), Target::OnTime),
        ("everybody has one habit", habits(8, 50, 3, |supplier, _| 0.2 + 0.1 * supplier as f64), Target::OnTime),
        ("habits of the past", habits(5, 80, 8, |supplier, day| calm_from(day, 24, supplier)), Target::OnTime),
        ("a company", simulated(6), Target::OnTime),
        ("a company", simulated(1), Target::Answered),
        ("a company", simulated(2), Target::Accepted),
    ];
    for (name, history, target) in lures {
        let found = fitted(&history, target);
        let excess = excess(&history, target, &found.model);
        assert!(excess.low <= 0.0, "{name}, followed {}: {excess:?}", found.followed);
    }
}

#[test]
fn what_always_comes_to_the_same_is_not_fitted_to() {
    let history = habits(4, 80, 1, |_, _| 1.0);
    assert_eq!(fit(&history, &Target::ALL, &Model::default(), None, &|_| {}), None);
}

#[test]
fn of_candidates_that_are_equally_good_the_nearest_is_chosen() {
    let model = Model::default();
    let history = habits(5, 160, 1, by_the_week);
    let histories = [vec![Case::new(&history, Target::OnTime, &model, None)]];
    let days = |days: f64| model.with(&[("memory.fast_half_life_days", days)]).unwrap();
    let [good, poor] = [days(3.0), days(300.0)];
    let chosen = |candidates: &[(f64, Model)]| choose(&histories, candidates, Window::BEFORE).unwrap();
    let found = chosen(&[(0.0, poor.clone()), (2.0, good.clone()), (1.0, good), (0.5, poor)]);
    assert_eq!(found.chosen, 2);
    assert!(found.candidates[0].excess.0 > found.candidates[0].excess.1 && found.candidates[0].excess.1 > 0.0);
    assert_eq!(found.candidates[1].excess, (0.0, 0.0));
    assert!(found.candidates[0].mean > found.candidates[1].mean);
    assert_eq!(choose(&histories, &[], Window::BEFORE), None);
}

#[test]
fn cases_weigh_alike_however_many_their_requests() {
    let model = Model::default();
    let [many, few] = [habits(5, 160, 1, by_the_week), habits(2, 60, 2, |_, _| 0.7)];
    let histories = [&many, &few].map(|history| vec![Case::new(history, Target::OnTime, &model, None)]);
    let forgetful = model.with(&[("memory.fast_half_life_days", 3.0)]).unwrap();
    let found = choose(&histories, &[(0.0, model.clone()), (1.0, forgetful.clone())], Window::BEFORE).unwrap();
    let loss =
        |model: &Model| histories.iter().map(|case| mean(&case[0].losses(model, Window::BEFORE))).sum::<f64>() / 2.0;
    let [of_default, of_other] = [&found.candidates[0], &found.candidates[1]];
    let expected = loss(&model) - loss(&forgetful);
    assert!((of_default.mean - of_other.mean - expected).abs() < 1e-9);
    assert!((of_default.excess.0 - of_other.excess.0 - expected).abs() < 1e-9);
}
