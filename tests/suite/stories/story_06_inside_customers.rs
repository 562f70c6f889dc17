//! Story 6: "Inside customers."
//!
//! Acme's print room, a part of Acme, supplies Acme's sales team exactly as an outside printer would. Both are ranked in
//! one list; Acme as a supplier is all of its parts, the weakest first; and a team that moves to another division takes
//! its share along.

use rapport::{
    event::{Event, PartyRole, RequestKind, Tenant},
    party::Party,
    reader::{PartyFilter, Rollup, RollupQuery},
    registry::Registry,
    score::{Lens, Lives, Scores},
    store::{Revision, Selection},
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Story, asks, between, on};
use crate::support::parties::{self, party};

const SALES: &str = "Acme sales";
const PRINT_ROOM: &str = "Acme print room";
const CANTEEN: &str = "Acme canteen";
const OUTSIDE: &str = "Outside printer";
const FIRST: &str = "2025-01-06T09:00:00Z";
const TODAY: &str = "2025-12-01T09:00:00Z";

/// An order every other week for most of a year, each answered after `hours` and delivered `late` days late.
fn orders(customer: &str, supplier: &str, hours: i64, late: i64) -> Vec<Event> {
    let order = |number: i64| {
        let asked = on(FIRST).plus(number * 14 * DAY);
        let needed = asked.plus(14 * DAY);
        let order = asks(customer, supplier, RequestKind::Order, format!("order {number:02}")).needed_by(needed);
        [order.asked(asked), order.accepted(asked.plus(hours * HOUR)), order.delivered(needed.plus(late * DAY))]
    };
    (0..20).flat_map(order).collect()
}

fn part(id: &str, parent: &str, category: &str) -> Party {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Party { category: some(category), ..party(id, parent) }
}

async fn told() -> (Story, Registry) {
    let story = Story::of(
        &[
            orders(SALES, PRINT_ROOM, 2, 0),
            orders(SALES, OUTSIDE, 2, 0),
            orders(SALES, CANTEEN, 60, 5),
            orders("Neighbour", PRINT_ROOM, 2, 1),
        ]
        .concat(),
    )
    .await;
    let registry = parties::registry(story.store.clone());
    let parties = [
        part(SALES, "Acme", ""),
        part("Acme services", "Acme", ""),
        part(PRINT_ROOM, "Acme services", "printing"),
        part(CANTEEN, "Acme", "food"),
        part(OUTSIDE, "", "printing"),
    ];
    registry.upsert(&Tenant::default(), &parties).await.unwrap();
    (story, registry)
}

async fn rolled_up(story: &Story, party: &str, counterparty: Option<&str>) -> Rollup {
    let query = RollupQuery {
        party: party.to_owned(),
        role: PartyRole::Supplier,
        counterparty: counterparty.map(str::to_owned),
        lens: Lens::Partnership,
        currency: None,
        include: Lives::ACTIVE,
    };
    story.reader.rollup(&Tenant::default(), &query, on(TODAY)).await.unwrap().value
}

fn partnership(scores: &Scores) -> f64 {
    scores.partnership.value
}

fn parts(rollup: &Rollup) -> Vec<&str> {
    rollup.parts.iter().map(|part| part.party.as_str()).collect()
}

async fn ranked(story: &Story, parent: Option<&str>, category: Option<&str>) -> Vec<String> {
    let filter = PartyFilter {
        role: PartyRole::Supplier,
        parent: parent.map(str::to_owned),
        category: category.map(str::to_owned),
    };
    let of_sales = Selection::Customer(SALES.to_owned());
    let read = story.reader.select(&Tenant::default(), &of_sales, &filter, Revision::ZERO, on(TODAY)).await.unwrap();
    read.value.into_iter().map(|(it, _)| it.supplier).collect()
}

