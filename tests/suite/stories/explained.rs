//! Three histories and the words in which their scores explain themselves, as a whole: what changes here changes what
//! people read. Whoever means to change it, or the model, looks at the difference that `INSTA_UPDATE=always cargo test
//! --test suite stories::explained` makes to the files in `snapshots`.

use insta::assert_snapshot;
use rapport::{
    event::{Event, PartyRole, ProposalOutcome, RefusalReason, RequestKind},
    score::{Cause, Explanation, Points},
    time::{DAY, HOUR},
};

use super::narration::{Story, acme_asks, asks, on};

fn points(Points(thousandths): Points) -> String {
    format!("{:+.3}", Points(thousandths).value())
}

/// Every field that a person reads, a line for each fact.
fn narrated(explanation: &Explanation) -> String {
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
    assert_snapshot!(narrated(&story.explanation(supplier, on("2026-03-10")).await));
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
    assert_snapshot!(narrated(&story.explanation(supplier, on("2026-07-13T12:00:00Z")).await));
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
    assert_snapshot!(narrated(&story.explanation(supplier, on("2026-04-18T12:00:00Z")).await));
}
