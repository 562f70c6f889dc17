//! Story 1: "It can't be done."
//!
//! A buyer asks its data bureau for on-line counts: it cannot be done. A year later the buyer asks again: you do not need
//! it. Every routine job of those two years was done on time. A competitor, asked the same, says: not quite, but this;
//! and delivers.

use rapport::{
    event::{EndReason, Event, PartyRole, RefusalReason, RequestKind},
    model::{Advice, Purpose},
    observation::Channel,
    score::{Scores, Standing, ValueAtRisk},
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{ACME, Matter, Story, acme_and, acme_asks, channel, on};
use crate::support::events::end_of;

const BUREAU: &str = "We never did that";
const COMPETITOR: &str = "Let us try";

/// When the bureau is asked for the first and for the second time.
const FIRST: &str = "2024-03-04T09:00:00Z";
const SECOND: &str = "2025-03-04T09:00:00Z";
/// When all of that is over.
const TODAY: &str = "2025-06-02T09:00:00Z";

fn online_counts(supplier: &str) -> Matter {
    acme_asks(supplier, RequestKind::Improvement, "on-line counts")
}

fn once_more() -> Matter {
    acme_asks(BUREAU, RequestKind::Improvement, "on-line counts, again").again(&online_counts(BUREAU))
}

/// A count every week for two years, accepted within hours and delivered on the day.
fn routine() -> Vec<Event> {
    let start = on("2023-06-05T09:00:00Z");
    let job = |week: i64| {
        let asked = start.plus(week * 7 * DAY);
        let job = acme_asks(BUREAU, RequestKind::Order, format!("count {week:03}"));
        let job = job.needed_by(asked.plus(14 * DAY)).worth(500);
        [job.asked(asked), job.accepted(asked.plus(2 * HOUR)), job.delivered(asked.plus(13 * DAY))]
    };
    (0..100).flat_map(job).collect()
}

fn first_no() -> [Event; 2] {
    let counts = online_counts(BUREAU);
    [counts.asked(on(FIRST)), counts.refused(on(FIRST).plus(DAY), RefusalReason::CannotBeDone)]
}

fn second_no() -> [Event; 2] {
    let counts = once_more();
    [counts.asked(on(SECOND)), counts.refused(on(SECOND).plus(DAY), RefusalReason::NotNeeded)]
}

/// The competitor's short history: one request, answered with another way, and delivered.
fn competitor() -> Vec<Event> {
    let asked = on(SECOND).plus(10 * DAY);
    let counts = online_counts(COMPETITOR).needed_by(asked.plus(60 * DAY));
    let mut events =
        vec![counts.asked(asked), counts.countered(asked.plus(DAY)), counts.delivered(asked.plus(55 * DAY))];
    for n in 0..6 {
        let asked = asked.plus(n * 7 * DAY);
        let job = acme_asks(COMPETITOR, RequestKind::Order, format!("trial {n}")).needed_by(asked.plus(14 * DAY));
        events.extend([job.asked(asked), job.accepted(asked.plus(5 * HOUR)), job.delivered(asked.plus(13 * DAY))]);
    }
    events
}

fn vision(scores: &Scores) -> f64 {
    channel(scores, Channel::Vision)
}

#[tokio::test]
async fn the_second_no_costs_more_than_the_first() {
    let story = Story::of(&routine()).await;
    let (one, two) = (on(FIRST).plus(2 * DAY), on(SECOND).plus(2 * DAY));
    let [before_one, before_two] = [story.scores(BUREAU, one).await, story.scores(BUREAU, two).await];
    story.hears(&first_no()).await;
    let after_one = story.scores(BUREAU, one).await;
    let still_one = story.scores(BUREAU, two).await;
    story.hears(&second_no()).await;
    let after_two = story.scores(BUREAU, two).await;

    assert!(after_two.responsiveness.value > 80.0, "it always answers: {:?}", after_two.responsiveness);
    let (first, second) = (vision(&before_one) - vision(&after_one), vision(&still_one) - vision(&after_two));
    assert!(first > 0.0 && second > first, "vision: {first} lost at the first no, {second} at the second");
    let partnership = |scores: &Scores| scores.partnership.value;
    let first = partnership(&before_one) - partnership(&after_one);
    let second = partnership(&still_one) - partnership(&after_two);
    assert!(first > 0.0 && second > first, "partnership: {first} lost at the first no, {second} at the second");
    assert!(partnership(&after_two) < partnership(&before_two));
}

/// "That supplier lost my lifetime value."
#[tokio::test]
async fn value_at_risk_rises_with_every_no() {
    let story = Story::of(&routine()).await;
    let (one, two) = (on(FIRST).plus(2 * DAY), on(SECOND).plus(2 * DAY));
    let before_one = story.value_at_risk(BUREAU, one).await;
    story.hears(&first_no()).await;
    let (after_one, still_one) = (story.value_at_risk(BUREAU, one).await, story.value_at_risk(BUREAU, two).await);
    story.hears(&second_no()).await;
    let after_two = story.value_at_risk(BUREAU, two).await;

    let at_risk = |it: &ValueAtRisk| it.values["EUR"].at_risk;
    let (first, second) = (at_risk(&after_one) - at_risk(&before_one), at_risk(&after_two) - at_risk(&still_one));
    assert!(first > 0.0 && second > first, "at risk: {first} more at the first no, {second} at the second");
    assert_eq!([&before_one, &after_one, &still_one, &after_two].map(|it| it.strikes.len()), [0, 1, 1, 2]);
    let yearly = 52.0 * 500.0 * 100.0;
    let expected = after_two.values["EUR"].expected_per_year;
    assert!(
        (0.5..1.0).contains(&(expected / yearly)),
        "500 euros every week, for as long as it stays: {expected} cents"
    );

    // Another idea is another chain: it does not add to this one.
    let other = acme_asks(BUREAU, RequestKind::Improvement, "maps");
    story.hears(&[other.asked(on(SECOND)), other.refused(on(SECOND).plus(DAY), RefusalReason::NotNeeded)]).await;
    assert_eq!(story.value_at_risk(BUREAU, two).await.strikes, after_two.strikes);
}

#[tokio::test]
async fn two_strikes_cap_the_standing_and_name_the_chain() {
    let story = Story::of(&[routine(), first_no().to_vec()].concat()).await;
    let today = on(TODAY);
    let one_strike = story.scores(BUREAU, today).await.placement;
    assert_eq!(one_strike.standing, one_strike.uncapped, "one no is no chain");
    story.hears(&second_no()).await;

    let capped = story.scores(BUREAU, today).await.placement;
    assert_eq!(capped.standing, Standing::AtRisk);
    assert!(capped.uncapped < Standing::AtRisk, "the numbers alone would say {:?}", capped.uncapped);
    assert_eq!(capped.advice(Purpose::Request), Advice::Warn);
    let chain: Vec<&str> = capped.strikes.iter().map(|strike| strike.interaction.as_str()).collect();
    assert_eq!(chain, ["on-line counts", "on-line counts, again"]);
    let reasons = story.reasons(BUREAU, today).await;
    for told in ["on-line counts", "on-line counts, again", "cannot be done", "not needed"] {
        assert!(reasons[0].contains(told), "{told:?} is not in {:?}", reasons[0]);
    }
}

#[tokio::test]
async fn whoever_takes_the_idea_up_overtakes_a_long_history() {
    let all = [routine(), first_no().to_vec(), second_no().to_vec(), competitor()].concat();
    let story = Story::of(&all).await;
    let [bureau, competitor] = [BUREAU, COMPETITOR].map(|it| (it, on(TODAY)));
    let bureau = story.scores(bureau.0, bureau.1).await;
    let competitor = story.scores(competitor.0, competitor.1).await;
    assert!(competitor.placement.standing < bureau.placement.standing, "{competitor:?}\n{bureau:?}");
    assert_ne!(competitor.placement.standing, Standing::Unproven);
    assert!(vision(&competitor) > vision(&bureau));
}

#[tokio::test]
async fn taking_it_up_the_second_time_makes_it_good() {
    let counts = once_more().needed_by(on(SECOND).plus(60 * DAY));
    let taken_up =
        [counts.asked(on(SECOND)), counts.accepted(on(SECOND).plus(DAY)), counts.delivered(on(SECOND).plus(58 * DAY))];
    let story = Story::of(&[routine(), first_no().to_vec(), taken_up.to_vec()].concat()).await;
    let started = vision(&story.scores(BUREAU, on(FIRST).plus(-DAY)).await);
    let now = story.scores(BUREAU, on(TODAY)).await;
    assert!(now.placement.strikes.is_empty());
    assert_eq!(now.placement.standing, now.placement.uncapped);
    assert!(vision(&now) > started, "vision began at {started} and is {}", vision(&now));
}

/// The late answer to the first request clears the chain just as well: what counts is what was said last.
#[tokio::test]
async fn a_change_of_mind_about_the_first_request_clears_it_too() {
    let story = Story::of(&[routine(), first_no().to_vec(), second_no().to_vec()].concat()).await;
    let mind_changed: Timestamp = on(SECOND).plus(20 * DAY);
    assert_eq!(story.scores(BUREAU, on(TODAY)).await.placement.standing, Standing::AtRisk);
    story.hears(&[online_counts(BUREAU).accepted(mind_changed)]).await;
    assert!(story.scores(BUREAU, on(TODAY)).await.placement.strikes.is_empty());
    assert_eq!(story.scores(BUREAU, mind_changed.plus(-DAY)).await.placement.strikes.len(), 2, "it was so until then");
}

/// The first no is the moment at which it can still be helped.
#[tokio::test]
async fn the_first_no_is_an_early_warning() {
    let story = Story::of(&routine()).await;
    let soon = on(FIRST).plus(2 * DAY);
    let before = story.read(acme_and(BUREAU), soon).await;
    assert_eq!((before.scores.placement.standing, before.warnings.len()), (Standing::Preferred, 0));
    assert_eq!(before.scores.placement.advice(Purpose::Order), Advice::Prefer);
    story.hears(&first_no()).await;

    let warned = story.read(acme_and(BUREAU), soon).await;
    let placement = &warned.scores.placement;
    assert_eq!((placement.standing, placement.strikes.len()), (Standing::Preferred, 0), "one no caps nothing");
    assert_eq!([Purpose::Request, Purpose::Order].map(|it| placement.advice(it)), [Advice::Allow; 2]);
    let [warning] = &warned.warnings[..] else { panic!("{:?}", warned.warnings) };
    assert_eq!(warning.strikes[0].interaction, "on-line counts");
    let reasons = story.reasons(BUREAU, soon).await;
    for told in ["early warning", "cannot be done (on-line counts, 2024-03-05)", "at risk", "nobody else"] {
        assert!(reasons[0].contains(told), "{told:?} is not in {:?}", reasons[0]);
    }

    // It costs what it said, and a little more, for others hear of it too.
    let again = [once_more().asked(soon), once_more().refused(soon, RefusalReason::CannotBeDone)];
    story.hears(&again).await;
    let refused = story.read(acme_and(BUREAU), soon).await;
    let cost = refused.scores.partnership.value - warned.scores.partnership.value;
    assert!(cost <= warning.partnership && warning.partnership < 0.0, "{cost}, where {} was said", warning.partnership);
    assert!(warning.partnership < 0.4 * cost, "{cost}, where {} was said", warning.partnership);
    assert_eq!((refused.scores.placement.standing, warning.standing), (Standing::AtRisk, Standing::AtRisk));
    assert!(warning.at_risk_then.probability_alive < warning.at_risk.probability_alive);
    assert_eq!(warning.at_risk_then.strikes.len(), story.value_at_risk(BUREAU, soon).await.strikes.len());
    assert!(refused.warnings.is_empty(), "it has come to pass");
}

#[tokio::test]
async fn the_warning_names_who_has_taken_up_such_a_thing_and_goes_with_it() {
    let story = Story::of(&[routine(), first_no().to_vec(), competitor()].concat()).await;
    let today = on(TODAY);
    let warning = async |as_of| story.read(acme_and(BUREAU), as_of).await.warnings.pop();
    let takers: Vec<_> = warning(today).await.unwrap().taken_up_by.into_iter().map(|it| it.supplier).collect();
    assert_eq!(takers, [COMPETITOR]);
    assert!(story.reasons(BUREAU, today).await[0].contains(COMPETITOR));
    let before_it_was = on(SECOND).plus(10 * DAY + HOUR);
    assert!(warning(before_it_was).await.unwrap().taken_up_by.is_empty());
    // Who is not dealt with any more is no help.
    let (by, reason) = (PartyRole::Supplier, EndReason::Insolvent);
    story.hears(&[end_of(ACME, COMPETITOR, "gone", today.plus(-DAY), by, reason)]).await;
    assert!(warning(today).await.unwrap().taken_up_by.is_empty());

    story.hears(&[online_counts(BUREAU).accepted(on(SECOND))]).await;
    assert_eq!(warning(today).await, None, "it was taken up");
    assert!(warning(on(SECOND).plus(-DAY)).await.is_some(), "it was so until then");
}

#[tokio::test]
async fn what_is_no_wish_is_no_warning() {
    let asked = on(SECOND);
    let quote = acme_asks(BUREAU, RequestKind::Quote, "screws");
    let order = acme_asks(BUREAU, RequestKind::Order, "order").needed_by(asked.plus(20 * DAY));
    let sooner = acme_asks(BUREAU, RequestKind::Change, "sooner").needed_by(asked.plus(2 * DAY)).again(&order);
    let no = |matter: &Matter| {
        [matter.asked(asked.plus(HOUR)), matter.refused(asked.plus(DAY), RefusalReason::CannotBeDone)]
    };
    let ordered = [order.asked(asked), order.accepted(asked.plus(HOUR))];
    let story = Story::of(&[no(&quote), no(&sooner), ordered].concat()).await;
    assert!(story.read(acme_and(BUREAU), asked.plus(2 * DAY)).await.warnings.is_empty());
    // Another reason is no "give it up".
    let maps = acme_asks(BUREAU, RequestKind::Improvement, "maps");
    let priced = [maps.asked(asked), maps.refused(asked.plus(DAY), RefusalReason::Price)];
    assert!(Story::of(&priced).await.read(acme_and(BUREAU), asked.plus(2 * DAY)).await.warnings.is_empty());
}
