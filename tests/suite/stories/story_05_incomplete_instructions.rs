//! Story 5: "Incomplete instructions."
//!
//! Two suppliers that had always done well fail alike: one on complete requests with ample time, the other on half-finished
//! ones that came the night before. The second loses far less.

use rapport::{
    event::{Event, RequestKind},
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Matter, Story, acme_asks, on};

const FAIR: &str = "Fairly asked";
const HASTY: &str = "Hastily asked";
/// As good as the two, and spared of what they fail at.
const SPARED: &str = "Never tried";
const FIRST: &str = "2026-03-02T18:00:00Z";
const REQUESTS: i64 = 6;
/// Before that, so many went well.
const USUAL: i64 = 12;

fn asked_at(n: i64) -> Timestamp {
    on(FIRST).plus(n * 14 * DAY)
}

/// A complete order with three weeks to go.
fn fair_order(n: i64) -> Matter {
    acme_asks(FAIR, RequestKind::Order, format!("fair {n}")).needed_by(asked_at(n).plus(21 * DAY))
}

/// Half an order, the night before.
fn hasty_order(n: i64) -> Matter {
    let tomorrow = asked_at(n).plus(15 * HOUR);
    acme_asks(HASTY, RequestKind::Order, format!("hasty {n}")).needed_by(tomorrow).complete_to(0.5)
}

/// What is usual: orders with three weeks to go and quotes with three days, met in time.
fn usual() -> Vec<Event> {
    let of = |supplier: &'static str| {
        (-USUAL..0).flat_map(move |n| {
            let asked = asked_at(n);
            let due = asked.plus(21 * DAY);
            let order = acme_asks(supplier, RequestKind::Order, format!("usual {n}")).needed_by(due);
            let quote = acme_asks(supplier, RequestKind::Quote, format!("usual quote {n}"));
            let quote = quote.answer_by(asked.plus(3 * DAY));
            let met = [order.asked(asked), order.accepted(asked.plus(20 * HOUR)), order.delivered(due)];
            met.into_iter().chain([quote.asked(asked), quote.accepted(asked.plus(DAY))])
        })
    };
    [FAIR, HASTY, SPARED].into_iter().flat_map(of).collect()
}

/// The same misses of both: whatever `miss` makes of an order asked at that moment.
async fn misses(miss: impl Fn(&Matter, Timestamp) -> Vec<Event>) -> Story {
    let missed =
        (0..REQUESTS).flat_map(|n| [fair_order(n), hasty_order(n)].map(|order| miss(&order, asked_at(n))).concat());
    Story::of(&usual().into_iter().chain(missed).collect::<Vec<_>>()).await
}

/// While the requests come in, when they end, and long after.
fn moments() -> [Timestamp; 4] {
    [asked_at(3), asked_at(REQUESTS + 2), asked_at(REQUESTS + 10), asked_at(REQUESTS + 50)]
}

/// What each loses against one that was spared, for the same reason, at the same moment.
async fn losses(story: &Story, of: impl AsyncFn(&Story, &str) -> f64) -> [f64; 2] {
    let spared = of(story, SPARED).await;
    [spared - of(story, FAIR).await, spared - of(story, HASTY).await]
}

fn far_less(hasty: f64, fair: f64) -> bool {
    fair > 0.0 && hasty < fair / 2.0
}

#[tokio::test]
async fn promises_broken_in_haste_cost_far_less() {
    let story = misses(|order, asked| vec![order.asked(asked), order.accepted(asked.plus(20 * HOUR))]).await;
    for moment in moments() {
        let [fair, hasty] = losses(&story, async |story, supplier| story.partnership(supplier, moment).await).await;
        assert!(far_less(hasty, fair), "{moment}: {fair} lost on fair orders, {hasty} on hasty ones");
    }
}

