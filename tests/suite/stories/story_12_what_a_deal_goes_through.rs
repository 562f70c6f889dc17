//! Story 12: "What a deal goes through."
//!
//! Orders are moved, cancelled, split, sent back and closed short, every day and by either side. Who keeps to what was
//! agreed last is on time; who moves it alone answers for it.

#![expect(clippy::float_cmp, reason = "what says the same is the same to the bit")]

use rapport::{
    event::{Event, PartyRole, RefusalReason, RequestKind},
    observation::Channel,
    score::Scores,
    time::{DAY, HOUR, Timestamp},
};

use super::narration::{Matter, Story, acme_asks, channel, on};

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

#[tokio::test]
async fn who_delivers_on_the_day_that_the_customer_moved_it_to_is_on_time() {
    let (later, moved_at) = (on(DUE).plus(7 * DAY), days_after_due(-4));
    let orders = ["on the day", "asked again", "amended", "by a change", "late"].map(order);
    let [on_day, again, amended, by_change, late] = &orders;
    let change = acme_asks("by a change", RequestKind::Change, "a week later").needed_by(later).again(by_change);
    let (story, scores) = told(&[
        ("on the day", confirmed(on_day, vec![on_day.delivered(days_after_due(0))])),
        (
            "asked again",
            confirmed(
                again,
                vec![again.clone().needed_by(later).once_more().asked(moved_at), again.delivered(days_after_due(7))],
            ),
        ),
        (
            "amended",
            confirmed(amended, vec![amended.moved(moved_at, Customer, later), amended.delivered(days_after_due(7))]),
        ),
        (
            "by a change",
            confirmed(
                by_change,
                vec![
                    change.asked(moved_at),
                    change.promised(moved_at.plus(3 * HOUR), later),
                    by_change.delivered(days_after_due(7)),
                ],
            ),
        ),
        ("late", confirmed(late, vec![late.delivered(days_after_due(7))])),
    ])
    .await;
    let [on_day, moved @ .., late] = &scores[..] else { unreachable!() };
    for (moved, supplier) in moved.iter().zip(["asked again", "amended", "by a change"]) {
        for (moved, on_day) in kept(moved).into_iter().zip(kept(on_day)) {
            assert!(nearly(moved, on_day), "{supplier}: {moved}, not {on_day} as for an order kept");
        }
        assert!(steadiness(moved) < steadiness(on_day), "{supplier}: the change is the customer's");
        assert_eq!(observations(moved, Channel::Steadiness), 1, "{supplier}: one change");
        let told = story.explanation(supplier, on(OVER)).await;
        let told: Vec<&str> = told.parts.iter().flat_map(|it| &it.contributions).map(|it| &*it.sentence).collect();
        assert!(told.iter().any(|it| it.contains("delivered on the promised day")), "{supplier}: {told:?}");
        assert!(!told.iter().any(|it| it.contains("late") && !it.contains("later")), "{supplier}: {told:?}");
    }
    assert!(kept(late)[0] < kept(on_day)[0] && kept(late)[1] < kept(on_day)[1]);
    assert!(nearly(steadiness(&moved[0]), steadiness(&moved[2])), "however it is said");
}

#[tokio::test]
async fn what_the_customer_brings_closer_binds_once_it_is_accepted() {
    let (sooner, asked_at) = (on(DUE).plus(-7 * DAY), on(ORDERED).plus(3 * DAY));
    let [silent, agrees] = ["silent", "agrees"].map(order);
    let closer = |order: &Matter| order.clone().needed_by(sooner).once_more().asked(asked_at);
    let (_, scores) = told(&[
        ("silent", confirmed(&silent, vec![closer(&silent), silent.delivered(days_after_due(0))])),
        (
            "agrees",
            confirmed(
                &agrees,
                vec![
                    closer(&agrees),
                    agrees.promised(asked_at.plus(HOUR), sooner),
                    agrees.delivered(days_after_due(0)),
                ],
            ),
        ),
    ])
    .await;
    assert!(kept(&scores[0])[1] > kept(&scores[1])[1], "{scores:?}");
    assert!(kept(&scores[0])[0] > kept(&scores[1])[0], "{scores:?}");
    assert_eq!(answered(&scores[0]), answered(&scores[1]), "to agree to another day is no new answer");
}

