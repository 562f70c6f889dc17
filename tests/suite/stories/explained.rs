//! Three histories and the words in which their scores explain themselves, as a whole: what changes here changes what
//! people read.

use insta::assert_snapshot;
use rapport::{
    event::{Event, PartyRole, ProposalOutcome, RefusalReason, RequestKind},
    score::{Cause, Explanation, Points},
    time::{DAY, HOUR},
};

use super::telling::{Story, acme_asks, asks, on};

fn points(Points(thousandths): Points) -> String {
    format!("{:+.3}", Points(thousandths).value())
}

/// Every field that a person reads, a line for each fact.
fn told(explanation: &Explanation) -> String {
    let mut lines = Vec::new();
    for part in &explanation.parts {
        lines.push(format!("{} {} = {}", part.measure.name(), points(part.value), points(part.baseline)));
        for it in &part.contributions {
            let about = match &it.cause {
                Cause::Event { event, open, without } => {
                    let open = if *open { " open" } else { "" };
                    format!(" [{}{open}, without {:.3}]", event.identity.event_id, without.value())
                }
                Cause::Rest { .. } | Cause::Others | Cause::Reciprocity => String::new(),
            };
            lines.push(format!("  {} {}: {}{about}", points(it.points), it.channel.name(), it.sentence));
        }
    }
    for it in &explanation.suggestions {
        lines.push(format!("{}: {}", it.points.map(points).join(" "), it.sentence));
    }
    lines.extend(explanation.improvements.iter().map(|it| format!("{}: {}", points(it.room), it.sentence)));
    lines.join("\n")
}

