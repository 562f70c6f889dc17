//! What every channel stands at, against a slow reference written straight from the formulas of `docs/model.md`: a list of
//! observations as plain numbers, no tally, no integer, no change, nothing kept from one moment to the next.

mod matters;
mod said;
mod usual;

use std::collections::BTreeMap;

use proptest::collection::vec;
use rapport::{
    event::Event,
    model::Model,
    observation::{Channel, Measure},
    reader::Surroundings,
    score::{Neighbours, score},
    tally::State,
    time::Timestamp,
};

use super::check;
use crate::support::{events::relationship, histories::moments};
use matters::{Matter, RELATIONSHIPS, matters};
use said::Said;
use usual::{Usual, usual_in, usual_of};

/// Observations are kept in millionths.
const CLOSE: f64 = 2e-5;

/// Everything that the matters of some relationships say.
fn said<'a>(
    matters: &[Matter],
    as_of: Timestamp,
    pending_at: Timestamp,
    usual: Usual,
    model: &'a Model,
    of: &dyn Fn(usize) -> bool,
) -> Said<'a> {
    let mut said = Said::at(as_of, pending_at, usual, model);
    matters.iter().filter(|matter| of(matter.relationship)).for_each(|matter| said.take(matter));
    said
}

/// Every channel of a relationship but reciprocity.
fn channels(matters: &[Matter], which: usize, as_of: Timestamp, model: &Model) -> BTreeMap<Channel, f64> {
    let ((customer, supplier), memory) = (RELATIONSHIPS[which], &model.memory);
    let usual = |over: &Usual, of: &dyn Fn(usize) -> bool| {
        usual_in(matters.iter().filter(|matter| of(matter.relationship)), as_of, over, model)
    };
    let pool = |of: &dyn Fn(usize) -> bool| {
        let said = said(matters, as_of, as_of.day().start(), usual(&usual_of(model), of), model, of);
        let level =
            |channel, left: &[f64]| said.level(channel, said.prior(channel), 10.0, model.pool.half_life_days, left);
        let left = said.fitted(level);
        Channel::ALL.map(|channel| level(channel, &left))
    };
    let of_supplier = |it: usize| RELATIONSHIPS[it].1 == supplier;
    let (suppliers, customers) = (pool(&of_supplier), pool(&|it| RELATIONSHIPS[it].0 == customer));
    let between = usual(&usual(&usual_of(model), &of_supplier), &|it| it == which);
    let said = said(matters, as_of, as_of, between, model, &|it| it == which);
    let value = |channel: Channel, left: &[f64]| {
        let pools = if channel.measure() == Measure::Customership { customers } else { suppliers };
        let slow = said.level(channel, pools[channel as usize], 5.0, memory.slow_half_life_days, left);
        said.level(channel, slow, 20.0, memory.fast_half_life_days, left)
    };
    let left = said.fitted(value);
    Channel::ALL.into_iter().map(|channel| (channel, value(channel, &left))).collect()
}

#[test]
fn channels_stand_where_the_formulas_say() {
    let model = Model::default();
    check(64, &(vec(matters(), 0..8), moments()), |(matters, as_of)| {
        let mut events: BTreeMap<_, Vec<Event>> = BTreeMap::new();
        for (number, matter) in matters.iter().enumerate() {
            for event in matter.events(number).into_iter().filter(|event| event.occurred_at <= as_of) {
                events.entry(event.relationship().clone()).or_default().push(event);
            }
        }
        let all = RELATIONSHIPS.map(|(customer, supplier)| relationship(customer, supplier));
        let states = events.iter().map(|(relationship, events)| (relationship.clone(), State::fold(events, &model)));
        let around = Surroundings::new(states.collect(), &all, as_of, &model);
        for (which, relationship) in all.iter().enumerate() {
            let expected = channels(&matters, which, as_of, &model);
            let scores = score(&around.known(relationship).unwrap(), as_of, &model);
            for (_, estimate) in Measure::ALL.iter().flat_map(|&measure| &scores.of(measure).channels) {
                let (channel, value) = (estimate.channel, estimate.value);
                if channel != Channel::Reciprocity {
                    let expected = expected[&channel];
                    assert!(
                        (value - expected).abs() < CLOSE,
                        "{channel:?} is {value}, not {expected}: {relationship:?}"
                    );
                }
            }
        }
    });
}
