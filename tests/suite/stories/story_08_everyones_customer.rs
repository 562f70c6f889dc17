//! Story 8: "Everyone's customer."
//!
//! A print shop with a wonderful front office buys its paper from a mill that is late, and its ink from a maker who is not.
//! What its customer experiences is the sum of them all. Nobody is blamed for what nobody has seen.

use rapport::{
    event::{Event, Money, Payload, Relationship, RequestKind},
    model::Model,
    observation::Channel,
    reader::Reach,
    score::{Chain, Link, Mending, Service, Verdict},
    time::{DAY, HOUR},
};

use super::narration::{ACME, Story, acme_and, asks, between, on};

const FRONT_OFFICE: &str = "Wonderful Front Office";
const MILL: &str = "Late Mill";
const INK: &str = "Prompt Ink";
const FOREST: &str = "Forest";
const ADVISER: &str = "Paper Adviser";
const NEWCOMER: &str = "Newcomer";
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

/// Questions, all of them answered in time; nothing was ever to be delivered.
fn questions(customer: &str, supplier: &str, count: i64) -> Vec<Event> {
    let question = |number: i64| {
        let asked = on(TODAY).plus((-20 * number - 9) * DAY);
        let question = asks(customer, supplier, RequestKind::Information, format!("question {number:02}"));
        [question.asked(asked), question.accepted(asked.plus(2 * HOUR))]
    };
    (0..count).flat_map(question).collect()
}

/// A question that nobody has answered, and that need not be answered yet.
fn waiting(customer: &str, supplier: &str) -> Event {
    asks(customer, supplier, RequestKind::Information, "waiting").asked(on(TODAY).plus(-HOUR))
}

fn link<'a>(chain: &'a Chain, supplier: &str) -> &'a Link {
    chain.links.iter().find(|link| link.relationship.supplier == supplier).unwrap()
}

fn service(link: &Link) -> &Service {
    link.status.service.as_ref().unwrap()
}

fn shortfall(chain: &Chain, supplier: &str) -> Option<f64> {
    let place = chain.links.iter().position(|link| link.relationship.supplier == supplier).unwrap();
    chain.shortfall[place]
}

fn weakest(chain: &Chain) -> &Mending {
    match &chain.verdict {
        Verdict::Weakest(weakest) => weakest,
        other => panic!("none is named: {other:?}"),
    }
}

fn candidates(chain: &Chain) -> Vec<&str> {
    match &chain.verdict {
        Verdict::Candidates(candidates) => candidates.iter().map(|it| it.relationship.supplier.as_str()).collect(),
        other => panic!("there are no candidates: {other:?}"),
    }
}

fn suppliers(chain: &Chain) -> Vec<&str> {
    chain.links.iter().map(|link| link.relationship.supplier.as_str()).collect()
}

#[tokio::test]
async fn the_chain_names_its_weakest_link_and_mending_that_moves_it_most() {
    let late = chain(&everybody(9, 2), FAR).await;
    assert_eq!(suppliers(&late), [FRONT_OFFICE, MILL, INK, FOREST], "the circle is cut");
    let own = &late.links[0].status;
    assert!(own.responsiveness > 80.0 && service(&late.links[0]).level > 0.9, "the front office is wonderful: {own:?}");
    let whole = late.end_to_end[0].unwrap();
    assert!(whole < service(&late.links[0]).level - 0.1, "its customer does not notice: {:?}", late.end_to_end);
    assert!(late.interval.0 < whole && whole < late.interval.1 && late.evidence > 20.0, "{:?}", late.interval);
    assert!(late.unknown_share.abs() < 1e-12, "everybody is known");

    let weakest_now = weakest(&late);
    assert_eq!(weakest_now.relationship, between(FRONT_OFFICE, MILL));
    assert!(weakest_now.shortfall > 0.5, "{weakest_now:?}");
    for link in &late.links {
        let mended = if_mended(&late, &link.relationship);
        assert!(mended <= weakest_now.mended + 1e-12, "{:?}: {mended}", link.relationship);
    }
    assert!((if_mended(&late, &weakest_now.relationship) - weakest_now.mended).abs() < 1e-12);

    // And in the world: who mends the mill gains more than who mends the ink, and another link is the weakest then.
    let (mill, ink) = (chain(&everybody(0, 2), FAR).await, chain(&everybody(9, 0), FAR).await);
    let [now, mill_mended, ink_mended] = [&late, &mill, &ink].map(|it| it.end_to_end[0]);
    assert!(mill_mended > ink_mended && ink_mended > now, "{mill_mended:?}, {ink_mended:?}, {now:?}");
    assert_eq!(weakest(&ink).relationship, between(FRONT_OFFICE, MILL));
    assert_eq!(shortfall(&mill, MILL), Some(0.0), "what is on time lacks nothing");
    assert_eq!(shortfall(&mill, INK), Some(1.0));
    assert_eq!(chain(&everybody(0, 0), FAR).await.verdict, Verdict::Flawless);
}

