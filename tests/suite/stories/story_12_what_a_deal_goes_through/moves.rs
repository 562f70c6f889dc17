//! What both sides say about it: later, sooner, not at all, or no more of it.

use super::*;

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
        assert!(channel(moved, Channel::LeadTime) > 0.7, "{supplier}: more time is no haste");
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
    let kpis = story.read(acme_and("reminded"), on(OVER)).await.kpis;
    assert_eq!((kpis.requests, kpis.answered, kpis.on_time), (1, 1, 0));
    assert_eq!(kpis.median_answer_time, Some(72 * HOUR));
}

#[tokio::test]
async fn a_delay_that_is_announced_costs_less_than_one_that_is_not_and_is_no_new_answer() {
    let (later, at) = (on(DUE).plus(7 * DAY), days_after_due(-4));
    let orders = ["kept", "silent", "announced", "agreed"].map(order);
    let [kept_order, silent, announced, agreed] = &orders;
    let late = |order: &Matter| order.delivered(days_after_due(7));
    let (story, scores) = told(&[
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
    for (supplier, why) in [("announced", "late, announced before the day"), ("agreed", "before the day and agreed to")]
    {
        let told = story.explanation(supplier, on(OVER)).await;
        assert!(told.parts.iter().flat_map(|it| &it.contributions).any(|it| it.sentence.contains(why)), "{told:?}");
    }
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