#[tokio::test]
async fn a_reminder_neither_restarts_the_clock_nor_counts() {
    let quotes = ["reminded", "not reminded"].map(|supplier| acme_asks(supplier, RequestKind::Quote, "quote"));
    let (asked, answered_at) = (on(ORDERED), on(ORDERED).plus(72 * HOUR));
    let plain = |quote: &Matter| vec![quote.asked(asked), quote.accepted(answered_at)];
    let reminded = [plain(&quotes[0]), vec![quotes[0].clone().once_more().asked(asked.plus(49 * HOUR))]].concat();
    let (story, scores) = told(&[("reminded", reminded), ("not reminded", plain(&quotes[1]))]).await;
    assert_eq!(scores[0], scores[1]);
    let kpis = story.read(super::narration::acme_and("reminded"), on(OVER)).await.kpis;
    assert_eq!((kpis.requests, kpis.answered, kpis.on_time), (1, 1, 0));
    assert_eq!(kpis.median_answer_time, Some(72 * HOUR));
}

#[tokio::test]
async fn a_delay_that_is_announced_costs_less_than_one_that_is_not_and_is_no_new_answer() {
    let (later, at) = (on(DUE).plus(7 * DAY), days_after_due(-4));
    let orders = ["kept", "silent", "announced", "agreed"].map(order);
    let [kept_order, silent, announced, agreed] = &orders;
    let late = |order: &Matter| order.delivered(days_after_due(7));
    let (_, scores) = told(&[
        ("kept", confirmed(kept_order, vec![kept_order.delivered(days_after_due(0))])),
        ("silent", confirmed(silent, vec![late(silent)])),
        ("announced", confirmed(announced, vec![announced.promised(at, later), late(announced)])),
        (
            "agreed",
            confirmed(
                agreed,
                vec![agreed.moved(at, Supplier, later), agreed.moved(at.plus(HOUR), Customer, later), late(agreed)],
            ),
        ),
    ])
    .await;
    let trust: Vec<f64> = [1, 2, 3, 0].iter().map(|&place| kept(&scores[place])[1]).collect();
    assert!(trust.is_sorted_by(|less, more| less < more), "silent, announced, agreed, kept: {trust:?}");
    assert!(nearly(kept(&scores[1])[0], kept(&scores[2])[0]), "it is as late as it is");
    assert_eq!(answered(&scores[1]), answered(&scores[2]));
    assert!(nearly(steadiness(&scores[3]), steadiness(&scores[1])), "to agree is no change");
}

#[tokio::test]
async fn what_the_supplier_cancels_is_over_and_dearer_the_nearer_the_day() {
    let cancelled = |supplier: &'static str, days: i64| {
        let order = order(supplier);
        let no = order.refused(days_after_due(days), RefusalReason::NoCapacity);
        (supplier, confirmed(&order, vec![no]))
    };
    let never = order("never");
    let cases = [
        cancelled("early", -14),
        cancelled("near", -2),
        cancelled("after", 2),
        ("never", confirmed(&never, Vec::new())),
    ];
    let (story, scores) = told(&cases).await;
    let trust: Vec<f64> = scores[..3].iter().map(|scores| kept(scores)[1]).collect();
    assert!(trust.is_sorted_by(|early, late| early > late), "early, near, after: {trust:?}");
    assert!(trust[1] > kept(&scores[3])[1], "to say so is better than to say nothing");
    for (supplier, _) in &cases[..3] {
        let told = story.explanation(supplier, on(OVER)).await;
        let sentences: Vec<&str> = told.parts.iter().flat_map(|it| &it.contributions).map(|it| &*it.sentence).collect();
        assert!(sentences.iter().any(|it| it.contains("cancelled by the supplier")), "{sentences:?}");
        assert!(!sentences.iter().any(|it| it.contains("not taken back") || it.contains("to be delivered")));
        assert!(!told.suggestions.iter().any(|it| it.sentence.contains("Deliver what is missing")), "{told:?}");
        // Nothing is open, so nothing grows: what is there only ages.
        let month = story.scores(supplier, on(OVER).plus(30 * DAY)).await;
        assert!(kept(&month)[0] >= kept(&story.scores(supplier, on(OVER)).await)[0] - 1e-9);
    }
    assert_eq!(observations(&scores[1], Channel::Steadiness), 0, "no credit for an order that the supplier cancelled");
}

#[tokio::test]
async fn a_refusal_before_any_yes_is_negotiation() {
    let [agreed, plain] = ["agreed", "plain"].map(order);
    let refused = agreed.refused(on(ORDERED).plus(6 * HOUR), RefusalReason::Price);
    let (story, scores) = told(&[
        (
            "agreed",
            vec![
                agreed.asked(on(ORDERED)),
                refused,
                agreed.accepted(on(ORDERED).plus(30 * HOUR)),
                agreed.delivered(days_after_due(-1)),
            ],
        ),
        ("plain", confirmed(&plain, vec![plain.delivered(days_after_due(-1))])),
    ])
    .await;
    for (agreed, plain) in answered(&scores[0]).into_iter().zip(answered(&scores[1])) {
        assert!(nearly(agreed, plain), "{scores:?}");
    }
    assert_eq!(kept(&scores[0]), kept(&scores[1]));
    assert!(story.read(super::narration::acme_and("agreed"), on(OVER)).await.kpis.refusals.is_empty());
}

