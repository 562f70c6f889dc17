//! Story 14: "They do not call any more."
//!
//! A buyer orders every week, until it does not. Nobody says so; but whoever ranks suppliers should not find one at the top
//! that nobody has asked for months. And where somebody does say so, what was under way ends with it.

use std::slice;

use rapport::{
    event::{EndReason, Ended, Event, PartyRole, Payload, RequestKind},
    model::{Advice, Purpose},
    observation::Channel,
    score::{Life, Scores},
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{ACME, Matter, Story, acme_and, acme_asks, channel, on};
use crate::support::events::{end_of, retraction_of};

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

fn ended_by(by: PartyRole, reason: EndReason, days: i64) -> Event {
    end_of(ACME, SUPPLIER, &format!("end {days}"), after_last(days), by, reason)
}

/// An order that was accepted for 20 days after the last of the others, and a question that nobody has answered yet.
fn under_way() -> (Matter, Matter, Vec<Event>) {
    let order = acme_asks(SUPPLIER, RequestKind::Order, "under way").needed_by(after_last(20));
    let question = acme_asks(SUPPLIER, RequestKind::Quote, "price").answer_by(after_last(12));
    let events =
        vec![order.asked(after_last(6)), order.accepted(after_last(6).plus(HOUR)), question.asked(after_last(9))];
    (order, question, [orders(7, WEEKS), events].concat())
}

fn trusted(scores: &Scores) -> [f64; 2] {
    [channel(scores, Channel::Trust), channel(scores, Channel::Commitments)]
}

#[tokio::test]
async fn what_the_customer_ends_is_no_lateness_of_the_suppliers() {
    let (order, question, events) = under_way();
    let story = Story::of(&events).await;
    let left = Story::of(&events).await;
    left.hears(&[ended_by(PartyRole::Customer, EndReason::Moved, 10)]).await;
    let later = after_last(60);
    let [waiting, over] = [story.scores(SUPPLIER, later).await, left.scores(SUPPLIER, later).await];
    assert_eq!(over.placement.life, Life::Ended);
    for (over, waiting) in trusted(&over).into_iter().zip(trusted(&waiting)) {
        assert!(over > waiting, "nobody waits for it any more: {over} and {waiting}");
    }
    assert!(over.responsiveness.value > waiting.responsiveness.value);
    assert!(channel(&over, Channel::Steadiness) < channel(&waiting, Channel::Steadiness), "it was taken back");
    let kpis = left.read(acme_and(SUPPLIER), later).await.kpis;
    assert_eq!((kpis.open, kpis.lapsed, kpis.withdrawn), (0, 0, 1));

    // What comes all the same, and what says once more that it is over, changes nothing.
    let after =
        [order.delivered(after_last(40)), question.refused(after_last(15), rapport::event::RefusalReason::Price)];
    left.hears(&after).await;
    left.hears(&[order.withdrawn(after_last(41))]).await;
    assert_eq!(left.scores(SUPPLIER, later).await, over);
    // Nor is anything different before it ended.
    let before = after_last(9).plus(2 * HOUR);
    assert_eq!(left.scores(SUPPLIER, before).await, story.scores(SUPPLIER, before).await);
}

#[tokio::test]
async fn what_the_supplier_ends_is_its_no_and_its_broken_promise() {
    let (_, _, events) = under_way();
    let later = after_last(30);
    let mut all = Vec::new();
    for by in [PartyRole::Customer, PartyRole::Supplier] {
        let story = Story::of(&events).await;
        story.hears(&[ended_by(by, EndReason::Insolvent, 10)]).await;
        all.push(story.scores(SUPPLIER, later).await);
    }
    let [by_customer, by_supplier] = [&all[0], &all[1]];
    for (by_supplier, by_customer) in trusted(by_supplier).into_iter().zip(trusted(by_customer)) {
        assert!(by_supplier < by_customer, "a promise is broken: {by_supplier} and {by_customer}");
    }
    let willing = |scores: &Scores| channel(scores, Channel::Willingness);
    assert!(willing(by_supplier) < willing(by_customer), "it said no");
    let steady = |scores: &Scores| channel(scores, Channel::Steadiness);
    assert!(steady(by_supplier) > steady(by_customer), "the customer took nothing back");
}

#[tokio::test]
async fn the_end_is_told_and_a_new_request_revives() {
    let (_, _, events) = under_way();
    let story = Story::of(&events).await;
    let later = after_last(30);
    let before = story.value_at_risk(SUPPLIER, later).await;
    let to = Some("Others & Sons".to_owned());
    let note = String::new();
    let moved = Payload::Ended(Ended { by: PartyRole::Customer, reason: EndReason::Moved, to, note });
    let end = Event { payload: moved, ..ended_by(PartyRole::Customer, EndReason::Moved, 10) };
    story.hears(slice::from_ref(&end)).await;

    let placement = story.scores(SUPPLIER, later).await.placement;
    let ending = placement.ending.as_deref().unwrap();
    assert_eq!((ending.at, ending.by, ending.reason), (after_last(10), PartyRole::Customer, EndReason::Moved));
    assert_eq!(ending.to.as_deref(), Some("Others & Sons"));
    assert!(placement.advice(Purpose::Order) >= Advice::Allow);
    let reasons = story.reasons(SUPPLIER, later).await;
    assert!(reasons[0].contains("ended by the customer (moved to Others & Sons)"), "{reasons:?}");
    let lost = story.value_at_risk(SUPPLIER, later).await;
    assert!(lost.probability_alive == 0.0 && before.probability_alive > 0.5);
    let at_risk = lost.values["EUR"].at_risk;
    assert!((at_risk - 3.0 * lost.values["EUR"].expected_per_year).abs() < 1.0, "all of it: {at_risk}");
    let explained = story.explanation(SUPPLIER, later).await;
    let sentences: Vec<_> =
        explained.parts.iter().flat_map(|part| &part.contributions).map(|it| &it.sentence).collect();
    assert!(sentences.iter().all(|sentence| !sentence.trim().is_empty()), "{sentences:?}");
    assert!(sentences.iter().any(|it| it.contains("ended by the customer (moved to Others & Sons)")), "{sentences:?}");

    let again = acme_asks(SUPPLIER, RequestKind::Quote, "back again");
    story.hears(&[again.asked(after_last(20))]).await;
    let revived = story.scores(SUPPLIER, later).await.placement;
    assert_eq!((revived.life, revived.ending), (Life::Active, None));
    assert_eq!(life(&story, after_last(15)).await, Life::Ended, "it was so until then");
    assert!(story.value_at_risk(SUPPLIER, later).await.probability_alive > 0.5);
    // A later end counts, an earlier one does not, and what is taken back never was.
    story.hears(&[ended_by(PartyRole::Supplier, EndReason::Other, 19)]).await;
    assert_eq!(life(&story, later).await, Life::Active);
    let final_end = ended_by(PartyRole::Supplier, EndReason::Other, 25);
    story.hears(std::slice::from_ref(&final_end)).await;
    assert_eq!(life(&story, later).await, Life::Ended);
    assert_eq!(story.scores(SUPPLIER, later).await.placement.advice(Purpose::Order), Advice::Warn);
    story.hears(&[retraction_of(&final_end, "not so", after_last(26))]).await;
    assert_eq!(life(&story, later).await, Life::Active);
}
