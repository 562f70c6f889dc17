//! Story 13: "You knew that four hours is what we agreed."
//!
//! What is hasty is learned from what these two are used to. A contract that everybody keeps for years is no haste, and hides
//! nobody's lateness; a rush order among calm ones excuses, and what it excuses can be read beside it.

use rapport::{
    event::{Event, RequestKind},
    observation::Channel,
    score::{Estimate, Explanation, Scores},
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Matter, Story, acme_asks, on};

const BOLT: &str = "Bolt";
const FIRST: &str = "2026-01-05T08:00:00Z";

fn asked_at(n: i64) -> Timestamp {
    on(FIRST).plus(n * DAY)
}

fn channel(scores: &Scores, wanted: Channel) -> Estimate {
    let channels = &scores.of(wanted.measure()).channels;
    channels.iter().find(|(_, estimate)| estimate.channel == wanted).unwrap().1
}

fn advice(explanation: &Explanation) -> Option<&str> {
    let advice = explanation.improvements.iter().find(|it| it.channel == Channel::LeadTime)?;
    Some(&advice.sentence)
}

fn beside(explanation: &Explanation, wanted: Channel) -> &str {
    let mut channels = explanation.parts.iter().flat_map(|part| &part.channels);
    &channels.find(|it| it.channel == wanted).unwrap().beside
}

/// Tickets with four hours for the answer, of five that came together three answered in time.
fn tickets() -> Vec<Event> {
    let of = |n: i64| {
        let ticket = acme_asks(BOLT, RequestKind::Support, format!("ticket {n}")).answer_by(asked_at(n).plus(4 * HOUR));
        let taken = if n % 5 < 3 { 3 * HOUR } else { 6 * HOUR };
        [ticket.asked(asked_at(n)), ticket.accepted(asked_at(n).plus(taken))]
    };
    (0..200).flat_map(of).collect()
}

#[tokio::test]
async fn a_contract_that_is_kept_to_for_years_is_no_haste() {
    let story = Story::of(&tickets()).await;
    let moment = asked_at(201);
    let scores = story.scores(BOLT, moment).await;
    let timely = channel(&scores, Channel::Timely);
    assert!((timely.value - 0.6).abs() < 0.04, "three of five were in time: {timely:?}");
    assert_eq!(timely.raw, None, "nobody was in a hurry");
    assert!(channel(&scores, Channel::LeadTime).value > 0.9, "the customer keeps to the contract");
    assert_eq!(advice(&story.explanation(BOLT, moment).await), None);
}

/// Forty letters with three days to go, all early, and twenty with seven hours, all late; mixed.
fn letters(
    write: impl Fn(&str, Timestamp, Timestamp) -> Matter,
    kept: impl Fn(&Matter, Timestamp) -> Event,
) -> Vec<Event> {
    let of = |n: i64| {
        let (asked, rushed) = (asked_at(n), n % 3 == 2);
        let given = if rushed { 7 * HOUR } else { 3 * DAY };
        let letter = write(&format!("letter {n}"), asked, asked.plus(given));
        let taken = if rushed { 20 * HOUR } else { 2 * DAY };
        vec![letter.asked(asked), letter.accepted(asked.plus(HOUR)), kept(&letter, asked.plus(taken))]
    };
    (0..60).flat_map(of).collect()
}

#[tokio::test]
async fn three_days_suffice_and_seven_hours_do_not() {
    let order = |name: &str, _, due| acme_asks(BOLT, RequestKind::Order, name).needed_by(due);
    let story = Story::of(&letters(order, Matter::delivered)).await;
    let moment = asked_at(61);
    let (scores, explanation) = (story.scores(BOLT, moment).await, story.explanation(BOLT, moment).await);
    let trust = channel(&scores, Channel::Trust);
    assert!(trust.raw.is_some_and(|raw| raw < 0.5), "a broken promise weighs more than a kept one: {trust:?}");
    assert_eq!(beside(&explanation, Channel::Trust), "late 20 of 60; 20 of these were asked 7 h before");
    assert!(channel(&scores, Channel::Commitments).value > 0.75, "the haste excuses most of it");
    assert_eq!(
        advice(&explanation),
        Some(
            "Leave more time: 3 days suffice and 7 h do not: 40 of 40 orders were met in time with 3 days or more, 0 of 20 \
             with 7 h or less"
        )
    );
}

#[tokio::test]
async fn answers_have_their_usual_time_too() {
    let events = (0..60).flat_map(|n| {
        let (asked, rushed) = (asked_at(n), n % 3 == 2);
        let given = if rushed { 7 * HOUR } else { 3 * DAY };
        let letter = acme_asks(BOLT, RequestKind::Information, format!("letter {n}")).answer_by(asked.plus(given));
        [letter.asked(asked), letter.accepted(asked.plus(if rushed { 20 * HOUR } else { 2 * DAY }))]
    });
    let story = Story::of(&events.collect::<Vec<_>>()).await;
    let moment = asked_at(61);
    let (scores, explanation) = (story.scores(BOLT, moment).await, story.explanation(BOLT, moment).await);
    let timely = channel(&scores, Channel::Timely);
    assert!(timely.raw.is_some_and(|raw| (raw - 2.0 / 3.0).abs() < 1e-9), "{timely:?}");
    assert!(timely.value > 0.75 && timely.forecast < 0.75, "a forecast goes by what happened: {timely:?}");
    assert_eq!(beside(&explanation, Channel::Timely), "late 20 of 60; 20 of these were asked 7 h before");
}

#[tokio::test]
async fn how_much_time_would_do_is_unknown_where_it_never_varied() {
    let events = (0..2).flat_map(|n| {
        let order = acme_asks(BOLT, RequestKind::Order, format!("rush {n}")).needed_by(asked_at(n).plus(7 * HOUR));
        [order.asked(asked_at(n)), order.accepted(asked_at(n).plus(HOUR)), order.delivered(asked_at(n).plus(9 * HOUR))]
    });
    let story = Story::of(&events.collect::<Vec<_>>()).await;
    let explanation = story.explanation(BOLT, asked_at(3)).await;
    let said = advice(&explanation).expect("seven hours are less than anybody is used to");
    assert!(said.contains("2 orders left 7 h or less") && said.contains("unknown, for it never varied"), "{said}");
}
