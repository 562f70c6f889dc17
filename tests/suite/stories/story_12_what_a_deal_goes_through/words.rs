//! Words that are none, or that come too late: refusals, silence, duplicates and questions.

use super::*;

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
    assert!(story.read(acme_and("agreed"), on(OVER)).await.kpis.refusals.is_empty());
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
    let kpis = story.read(acme_and("receipts only"), end).await.kpis;
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
    let kpis = story.read(acme_and("help desk"), on(OVER)).await.kpis;
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
