//! Story 15: "Asked on Friday at five."
//!
//! A help desk works from Monday to Friday, nine to six, by the clock of its town. Nights, weekends and holidays are no delay
//! of its; nor does a request that reaches it on Friday afternoon become a breach by the weekend. What it says of its hours
//! holds from a day on, and for all of its parts.

use std::sync::Arc;

use rapport::{
    calendar::{Calendar, Calendars, DatedCalendar, WeeklyHours},
    event::{Event, RequestKind, Tenant},
    observation::Channel,
    party::Party,
    score::Scores,
    time::{DAY, Day, HOUR, MINUTE, Timestamp},
};

use super::narration::{Matter, Story, acme_and, acme_asks, channel, on};
use crate::support::parties::{party, registry};

/// Friday, 6 March 2026, at five in Berlin, where it is an hour later than in Greenwich.
const FRIDAY_AT_FIVE: &str = "2026-03-06T16:00:00Z";
const MONDAY_AT_NINE: &str = "2026-03-09T08:00:00Z";
const OVER: &str = "2026-06-01T12:00:00Z";

/// Nine to six from Monday to Friday, in a zone.
fn office(zone: &str, holidays: &[&str]) -> Arc<Calendar> {
    let hours = WeeklyHours::read(&["mon-fri 09:00-18:00"]).unwrap();
    let days: Vec<Day> = holidays.iter().map(|day| day.parse().unwrap()).collect();
    Arc::new(Calendar::new(zone, hours, days).unwrap())
}

fn works_since(id: &str, parent: &str, valid_from: Timestamp, calendar: Arc<Calendar>) -> Party {
    let calendars = Calendars::of([DatedCalendar { valid_from, calendar }]);
    Party { calendars, ..party(id, parent) }
}

fn always_has(id: &str, calendar: Arc<Calendar>) -> Party {
    works_since(id, "", Timestamp::MIN, calendar)
}

fn ticket(supplier: &str) -> Matter {
    acme_asks(supplier, RequestKind::Support, format!("ticket of {supplier}"))
}

/// A ticket that is to be answered within so many hours, and its answer.
fn told(supplier: &str, asked: &str, within: i64, answered: &str) -> [Event; 2] {
    let ticket = ticket(supplier).answer_by(on(asked) + within * HOUR);
    [ticket.asked(on(asked)), ticket.accepted(on(answered))]
}

async fn says(story: &Story, parties: &[Party]) {
    registry(story.store.clone()).upsert(&Tenant::default(), parties).await.unwrap();
}

fn in_time(scores: &Scores) -> bool {
    channel(scores, Channel::Timely) > 0.65
}

#[tokio::test]
async fn asked_on_friday_at_five_due_in_four_hours_answered_on_monday_at_nine_is_in_time() {
    let suppliers = ["desk", "round the clock", "asleep", "told"];
    let noon = "2026-03-09T11:00:00Z";
    let after_noon = "2026-03-09T11:01:00Z";
    let mut events: Vec<Event> =
        suppliers[..2].iter().flat_map(|supplier| told(supplier, FRIDAY_AT_FIVE, 4, MONDAY_AT_NINE)).collect();
    events.extend(told("asleep", FRIDAY_AT_FIVE, 4, after_noon));
    // The sender may have worked the due moment out itself: an hour on Friday, three on Monday.
    let known = ticket("told").answer_by(on(noon));
    events.extend([known.asked(on(FRIDAY_AT_FIVE)), known.accepted(on(MONDAY_AT_NINE))]);
    let story = Story::of(&events).await;
    says(&story, &["desk", "asleep", "told"].map(|id| always_has(id, office("Europe/Berlin", &[])))).await;
    let [desk, clock, asleep, known] = {
        let mut scores = Vec::new();
        for supplier in suppliers {
            scores.push(story.scores(supplier, on(OVER)).await);
        }
        <[Scores; 4]>::try_from(scores).unwrap()
    };
    assert!(in_time(&desk) && !in_time(&clock), "the weekend is no delay of who does not work then");
    assert!(!in_time(&asleep), "an hour on Friday and more than three on Monday are more than four");
    assert_eq!(desk.responsiveness, known.responsiveness, "who worked the moment out says the same");
    // Nor does it look overdue meanwhile.
    let waiting = Story::of(&told("desk", FRIDAY_AT_FIVE, 4, OVER)[..1]).await;
    says(&waiting, &[always_has("desk", office("Europe/Berlin", &[]))]).await;
    for (moment, overdue) in [("2026-03-08T12:00:00Z", 0), ("2026-03-09T10:59:00Z", 0), (after_noon, 1)] {
        let kpis = waiting.read(acme_and("desk"), on(moment)).await.kpis;
        assert_eq!(kpis.overdue, overdue, "{moment}");
    }
    let [saturday, sunday] = ["2026-03-07T12:00:00Z", "2026-03-08T12:00:00Z"];
    let saturday = channel(&waiting.scores("desk", on(saturday)).await, Channel::Prompt);
    let sunday = channel(&waiting.scores("desk", on(sunday)).await, Channel::Prompt);
    // What is usual ages with the rest.
    assert!((saturday - sunday).abs() < 1e-4, "what may be expected of it stands still over the weekend");
}

#[tokio::test]
async fn the_explanation_says_working_time() {
    let ticket = ticket("desk").answer_by(on(FRIDAY_AT_FIVE) + 4 * HOUR);
    let story = Story::of(&[ticket.asked(on(FRIDAY_AT_FIVE)), ticket.accepted(on(FRIDAY_AT_FIVE) + 45 * MINUTE)]).await;
    says(&story, &[always_has("desk", office("Europe/Berlin", &[]))]).await;
    let explanation = story.explanation("desk", on(OVER)).await;
    let told: Vec<&str> = explanation.parts[0].contributions.iter().map(|it| it.sentence.as_str()).collect();
    assert!(told.iter().any(|it| it.contains("45 min of working time, of 4 h given")), "{told:?}");
}

