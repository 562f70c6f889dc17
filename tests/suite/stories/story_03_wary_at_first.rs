//! Story 3: "Wary at first."
//!
//! A stranger stands at the prior, and nobody is sure of anything. Kept promises earn trust; a broken one costs more than
//! a kept one had gained; and years without a request let it all fade.

use rapport::{
    event::{Event, RequestKind},
    model::Model,
    observation::{Channel, Measure},
    score::{Scores, Standing},
    time::{DAY, HOUR, Span, Timestamp},
};

use super::narration::{Story, acme_asks, channel, long_memory, on, width};

const BOLT: &str = "Bolt";
const FIRST_ORDER: &str = "2026-03-02T09:00:00Z";
const WEEK: Span = Span::days(7);
const LEAD: Span = Span::days(14);

/// When the order of the `n`th week was due.
fn due(n: i64) -> Timestamp {
    on(FIRST_ORDER).plus(n * WEEK + LEAD)
}

/// The order of the `n`th week: accepted within the hour, and delivered unless the promise was broken.
fn order(n: i64, kept: bool) -> Vec<Event> {
    let asked = on(FIRST_ORDER).plus(n * WEEK);
    let order = acme_asks(BOLT, RequestKind::Order, format!("order {n:02}")).needed_by(due(n));
    let mut events = vec![order.asked(asked), order.accepted(asked.plus(HOUR))];
    if kept {
        events.push(order.delivered(due(n).plus(-HOUR)));
    }
    events
}

fn kept(orders: i64) -> Vec<Event> {
    (0..orders).flat_map(|n| order(n, true)).collect()
}

/// What the model makes of a stranger.
fn prior(measure: Measure) -> f64 {
    let model = Model::default();
    let channels = Channel::ALL.into_iter().filter(|channel| channel.measure() == measure);
    100.0 * channels.map(|channel| model.share(channel) * model.channel(channel).prior).sum::<f64>()
}

fn distance_from_prior(scores: &Scores) -> [f64; 2] {
    [
        (scores.responsiveness.value - prior(Measure::Responsiveness)).abs(),
        (scores.partnership.value - prior(Measure::Partnership)).abs(),
    ]
}

fn widths(scores: &Scores) -> [f64; 2] {
    [width(&scores.responsiveness), width(&scores.partnership)]
}

fn values(scores: &Scores) -> [f64; 2] {
    [scores.responsiveness.value, scores.partnership.value]
}

fn trust(scores: &Scores) -> f64 {
    channel(scores, Channel::Trust)
}

/// Both of the first are less than both of the second, one by one.
fn less(some: [f64; 2], other: [f64; 2]) -> bool {
    some[0] < other[0] && some[1] < other[1]
}

#[tokio::test]
async fn a_stranger_stands_at_the_prior() {
    let story = Story::begin().await;
    let stranger = story.scores(BOLT, on(FIRST_ORDER)).await;
    assert!(less(distance_from_prior(&stranger), [0.001; 2]));
    assert!(less([99.999; 2], widths(&stranger)), "anything is possible");
    assert_eq!(stranger.placement.standing, Standing::Unproven);
    assert!(stranger.responsiveness.evidence < 0.001 && stranger.partnership.evidence < 0.001);

    story.hears(&order(0, true)[..1]).await;
    let asked = story.scores(BOLT, on(FIRST_ORDER)).await;
    assert!(less(distance_from_prior(&asked), [0.001; 2]), "a question alone says nothing");
    assert_eq!(asked.placement.standing, Standing::Unproven);
}

#[tokio::test]
async fn every_kept_promise_raises_and_narrows() {
    let story = Story::begin().await;
    let mut before = story.scores(BOLT, on(FIRST_ORDER)).await;
    for n in 0..10 {
        story.hears(&order(n, true)).await;
        let after = story.scores(BOLT, due(n)).await;
        assert!(less(values(&before), values(&after)), "order {n}");
        assert!(less(widths(&after), widths(&before)), "order {n}");
        before = after;
    }
    assert_ne!(before.placement.standing, Standing::Unproven);
}

