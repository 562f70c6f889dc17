//! Whoever buys from whom: chains keep within their limits, meet nobody twice on the way, and their parts add up.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*};
use rapport::{
    event::{Disposition, Event, RequestKind},
    ledger::Ledger,
    model::Model,
    models::Models,
    reader::{MOST_LINKS, Reach, Reader},
    score::{Chain, DaySummary, Demand, Known, Link, Pool, Status},
    time::{DAY, HOUR},
};

use super::{Tenants, added_up, check, check_stored, links::assert_appraised};
use crate::support::{
    backend::Database,
    events::{event, relationship, requested, responded},
    histories::beginning,
};

const FAR: Reach = Reach { depth: 6, width: 20 };
const PARTIES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Requests among few parties, most of them answered, in time or late.
fn dealings() -> impl Strategy<Value = Vec<Event>> {
    let different = |(customer, supplier, ..): &(usize, usize, i64, i64)| customer != supplier;
    let one = (0..PARTIES.len(), 0..PARTIES.len(), 0..700_i64, 0..60_i64)
        .prop_filter("nobody supplies themselves", different);
    vec(one, 0..40).prop_map(|dealings| {
        let mut events = Vec::new();
        for (number, (customer, supplier, day, hours)) in dealings.into_iter().enumerate() {
            let (customer, supplier, matter) = (PARTIES[customer], PARTIES[supplier], format!("i{number}"));
            let asked = beginning().plus(day * DAY);
            let request = requested(RequestKind::Information);
            events.push(event(customer, supplier, &matter, &format!("{matter} asked"), asked, request));
            if hours < 50 {
                let answer = responded(Disposition::Answered, None);
                let answered = asked.plus(hours * HOUR);
                events.push(event(customer, supplier, &matter, &format!("{matter} answered"), answered, answer));
            }
        }
        events
    })
}

fn assert_sound(chain: &Chain, reach: Reach) {
    let links = &chain.links;
    for (place, link) in links.iter().enumerate() {
        let (mut way, mut next) = (vec![&link.relationship.supplier], Some(place));
        while let Some(place) = next {
            way.push(&links[place].relationship.customer);
            next = links[place].downstream;
        }
        assert!(way.len() <= reach.depth + 2, "{way:?}");
        let met = way.len();
        way.sort();
        way.dedup();
        assert_eq!(way.len(), met, "nobody is met twice");
        let beside: Vec<&Link> = links.iter().filter(|it| it.downstream == Some(place)).collect();
        assert!(beside.len() <= reach.width);
        let shares: f64 = beside.iter().map(|it| it.share).sum();
        assert!(beside.is_empty() || (shares - 1.0).abs() < 1e-9, "shares add up to {shares}");
    }
    assert_appraised(chain);
}

/// The chain from a to b after these events.
async fn chain(tenants: Tenants<'_>, events: &[Event], reach: Reach, model: Model) -> Chain {
    let (tenant, models) = (tenants.next(), Arc::new(Models::new(model)));
    let now = beginning().plus(730 * DAY);
    Ledger::new(tenants.store.clone(), models.clone()).record(&tenant, events, now).await.unwrap();
    let reader = Reader::new(tenants.store.clone(), models);
    reader.chain(&tenant, &relationship("a", "b"), reach, now).await.unwrap().value
}

#[test]
fn chains_keep_within_their_limits_and_their_parts_add_up() {
    let reaches = (0..5_usize, 1..5_usize).prop_map(|(depth, width)| Reach { depth, width });
    check_stored(Database::sqlite, 64, (dealings(), reaches), &async |tenants, (events, reach)| {
        assert_sound(&chain(tenants, &events, reach, Model::default()).await, reach);
    });
}

