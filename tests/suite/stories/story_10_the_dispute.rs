//! Story 10: "The dispute."
//!
//! A late delivery turns out to be the carrier's mistake and is taken back, with a reason. Every score becomes exactly
//! what it would have been without it, and the history shows both facts.

use rapport::{
    event::{Event, Payload, RequestKind},
    reader::EventState,
    score::Scores,
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Matter, Story, acme_asks, on};

const BOLT: &str = "Bolt";
const REASON: &str = "The carrier had it in its depot all the time";

fn disputed_order() -> Matter {
    acme_asks(BOLT, RequestKind::Order, "disputed").needed_by(on("2026-04-15"))
}

fn late_delivery() -> Event {
    disputed_order().delivered(on("2026-04-22"))
}

fn retraction() -> Event {
    disputed_order().retracted(&late_delivery(), on("2026-05-04"), REASON)
}

/// Everything but the late delivery: two orders that went well around one that is disputed.
fn the_rest() -> Vec<Event> {
    let smooth = |name: &str, asked: Timestamp| {
        let order = acme_asks(BOLT, RequestKind::Order, name).needed_by(asked.plus(14 * DAY));
        [order.asked(asked), order.accepted(asked.plus(HOUR)), order.delivered(asked.plus(13 * DAY))]
    };
    let disputed = disputed_order();
    [
        smooth("before", on("2026-03-02")).to_vec(),
        vec![disputed.asked(on("2026-04-01")), disputed.accepted(on("2026-04-01T15:00:00Z"))],
        smooth("after", on("2026-04-20")).to_vec(),
    ]
    .concat()
}

/// Before, during and after the dispute, as of then and seen from long after.
fn moments() -> [Timestamp; 7] {
    ["2026-03-20", "2026-04-16", "2026-04-23", "2026-05-01", "2026-05-04", "2026-05-05", "2028-01-01"].map(on)
}

/// Equal to the last bit, by every channel.
fn assert_identical(one: &Scores, other: &Scores, moment: Timestamp) {
    assert_eq!(one, other, "as of {moment}");
    let bits = |scores: &Scores| -> Vec<u64> {
        [&scores.responsiveness, &scores.partnership]
            .into_iter()
            .flat_map(|score| {
                let channels =
                    score.channels.iter().flat_map(|(_, it)| [it.value, it.slow.mean, it.low, it.high, it.evidence]);
                [score.value, score.low, score.high, score.evidence].into_iter().chain(channels).map(f64::to_bits)
            })
            .collect()
    };
    assert_eq!(bits(one), bits(other), "as of {moment}");
}

async fn assert_same_scores(story: &Story, reference: &Story) {
    for moment in moments() {
        assert_identical(&story.scores(BOLT, moment).await, &reference.scores(BOLT, moment).await, moment);
    }
}

#[tokio::test]
async fn what_is_taken_back_never_was() {
    let without = Story::of(&the_rest()).await;
    let disputed = Story::of(&[the_rest(), vec![late_delivery()]].concat()).await;
    let moment = on("2026-05-03");
    assert_ne!(disputed.scores(BOLT, moment).await, without.scores(BOLT, moment).await, "the delivery counts at first");
    disputed.hears(&[retraction()]).await;
    assert_same_scores(&disputed, &without).await;
}

#[tokio::test]
async fn it_does_not_matter_what_is_heard_first() {
    let without = Story::of(&the_rest()).await;

    let retraction_first = Story::of(&[retraction()]).await;
    retraction_first.hears(&the_rest()).await;
    retraction_first.hears(&[late_delivery()]).await;
    assert_same_scores(&retraction_first, &without).await;

    let in_one_go = Story::of(&[vec![late_delivery(), retraction()], the_rest()].concat()).await;
    assert_same_scores(&in_one_go, &without).await;
}

/// Whatever is taken back, request, answer or delivery: the rest counts as if it had never been said.
#[tokio::test]
async fn anything_can_be_taken_back() {
    let events = [the_rest(), vec![late_delivery()]].concat();
    for taken_back in &events {
        let others: Vec<Event> = events.iter().filter(|event| *event != taken_back).cloned().collect();
        let story = Story::of(&events).await;
        story.hears(&[disputed_order().retracted(taken_back, on("2026-05-04"), REASON)]).await;
        assert_same_scores(&story, &Story::of(&others).await).await;
    }
}

#[tokio::test]
async fn the_history_shows_both() {
    let story = Story::of(&[the_rest(), vec![late_delivery()]].concat()).await;
    story.hears(&[retraction()]).await;
    let history = story.history(BOLT).await;
    assert_eq!(history.len(), the_rest().len() + 2);
    let state_of = |event: &Event| {
        let (_, state) = history.iter().find(|(recorded, _)| recorded.event == *event)?;
        Some(*state)
    };
    assert_eq!(state_of(&late_delivery()), Some(EventState::Retracted));
    assert_eq!(state_of(&retraction()), Some(EventState::Counted));
    assert!(the_rest().iter().all(|event| state_of(event) == Some(EventState::Counted)));
    let reasons = history.iter().filter_map(|(recorded, _)| match &recorded.event.payload {
        Payload::Retracted(retracted) => Some(retracted.reason.as_str()),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [REASON]);
}

/// Taking the late delivery back leaves the order undelivered; what happened instead is told beside it.
#[tokio::test]
async fn the_true_delivery_takes_its_place() {
    let true_delivery = disputed_order().delivered_as("really delivered", on("2026-04-14"));
    let in_time = Story::of(&[the_rest(), vec![true_delivery.clone()]].concat()).await;
    let story = Story::of(&[the_rest(), vec![late_delivery()]].concat()).await;
    let moment = on("2026-06-01");
    let late = story.partnership(BOLT, moment).await;
    story.hears(&[retraction(), true_delivery]).await;
    assert_same_scores(&story, &in_time).await;
    assert!(story.partnership(BOLT, moment).await > late);
}