#[tokio::test]
async fn to_close_the_rest_costs_the_customer_less_than_to_take_all_of_it_back() {
    let orders = ["left", "closed", "resized", "taken back"].map(|it| order(it).of_pieces(100));
    let [left, closed, resized, taken_back] = &orders;
    let part = |order: &Matter| order.delivered_pieces("first part", days_after_due(-10), 60);
    let (story, scores) = told(&[
        ("left", confirmed(left, vec![left.delivered(days_after_due(-10))])),
        ("closed", confirmed(closed, vec![part(closed), closed.withdrawn(days_after_due(-8))])),
        ("resized", confirmed(resized, vec![part(resized), resized.resized(days_after_due(-8), Customer, 60)])),
        ("taken back", confirmed(taken_back, vec![taken_back.withdrawn(days_after_due(-8))])),
    ])
    .await;
    let steady: Vec<f64> = [3, 2, 1, 0].iter().map(|&place| steadiness(&scores[place])).collect();
    assert!(steady.is_sorted_by(|less, more| less < more), "taken back, resized, closed, left: {steady:?}");
    for (scores, supplier) in scores[1..3].iter().zip(["closed", "resized"]) {
        assert!(
            kept(scores)[0] > kept(&scores_of_stranger(&story).await)[0],
            "{supplier}: what was delivered was kept"
        );
        let later = story.scores(supplier, on(OVER).plus(60 * DAY)).await;
        assert!(kept(&later)[0] > kept(&scores_of_stranger(&story).await)[0], "{supplier}: nothing is late");
    }
}

async fn scores_of_stranger(story: &Story) -> Scores {
    story.read(super::narration::between("Nobody", "A stranger"), on(OVER)).await.scores
}

#[tokio::test]
async fn goods_that_arrive_after_the_withdrawal_say_nothing_about_the_supplier() {
    let order = order("shipped");
    let events = vec![
        order.withdrawn(days_after_due(-10)),
        order.delivered_in_part("refused at the gate", days_after_due(-9), 1.0, 0.0),
    ];
    let (story, scores) = told(&[("shipped", confirmed(&order, events))]).await;
    let stranger = scores_of_stranger(&story).await;
    assert_eq!(kept(&scores[0]), kept(&stranger));
    assert!(steadiness(&scores[0]) < steadiness(&stranger));
}

#[tokio::test]
async fn more_than_enough_is_enough() {
    let orders = ["whole", "more", "in two", "rejected surplus"].map(|it| order(it).of_pieces(100));
    let [whole, more, in_two, rejected] = &orders;
    let (story, scores) = told(&[
        ("whole", confirmed(whole, vec![whole.delivered(days_after_due(-2))])),
        ("more", confirmed(more, vec![more.delivered_in_part("more", days_after_due(-2), 1.5, 1.0)])),
        (
            "in two",
            confirmed(
                in_two,
                vec![
                    in_two.delivered_pieces("first", days_after_due(-2), 60),
                    in_two.delivered_pieces("second", days_after_due(-2).plus(HOUR), 80),
                ],
            ),
        ),
        (
            "rejected surplus",
            confirmed(rejected, vec![rejected.delivered_in_part("more", days_after_due(-2), 1.5, 0.7)]),
        ),
    ])
    .await;
    for other in &scores[1..] {
        for (other, whole) in kept(other).into_iter().zip(kept(&scores[0])) {
            assert!(nearly(other, whole), "{other} {whole}");
        }
    }
    let told = story.explanation("in two", on(OVER)).await;
    let told: Vec<&str> = told.parts.iter().flat_map(|it| &it.contributions).map(|it| &*it.sentence).collect();
    assert!(told.iter().any(|it| it.ends_with(", the remaining 40 % (40 % more than ordered)")), "{told:?}");
    assert!(told.iter().any(|it| it.ends_with(", 60 % of it")), "{told:?}");
}