#[test]
fn where_everybody_buys_from_everybody_there_are_so_many_links_and_no_more() {
    let ids: Vec<String> = ('a'..='j').map(String::from).collect();
    let pairs = ids.iter().flat_map(|customer| ids.iter().map(move |supplier| (customer, supplier)));
    let asked = |(customer, supplier): (&String, &String)| {
        let request = requested(RequestKind::Information);
        event(customer, supplier, "i", "asked", beginning(), request)
    };
    let events: Vec<Event> = pairs.filter(|(customer, supplier)| customer != supplier).map(asked).collect();
    check_stored(Database::sqlite, 1, Just(events), &async |tenants, events| {
        let chain = chain(tenants, &events, FAR, Model::default()).await;
        assert_eq!(chain.links.len(), MOST_LINKS);
        assert!(
            chain.end_to_end[0] == Some(0.0) && chain.shortfall.iter().all(|part| part.is_some_and(|part| part > 0.0))
        );
    });
}

#[test]
fn what_a_score_begins_at_and_what_was_never_observed_change_no_chain() {
    check_stored(Database::sqlite, 24, (dealings(), 0.1..0.9, 0.1..0.9), &async |tenants, (events, timely, other)| {
        // Nothing was ever to be delivered, and every request is as usual.
        let file = format!(
            "[pool]\nenabled = false\n[channels.timely]\nprior = {timely}\n[channels.commitments]\nprior = {other}\nweight = 100"
        );
        let model = Model::parse(&file).expect("the model is valid");
        let [usual, other] = [Model::default(), model].map(|model| chain(tenants, &events, FAR, model));
        let (usual, other) = (usual.await, other.await);
        assert_eq!((&usual.end_to_end, usual.interval), (&other.end_to_end, other.interval));
        assert_eq!((usual.shortfall, usual.verdict), (other.shortfall, other.verdict));
        for (one, two) in usual.links.iter().zip(&other.links) {
            assert_eq!(one.status.service, two.status.service);
        }
    });
}

/// Questions between two parties, so many answered in time and so many late, all on one day.
fn questions(in_time: usize, late: usize) -> Vec<Event> {
    let question = |number: usize| {
        let matter = format!("i{number}");
        let asked =
            event("a", "b", &matter, &format!("{matter} asked"), beginning(), requested(RequestKind::Information));
        let at = beginning().plus(if number < in_time { HOUR } else { 30 * HOUR });
        let answer = responded(Disposition::Answered, None);
        [asked, event("a", "b", &matter, &format!("{matter} answered"), at, answer)]
    };
    (0..in_time + late).flat_map(question).collect()
}

#[test]
fn a_service_level_lies_in_its_interval_and_more_of_the_same_never_widens_it() {
    let model = Model::default();
    let cases = (0_usize..12, 0_usize..12, 2_usize..6, 0_i64..2_000);
    check(256, &cases, |(in_time, late, times, age)| {
        let service = |in_time: usize, late: usize| {
            let events = questions(in_time, late);
            let as_of = beginning().plus((2 + age) * DAY);
            let state = added_up(&events.iter().collect::<Vec<_>>(), &model);
            let (own, pool) = (DaySummary::of(&state, as_of.day(), &model), Arc::new(Pool::empty(&model)));
            let known =
                Known { own: Arc::new(own), supplier: pool.clone(), customer: pool, reverse: Demand::default() };
            Status::of(&known, as_of, &model).service
        };
        let Some(few) = service(in_time, late) else {
            assert_eq!(in_time + late, 0, "whatever was seen is known");
            return;
        };
        let many = service(times * in_time, times * late).unwrap();
        for it in [&few, &many] {
            assert!(0.0 <= it.low && it.low <= it.level && it.level <= it.high && it.high <= 1.0, "{it:?}");
            let share = in_time as f64 / (in_time + late) as f64;
            // An answer that was late was known a day after the others.
            assert!((it.level - share).abs() < 0.03, "{it:?} is far from {share}");
        }
        assert!((few.level - many.level).abs() < 0.01 && many.evidence > few.evidence, "{few:?} {many:?}");
        assert!(many.high - many.low < few.high - few.low, "{few:?} {many:?}");
    });
}
