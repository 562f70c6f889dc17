//! Story 7: "Whose best customer?"
//!
//! A printer has five customers, and each is the best by another lens: most revenue, largest potential, most
//! recommendations, nicest to work with, best prepared.

use rapport::{
    event::{Event, PartyRole, RequestKind},
    score::Lens,
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Matter, Story, asks, between, on};

const PRINTER: &str = "Printer";
const FIRST: &str = "2025-01-06T09:00:00Z";
const TODAY: &str = "2025-12-01T09:00:00Z";
const CUSTOMERS: [&str; 5] = ["Most revenue", "Largest potential", "Most recommendations", "Nicest", "Best prepared"];

fn asked_at(month: i64) -> Timestamp {
    on(FIRST).plus(month * 30 * DAY)
}

/// The order of a month: incomplete and in some haste, as orders are.
fn order(customer: &str, month: i64) -> Matter {
    let order = asks(customer, PRINTER, RequestKind::Order, format!("order {month:02}"));
    order.needed_by(asked_at(month).plus(7 * DAY)).complete_to(0.8).worth(1_000)
}

/// Ordered, accepted, delivered and paid: late, as bills are.
fn business(order: &Matter, month: i64) -> Vec<Event> {
    let asked = asked_at(month);
    let (delivered, due) = (asked.plus(7 * DAY), asked.plus(21 * DAY));
    vec![
        order.asked(asked),
        order.accepted(asked.plus(4 * HOUR)),
        order.delivered(delivered),
        order.paid(due.plus(3 * DAY), due),
    ]
}

fn ordinary(customer: &str) -> Vec<Event> {
    (0..10).flat_map(|month| business(&order(customer, month), month)).collect()
}

fn everybody() -> Vec<Event> {
    let [revenue, potential, recommendations, nicest, prepared] = CUSTOMERS;
    let mut events: Vec<Event> = [potential, recommendations, nicest].into_iter().flat_map(ordinary).collect();
    events.extend((0..10).flat_map(|month| business(&order(revenue, month).worth(9_000), month)));
    events.extend((0..10).flat_map(|month| {
        let order = order(prepared, month).complete_to(1.0).needed_by(asked_at(month).plus(21 * DAY));
        business(&order, month)
    }));
    let tender = asks(potential, PRINTER, RequestKind::Quote, "tender").worth(500_000);
    events.push(tender.asked(on(TODAY).plus(-5 * DAY)));
    events.extend((0..4).map(|n| order(recommendations, n).referred(asked_at(n), PartyRole::Customer, &n.to_string())));
    events.push(order(prepared, 0).referred(asked_at(5), PartyRole::Supplier, "somebody"));
    for customer in CUSTOMERS {
        let stars = if customer == nicest { 5 } else { 3 };
        events.extend((0..6).map(|month| order(customer, month).rated(asked_at(month), PartyRole::Supplier, stars)));
    }
    events
}

#[tokio::test]
async fn five_lenses_give_five_winners() {
    let story = Story::of(&everybody()).await;
    let lenses = [Lens::ValueExchanged, Lens::Potential, Lens::Advocacy, Lens::Regard, Lens::Customership];
    for (lens, expected) in lenses.into_iter().zip(CUSTOMERS) {
        let mut ranked = Vec::new();
        for customer in CUSTOMERS {
            let read = story.read(between(customer, PRINTER), on(TODAY)).await;
            ranked.push((lens.value(&read.scores, &read.views, "EUR"), customer));
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        assert_eq!(ranked[0].1, expected, "{lens:?}: {ranked:?}");
        assert!(ranked[0].0 > ranked[1].0, "{lens:?}: {ranked:?}");
    }
}