#[tokio::test]
async fn nobody_answers_on_a_holiday() {
    // Good Friday and Easter Monday of 2026, for one of the two desks.
    let [easter, open] = ["easter", "open"];
    let events =
        [easter, open].map(|supplier| told(supplier, "2026-04-02T14:00:00Z", 4, "2026-04-07T08:00:00Z")).concat();
    let story = Story::of(&events).await;
    let closed = office("Europe/Berlin", &["2026-04-03", "2026-04-06"]);
    says(&story, &[always_has(easter, closed), always_has(open, office("Europe/Berlin", &[]))]).await;
    assert!(in_time(&story.scores(easter, on(OVER)).await));
    assert!(!in_time(&story.scores(open, on(OVER)).await));
}

#[tokio::test]
async fn clocks_are_put_forward_over_the_weekend() {
    // Until 28 March nine in Berlin is eight in Greenwich, from the 29th on it is seven.
    let desks = ["berlin", "late"];
    let mut events = told("berlin", "2026-03-27T16:00:00Z", 4, "2026-03-30T10:00:00Z").to_vec();
    events.extend(told("late", "2026-03-27T16:00:00Z", 4, "2026-03-30T10:01:00Z"));
    let story = Story::of(&events).await;
    says(&story, &desks.map(|id| always_has(id, office("Europe/Berlin", &[])))).await;
    assert!(in_time(&story.scores("berlin", on(OVER)).await), "an hour on Friday, and from nine to noon on Monday");
    assert!(!in_time(&story.scores("late", on(OVER)).await));
}

#[tokio::test]
async fn a_day_that_is_promised_on_a_sunday_is_kept_on_monday() {
    let sunday = on("2026-03-15T12:00:00Z");
    let [desk, clock] = ["desk", "round the clock"];
    let events = [desk, clock].map(|supplier| {
        let order = acme_asks(supplier, RequestKind::Order, format!("order of {supplier}")).needed_by(sunday);
        [order.asked(on(FRIDAY_AT_FIVE)), order.accepted(on(MONDAY_AT_NINE)), order.delivered(sunday + DAY)]
    });
    let story = Story::of(&events.concat()).await;
    says(&story, &[always_has(desk, office("Europe/Berlin", &[]))]).await;
    let [kept, late] = [story.scores(desk, on(OVER)).await, story.scores(clock, on(OVER)).await];
    assert!(channel(&kept, Channel::Trust) > channel(&late, Channel::Trust));
    assert!(channel(&kept, Channel::Commitments) > channel(&late, Channel::Commitments));
}

#[tokio::test]
async fn a_part_works_as_the_whole_does_until_it_says_otherwise() {
    let events =
        ["desk", "night desk", "lone"].map(|supplier| told(supplier, FRIDAY_AT_FIVE, 4, MONDAY_AT_NINE)).concat();
    let story = Story::of(&events).await;
    let always = Arc::new(Calendar::new("UTC", WeeklyHours::default(), vec![]).unwrap());
    says(
        &story,
        &[
            always_has("company", office("Europe/Berlin", &[])),
            party("desk", "company"),
            works_since("night desk", "company", Timestamp::MIN, always),
        ],
    )
    .await;
    assert!(in_time(&story.scores("desk", on(OVER)).await));
    for around_the_clock in ["night desk", "lone"] {
        assert!(!in_time(&story.scores(around_the_clock, on(OVER)).await), "{around_the_clock}");
    }
    // Who leaves the company leaves its hours, too.
    says(&story, &[party("desk", "")]).await;
    assert!(!in_time(&story.scores("desk", on(OVER)).await));
}

#[tokio::test]
async fn new_hours_change_nothing_about_the_past() {
    let april = on("2026-04-01");
    let [before, after] = ["before", "after"].map(|when| {
        let ticket = acme_asks("desk", RequestKind::Support, format!("ticket {when}"));
        let friday = on(if when == "before" { FRIDAY_AT_FIVE } else { "2026-04-10T15:00:00Z" });
        let ticket = ticket.answer_by(friday + 4 * HOUR);
        [ticket.asked(friday), ticket.accepted(friday + 64 * HOUR)]
    });
    let story = Story::of(&before).await;
    says(&story, &[always_has("desk", office("Europe/Berlin", &[]))]).await;
    let in_march = story.scores("desk", on("2026-03-31T12:00:00Z")).await;
    assert!(in_time(&in_march));
    // From April on it promises to be there day and night.
    let always = Arc::new(Calendar::new("UTC", WeeklyHours::default(), vec![]).unwrap());
    says(&story, &[works_since("desk", "", april, always.clone())]).await;
    assert_eq!(story.scores("desk", on("2026-03-31T12:00:00Z")).await, in_march);
    story.hears(&after).await;
    let both = story.scores("desk", on(OVER)).await;
    assert!(!in_time(&both), "the second ticket was answered two and a half days late");
    // The same was to be known, whatever was told first.
    let other = Story::begin().await;
    says(&other, &[works_since("desk", "", april, always)]).await;
    other.hears(&after).await;
    says(&other, &[always_has("desk", office("Europe/Berlin", &[]))]).await;
    other.hears(&before).await;
    assert_eq!(other.scores("desk", on(OVER)).await, both);
}