/// What the figure would be with one relationship perfect.
fn if_mended(chain: &Chain, relationship: &Relationship) -> f64 {
    let mut links = chain.links.clone();
    for link in links.iter_mut().filter(|link| &link.relationship == relationship) {
        link.status.service.as_mut().unwrap().level = 1.0;
    }
    Chain::of(links, &Model::default()).end_to_end[0].unwrap()
}

#[tokio::test]
async fn nobody_is_blamed_for_what_was_never_asked_of_them() {
    // Ten of ten questions answered in time, and never anything to deliver; the front office was late once in a year.
    let mut events = orders(ACME, FRONT_OFFICE, 0);
    let hasty = asks(ACME, FRONT_OFFICE, RequestKind::Order, "late").needed_by(on("2025-11-01T09:00:00Z"));
    let asked = on("2025-10-01T09:00:00Z");
    events.extend([hasty.asked(asked), hasty.accepted(asked.plus(HOUR)), hasty.delivered(asked.plus(40 * DAY))]);
    events.extend(questions(FRONT_OFFICE, ADVISER, 10));
    let both = chain(&events, FAR).await;
    let adviser = service(link(&both, ADVISER));
    assert_eq!((adviser.level, &adviser.channels[..]), (1.0, &[Channel::Timely][..]), "{adviser:?}");
    assert!(adviser.low > 0.7 && adviser.low < 0.9 && adviser.high > 0.999, "ten are not many: {adviser:?}");
    assert_eq!(shortfall(&both, ADVISER), Some(0.0));
    assert_eq!(shortfall(&both, FRONT_OFFICE), Some(1.0));
    assert_eq!(
        candidates(&both),
        [FRONT_OFFICE],
        "the adviser may be worse than it was so far, but nobody has seen it"
    );
}

#[tokio::test]
async fn a_delivery_that_is_overdue_is_known_to_be_late_as_far_as_it_is() {
    let needed = on(TODAY).plus(-DAY);
    let order = asks(ACME, FRONT_OFFICE, RequestKind::Order, "one").needed_by(needed);
    let asked = needed.plus(-20 * DAY);
    let story = Story::of(&[order.asked(asked), order.accepted(asked.plus(HOUR))]).await;
    let level = async |day: i64| {
        let chain = story.chain(acme_and(FRONT_OFFICE), FAR, needed.plus(day * DAY)).await;
        service(&chain.links[0]).level
    };
    for day in [-19, -1, 0] {
        assert!(level(day).await > 0.999, "the answer came, and nothing is overdue");
    }
    let mut last = 1.0;
    for day in 1..25 {
        let now = level(day).await;
        assert!(
            if day <= 20 { now < last } else { now <= last } && last - now < 0.1,
            "{now} on day {day} after {last}"
        );
        last = now;
    }
    assert!(last < 0.6, "it never came: {last}");
}