/// The bureau that cannot do it, and does not see the need: all else is in order.
#[tokio::test]
async fn asked_twice_and_refused_twice() {
    let supplier = "Bureau";
    let first = acme_asks(supplier, RequestKind::Improvement, "on-line counts");
    let second = acme_asks(supplier, RequestKind::Improvement, "again").again(&first);
    let mut events = vec![
        first.asked(on("2025-03-03T09:00:00Z")),
        first.refused(on("2025-03-04T09:00:00Z"), RefusalReason::CannotBeDone),
        second.asked(on("2026-03-02T09:00:00Z")),
        second.refused(on("2026-03-03T09:00:00Z"), RefusalReason::NotNeeded),
    ];
    for week in 0..3 {
        let asked = on("2026-02-02T09:00:00Z").plus(week * 7 * DAY);
        let job = acme_asks(supplier, RequestKind::Order, format!("job {week}")).needed_by(asked.plus(14 * DAY));
        events.extend([job.asked(asked), job.accepted(asked.plus(2 * HOUR)), job.delivered(asked.plus(13 * DAY))]);
    }
    let story = Story::of(&events).await;
    assert_snapshot!(told(&story.explanation(supplier, on("2026-03-10")).await), @r#"
    responsiveness +82.009 = +60.000
      +2.639 timely: Order accepted in 2 h, 22 h before it was due [job 2: accepted, without 70.261]
      +1.995 prompt: Order accepted in 2 h, 22 h before it was due [job 2: accepted, without 70.261]
      +0.905 substantive: Order accepted in 2 h, 22 h before it was due [job 2: accepted, without 70.261]
      +2.540 timely: Order accepted in 2 h, 22 h before it was due [job 1: accepted, without 70.713]
      +1.920 prompt: Order accepted in 2 h, 22 h before it was due [job 1: accepted, without 70.713]
      +0.871 substantive: Order accepted in 2 h, 22 h before it was due [job 1: accepted, without 70.713]
      +2.452 timely: Order accepted in 2 h, 22 h before it was due [job 0: accepted, without 71.115]
      +1.854 prompt: Order accepted in 2 h, 22 h before it was due [job 0: accepted, without 71.115]
      +0.841 substantive: Order accepted in 2 h, 22 h before it was due [job 0: accepted, without 71.115]
      +2.897 timely: Request for an improvement refused in 24 h, 9 days before it was due: it is not needed [again: refused, without 72.387]
      +2.088 prompt: Request for an improvement refused in 24 h, 9 days before it was due: it is not needed [again: refused, without 72.387]
      -0.662 substantive: Request for an improvement refused in 24 h, 9 days before it was due: it is not needed [again: refused, without 72.387]
      +1.118 timely: 1 other event
      +0.806 prompt: 1 other event
      -0.255 substantive: 1 other event
    partnership +57.030 = +48.750
      -4.196 vision: Request for an improvement refused: it is not needed; refused once before, so it weighs double [again: refused, without 60.494]
      +2.025 commitments: Order delivered 24 h before the promised day [job 2: delivered, without 48.588]
      +1.880 trust: Order delivered 24 h before the promised day [job 2: delivered, without 48.588]
      +1.946 commitments: Order delivered 24 h before the promised day [job 1: delivered, without 46.894]
      +1.807 trust: Order delivered 24 h before the promised day [job 1: delivered, without 46.894]
      +1.875 commitments: Order delivered 24 h before the promised day [job 0: delivered, without 47.274]
      +1.741 trust: Order delivered 24 h before the promised day [job 0: delivered, without 47.274]
      -0.684 vision: 1 other event
      +1.886 willingness: 3 other events
    customership +76.962 = +64.750
      +1.234 completeness: Request for an improvement made complete, leaving the usual time [again: asked, without 75.845]
      +0.988 lead_time: Request for an improvement made complete, leaving the usual time [again: asked, without 75.845]
      +1.132 completeness: Order made complete, leaving the usual time [job 2: asked, without 75.194]
      +0.906 lead_time: Order made complete, leaving the usual time [job 2: asked, without 75.194]
      +1.090 completeness: Order made complete, leaving the usual time [job 1: asked, without 75.256]
      +0.872 lead_time: Order made complete, leaving the usual time [job 1: asked, without 75.256]
      +1.052 completeness: Order made complete, leaving the usual time [job 0: asked, without 75.311]
      +0.842 lead_time: Order made complete, leaving the usual time [job 0: asked, without 75.311]
      +0.479 completeness: 1 other event
      +0.383 lead_time: 1 other event
      +3.234 steadiness: 3 other events
    +2.680 +0.345 +1.455: Answer the next order in 2 h (as usual)
    +2.488 +2.224 +1.362: Deliver the next order on the promised day
    "#);
}

/// Half an order the night before, late; another changed after it was accepted; paid late. An idea makes up for some.
#[tokio::test]
async fn a_customer_who_does_not_make_it_easy() {
    let supplier = "Patience";
    let hasty = acme_asks(supplier, RequestKind::Order, "hasty").needed_by(on("2026-05-05T18:00:00Z")).complete_to(0.5);
    let calm = acme_asks(supplier, RequestKind::Order, "calm").needed_by(on("2026-05-29T18:00:00Z")).worth(1_000);
    let change = acme_asks(supplier, RequestKind::Change, "change").again(&calm);
    let idea = acme_asks(supplier, RequestKind::Order, "idea");
    let events: Vec<Event> = vec![
        hasty.asked(on("2026-05-04T18:00:00Z")),
        hasty.accepted(on("2026-05-04T19:00:00Z")),
        hasty.delivered(on("2026-05-08T12:00:00Z")),
        calm.asked(on("2026-05-04T08:00:00Z")),
        calm.accepted(on("2026-05-04T20:00:00Z")),
        change.asked(on("2026-05-11T08:00:00Z")),
        change.countered(on("2026-05-12T08:00:00Z")),
        calm.delivered(on("2026-05-29T12:00:00Z")),
        calm.paid(on("2026-07-10"), on("2026-06-28")),
        calm.rated(on("2026-06-01"), PartyRole::Customer, 5),
        calm.rated(on("2026-06-01"), PartyRole::Supplier, 2),
        idea.proposed(on("2026-06-02"), PartyRole::Supplier),
        idea.resolved(on("2026-06-09"), ProposalOutcome::Adopted),
    ];
    let story = Story::of(&events).await;
    assert_snapshot!(told(&story.explanation(supplier, on("2026-07-13T12:00:00Z")).await), @r#"
      +2.511 commitments: Order delivered on the promised day [calm: delivered, without 46.769]
      +2.315 trust: Order delivered on the promised day [calm: delivered, without 46.769]
      +1.978 co_creation: The supplier's idea adopted by the customer [idea: resolved, without 56.922]
      +1.208 regard: The customer gave 5 of 5 stars [calm: rated by Customer, without 57.692]
      -0.056 commitments: Order delivered 3 days late [hasty: delivered, without 58.900]
      -0.061 trust: Order delivered 3 days late [hasty: delivered, without 58.900]
      +0.918 vision: 1 other event
      +1.337 willingness: 2 other events
    customership +63.905 = +64.750
      -3.573 lead_time: Order delivered 3 days late; what failed is partly the request's own doing: it left 24 h where 14 days are usual [hasty: delivered, without 63.905]
    "#);
}

/// A prompt no, a slow yes, silence, and an order that does not come.
#[tokio::test]
async fn silence_and_an_order_that_does_not_come() {
    let supplier = "Silence";
    let ask = |name: &str| acme_asks(supplier, RequestKind::Information, name);
    let order = acme_asks(supplier, RequestKind::Order, "order").needed_by(on("2026-04-15T12:00:00Z"));
    let others = asks("Somebody else", supplier, RequestKind::Quote, "quote");
    let events = [
        ask("no").asked(on("2026-04-01T09:00:00Z")),
        ask("no").refused_with_alternative(on("2026-04-01T09:45:00Z"), RefusalReason::NoCapacity),
        ask("slow").asked(on("2026-04-02T09:00:00Z")),
        ask("slow").accepted(on("2026-04-04T21:00:00Z")),
        ask("lapsed").asked(on("2026-04-06T09:00:00Z")),
        order.asked(on("2026-04-01T12:00:00Z")),
        order.accepted(on("2026-04-01T15:00:00Z")),
        ask("overdue").asked(on("2026-04-16T09:00:00Z")),
        ask("fresh").asked(on("2026-04-18T06:00:00Z")),
        others.asked(on("2026-04-01T09:00:00Z")),
        others.accepted(on("2026-04-01T10:00:00Z")),
    ];
    let story = Story::of(&events).await;
    assert_snapshot!(told(&story.explanation(supplier, on("2026-04-18T12:00:00Z")).await), @r#"
      +0.500 prompt: What the supplier's other customers say
      +0.035 substantive: 2 other events
      +0.192 substantive: What the supplier's other customers say
    partnership +42.926 = +48.750
      -1.358 commitments: Order not delivered, 3 days after the promised day [order: asked open, without 44.480]
      -1.855 trust: Order not delivered, 3 days after the promised day [order: asked open, without 44.480]
      -1.792 trust: Request for information never answered, given up for lost 8 days ago [lapsed: asked open, without 44.929]
      -1.076 willingness: Request for information never answered, given up for lost 8 days ago [lapsed: asked open, without 44.929]
      -0.226 trust: Request for information not answered for 2 days, 27 h overdue [overdue: asked open, without 43.605]
      -0.444 willingness: Request for information not answered for 2 days, 27 h overdue [overdue: asked open, without 43.605]
      +1.019 completeness: Request for information made complete, leaving the usual time [overdue: asked, without 77.012]
      +0.815 lead_time: Request for information made complete, leaving the usual time [overdue: asked, without 77.012]
      +0.945 completeness: Request for information made complete, leaving the usual time [lapsed: asked, without 77.056]
      +0.756 lead_time: Request for information made complete, leaving the usual time [lapsed: asked, without 77.056]
      +0.920 completeness: Request for information made complete, leaving the usual time [slow: asked, without 76.020]
      +0.736 lead_time: Request for information made complete, leaving the usual time [slow: asked, without 76.020]
      +1.827 completeness: 2 other events
      +1.462 lead_time: 2 other events
      +2.618 steadiness: 2 other events
    +6.197 +0.604 +1.319: Answer the next request for information in 3 h (as usual)
    "#);
}
