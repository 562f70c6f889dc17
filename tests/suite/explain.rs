//! Explanations as clients and readers see them: over a real socket, on both databases, and on the command line.

use rapport::api::v1::{
    self, Contribution, ContributionKind, Event, ExplainScoreRequest, Explanation, GetScoreRequest, RequestKind, Score,
    ScoreView, event::Payload,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{
    binary::{Served, succeed},
    service::{Service, answered, at, event, on_both, requested},
};

on_both! {
    a_score_is_explained_to_the_event
    a_stranger_is_explained_too
}

const AS_OF: &str = "2026-01-27T00:00:00Z";

/// Twenty questions answered within the hour, and one that waits.
fn answered_but_for_one() -> Vec<Event> {
    let answered = |number: u32| {
        let (day, id) = (format!("2026-01-{:02}", number + 1), format!("i{number}"));
        [
            event(&format!("q{number}"), &id, &format!("{day}T09:00:00Z"), requested(RequestKind::Information)),
            event(&format!("a{number}"), &id, &format!("{day}T10:00:00Z"), answered()),
        ]
    };
    let open = event("open", "open", "2026-01-25T09:00:00Z", requested(RequestKind::Information));
    (0..20).flat_map(answered).chain([open]).collect()
}

fn request(limit: i32) -> ExplainScoreRequest {
    let (customer, supplier) = ("Acme".to_owned(), "Bolt".to_owned());
    ExplainScoreRequest { customer, supplier, as_of: at(AS_OF), limit, ..ExplainScoreRequest::default() }
}

async fn explain(service: &Service, limit: i32) -> Explanation {
    service.scores().explain_score(request(limit)).await.unwrap().into_inner().explanation.unwrap()
}

async fn score(service: &Service) -> Score {
    let ExplainScoreRequest { customer, supplier, as_of, .. } = request(0);
    let request = GetScoreRequest { customer, supplier, as_of, view: ScoreView::Full.into(), ..Default::default() };
    service.scores().get_score(request).await.unwrap().into_inner().score.unwrap()
}

#[expect(clippy::cast_possible_truncation, reason = "thousandths of a score")]
fn thousandths(points: f64) -> i64 {
    (points * 1000.0).round() as i64
}

async fn a_score_is_explained_to_the_event(service: Service) {
    service.record(answered_but_for_one()).await;
    let (explained, score) = (explain(&service, 3).await, score(&service).await);
    assert_eq!((&explained.revision, &explained.model_version), (&score.revision, &score.model_version));
    for (part, measure) in [
        (&explained.responsiveness, score.responsiveness),
        (&explained.partnership, score.partnership),
        (&explained.customership, score.customership),
    ] {
        let (part, measure) = (part.as_ref().unwrap(), measure.unwrap());
        let moved = thousandths(part.value) - thousandths(part.baseline);
        assert_eq!(thousandths(part.value), thousandths(measure.value));
        assert_eq!(moved, part.contributions.iter().map(|it| thousandths(it.points)).sum::<i64>(), "{part:?}");
        assert_eq!(moved, part.channels.iter().map(|it| thousandths(it.points)).sum::<i64>(), "{part:?}");
    }
    let told = explained.responsiveness.unwrap().contributions;
    let is_open = |it: &&Contribution| it.kind() == ContributionKind::Open;
    let waiting = told.iter().find(is_open).expect("the open request weighs most");
    assert_eq!((waiting.event_id.as_str(), waiting.interaction_id.as_str()), ("open", "open"));
    assert_eq!(waiting.sentence, "Request for information not answered for 39 h, 15 h overdue");

    let retracted = Payload::Retracted(v1::Retracted { event_id: "open".to_owned(), reason: "a mistake".to_owned() });
    service.record(vec![event("back", "", "2026-01-26T00:00:00Z", retracted)]).await;
    assert_eq!(waiting.without, Some(self::score(&service).await.responsiveness.unwrap().value));
    let whole = explain(&service, 1_000).await.responsiveness.unwrap();
    assert!(whole.contributions.iter().all(|it| it.kind() != ContributionKind::Rest), "{whole:?}");
}

async fn a_stranger_is_explained_too(service: Service) {
    let explained = explain(&service, 0).await;
    for part in [explained.responsiveness, explained.partnership, explained.customership] {
        let part = part.unwrap();
        assert!(thousandths(part.value) == thousandths(part.baseline) && part.contributions.is_empty(), "{part:?}");
    }
    assert!(explained.suggestions.iter().any(|it| it.responsiveness > 0.0), "the first answer is worth something");
    assert!(explained.improvements.is_empty());
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    details.bad_request().map(|it| it.field_violations.iter().map(|it| it.field.clone()).collect()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_question_is_named() {
    let service = Service::on_sqlite().await;
    let bad = ExplainScoreRequest { limit: -1, as_of: at("2999-01-01T00:00:00Z"), ..ExplainScoreRequest::default() };
    let status = service.scores().explain_score(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(fields(&status), ["customer", "supplier", "as_of", "limit"]);
    let bad = ExplainScoreRequest { at_least_as_fresh: "garbage".to_owned(), ..request(1) };
    let status = service.scores().explain_score(bad).await.unwrap_err();
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "INVALID_REVISION");
}

#[test]
fn the_page_reads_well() {
    let folder = tempfile::tempdir().unwrap();
    let lines = r#"{"eventId":"1","source":"t","customer":"Acme","supplier":"Bolt","interactionId":"i","occurredAt":"2026-01-05T09:00:00Z","requested":{"kind":"REQUEST_KIND_QUOTE","summary":"a price"}}
{"eventId":"2","source":"t","customer":"Acme","supplier":"Bolt","interactionId":"i","occurredAt":"2026-01-05T10:00:00Z","refused":{"reason":"REFUSAL_REASON_PRICE","note":"too little"}}
"#;
    std::fs::write(folder.path().join("two.ndjson"), lines).unwrap();
    let served = Served::start(folder.path(), "sqlite:explained.db");
    succeed(folder.path(), &["import", "two.ndjson", "--server", &served.url]);
    let explain = ["explain", "Acme", "Bolt", "--as-of", "2026-01-06", "--server", &served.url];
    let page = succeed(folder.path(), &explain);
    for words in [
        "+60.000",
        "with nothing known",
        "Request for a quote \"a price\" refused in 1 h, 47 h before it was due: no agreement about the price (\"too little\") [i]",
        "Answer the next request for a quote in 1 h (as usual)",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    let json = succeed(folder.path(), &[&explain[..], &["--json", "--limit", "1"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["responsiveness"]["contributions"][0]["eventId"], "2");
    assert!(json["responsiveness"]["contributions"][0]["without"].is_number());
}