#[tokio::test]
async fn what_is_replaced_in_time_counts() {
    let orders = ["good at once", "replaced", "replaced late", "not replaced"].map(order);
    let [good, replaced, late, not] = &orders;
    let bad = |order: &Matter| order.delivered_in_part("bad", days_after_due(-5), 1.0, 0.6);
    let (_, scores) = told(&[
        ("good at once", confirmed(good, vec![good.delivered(days_after_due(-5))])),
        (
            "replaced",
            confirmed(replaced, vec![bad(replaced), replaced.delivered_in_part("anew", days_after_due(-1), 0.4, 1.0)]),
        ),
        (
            "replaced late",
            confirmed(late, vec![bad(late), late.delivered_in_part("anew", days_after_due(3), 0.4, 1.0)]),
        ),
        ("not replaced", confirmed(not, vec![bad(not)])),
    ])
    .await;
    let commitments: Vec<f64> = scores.iter().map(|scores| kept(scores)[0]).collect();
    assert!(nearly(commitments[0], commitments[1]), "{commitments:?}");
    assert!(commitments[1] > commitments[2] && commitments[2] > commitments[3], "{commitments:?}");
    assert!(nearly(kept(&scores[0])[1], kept(&scores[1])[1]), "no promise was broken");
}

#[tokio::test]
async fn what_is_sent_back_counts_from_the_day_on_which_it_is() {
    let [stays, returns] = ["stays", "returns"].map(order);
    let sent_back_at = on("2026-04-20T09:00:00Z");
    let delivered = |order: &Matter| vec![order.delivered(days_after_due(-2))];
    let back = [delivered(&returns), vec![returns.sent_back(sent_back_at, 0.3)]].concat();
    let (story, scores) =
        told(&[("stays", confirmed(&stays, delivered(&stays))), ("returns", confirmed(&returns, back))]).await;
    assert!(kept(&scores[1])[0] < kept(&scores[0])[0]);
    let before = sent_back_at.plus(-10 * DAY);
    let [stayed, returned] = [story.scores("stays", before).await, story.scores("returns", before).await];
    assert_eq!(kept(&stayed), kept(&returned), "nobody could know");
    let told = story.explanation("returns", on(OVER)).await;
    let told: Vec<&str> = told.parts.iter().flat_map(|it| &it.contributions).map(|it| &*it.sentence).collect();
    assert!(told.iter().any(|it| it.contains("30 % of it sent back")), "{told:?}");
    assert!(told.iter().any(|it| it.contains("before the promised day")), "it was not late: {told:?}");
}

#[tokio::test]
async fn every_lot_has_its_own_day() {
    let days: Vec<Timestamp> = (1..=12).map(|month| on(&format!("2026-{month:02}-28T23:59:00Z"))).collect();
    let [kept_order, stopped] =
        ["kept", "stopped"].map(|supplier| acme_asks(supplier, RequestKind::Order, "for a year").in_lots(&days));
    let lot = |order: &Matter, month: usize| {
        order.delivered_in_part(&format!("lot {month}"), days[month].plus(-10 * DAY), 1.0 / 12.0, 1.0)
    };
    let asked = on("2026-01-02T09:00:00Z");
    let of = |order: &Matter, lots: usize| {
        [vec![order.asked(asked)], (0..lots).map(|month| lot(order, month)).collect()].concat()
    };
    let story = Story::of(&[of(&kept_order, 11), of(&stopped, 2)].concat()).await;
    let november = on("2026-11-28T12:00:00Z");
    let kept_now = story.scores("kept", november).await;
    assert!(kept(&kept_now)[0] > kept(&scores_of_stranger(&story).await)[0]);
    let told = story.explanation("kept", november).await;
    let told: Vec<&str> = told.parts.iter().flat_map(|it| &it.contributions).map(|it| &*it.sentence).collect();
    assert!(told.iter().any(|it| it.contains("10 days before the promised day")), "{told:?}");
    assert!(!told.iter().any(|it| it.contains("answered")), "{told:?}");
    // A lot that is missing is late from its own day on, not from the last one's.
    let stopped_in = |month: usize| story.scores("stopped", days[month].plus(DAY));
    let (march, april, june) = (stopped_in(1).await, stopped_in(2).await, stopped_in(4).await);
    assert!(kept(&april)[1] < kept(&march)[1] && kept(&june)[1] < kept(&april)[1]);
    assert!(kept(&june)[0] < kept(&march)[0]);
}

