//! Story 4: "My customer's customer."
//!
//! A bank and a film maker buy from each other. Both see themselves as customer and as supplier, and that they do
//! business both ways counts for both. When one direction stops, that fades.

use rapport::{
    event::{Event, RequestKind},
    observation::Channel,
    score::Scores,
    time::{DAY, HOUR, Span, Timestamp},
};

use super::narration::{Story, asks, between, channel, long_memory, on};

const BANK: &str = "Bank";
const FILM_MAKER: &str = "Film maker";
const FIRST: &str = "2024-01-08T09:00:00Z";
const MONTH: Span = Span::days(30);

/// What `customer` orders each month: delivered by its supplier on the day, or late.
fn orders(customer: &str, supplier: &str, months: std::ops::Range<i64>, late: Span) -> Vec<Event> {
    let order = |month: i64| {
        let asked = on(FIRST).plus(month * MONTH);
        let order = asks(customer, supplier, RequestKind::Order, format!("{month:02}")).needed_by(asked.plus(14 * DAY));
        [order.asked(asked), order.accepted(asked.plus(3 * HOUR)), order.delivered(asked.plus(14 * DAY + late))]
    };
    months.flat_map(order).collect()
}

fn reciprocity(scores: &Scores) -> f64 {
    channel(scores, Channel::Reciprocity)
}

async fn both(story: &Story, at: Timestamp) -> [Scores; 2] {
    [story.read(between(BANK, FILM_MAKER), at).await.scores, story.read(between(FILM_MAKER, BANK), at).await.scores]
}

#[tokio::test]
async fn two_directions_are_two_scores() {
    let films = orders(BANK, FILM_MAKER, 0..24, Span::ZERO);
    let loans = orders(FILM_MAKER, BANK, 0..24, 10 * DAY);
    let story = Story::of(&[films, loans].concat()).await;
    let [film_maker, bank] = both(&story, on(FIRST).plus(25 * MONTH)).await;
    assert!(film_maker.partnership.value > bank.partnership.value + 5.0, "the bank delivers late, the film maker not");
}

#[tokio::test]
async fn business_both_ways_counts_for_both() {
    let at = on(FIRST).plus(25 * MONTH);
    let one_way = both(&Story::of(&orders(BANK, FILM_MAKER, 0..24, Span::ZERO)).await, at).await;
    let story = Story::of(&orders(BANK, FILM_MAKER, 0..24, Span::ZERO)).await;
    story.hears(&orders(FILM_MAKER, BANK, 0..24, Span::ZERO)).await;
    let both_ways = both(&story, at).await;
    for (before, after) in one_way.iter().zip(&both_ways) {
        assert!(reciprocity(after) > reciprocity(before) + 0.3);
    }
    assert!(both_ways[0].partnership.value > one_way[0].partnership.value);
    assert!((reciprocity(&both_ways[0]) - reciprocity(&both_ways[1])).abs() < 1e-12, "it is one and the same to both");
}

#[tokio::test]
async fn it_fades_when_one_direction_stops() {
    let story = Story::of(
        &[orders(BANK, FILM_MAKER, 0..170, Span::ZERO), orders(FILM_MAKER, BANK, 0..24, Span::ZERO)].concat(),
    )
    .await;
    let stopped = on(FIRST).plus(24 * MONTH);
    let mut last = both(&story, stopped).await;
    for half_lives in 1..=3 {
        let now = both(&story, stopped.plus(half_lives * long_memory())).await;
        for (before, after) in last.iter().zip(&now) {
            assert!(reciprocity(after) < 0.75 * reciprocity(before), "after {half_lives} half-lives");
        }
        last = now;
    }
}

/// The first purchase in return is no reason to look down on anybody.
#[tokio::test]
async fn beginning_to_buy_back_costs_next_to_nothing() {
    let at = on(FIRST).plus(25 * MONTH);
    let story = Story::of(&orders(BANK, FILM_MAKER, 0..24, Span::ZERO)).await;
    let [before, _] = both(&story, at).await;
    story.hears(&orders(FILM_MAKER, BANK, 23..24, Span::ZERO)).await;
    let [after, _] = both(&story, at).await;
    assert!(after.partnership.value > before.partnership.value - 0.5);
}
