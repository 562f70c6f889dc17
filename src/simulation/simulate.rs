//! The whole company, relationship after relationship.

use super::{cast::CAST, scene::Scene};
use crate::{event::Event, time::Timestamp};

/// Two years of a made-up company's dealings up to `until`, in the order in which they occurred.
#[must_use]
pub fn simulate(seed: u64, until: Timestamp) -> Vec<Event> {
    let play = |(number, character)| Scene::open(number, character, seed, until).play();
    let mut events: Vec<Event> = (0..).zip(&CAST).flat_map(play).collect();
    events.sort_unstable_by(|a, b| a.position().cmp(&b.position()));
    events
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, HashSet},
        mem::discriminant,
    };

    use super::*;
    use crate::{
        event::{Payload, Relationship, RequestKind, check_event},
        model::Model,
        reader::Surroundings,
        score::{Neighbours, Scores, kpis, score},
        simulation::{SOURCE, cast},
        tally::State,
        time::DAY,
    };

    fn until() -> Timestamp {
        "2026-07-01T12:00:00Z".parse().unwrap()
    }

    fn around<'a>(events: &[Event], relationship: &Relationship, model: &'a Model) -> Surroundings<'a> {
        let taken_back: HashSet<_> = events.iter().filter_map(Event::target).collect();
        let mut counted: BTreeMap<&Relationship, Vec<&Event>> = BTreeMap::new();
        for event in events.iter().filter(|event| !taken_back.contains(&event.identity)) {
            counted.entry(event.relationship()).or_default().push(event);
        }
        let states = counted.into_iter().map(|(it, events)| (it.clone(), State::fold(events, model))).collect();
        Surroundings::new(states, std::slice::from_ref(relationship), until(), model)
    }

    fn relationship(customer: &str, supplier: &str) -> Relationship {
        Relationship { customer: customer.to_owned(), supplier: supplier.to_owned() }
    }

    fn scores(events: &[Event], customer: &str, supplier: &str) -> Scores {
        let relationship = relationship(customer, supplier);
        let model = Model::default();
        score(&around(events, &relationship, &model).known(&relationship).unwrap(), until(), &model)
    }

    #[test]
    fn a_seed_and_a_moment_decide_everything() {
        assert_eq!(simulate(1, until()), simulate(1, until()));
        assert_ne!(simulate(1, until()), simulate(2, until()));
    }

    #[test]
    fn later_is_the_same_story_moved() {
        let (now, later) = (simulate(1, until()), simulate(1, until().plus(DAY)));
        assert_eq!(now.len(), later.len());
        assert!(now.iter().zip(&later).all(|(now, later)| now.occurred_at.plus(DAY) == later.occurred_at));
    }

    #[test]
    fn events_are_valid_sorted_and_in_range() {
        for seed in 0..10 {
            let events = simulate(seed, until());
            assert!((1_500..4_000).contains(&events.len()), "{} events", events.len());
            assert!(events.is_sorted_by(|a, b| a.position() < b.position()));
            assert!(events.first().is_some_and(|first| first.occurred_at >= until().plus(-2 * 365 * DAY)));
            let identities: HashSet<_> = events.iter().map(|event| &event.identity).collect();
            assert_eq!(identities.len(), events.len());
            for event in &events {
                let mut faults = Vec::new();
                check_event(event, event.occurred_at, &mut faults);
                assert_eq!(faults, [], "{event:?}");
                assert!(event.occurred_at <= until() && event.identity.source == SOURCE);
            }
        }
    }

    #[test]
    fn everything_that_can_happen_happens() {
        for seed in 0..10 {
            let events = simulate(seed, until());
            let happened: HashSet<_> = events.iter().map(|event| discriminant(&event.payload)).collect();
            assert_eq!(happened.len(), 14);
            let asked = events.iter().filter_map(|event| match &event.payload {
                Payload::Requested(requested) => Some(requested),
                _ => None,
            });
            assert_eq!(asked.clone().map(|request| request.kind).collect::<HashSet<RequestKind>>().len(), 7);
            assert!(asked.clone().any(|request| request.revisits.is_some()));
            let open = |character: &cast::Character| {
                let relationship = relationship(character.customer, character.supplier);
                let model = Model::default();
                kpis(&around(&events, &relationship, &model).state(&relationship).unwrap(), until(), &model).open
            };
            assert!(CAST.iter().map(open).sum::<i64>() > 0);
        }
    }

    #[test]
    fn what_is_taken_back_was_said() {
        let events = simulate(3, until());
        let identities: HashSet<_> = events.iter().map(|event| &event.identity).collect();
        assert!(events.iter().filter_map(Event::target).all(|target| identities.contains(&target)));
    }

    #[test]
    fn the_scores_know_who_is_who() {
        for seed in 0..10 {
            let events = simulate(seed, until());
            let of = |supplier| scores(&events, cast::COMPANY, supplier);
            let [good, slow, silent] = [cast::GOOD, cast::SLOW, cast::SILENT].map(of);
            assert!(good.responsiveness.value > slow.responsiveness.value, "seed {seed}");
            assert!(slow.responsiveness.value > silent.responsiveness.value, "seed {seed}");
            let stranger = scores(&events, cast::COMPANY, "a stranger");
            assert!(good.responsiveness.value > stranger.responsiveness.value, "seed {seed}");
            assert!(stranger.responsiveness.value > silent.responsiveness.value, "seed {seed}");
            assert!(good.partnership.value > stranger.partnership.value, "seed {seed}");
            assert!(stranger.partnership.value > silent.partnership.value, "seed {seed}");
            assert!(good.partnership.value > slow.partnership.value, "seed {seed}");
            assert!(slow.partnership.value > silent.partnership.value, "seed {seed}");
            let (refusing, helpful) = (of(cast::REFUSING), of(cast::HELPFUL));
            assert!(refusing.responsiveness.value > slow.responsiveness.value, "seed {seed}");
            assert!(refusing.partnership.value < helpful.partnership.value, "seed {seed}");
            assert!(of(cast::LATE).partnership.value < good.partnership.value, "seed {seed}");
            let last = CAST.iter().map(|it| scores(&events, it.customer, it.supplier).responsiveness.value);
            assert!(last.fold(100.0, f64::min) >= silent.responsiveness.value, "seed {seed}");
        }
    }
}