#[tokio::test]
async fn of_whom_nothing_was_seen_is_unknown_and_changes_nothing() {
    let mut events = everybody(9, 2);
    let before = chain(&events, FAR).await;
    events.push(waiting(FRONT_OFFICE, NEWCOMER));
    events.push(waiting(INK, "Newcomer's Newcomer"));
    let after = chain(&events, FAR).await;
    let newcomer = link(&after, NEWCOMER);
    assert_eq!((&newcomer.status.service, shortfall(&after, NEWCOMER)), (&None, None));
    assert!(after.unknown_share > 0.0 && after.unknown_share < 0.5, "{}", after.unknown_share);
    assert!((after.end_to_end[0].unwrap() - before.end_to_end[0].unwrap()).abs() < 1e-9);
    for supplier in [FRONT_OFFICE, MILL, INK, FOREST] {
        let parts = [&before, &after].map(|it| shortfall(it, supplier).unwrap());
        assert!((parts[0] - parts[1]).abs() < 1e-9, "{supplier}: {parts:?}");
    }
    assert_eq!(weakest(&after).relationship, between(FRONT_OFFICE, MILL));

    let nothing = chain(&[waiting(ACME, FRONT_OFFICE)], FAR).await;
    assert_eq!((nothing.end_to_end[0], nothing.interval), (None, (0.0, 1.0)));
    assert_eq!((nothing.unknown_share, nothing.verdict), (1.0, Verdict::Flawless));
    // Who was never seen passes on what it gets.
    let mut through = vec![waiting(ACME, FRONT_OFFICE)];
    through.extend(orders(FRONT_OFFICE, MILL, 9));
    let through = chain(&through, FAR).await;
    assert_eq!(through.end_to_end[0], through.end_to_end[1]);
    assert_eq!(weakest(&through).relationship, between(FRONT_OFFICE, MILL));
}

#[tokio::test]
async fn the_weakest_is_named_only_where_it_surely_is() {
    let even = chain(&everybody(9, 9), FAR).await;
    assert_eq!(candidates(&even), [MILL, INK], "both are late alike, and nobody else can be as bad");
    // One delivery, late, and nobody else ever was: that is all that is lost, but it is once.
    let mut once = everybody(0, 0);
    let order = asks(FRONT_OFFICE, NEWCOMER, RequestKind::Order, "one").needed_by(on("2025-12-01T09:00:00Z"));
    let asked = on("2025-11-20T09:00:00Z");
    once.extend([order.asked(asked), order.accepted(asked.plus(HOUR)), order.delivered(asked.plus(21 * DAY))]);
    let once = chain(&once, FAR).await;
    assert_eq!((candidates(&once), shortfall(&once, NEWCOMER)), (vec![NEWCOMER], Some(1.0)));
}

#[tokio::test]
async fn forints_are_no_euros() {
    // 30,000 forints are some 80 euros: who is paid in forints is not the larger supplier for that.
    let paid_in = |currency: &'static str, amount: i64, events: Vec<Event>| {
        events.into_iter().map(move |mut event| {
            if let Payload::Requested(requested) = &mut event.payload {
                requested.value = Some(Money { currency: currency.to_owned(), amount_minor: amount });
            }
            event
        })
    };
    let shares = async |ink: &'static str| {
        let mut events = orders(ACME, FRONT_OFFICE, 0);
        events.extend(paid_in("EUR", 10_000, orders(FRONT_OFFICE, MILL, 0)));
        events.extend(paid_in(ink, 3_000_000, orders(FRONT_OFFICE, INK, 0)));
        let chain = chain(&events, FAR).await;
        (chain.links[0].upstream.currency.clone(), link(&chain, INK).share)
    };
    assert_eq!(shares("HUF").await, (None, 0.5), "as many orders of either");
    let (currency, share) = shares("EUR").await;
    assert!(currency.as_deref() == Some("EUR") && share > 0.99, "{currency:?}: {share}");
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
    assert_eq!(alone.verdict, Verdict::Flawless);
}
