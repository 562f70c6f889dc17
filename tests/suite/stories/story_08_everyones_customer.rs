//! Story 8: "Everyone's customer."
//!
//! A print shop with a wonderful front office buys its paper from a mill that is late, and its ink from a maker who is not.
//! What its customer experiences is the sum of them all.

use rapport::{
    event::{Event, Relationship, RequestKind},
    reader::Reach,
    score::Chain,
    time::{DAY, HOUR},
};

use super::narration::{ACME, Story, acme_and, asks, between, on};

const FRONT_OFFICE: &str = "Wonderful Front Office";
const MILL: &str = "Late Mill";
const INK: &str = "Prompt Ink";
const FOREST: &str = "Forest";
const FIRST: &str = "2025-01-06T09:00:00Z";
const TODAY: &str = "2025-12-29T09:00:00Z";
const FAR: Reach = Reach { depth: 6, width: 20 };

/// An order a week for a year, accepted within hours and delivered so many days after the day it was needed.
fn orders(customer: &str, supplier: &str, days_late: i64) -> Vec<Event> {
    let order = |week: i64| {
        let asked = on(FIRST).plus(week * 7 * DAY);
        let needed = asked.plus(14 * DAY);
        let order = asks(customer, supplier, RequestKind::Order, format!("order {week:02}")).needed_by(needed);
        [order.asked(asked), order.accepted(asked.plus(2 * HOUR)), order.delivered(needed.plus(days_late * DAY - HOUR))]
    };
    (0..48).flat_map(order).collect()
}

fn everybody(mill: i64, ink: i64) -> Vec<Event> {
    let mut events = orders(ACME, FRONT_OFFICE, 0);
    events.extend(orders(FRONT_OFFICE, MILL, mill));
    events.extend(orders(FRONT_OFFICE, INK, ink));
    events.extend(orders(MILL, FOREST, 0));
    // The forest buys its paper where everybody does: a circle.
    events.extend(orders(FOREST, FRONT_OFFICE, 0));
    events
}

async fn chain(events: &[Event], reach: Reach) -> Chain {
    Story::of(events).await.chain(acme_and(FRONT_OFFICE), reach, on(TODAY)).await
}

fn suppliers(chain: &Chain) -> Vec<&str> {
    chain.links.iter().map(|link| link.relationship.supplier.as_str()).collect()
}

#[tokio::test]
async fn the_chain_names_its_weakest_link_and_mending_that_moves_it_most() {
    let late = chain(&everybody(9, 2), FAR).await;
    assert_eq!(suppliers(&late), [FRONT_OFFICE, MILL, INK, FOREST], "the circle is cut");
    let own = late.links[0].status;
    assert!(own.responsiveness > 80.0 && own.service_level > 0.9, "the front office is wonderful: {own:?}");
    assert!(late.end_to_end[0] < own.service_level - 0.1, "its customer does not notice: {:?}", late.end_to_end);

    assert_eq!(late.weakest.relationship, between(FRONT_OFFICE, MILL));
    assert!(late.weakest.shortfall > 0.5, "{:?}", late.weakest);
    for link in &late.links {
        let mended = if_mended(&late, &link.relationship);
        assert!(mended <= late.weakest.mended + 1e-12, "{:?}: {mended}", link.relationship);
    }
    assert!((if_mended(&late, &late.weakest.relationship) - late.weakest.mended).abs() < 1e-12);

    // And in the world: who mends the mill gains more than who mends the ink, and another link is the weakest then.
    let (mill, ink) = (chain(&everybody(0, 2), FAR).await, chain(&everybody(9, 0), FAR).await);
    let [now, mill_mended, ink_mended] = [&late, &mill, &ink].map(|it| it.end_to_end[0]);
    assert!(mill_mended > ink_mended && ink_mended > now, "{mill_mended}, {ink_mended}, {now}");
    assert_eq!(ink.weakest.relationship, between(FRONT_OFFICE, MILL));
    assert_ne!(mill.weakest.relationship, between(FRONT_OFFICE, MILL));
}

/// What the figure would be with one relationship perfect.
fn if_mended(chain: &Chain, relationship: &Relationship) -> f64 {
    let mut links = chain.links.clone();
    for link in links.iter_mut().filter(|link| &link.relationship == relationship) {
        link.status.service_level = 1.0;
    }
    Chain::of(links).end_to_end[0]
}

#[tokio::test]
async fn depth_and_width_are_as_wished_and_the_busiest_suppliers_come_first() {
    let mut events = everybody(0, 0);
    let rare = asks(FRONT_OFFICE, "Rare", RequestKind::Order, "once");
    events.push(rare.asked(on(TODAY).plus(-DAY)));
    let near = chain(&events, Reach { depth: 1, width: 2 }).await;
    assert_eq!(suppliers(&near), [FRONT_OFFICE, MILL, INK]);
    assert_eq!(near.links[0].upstream.omitted, 1);
    let share: f64 = near.links[1..].iter().map(|link| link.share).sum();
    assert!((share - 1.0).abs() < 1e-12);
    let alone = chain(&events, Reach { depth: 0, width: 2 }).await;
    assert_eq!(suppliers(&alone), [FRONT_OFFICE]);
    assert_eq!(alone.weakest.relationship, acme_and(FRONT_OFFICE));
    assert!((alone.weakest.shortfall - 1.0).abs() < 1e-12);
}
