//! Story 9: "Partners in success."
//!
//! Ideas go both ways and get adopted. A supplier that is only surveyed, and never heard, does not gain; and an idea that
//! was declined still beats none.

use rapport::{
    event::{Event, PartyRole, ProposalOutcome, RequestKind},
    observation::Channel,
    score::Scores,
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Story, acme_asks, channel, on};

const FIRST: &str = "2025-01-06T09:00:00Z";
const TODAY: &str = "2025-07-07T09:00:00Z";

fn at(week: i64) -> Timestamp {
    on(FIRST).plus(week * 7 * DAY)
}

/// The same plain business with everybody.
fn business(supplier: &str) -> Vec<Event> {
    let order = |week: i64| {
        let order = acme_asks(supplier, RequestKind::Order, format!("order {week:02}")).needed_by(at(week + 2));
        [order.asked(at(week)), order.accepted(at(week).plus(HOUR)), order.delivered(at(week + 2).plus(-DAY))]
    };
    (0..12).flat_map(order).collect()
}

/// Ideas of both sides, one a month, and what became of each; none where nobody ever said.
fn ideas(supplier: &str, outcome: Option<ProposalOutcome>) -> Vec<Event> {
    let mut events = business(supplier);
    for month in 0..6 {
        let idea = acme_asks(supplier, RequestKind::Improvement, format!("idea {month}"));
        let by = if month % 2 == 0 { PartyRole::Supplier } else { PartyRole::Customer };
        events.push(idea.proposed(at(4 * month), by));
        events.extend(outcome.map(|outcome| idea.resolved(at(4 * month + 2), outcome)));
    }
    events
}

fn co_creation(scores: &Scores) -> f64 {
    channel(scores, Channel::CoCreation)
}

#[tokio::test]
async fn ideas_that_are_taken_seriously_make_partners() {
    use ProposalOutcome::{Adopted, Declined, Kept};
    let told = [
        business("no ideas"),
        ideas("never heard", None),
        ideas("declined", Some(Declined)),
        ideas("kept", Some(Kept)),
        ideas("adopted", Some(Adopted)),
    ];
    let story = Story::of(&told.concat()).await;
    let mut scores = Vec::new();
    for supplier in ["no ideas", "never heard", "declined", "kept", "adopted"] {
        scores.push(story.scores(supplier, on(TODAY)).await);
    }
    let [none, unheard, rest @ ..] = scores.as_slice() else { panic!("five suppliers") };
    assert_eq!(none.partnership.value.to_bits(), unheard.partnership.value.to_bits(), "to be asked is not to be heard");
    let ladder: Vec<f64> = std::iter::once(unheard).chain(rest).map(co_creation).collect();
    assert!(ladder.is_sorted_by(|less, more| less < more), "{ladder:?}");
    let ladder: Vec<f64> = std::iter::once(unheard).chain(rest).map(|scores| scores.partnership.value).collect();
    assert!(ladder.is_sorted_by(|less, more| less < more), "{ladder:?}");
}

#[tokio::test]
async fn every_idea_adopted_adds() {
    let story = Story::of(&business("Bolt")).await;
    let mut last = co_creation(&story.scores("Bolt", on(TODAY)).await);
    for n in 0..6 {
        let idea = acme_asks("Bolt", RequestKind::Improvement, format!("idea {n}"));
        story
            .hears(&[idea.proposed(at(n), PartyRole::Supplier), idea.resolved(at(n + 1), ProposalOutcome::Adopted)])
            .await;
        let now = co_creation(&story.scores("Bolt", on(TODAY)).await);
        assert!(now > last, "idea {n}: from {last} to {now}");
        last = now;
    }
}
