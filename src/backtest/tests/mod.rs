mod fitting;

use std::collections::{BTreeMap, HashSet};

use super::{EventLog, Heard, Target, baselines, predict};
use crate::{
    event::{Event, Payload, Relationship},
    model::Model,
    reader::Surroundings,
    score::{Neighbours, score},
    simulation::simulate,
    tally::State,
    time::{Day, HOUR, Timestamp},
};

/// Predictions and scores are sums of the same numbers in another order.
const NEARLY: f64 = 1e-9;

fn history() -> Vec<Heard> {
    let until = "2026-07-01T12:00:00Z".parse().unwrap();
    simulate(5, until).into_iter().map(|event| Heard { at: event.occurred_at, event }).collect()
}

/// What the service says of a relationship at a moment, where it knows the events that were heard before.
fn served(history: &[Heard], relationship: &Relationship, at: Timestamp, target: Target, model: &Model) -> Vec<f64> {
    let view = target.view(model);
    let heard = || history.iter().filter(|heard| heard.at < at).map(|heard| &heard.event);
    let taken_back: HashSet<_> = heard().filter_map(Event::target).collect();
    let mut counted: BTreeMap<&Relationship, Vec<&Event>> = BTreeMap::new();
    for event in heard().filter(|event| !taken_back.contains(&event.identity)) {
        counted.entry(event.relationship()).or_default().push(event);
    }
    let states = counted.into_iter().map(|(it, events)| (it.clone(), State::fold(events, &view))).collect();
    let around = Surroundings::new(states, std::slice::from_ref(relationship), at, &view);
    let scores = score(&around.known(relationship).unwrap(), at, &view);
    let channels = scores.responsiveness.channels.iter().chain(&scores.partnership.channels);
    target
        .channels()
        .iter()
        .filter_map(|wanted| Some(channels.clone().find(|(_, it)| it.channel == *wanted)?.1.forecast))
        .collect()
}

#[test]
fn a_prediction_is_what_the_service_would_have_said() {
    let history = history();
    let mut lazy = Model::default();
    lazy.pool.half_life_days = 50.0;
    lazy.memory.slow_half_life_days = 20.0;
    lazy.memory.fast_prior_weight = 2.0;
    for model in [Model::default(), lazy] {
        let log = EventLog::of(&history, Target::OnTime, &model);
        let predictions = predict(&log, &model, usize::MAX);
        assert_eq!(predictions.len(), log.requests.len());
        for (request, predicted) in log.requests.iter().zip(&predictions).step_by(41) {
            let relationship = &log.relationships[request.relationship].relationship;
            let served = served(&history, relationship, request.at, Target::OnTime, &model);
            assert!(
                (served[0] - predicted).abs() < NEARLY,
                "{relationship:?} at {}: {served:?} {predicted}",
                request.at
            );
        }
    }
}

#[test]
fn what_becomes_known_later_changes_no_prediction() {
    let history = history();
    let model = Model::default();
    for target in Target::ALL {
        let all = predict(&EventLog::of(&history, target, &model), &model, usize::MAX);
        for cut in (1..8).map(|part| history[history.len() * part / 8].at) {
            let changed: Vec<Heard> = history.iter().filter_map(|heard| later_is_otherwise(heard, cut)).collect();
            let log = EventLog::of(&changed, target, &model);
            let before = log.requests.partition_point(|request| request.at <= cut);
            assert!(before > 0);
            assert_eq!(predict(&log, &model, before), all[..before], "{} before {cut}", target.name());
        }
    }
}

/// From the cut on, requests go unanswered and refusals become answers.
fn later_is_otherwise(heard: &Heard, cut: Timestamp) -> Option<Heard> {
    let mut heard = heard.clone();
    match &heard.event.payload {
        _ if heard.at < cut => {}
        Payload::Responded(_) | Payload::Retracted(_) => return None,
        Payload::Refused(_) => heard.event.payload = Payload::Delivered(whole()),
        _ => {}
    }
    Some(heard)
}

fn whole() -> crate::event::Delivered {
    crate::event::Delivered::whole()
}

#[test]
fn predictions_do_not_depend_on_the_order_of_the_file() {
    let (forth, model) = (history(), Model::default());
    let mut back = forth.clone();
    back.reverse();
    let predictions = |history: &[Heard]| predict(&EventLog::of(history, Target::Answered, &model), &model, usize::MAX);
    assert_eq!(predictions(&forth), predictions(&back));
}