#[tokio::test]
async fn an_order_that_only_its_delivery_confirms_says_nothing_about_answers() {
    let orders = |supplier: &'static str| {
        (0..7).flat_map(move |month| {
            let asked = on("2026-01-02T08:00:00Z").plus(month * 30 * DAY);
            let order =
                acme_asks(supplier, RequestKind::Order, format!("order {month}")).needed_by(asked.plus(20 * DAY));
            [order.asked(asked), order.delivered(asked.plus(19 * DAY))]
        })
    };
    let story = Story::of(&orders("receipts only").collect::<Vec<_>>()).await;
    let end = on("2026-08-01T12:00:00Z");
    let scores = story.scores("receipts only", end).await;
    let stranger = scores_of_stranger(&story).await;
    assert_eq!(answered(&scores), answered(&stranger));
    assert!(kept(&scores)[0] > 0.85 && kept(&scores)[1] > 0.7, "{:?}", kept(&scores));
    assert!(scores.placement.standing <= rapport::score::Standing::Reliable, "{:?}", scores.placement);
    let kpis = story.read(super::narration::acme_and("receipts only"), end).await.kpis;
    assert_eq!((kpis.requests, kpis.median_answer_time, kpis.lapsed), (7, None, 0));
}

#[tokio::test]
async fn an_order_and_its_delivery_on_one_day_are_read_in_that_order_whatever_their_ids() {
    let day = on("2026-03-02");
    let order = acme_asks("same day", RequestKind::Order, "order");
    let (asked, delivered) = (order.asked(day), order.delivered_as("a delivery", day));
    let story = Story::of(&[delivered.clone(), asked.clone()]).await;
    let one = story.scores("same day", on(OVER)).await;
    let mut asked = asked;
    asked.identity.event_id = "an order, whose id comes first".to_owned();
    let other = Story::of(&[asked, delivered]).await;
    assert_eq!(one, other.scores("same day", on(OVER)).await);
    // Nor is a delivery an answer to an order that was written after it.
    let after = acme_asks("afterwards", RequestKind::Order, "order").answer_by(day.plus(DAY));
    let late = Story::of(&[after.delivered(day), after.asked(day.plus(HOUR))]).await;
    assert_eq!(answered(&late.scores("afterwards", on(OVER)).await), answered(&scores_of_stranger(&late).await));
}

#[tokio::test]
async fn a_duplicate_that_is_merged_is_no_breach() {
    let tickets = ["first", "second"].map(|name| acme_asks("help desk", RequestKind::Support, name));
    let [first, second] = &tickets;
    let asked = on(ORDERED);
    let one = vec![first.asked(asked), first.accepted(asked.plus(3 * HOUR))];
    let story = Story::of(&one).await;
    let alone = story.scores("help desk", on(OVER)).await;
    story.hears(&[second.asked(asked.plus(HOUR / 12)), second.merged(asked.plus(2 * DAY), first)]).await;
    assert_eq!(story.scores("help desk", on(OVER)).await, alone);
    let kpis = story.read(super::narration::acme_and("help desk"), on(OVER)).await.kpis;
    assert_eq!((kpis.requests, kpis.answered, kpis.on_time, kpis.withdrawn, kpis.lapsed), (1, 1, 1, 0, 0));
}

#[tokio::test]
async fn a_question_that_the_customer_never_answers_stays_the_customers() {
    let tickets = ["asked", "not asked"].map(|supplier| acme_asks(supplier, RequestKind::Support, "ticket"));
    let [asked, not] = &tickets;
    let at = on(ORDERED);
    let (_, scores) = told(&[
        ("asked", vec![asked.asked(at), asked.questioned(at.plus(HOUR)), asked.accepted(at.plus(9 * DAY))]),
        ("not asked", vec![not.asked(at), not.accepted(at.plus(9 * DAY))]),
    ])
    .await;
    assert!(channel(&scores[0], Channel::Clarification) < channel(&scores[1], Channel::Clarification));
    assert!(answered(&scores[0])[0] > answered(&scores[1])[0], "the supplier waited for the customer");
}

/// A part that the supplier gives up costs its share only, as a cancellation does.
#[tokio::test]
async fn a_supplier_that_gives_up_a_part_breaks_that_part() {
    let orders = ["all of it", "a part", "nothing"].map(|it| order(it).of_pieces(100));
    let [all, part, nothing] = &orders;
    let (_, scores) = told(&[
        ("all of it", confirmed(all, vec![all.delivered_pieces("goods", days_after_due(-1), 100)])),
        (
            "a part",
            confirmed(
                part,
                vec![
                    part.resized(days_after_due(-3), Supplier, 70),
                    part.delivered_pieces("goods", days_after_due(-1), 70),
                ],
            ),
        ),
        ("nothing", confirmed(nothing, vec![nothing.refused(days_after_due(-3), RefusalReason::NoCapacity)])),
    ])
    .await;
    let commitments: Vec<f64> = scores.iter().map(|scores| kept(scores)[0]).collect();
    assert!(commitments.is_sorted_by(|more, less| more > less), "{commitments:?}");
}