/// However many promises were kept: at one and the same moment, what the last of them is worth, and what it costs to
/// break the next.
#[tokio::test]
async fn a_broken_promise_costs_more_than_a_kept_one_had_gained() {
    for promises in 1..=10 {
        let moment = due(promises).plus(LEAD);
        let without_the_last = Story::of(&kept(promises - 1)).await.scores(BOLT, moment).await;
        let story = Story::of(&kept(promises)).await;
        let all_kept = story.scores(BOLT, moment).await;
        story.hears(&order(promises, false)).await;
        let broken = story.scores(BOLT, moment).await;
        for (what, of) in [("trust", trust as fn(&Scores) -> f64), ("partnership", |scores| scores.partnership.value)] {
            let (gained, lost) = (of(&all_kept) - of(&without_the_last), of(&all_kept) - of(&broken));
            assert!(gained > 0.0, "{what} by promise {promises}");
            assert!(lost > gained, "{what} after {promises} promises: {lost} lost, {gained} gained");
        }
    }
}

/// The same, as it was lived: more is lost than any of ten kept promises had gained on average.
#[tokio::test]
async fn ten_steps_up_are_smaller_than_one_down() {
    let story = Story::of(&kept(10)).await;
    let [start, top] = [story.scores(BOLT, on(FIRST_ORDER)).await, story.scores(BOLT, due(10)).await];
    story.hears(&order(10, false)).await;
    let fallen = story.scores(BOLT, due(10).plus(LEAD)).await;
    let (gained, lost) = (trust(&top) - trust(&start), trust(&top) - trust(&fallen));
    assert!(lost > gained / 10.0, "trust: {lost} lost, {gained} gained by ten");
    let (gained, lost) =
        (top.partnership.value - start.partnership.value, top.partnership.value - fallen.partnership.value);
    assert!(lost > gained / 10.0, "partnership: {lost} lost, {gained} gained by ten");
}

/// A good supplier with much work in hand is not a worse one: nothing that is under way and not yet due costs much.
#[tokio::test]
async fn a_full_order_book_is_no_fault() {
    let story = Story::of(&kept(20)).await;
    let before = story.scores(BOLT, due(19)).await;
    let asked = due(19);
    let orders =
        (0..10).map(|n| acme_asks(BOLT, RequestKind::Order, format!("open {n}")).needed_by(asked.plus(60 * DAY)));
    story
        .hears(&orders.flat_map(|order| [order.asked(asked), order.accepted(asked.plus(HOUR))]).collect::<Vec<_>>())
        .await;
    let half_way = story.scores(BOLT, asked.plus(30 * DAY)).await;
    let overdue = story.scores(BOLT, asked.plus(90 * DAY)).await;
    assert!(half_way.partnership.value > before.partnership.value - 1.0, "{half_way:?}");
    assert!(overdue.partnership.value < half_way.partnership.value - 10.0, "{overdue:?}");
}

#[tokio::test]
async fn years_without_a_request_lead_back_to_the_prior() {
    let story = Story::of(&kept(10)).await;
    let writes = story.writes().await;
    let mut before = story.scores(BOLT, due(9)).await;
    for half_lives in 1..=6 {
        let after = story.scores(BOLT, due(9).plus(half_lives * long_memory())).await;
        assert!(less(distance_from_prior(&after), distance_from_prior(&before)), "after {half_lives} half-lives");
        assert!(less(widths(&before), widths(&after)), "after {half_lives} half-lives");
        before = after;
    }
    assert_eq!(before.placement.standing, Standing::Unproven);
    assert!(less(distance_from_prior(&before), [2.0; 2]), "{:?}", distance_from_prior(&before));
    assert_eq!(story.writes().await, writes);
}