#[test]
fn baselines_equal_what_they_are_said_to_be() {
    let log = EventLog::of(&history(), Target::OnTime, &Model::default());
    let [global, lifetime, last_20, last_50, ewma, decayed] = baselines(&log).try_into().unwrap();
    for (place, request) in log.requests.iter().enumerate().step_by(23) {
        let mut known: Vec<_> = log.requests.iter().enumerate().collect();
        known.retain(|(_, other)| other.decided.is_some_and(|(at, _)| at < request.at));
        known.sort_by_key(|(place, other)| (other.decided.map(|(at, _)| at), *place));
        let known: Vec<_> = known.into_iter().filter_map(|(_, it)| Some((it.relationship, it.decided?))).collect();
        let supplier = |pair: usize| log.relationships[pair].supplier;
        let of = |keep: &dyn Fn(usize) -> bool| -> Vec<(f64, f64)> {
            let kept = known.iter().filter(|(pair, _)| keep(*pair));
            let aged = |at: Timestamp| (-f64::from(request.at.day().0 - at.day().0) / 365.0).exp2();
            kept.map(|&(_, (at, outcome))| (f64::from(outcome), aged(at))).collect()
        };
        let (all, own) = (of(&|_| true), of(&|pair| supplier(pair) == supplier(request.relationship)));
        let pair = of(&|pair| pair == request.relationship);
        let mean = |values: &[(f64, f64)], prior: f64, weight: f64, of: &dyn Fn(f64) -> f64| {
            let (yes, count) =
                values.iter().fold((0.0, 0.0), |(yes, count), (x, age)| (yes + x * of(*age), count + of(*age)));
            if count + weight > 0.0 { (yes + weight * prior) / (count + weight) } else { prior }
        };
        let flat = |_: f64| 1.0;
        let rate = mean(&all, 0.5, 0.0, &flat);
        let latest = |most: usize| &own[own.len().saturating_sub(most)..];
        let start = known.iter().position(|(pair, _)| supplier(*pair) == supplier(request.relationship));
        let start = start.map_or(rate, |first| mean(&all[..=first], 0.5, 0.0, &flat));
        let average = own.iter().fold(start, |average, (value, _)| 0.9 * average + 0.1 * value);
        let over_supplier = mean(&own, rate, 10.0, &|age| age);
        for (baseline, expected) in [
            (&global, rate),
            (&lifetime, mean(&own, rate, 1.0, &flat)),
            (&last_20, mean(latest(20), rate, 1.0, &flat)),
            (&last_50, mean(latest(50), rate, 1.0, &flat)),
            (&ewma, average),
            (&decayed, mean(&pair, over_supplier, 5.0, &|age| age)),
        ] {
            let predicted = baseline.predictions[place];
            assert!((predicted - expected).abs() < NEARLY, "{}: {predicted} {expected}", baseline.name);
        }
    }
}

/// Three requests of one relationship: answered late, refused in time, never answered.
#[test]
fn an_outcome_is_known_when_it_happens_or_when_time_is_up() {
    let model = Model::default();
    let template = history().remove(0).event;
    let start = Day(1_000).start();
    let requested = |id: &str, at: Timestamp| event(&template, id, at, request());
    let refused = Payload::Refused(crate::event::Refused::of(crate::event::RefusalReason::Price));
    let history = vec![
        requested("late", start),
        event(&template, "late", start.plus(30 * HOUR), Payload::Delivered(whole())),
        requested("refused", start.plus(HOUR)),
        event(&template, "refused", start.plus(2 * HOUR), refused),
        requested("silent", start.plus(3 * HOUR)),
    ];
    let decisions = |target: Target| -> Vec<_> {
        let log = EventLog::of(&history, target, &model);
        log.requests.iter().map(|request| (request.outcome, request.decided)).collect()
    };
    let late = start.plus(24 * HOUR);
    let silent = start.plus(27 * HOUR);
    assert_eq!(
        decisions(Target::OnTime),
        [
            (Some(false), Some((late, false))),
            (Some(true), Some((start.plus(2 * HOUR), true))),
            (Some(false), Some((silent, false))),
        ]
    );
    assert_eq!(
        decisions(Target::Answered),
        [
            (Some(true), Some((start.plus(30 * HOUR), true))),
            (Some(false), Some((start.plus(2 * HOUR), false))),
            (None, None),
        ]
    );
}

/// A relationship that its customer ends, while one request waits for its answer and another is never asked before.
#[test]
fn what_ends_with_the_relationship_is_no_failure() {
    let model = Model::default();
    let template = history().remove(0).event;
    let start = Day(1_000).start();
    let ended = Payload::Ended(crate::event::Ended {
        by: crate::event::PartyRole::Customer,
        reason: crate::event::EndReason::Moved,
        to: None,
        note: String::new(),
    });
    let end = event(&template, "end", start.plus(10 * HOUR), ended);
    let event_id = end.event.identity.event_id.clone();
    let taken_back = Payload::Retracted(crate::event::Retracted { event_id, reason: "by mistake".to_owned() });
    let mut history = vec![
        event(&template, "waits", start, request()),
        end,
        event(&template, "after", start.plus(11 * HOUR), request()),
        event(&template, "after", start.plus(50 * HOUR), Payload::Delivered(whole())),
    ];
    let outcomes = |history: &[Heard]| -> Vec<_> {
        EventLog::of(history, Target::OnTime, &model).requests.iter().map(|request| request.outcome).collect()
    };
    assert_eq!(outcomes(&history), [None, Some(false)]);
    history.push(event(&template, "back", start.plus(49 * HOUR), taken_back));
    assert_eq!(outcomes(&history), [Some(false), Some(false)]);
}

fn request() -> Payload {
    Payload::Requested(crate::event::Requested::of(crate::event::RequestKind::Information))
}

fn event(template: &Event, interaction: &str, at: Timestamp, payload: Payload) -> Heard {
    let mut event = template.clone();
    event.identity.event_id = format!("{interaction} {}", at.micros());
    event.interaction = Some(interaction.to_owned());
    event.occurred_at = at;
    event.payload = payload;
    Heard { at, event }
}
