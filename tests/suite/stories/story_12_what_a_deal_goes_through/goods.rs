//! What comes, what is replaced, and what goes back.

use super::*;

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
