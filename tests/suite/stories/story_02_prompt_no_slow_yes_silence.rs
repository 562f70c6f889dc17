//! Story 2: "A prompt no, a slow yes, and silence."
//!
//! Three suppliers get the same request. One refuses within the hour and offers another way, one accepts after three
//! times the time allowed, one never answers.

use rapport::{
    event::{Event, RefusalReason, RequestKind},
    observation::Channel,
    reader::RelationshipScores,
    time::{DAY, HOUR, MINUTE, Span, Timestamp},
};

use super::narration::{Story, acme_and, acme_asks, channel, on};

const ASKED: &str = "2026-03-02T09:00:00Z";
/// Unanswered after four times the time allowed is never answered.
const LAPSE: i64 = 4;

const PROMPT_NO: &str = "Prompt";
const SLOW_YES: &str = "Slow";
const SILENCE: &str = "Silent";

/// The same request of each of the three, with `allowed` to answer it.
fn three_suppliers(kind: RequestKind, allowed: Span) -> Vec<Event> {
    let asked = on(ASKED);
    let [no, yes, silence] = [PROMPT_NO, SLOW_YES, SILENCE]
        .map(|supplier| acme_asks(supplier, kind, "screws").answer_by(asked.plus(allowed)));
    vec![
        no.asked(asked),
        no.refused_with_alternative(asked.plus(HOUR), RefusalReason::NoCapacity),
        yes.asked(asked),
        yes.accepted(asked.plus(3 * allowed)),
        silence.asked(asked),
    ]
}

/// From the slow yes to long after the silent one's lapse.
fn moments(allowed: Span) -> impl Iterator<Item = Timestamp> {
    [3 * allowed + HOUR, 5 * allowed, 5 * allowed + 30 * DAY, 5 * allowed + 365 * DAY]
        .into_iter()
        .map(|after| on(ASKED).plus(after))
}

const KINDS: [RequestKind; 4] =
    [RequestKind::Quote, RequestKind::Order, RequestKind::Information, RequestKind::Improvement];

#[tokio::test]
async fn answering_matters_for_responsiveness_and_saying_yes_for_partnership() {
    for kind in KINDS {
        let allowed = 2 * DAY;
        let story = Story::of(&three_suppliers(kind, allowed)).await;
        for moment in moments(allowed) {
            let [no, yes, silence] = [
                story.scores(PROMPT_NO, moment).await,
                story.scores(SLOW_YES, moment).await,
                story.scores(SILENCE, moment).await,
            ];
            let responsiveness = [&no, &yes, &silence].map(|scores| scores.responsiveness.value);
            assert!(
                responsiveness.is_sorted_by(|better, worse| better > worse),
                "{kind:?} {moment} {responsiveness:?}"
            );
            let partnership = [&yes, &no, &silence].map(|scores| scores.partnership.value);
            assert!(partnership.is_sorted_by(|better, worse| better > worse), "{kind:?} {moment} {partnership:?}");
        }
    }
}

/// The yes is followed by work, which takes its time: what is under way and not yet due is not held against anybody.
#[tokio::test]
async fn a_slow_yes_is_worth_more_than_a_no_while_the_work_is_under_way() {
    let asked = on(ASKED);
    let [allowed, lead] = [2 * DAY, 60 * DAY];
    for kind in [RequestKind::Order, RequestKind::Improvement] {
        let [no, yes, silence] = [PROMPT_NO, SLOW_YES, SILENCE].map(|supplier| {
            acme_asks(supplier, kind, "screws").answer_by(asked.plus(allowed)).needed_by(asked.plus(lead))
        });
        let story = Story::of(&[
            no.asked(asked),
            no.refused_with_alternative(asked.plus(HOUR), RefusalReason::NoCapacity),
            yes.asked(asked),
            yes.accepted(asked.plus(3 * allowed)),
            yes.delivered(asked.plus(lead - DAY)),
            silence.asked(asked),
        ])
        .await;
        for days in [7, 14, 30, 40, 60, 90] {
            let moment = asked.plus(days * DAY);
            let [yes, no] = [story.partnership(SLOW_YES, moment).await, story.partnership(PROMPT_NO, moment).await];
            let silence = story.partnership(SILENCE, moment).await;
            assert!(yes > no && no > silence, "{kind:?} after {days} days: yes {yes}, no {no}, silence {silence}");
        }
    }
}

#[tokio::test]
async fn the_silent_one_sinks_day_by_day_while_nobody_writes_anything() {
    for kind in KINDS {
        let allowed = 10 * DAY;
        let story = Story::of(&three_suppliers(kind, allowed)).await;
        let writes = story.writes().await;
        let mut yesterday = story.scores(SILENCE, on(ASKED)).await;
        for day in 1..(LAPSE * allowed).rounded_to(DAY) {
            let moment = on(ASKED).plus(day * DAY);
            let today = story.scores(SILENCE, moment).await;
            let [now, before] = [&today, &yesterday].map(|scores| scores.responsiveness.value);
            assert!(now < before, "{kind:?} {moment}: responsiveness from {before} to {now}");
            let [now, before] = [&today, &yesterday].map(|scores| scores.partnership.value);
            assert!(now < before, "{kind:?} {moment}: partnership from {before} to {now}");
            yesterday = today;
        }
        assert_eq!(story.writes().await, writes);
    }
}

/// Neither the due time nor the lapse is a step: a minute costs no more there than elsewhere.
#[tokio::test]
async fn there_is_no_cliff() {
    let allowed = 10 * DAY;
    let story = Story::of(&three_suppliers(RequestKind::Quote, allowed)).await;
    for edge in [allowed, LAPSE * allowed] {
        let [before, after] = [on(ASKED).plus(edge - MINUTE), on(ASKED).plus(edge + MINUTE)];
        let fall = story.responsiveness(SILENCE, before).await - story.responsiveness(SILENCE, after).await;
        assert!((0.0..0.01).contains(&fall), "responsiveness fell by {fall}");
        let fall = story.partnership(SILENCE, before).await - story.partnership(SILENCE, after).await;
        assert!((0.0..0.01).contains(&fall), "partnership fell by {fall}");
    }
}

/// Whoever says more says no worse: several reasons are worth their mean, in whatever order, and each is counted.
#[tokio::test]
async fn a_refusal_may_have_several_reasons() {
    use RefusalReason::{NotNeeded, NotNow, Price};
    let asked = on(ASKED);
    let refused = async |reasons: &[RefusalReason]| {
        let quote = acme_asks(PROMPT_NO, RequestKind::Quote, "screws");
        let story = Story::of(&[quote.asked(asked), quote.refused_for(asked.plus(HOUR), reasons)]).await;
        story.read(acme_and(PROMPT_NO), asked.plus(DAY)).await
    };
    let willing = |reasons: &RelationshipScores| channel(&reasons.scores, Channel::Willingness);
    let [now, needed] = [refused(&[NotNow]).await, refused(&[NotNeeded]).await];
    let [both, turned] = [refused(&[NotNow, NotNeeded]).await, refused(&[NotNeeded, NotNow]).await];
    assert_eq!(both.scores, turned.scores);
    assert!((willing(&both) - f64::midpoint(willing(&now), willing(&needed))).abs() < 1e-9);
    assert_eq!(both.kpis.refusals, [(NotNow, 1), (NotNeeded, 1)]);
    assert_eq!(refused(&[Price, Price, Price]).await, refused(&[Price]).await);
}
