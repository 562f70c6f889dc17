//! Story 12: "What a deal goes through."
//!
//! Orders are moved, cancelled, split, sent back and closed short, every day and by either side. Who keeps to what was
//! agreed last is on time; who moves it alone answers for it. What both sides say is in `moves`, what comes and goes in
//! `goods`, and what is no order in the end in `words`.

#![expect(clippy::float_cmp, reason = "what says the same is the same to the bit")]

mod goods;
mod moves;
mod words;

use rapport::{
    event::{Event, PartyRole, RefusalReason, RequestKind},
    observation::Channel,
    score::Scores,
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Matter, Story, acme_and, acme_asks, channel, on};

use PartyRole::{Customer, Supplier};

/// When an order is made, when it is due, and when all of it is over.
const ORDERED: &str = "2026-03-02T09:00:00Z";
const DUE: &str = "2026-03-20T23:59:00Z";
const OVER: &str = "2026-06-01T12:00:00Z";

fn order(supplier: &str) -> Matter {
    acme_asks(supplier, RequestKind::Order, "order").needed_by(on(DUE))
}

/// An order, confirmed within six hours, and what happens to it.
fn confirmed(order: &Matter, then: Vec<Event>) -> Vec<Event> {
    [vec![order.asked(on(ORDERED)), order.accepted(on(ORDERED).plus(6 * HOUR))], then].concat()
}

fn days_after_due(days: i64) -> Timestamp {
    on(DUE).plus(days * DAY - 12 * HOUR)
}

/// What becomes of several suppliers with the same order, looked at when all is over.
async fn told(cases: &[(&str, Vec<Event>)]) -> (Story, Vec<Scores>) {
    let story = Story::of(&cases.iter().flat_map(|(_, events)| events.clone()).collect::<Vec<_>>()).await;
    let mut scores = Vec::new();
    for (supplier, _) in cases {
        scores.push(story.scores(supplier, on(OVER)).await);
    }
    (story, scores)
}

/// How they did by what was promised.
fn kept(scores: &Scores) -> [f64; 2] {
    [Channel::Commitments, Channel::Trust].map(|it| channel(scores, it))
}

/// How they answered.
fn answered(scores: &Scores) -> [f64; 4] {
    [Channel::Timely, Channel::Prompt, Channel::Substantive, Channel::Willingness].map(|it| channel(scores, it))
}

fn steadiness(scores: &Scores) -> f64 {
    // What the customer is to its other suppliers has no part in it.
    channel(scores, Channel::Steadiness)
}

fn nearly(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.01
}

fn observations(scores: &Scores, channel: Channel) -> i64 {
    let of_measure = scores.of(channel.measure()).channels.iter().map(|(_, estimate)| estimate);
    of_measure.into_iter().find(|estimate| estimate.channel == channel).unwrap().observations
}

async fn scores_of_stranger(story: &Story) -> Scores {
    story.read(super::narration::between("Nobody", "A stranger"), on(OVER)).await.scores
}
