//! Story 14: "They do not call any more."
//!
//! A buyer orders every week, until it does not. Nobody says so; but whoever ranks suppliers should not find one at the top
//! that nobody has asked for months.

use rapport::{
    event::{Event, RequestKind},
    score::Life,
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Story, acme_asks, on};

const SUPPLIER: &str = "Was fine";
const BEGIN: &str = "2024-01-01T09:00:00Z";
/// A year of weeks.
const WEEKS: i64 = 52;

/// An order every so many days, accepted and delivered within a week.
fn orders(every: i64, count: i64) -> Vec<Event> {
    let order = |number: i64| {
        let asked = on(BEGIN).plus(number * every * DAY);
        let order = acme_asks(SUPPLIER, RequestKind::Order, format!("order {number:03}"));
        let order = order.needed_by(asked.plus(6 * DAY)).worth(100);
        [order.asked(asked), order.accepted(asked.plus(HOUR)), order.delivered(asked.plus(5 * DAY))]
    };
    (0..count).flat_map(order).collect()
}

fn after_last(days: i64) -> Timestamp {
    on(BEGIN).plus(((WEEKS - 1) * 7 + days) * DAY)
}

async fn life(story: &Story, as_of: Timestamp) -> Life {
    story.scores(SUPPLIER, as_of).await.placement.life
}

#[tokio::test]
async fn who_came_every_week_and_stays_away_has_left() {
    let story = Story::of(&orders(7, WEEKS)).await;
    for (days, expected) in [(0, Life::Active), (10, Life::Active), (21, Life::Active), (120, Life::Dormant)] {
        assert_eq!(life(&story, after_last(days)).await, expected, "{days} days after the last order");
    }
    let bound = rapport::model::Model::default().lifetime.dormant_below;
    for days in 0..120 {
        let moment = after_last(days);
        let alive = story.value_at_risk(SUPPLIER, moment).await.probability_alive;
        let is_dormant = life(&story, moment).await == Life::Dormant;
        assert_eq!(is_dormant, alive < bound, "{days} days after the last order, alive with {alive}");
    }
    // The same silence says nothing of a customer that asks once a quarter.
    let rarely = Story::of(&orders(91, 5)).await;
    assert_eq!(life(&rarely, on(BEGIN).plus((4 * 91 + 120) * DAY)).await, Life::Active);
    assert_eq!(life(&Story::of(&orders(7, 1)).await, on("2030-01-01")).await, Life::Active, "once is no habit");
    assert_eq!(life(&Story::begin().await, on(BEGIN)).await, Life::Active);
}

#[tokio::test]
async fn a_new_request_revives_and_what_is_under_way_keeps_alive() {
    let story = Story::of(&orders(7, WEEKS)).await;
    let (silent, later) = (after_last(120), after_last(121));
    assert_eq!(life(&story, silent).await, Life::Dormant);
    let again = acme_asks(SUPPLIER, RequestKind::Quote, "again");
    story.hears(&[again.asked(later)]).await;
    assert_eq!(life(&story, later).await, Life::Active);
    assert_eq!(life(&story, silent).await, Life::Dormant, "it was so until then");

    let long = acme_asks(SUPPLIER, RequestKind::Order, "long in the making").needed_by(after_last(200));
    let waiting = [orders(7, WEEKS), vec![long.asked(after_last(0)), long.accepted(after_last(1))]].concat();
    let story = Story::of(&waiting).await;
    assert_eq!(life(&story, silent).await, Life::Active, "a delivery is awaited");
    story.hears(&[long.withdrawn(after_last(2))]).await;
    assert_eq!(life(&story, silent).await, Life::Dormant);
}

#[tokio::test]
async fn how_it_lives_changes_no_score() {
    let story = Story::of(&orders(7, WEEKS)).await;
    let mut scores = Vec::new();
    for days in 50..65 {
        scores.push(story.scores(SUPPLIER, after_last(days)).await);
    }
    let lives: Vec<Life> = scores.iter().map(|it| it.placement.life).collect();
    assert!(lives.contains(&Life::Active) && lives.contains(&Life::Dormant), "{lives:?}");
    for days in scores.windows(2) {
        let [before, after] = [&days[0], &days[1]].map(|it| it.partnership.value);
        assert!((before - after).abs() < 0.1, "no cliff: {before} and {after}");
    }
}
