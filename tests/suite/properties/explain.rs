//! An explanation adds up, and what it says of every event is what happens when that event is taken back.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{prelude::*, sample::Index};
use rapport::{
    event::{Event, Relationship},
    ledger::Ledger,
    model::Model,
    models::Models,
    observation::Measure,
    reader::{Reader, Surroundings},
    score::{Cause, Explanation, Neighbours, Part, Points, Scores, score},
    time::Timestamp,
};

use super::{Tenants, check_stored, ledger::of_relationship};
use crate::support::{
    backend::{Database, recorded_at},
    events::{relationship, retraction_of},
    histories::{beginning, disputed_histories, moments, relationships},
};

/// Half a thousandth, and a little: as far as a rounded number may be from what it stands for.
const ROUNDED: f64 = 0.000_51;

#[derive(Clone, Debug)]
struct Asked {
    events: Vec<Event>,
    as_of: Timestamp,
    limit: usize,
    pool: bool,
    /// Which of the events told is taken back in the store.
    regretted: Index,
}

/// Histories of a relationship with neighbours: of its customer as they come, and in half of them of its supplier.
fn asked() -> impl Strategy<Value = Asked> {
    let limits = prop::sample::select(vec![1, 3, 100]);
    let fields = (disputed_histories(), any::<Option<bool>>(), moments(), limits, any::<bool>(), any::<Index>());
    fields.prop_map(|(mut events, neighbour, as_of, limit, pool, regretted)| {
        // One that comes before the relationship in order, or one that comes after it.
        let other = neighbour.map(|before| relationship(if before { "aardvark" } else { "zebra" }, "bolt"));
        for event in &mut events {
            if let (Some(other), "brace") = (&other, event.identity.relationship.supplier.as_str()) {
                event.identity.relationship.clone_from(other);
            }
        }
        Asked { events, as_of, limit, pool, regretted }
    })
}

fn model(pool: bool) -> Model {
    Model::parse(&format!("[pool]\nenabled = {pool}")).expect("the model is valid")
}

/// The scores, found the plain way: every relationship folded from its events.
fn plainly(events: &[Event], wanted: &Relationship, as_of: Timestamp, model: &Model) -> Scores {
    let named = events.iter().map(Event::relationship).chain([wanted]);
    let states: BTreeMap<_, _> = named.map(|it| (it.clone(), of_relationship(events, it, model, as_of))).collect();
    let around = Surroundings::new(states, std::slice::from_ref(wanted), as_of, model);
    score(&around.known(wanted).unwrap(), as_of, model)
}

fn told(explanation: &Explanation) -> Vec<(&Part, &Event, Points)> {
    let of_part = |part| {
        let part: &Part = part;
        part.contributions.iter().filter_map(move |it| match &it.cause {
            Cause::Event { event, without, .. } => Some((part, event.as_ref(), *without)),
            _ => None,
        })
    };
    explanation.parts.iter().flat_map(of_part).collect()
}

fn assert_adds_up(part: &Part, scores: &Scores, limit: usize, pool: bool) {
    let score = scores.of(part.measure);
    assert_eq!(part.value, Points::round(score.value));
    let sum: i64 = part.contributions.iter().map(|it| it.points.0).sum();
    assert_eq!(part.value.0, part.baseline.0 + sum, "{part:?}");
    let prior: f64 = score.channels.iter().map(|(share, it)| 100.0 * share * it.prior).sum();
    assert!((part.baseline.value() - prior).abs() < ROUNDED);
    for ((share, estimate), channel) in score.channels.iter().zip(&part.channels) {
        let of_channel = part.contributions.iter().filter(|it| it.channel == channel.channel);
        assert_eq!(channel.points.0, of_channel.clone().map(|it| it.points.0).sum::<i64>());
        // Every line may be off by a thousandth.
        let off = channel.points.value() - 100.0 * share * (estimate.value - estimate.prior);
        assert!(
            off.abs() < 0.001 * (2 + of_channel.count() + 2 * limit.min(5)) as f64,
            "{off} in {channel:?} of {part:?}"
        );
    }
    assert!(part.contributions.iter().all(|it| it.points.0 != 0 && !it.sentence.is_empty()), "{part:?}");
    assert!(pool || part.contributions.iter().all(|it| it.cause != Cause::Others), "{part:?}");
    let mut events: Vec<_> = part
        .contributions
        .iter()
        .filter_map(|it| match &it.cause {
            Cause::Event { event, .. } => Some(&event.identity),
            _ => None,
        })
        .collect();
    events.dedup();
    assert!(events.len() <= limit, "each once, its channels together: {part:?}");
}

async fn explanations_are_true(tenants: Tenants<'_>, asked: Asked) {
    let Asked { events, as_of, limit, pool, regretted } = asked;
    let (store, tenant, model) = (tenants.store, tenants.next(), model(pool));
    let models = Arc::new(Models::new(model.clone()));
    let (ledger, reader) = (Ledger::new(store.clone(), models.clone()), Reader::new(store.clone(), models));
    ledger.record(&tenant, &events, recorded_at()).await.unwrap();
    let [wanted, ..] = relationships();
    let explanation = reader.explain(&tenant, &wanted, as_of, limit).await.unwrap().value;
    let scores = plainly(&events, &wanted, as_of, &model);
    for part in &explanation.parts {
        assert_adds_up(part, &scores, limit, pool);
    }
    let told = told(&explanation);
    for &(part, event, without) in &told {
        let others: Vec<Event> = events.iter().filter(|other| other.identity != event.identity).cloned().collect();
        let expected = plainly(&others, &wanted, as_of, &model).of(part.measure).value;
        assert_eq!(without, Points::round(expected), "without {event:?} in {part:?}");
    }
    if told.is_empty() {
        return;
    }
    let &(part, event, without) = regretted.get(&told);
    let retraction = retraction_of(event, "regret", beginning());
    ledger.record(&tenant, &[retraction], recorded_at()).await.unwrap();
    let read = reader.scores(&tenant, &[wanted], as_of).await.unwrap().value;
    assert_eq!(without, Points::round(read[0].scores.of(part.measure).value));
}

#[test]
fn explanations_are_true_to_the_event() {
    check_stored(Database::sqlite, 128, asked(), &explanations_are_true);
}

/// Without neighbours there is nobody else to thank or to blame, and what all events moved is all there is.
#[test]
fn alone_every_point_is_the_relationship_s_own() {
    check_stored(Database::sqlite, 64, asked(), &async |tenants: Tenants<'_>, asked: Asked| {
        let [wanted, ..] = relationships();
        let (store, tenant, models) = (tenants.store, tenants.next(), Arc::new(Models::new(Model::default())));
        let events: Vec<Event> = asked.events.into_iter().filter(|it| *it.relationship() == wanted).collect();
        Ledger::new(store.clone(), models.clone()).record(&tenant, &events, recorded_at()).await.unwrap();
        let reader = Reader::new(store.clone(), models);
        let explanation = reader.explain(&tenant, &wanted, asked.as_of, 100).await.unwrap().value;
        for (part, measure) in explanation.parts.iter().zip(Measure::ALL) {
            assert_eq!(part.measure, measure);
            for it in &part.contributions {
                let own = matches!(it.cause, Cause::Event { .. });
                // Events that move a score by less than half a thousandth are told together.
                assert!(own || (matches!(it.cause, Cause::Rest { .. }) && it.points.0.abs() < 100), "{it:?}");
            }
        }
    });
}