#[tokio::test]
async fn a_colleague_is_ranked_like_an_outside_supplier() {
    let (story, _) = told().await;
    let alone = Story::of(&[orders(SALES, PRINT_ROOM, 2, 0), orders(SALES, OUTSIDE, 2, 0)].concat()).await;
    let [room, printer] = [PRINT_ROOM, OUTSIDE].map(|supplier| between(SALES, supplier));
    let (room, printer) = (alone.read(room, on(TODAY)).await, alone.read(printer, on(TODAY)).await);
    assert_eq!(room.scores, printer.scores, "being a part of the customer neither helps nor hurts");
    assert_eq!(ranked(&story, None, None).await, [CANTEEN, PRINT_ROOM, OUTSIDE]);
    assert_eq!(ranked(&story, None, Some("printing")).await, [PRINT_ROOM, OUTSIDE]);
    assert_eq!(ranked(&story, Some("Acme"), None).await, [CANTEEN, PRINT_ROOM]);
    assert_eq!(ranked(&story, Some("Acme services"), Some("food")).await, [""; 0]);
}

#[tokio::test]
async fn a_company_is_its_departments_the_weakest_first() {
    let (story, _) = told().await;
    let acme = rolled_up(&story, "Acme", None).await;
    assert_eq!(acme.whole.relationships, 3);
    assert_eq!(parts(&acme), [CANTEEN, "Acme services"]);
    let [weakest, strongest] = &acme.parts[..] else { panic!("two parts") };
    let all = partnership(&acme.whole.scores.scores);
    assert!(partnership(&weakest.sum.scores.scores) < all && all < partnership(&strongest.sum.scores.scores));
    // What Acme does for its own sales team is a part of what it does.
    let inside = rolled_up(&story, "Acme", Some("Acme")).await;
    assert_eq!((inside.whole.relationships, parts(&inside)), (2, vec![CANTEEN, "Acme services"]));
    // Without parts and with one counterparty a roll-up is the relationship.
    let one = rolled_up(&story, OUTSIDE, Some(SALES)).await;
    assert_eq!(one.whole.scores, story.read(between(SALES, OUTSIDE), on(TODAY)).await);
    assert!(one.parts.is_empty());
}

#[tokio::test]
async fn a_team_that_moves_takes_its_share_along() {
    let (story, registry) = told().await;
    let acme = rolled_up(&story, "Acme", None).await;
    registry.upsert(&Tenant::default(), &[part(CANTEEN, "Acme services", "food")]).await.unwrap();
    let moved = rolled_up(&story, "Acme", None).await;
    assert_eq!(moved.whole, acme.whole, "all of Acme is what it was");
    assert_eq!(parts(&moved), ["Acme services"]);
    assert_eq!(moved.parts[0].sum.scores.scores, acme.whole.scores.scores);
    let services = rolled_up(&story, "Acme services", None).await;
    assert_eq!(parts(&services), [CANTEEN, PRINT_ROOM]);
    registry.upsert(&Tenant::default(), &[part("Acme services", "", "")]).await.unwrap();
    assert_eq!(rolled_up(&story, "Acme", None).await.whole.relationships, 0, "the division was sold");
}

#[tokio::test]
async fn peers_are_those_of_one_category() {
    let (story, _) = told().await;
    let rank = async |party| rolled_up(&story, party, None).await.peers.map(|it| (it.category, it.rank, it.count));
    assert_eq!(rank(OUTSIDE).await, Some(("printing".to_owned(), 1, 2)));
    assert_eq!(rank(PRINT_ROOM).await, Some(("printing".to_owned(), 2, 2)), "it was late for the neighbour");
    assert_eq!(rank(CANTEEN).await, Some(("food".to_owned(), 1, 1)));
    assert_eq!(rank("Acme").await, None);
    let for_sales = rolled_up(&story, PRINT_ROOM, Some(SALES)).await.peers.unwrap();
    assert_eq!(for_sales.count, 2);
}

#[tokio::test]
async fn nobody_is_too_unknown_to_be_asked_about() {
    let (story, _) = told().await;
    let stranger = rolled_up(&story, "never heard of", None).await;
    assert_eq!((stranger.whole.relationships, stranger.parts.len(), stranger.peers), (0, 0, None));
    let long_ago: Timestamp = on("2000-01-01T00:00:00Z");
    let query = RollupQuery {
        party: "Acme".to_owned(),
        role: PartyRole::Customer,
        counterparty: None,
        lens: Lens::Customership,
        currency: None,
        include: Lives::ACTIVE,
    };
    let before = story.reader.rollup(&Tenant::default(), &query, long_ago).await.unwrap().value;
    assert_eq!(before.whole.scores.scores, stranger.whole.scores.scores);
}
