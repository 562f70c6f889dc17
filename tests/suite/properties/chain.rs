//! Whoever buys from whom: chains keep within their limits, meet nobody twice on the way, and their parts add up.

use std::sync::Arc;

use proptest::{collection::vec, prelude::*};
use rapport::{
    event::{Disposition, Event, RequestKind},
    ledger::Ledger,
    model::Model,
    models::Models,
    reader::{MOST_LINKS, Reach, Reader},
    score::{Chain, Link},
    time::{DAY, HOUR},
};

use super::{Tenants, check_stored};
use crate::support::{
    backend::Database,
    events::{event, relationship, requested, responded},
    histories::beginning,
};

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

/// What reaches the customer of a link, straight from the definition.
fn end_to_end(links: &[Link], place: usize) -> f64 {
    let upstream: Vec<usize> = (0..links.len()).filter(|&it| links[it].downstream == Some(place)).collect();
    let shares: f64 = upstream.iter().map(|&it| links[it].share).sum();
    assert!(upstream.is_empty() || (shares - 1.0).abs() < 1e-9, "shares add up to {shares}");
    let reaching: f64 = upstream.iter().map(|&it| links[it].share * end_to_end(links, it)).sum();
    links[place].status.service_level * if upstream.is_empty() { 1.0 } else { reaching }
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
        assert!(links.iter().filter(|it| it.downstream == Some(place)).count() <= reach.width);
        for figure in [link.share, link.status.service_level, chain.end_to_end[place], chain.shortfall[place]] {
            assert!((0.0..=1.0).contains(&figure), "{chain:?}");
        }
        assert!((chain.end_to_end[place] - end_to_end(links, place)).abs() < 1e-9);
    }
    assert!((chain.shortfall.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{:?}", chain.shortfall);
    let whole = chain.end_to_end[0];
    let if_mended = |wanted: &Link| {
        let mut mended = links.clone();
        mended
            .iter_mut()
            .filter(|it| it.relationship == wanted.relationship)
            .for_each(|it| it.status.service_level = 1.0);
        end_to_end(&mended, 0)
    };
    let most = links.iter().map(if_mended).fold(whole, f64::max);
    assert!((chain.weakest.mended - most).abs() < 1e-9, "{:?} is mended, {most} is possible", chain.weakest);
}

/// The chain from a to b after these events.
async fn chain(tenants: Tenants<'_>, events: &[Event], reach: Reach) -> Chain {
    let (tenant, models) = (tenants.next(), Arc::new(Models::new(Model::default())));
    let now = beginning().plus(730 * DAY);
    Ledger::new(tenants.store.clone(), models.clone()).record(&tenant, events, now).await.unwrap();
    let reader = Reader::new(tenants.store.clone(), models);
    reader.chain(&tenant, &relationship("a", "b"), reach, now).await.unwrap().value
}

#[test]
fn chains_keep_within_their_limits_and_their_parts_add_up() {
    let reaches = (0..5_usize, 1..5_usize).prop_map(|(depth, width)| Reach { depth, width });
    check_stored(Database::sqlite, 64, (dealings(), reaches), &async |tenants, (events, reach)| {
        assert_sound(&chain(tenants, &events, reach).await, reach);
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
        let chain = chain(tenants, &events, Reach { depth: 6, width: 20 }).await;
        assert_eq!(chain.links.len(), MOST_LINKS);
        assert!((chain.shortfall.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    });
}