#[tokio::test]
async fn late_deliveries_on_hasty_orders_cost_far_less() {
    let story = misses(|order, asked| {
        vec![order.asked(asked), order.accepted(asked.plus(20 * HOUR)), order.delivered(asked.plus(45 * DAY))]
    })
    .await;
    for moment in moments() {
        let [fair, hasty] = losses(&story, async |story, supplier| story.partnership(supplier, moment).await).await;
        assert!(far_less(hasty, fair), "{moment}: {fair} lost on fair orders, {hasty} on hasty ones");
    }
}

#[tokio::test]
async fn silence_on_hasty_requests_costs_far_less() {
    let missed = (0..REQUESTS).flat_map(|n| {
        let fair = acme_asks(FAIR, RequestKind::Quote, format!("fair {n}")).answer_by(asked_at(n).plus(3 * DAY));
        let hasty = acme_asks(HASTY, RequestKind::Quote, format!("hasty {n}"));
        let hasty = hasty.answer_by(asked_at(n).plus(15 * HOUR)).complete_to(0.5);
        [fair.asked(asked_at(n)), hasty.asked(asked_at(n))]
    });
    let story = Story::of(&usual().into_iter().chain(missed).collect::<Vec<_>>()).await;
    for moment in moments() {
        let [fair, hasty] = losses(&story, async |story, supplier| story.responsiveness(supplier, moment).await).await;
        assert!(far_less(hasty, fair), "{moment}: responsiveness: {fair} lost on fair requests, {hasty} on hasty ones");
        let [fair, hasty] = losses(&story, async |story, supplier| story.partnership(supplier, moment).await).await;
        assert!(far_less(hasty, fair), "{moment}: partnership: {fair} lost on fair requests, {hasty} on hasty ones");
    }
}

/// What is taken off the supplier stands in the customer's mirror.
#[tokio::test]
async fn the_difference_stands_in_the_mirror() {
    let story = misses(|order, asked| vec![order.asked(asked), order.accepted(asked.plus(20 * HOUR))]).await;
    let kept = misses(|order, asked| {
        vec![order.asked(asked), order.accepted(asked.plus(20 * HOUR)), order.delivered(asked.plus(14 * HOUR))]
    })
    .await;
    for moment in moments() {
        let of = async |story: &Story, supplier| story.scores(supplier, moment).await.customership.value;
        let [fair, hasty] = [of(&story, FAIR).await, of(&story, HASTY).await];
        assert!(hasty < fair - 5.0, "{moment}: as a customer {fair} to the one, {hasty} to the other");
        assert!(
            hasty < of(&kept, HASTY).await,
            "{moment}: haste that broke a promise weighs more than haste that did not"
        );
    }
}

/// Half a request in good time, or a whole one in haste: each excuses something, both together more.
#[tokio::test]
async fn each_fault_of_the_customer_excuses_by_itself() {
    let asked = on(FIRST);
    let broken = |supplier: &'static str, needed_by: Timestamp, completeness: f64| {
        let order = acme_asks(supplier, RequestKind::Order, "screws").needed_by(needed_by).complete_to(completeness);
        [order.asked(asked), order.accepted(asked.plus(HOUR))]
    };
    let (ample, hasty) = (asked.plus(14 * DAY), asked.plus(2 * DAY));
    let story = Story::of(
        &[
            broken("whole, in good time", ample, 1.0),
            broken("half, in good time", ample, 0.5),
            broken("whole, in haste", hasty, 1.0),
            broken("half, in haste", hasty, 0.5),
        ]
        .concat(),
    )
    .await;
    let moment = asked.plus(30 * DAY);
    let of = async |supplier| story.partnership(supplier, moment).await;
    let whole = of("whole, in good time").await;
    let [half, quick, both] = [of("half, in good time").await, of("whole, in haste").await, of("half, in haste").await];
    assert!(whole < half && whole < quick, "{whole} {half} {quick}");
    assert!(half < both && quick < both, "{half} {quick} {both}");
}
