//! What was known then, and how it went: `known_at` and histories, over a real socket, on both databases.

use rapport::{
    api::v1::{
        self, BatchCheckStandingRequest, BatchGetScoresRequest, Chain, CheckStandingRequest, Event,
        ExplainScoreRequest, Explanation, GetChainRequest, GetScoreHistoryRequest, GetScoreRequest, HistoryStep,
        ListScoresRequest, Relationship, Score, ScoreView, event::Payload, score_result,
    },
    time::{Clock, SystemClock},
};

use tonic::Code;

use crate::{
    bad_input::{fields, reason},
    black_box::{acme_and_bolt, request_and_answer, score},
    support::service::{Service, at, event, on_both},
};

on_both! {
    what_was_known_then_can_be_asked_later
    explanations_and_chains_know_no_more_than_was_known
    a_history_agrees_with_its_scores
}

/// A moment after everything recorded so far and before everything recorded from here on.
async fn between_recordings() -> Option<prost_types::Timestamp> {
    let pause = || tokio::time::sleep(std::time::Duration::from_millis(2));
    pause().await;
    let now = SystemClock.now().micros();
    pause().await;
    let nanos = i32::try_from(now.rem_euclid(1_000_000) * 1_000).unwrap();
    Some(prost_types::Timestamp { seconds: now.div_euclid(1_000_000), nanos })
}

/// Acme's supplier answers; then it is heard that another customer was refused, and the answer is taken back.
async fn what_was_known_then_can_be_asked_later(service: Service) {
    service.record(request_and_answer(1).into()).await;
    let known_at = between_recordings().await;
    let as_of = at("2026-02-01T00:00:00Z");
    let then = score(&service, ScoreView::Full, "2026-02-01T00:00:00Z").await;
    let refused =
        Payload::Refused(v1::Refused { reason: v1::RefusalReason::NotInterested.into(), ..v1::Refused::default() });
    let [asked, _] = request_and_answer(2);
    let no = event("no", "i2", "2026-01-03T10:00:00Z", refused);
    let retracted = v1::Retracted { event_id: "a1".to_owned(), reason: "sent in error".to_owned() };
    let retraction = event("back", "", "2026-01-04T09:00:00Z", Payload::Retracted(retracted));
    let other = |event| Event { customer: "Cobalt".to_owned(), ..event };
    service.record(vec![other(asked), other(no), retraction]).await;

    let now = score(&service, ScoreView::Full, "2026-02-01T00:00:00Z").await;
    assert_eq!(now.kpis.as_ref().unwrap().answered, 0);
    let pool = |score: &Score| score.partnership.as_ref().unwrap().channels.iter().map(|it| it.pool).sum::<f64>();
    assert!(pool(&now) < pool(&then), "what the other customer heard counts, once it is known");
    // But for what says when it was read, the past is as it was.
    let expected = Score { known_at, revision: now.revision.clone(), ..then.clone() };
    let request = GetScoreRequest { known_at, ..acme_and_bolt(ScoreView::Full, "2026-02-01T00:00:00Z") };
    let looking_back = service.scores().get_score(request.clone()).await.unwrap().into_inner().score.unwrap();
    assert_eq!(looking_back, expected);
    let ahead = GetScoreRequest { known_at: at("2030-01-01T00:00:00Z"), ..request };
    let everything = service.scores().get_score(ahead).await.unwrap().into_inner().score.unwrap();
    assert_eq!(everything, Score { known_at: at("2030-01-01T00:00:00Z"), ..now.clone() });

    let relationships = vec![Relationship { customer: "Acme".to_owned(), supplier: "Bolt".to_owned() }];
    let view = ScoreView::Full.into();
    let batch = BatchGetScoresRequest { relationships, view, as_of, known_at, ..Default::default() };
    let results = service.scores().batch_get_scores(batch).await.unwrap().into_inner().results;
    assert_eq!(results[0].result, Some(score_result::Result::Score(expected.clone())));
    let ranking = ListScoresRequest { view, as_of, known_at, ..ListScoresRequest::default() };
    let listed = service.scores().list_scores(ranking).await.unwrap().into_inner();
    assert_eq!(listed.scores, [expected], "nobody had heard of Cobalt");
    let check = CheckStandingRequest {
        customer: "Acme".to_owned(),
        supplier: "Bolt".to_owned(),
        purpose: v1::Purpose::Order.into(),
        as_of,
        ..CheckStandingRequest::default()
    };
    let known_then = CheckStandingRequest { known_at, ..check.clone() };
    let reasons = async |check| {
        let check = service.scores().check_standing(check).await.unwrap().into_inner().check.unwrap();
        (check.known_at, check.reasons)
    };
    let ((unset, today), (told, at_the_time)) = (reasons(check).await, reasons(known_then).await);
    assert_eq!((unset, told), (None, known_at));
    assert_ne!(today, at_the_time);
}

/// What of an explanation and of a chain says nothing about when they were read.
async fn told(service: &Service, known_at: Option<prost_types::Timestamp>) -> (Explanation, Chain) {
    let (customer, supplier) = ("Acme".to_owned(), "Bolt".to_owned());
    let as_of = at("2026-02-01T00:00:00Z");
    let request = ExplainScoreRequest {
        customer: customer.clone(),
        supplier: supplier.clone(),
        as_of,
        known_at,
        ..ExplainScoreRequest::default()
    };
    let explanation = service.scores().explain_score(request).await.unwrap().into_inner().explanation.unwrap();
    let request = GetChainRequest { customer, supplier, as_of, known_at, ..GetChainRequest::default() };
    let chain = service.scores().get_chain(request).await.unwrap().into_inner().chain.unwrap();
    assert_eq!((explanation.known_at, chain.known_at), (known_at, known_at));
    let explanation = Explanation { revision: String::new(), known_at: None, ..explanation };
    (explanation, Chain { revision: String::new(), known_at: None, ..chain })
}

/// The supplier answers, and buys upstream; what comes in later changes both, and neither as it was.
async fn explanations_and_chains_know_no_more_than_was_known(service: Service) {
    let upstream = |event| Event { customer: "Bolt".to_owned(), supplier: "Cast".to_owned(), ..event };
    let [asked, answer] = request_and_answer(1);
    service.record(vec![asked.clone(), answer, upstream(asked)]).await;
    let known_at = between_recordings().await;
    let then = told(&service, None).await;
    let [asked, answer] = request_and_answer(2);
    service.record(vec![asked.clone(), answer.clone(), upstream(asked), upstream(answer)]).await;
    assert_eq!(told(&service, known_at).await, then);
    let now = told(&service, None).await;
    assert!(now.0 != then.0 && now.1 != then.1);
}

async fn a_history_agrees_with_its_scores(service: Service) {
    service.record((0..20).flat_map(request_and_answer).collect()).await;
    let request = GetScoreHistoryRequest {
        customer: "Acme".to_owned(),
        supplier: "Bolt".to_owned(),
        as_of_from: at("2025-12-30T12:00:00Z"),
        as_of_until: at("2026-01-20T12:00:00Z"),
        step: HistoryStep::Week.into(),
        view: ScoreView::Full.into(),
        ..GetScoreHistoryRequest::default()
    };
    let history = service.scores().get_score_history(request.clone()).await.unwrap().into_inner();
    let moments = ["2025-12-30T12", "2026-01-05T00", "2026-01-12T00", "2026-01-19T00", "2026-01-20T12"];
    assert_eq!(history.points.len(), moments.len());
    for (moment, point) in moments.iter().zip(&history.points) {
        assert_eq!(*point, score(&service, ScoreView::Full, &format!("{moment}:00:00Z")).await);
    }
    let answered: Vec<i64> = history.points.iter().map(|it| it.kpis.as_ref().unwrap().answered).collect();
    assert_eq!(answered, [0, 4, 11, 18, 20]);
    assert_eq!(history.revision, history.points[0].revision);
    assert_eq!(history.model_version, history.points[0].model_version);

    let unheard = GetScoreHistoryRequest { known_at: at("2026-01-31T00:00:00Z"), ..request };
    let unheard = service.scores().get_score_history(unheard).await.unwrap().into_inner().points;
    assert!(unheard.iter().all(|it| it.kpis.as_ref().unwrap().requests == 0), "it was all recorded today");
    let last_year = GetScoreHistoryRequest {
        customer: "Acme".to_owned(),
        supplier: "Bolt".to_owned(),
        step: HistoryStep::Month.into(),
        ..GetScoreHistoryRequest::default()
    };
    let last_year = service.scores().get_score_history(last_year).await.unwrap().into_inner().points;
    assert!((13..=14).contains(&last_year.len()), "both ends, and every first of a month between them");
    assert!(last_year.iter().all(|it| it.kpis.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_has_an_order_and_an_end() {
    let service = Service::on_sqlite().await;
    let history = |from: &str, until: &str, step: HistoryStep| GetScoreHistoryRequest {
        customer: "Acme".into(),
        supplier: "Bolt".into(),
        as_of_from: at(from),
        as_of_until: at(until),
        step: step.into(),
        ..GetScoreHistoryRequest::default()
    };
    let good = history("2020-01-01T00:00:00Z", "2022-09-26T00:00:00Z", HistoryStep::Day);
    let points = service.scores().get_score_history(good.clone()).await.unwrap().into_inner().points;
    assert_eq!(points.len(), 1_000);

    let damaged = Some(prost_types::Timestamp { seconds: 0, nanos: -1 });
    let cases: Vec<(GetScoreHistoryRequest, &[&str])> = vec![
        (history("2020-01-01T00:00:00Z", "2022-09-26T00:00:01Z", HistoryStep::Day), &["step"]),
        (history("1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z", HistoryStep::Week), &["step"]),
        (history("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", HistoryStep::Month), &["as_of_from"]),
        (GetScoreHistoryRequest { step: 0, ..good.clone() }, &["step"]),
        (
            GetScoreHistoryRequest {
                as_of_from: at("1969-01-01T00:00:00Z"),
                as_of_until: at("2999-01-01T00:00:00Z"),
                step: 4,
                view: 9,
                known_at: damaged,
                ..GetScoreHistoryRequest::default()
            },
            &["customer", "supplier", "as_of_until", "as_of_from", "step", "view", "known_at"],
        ),
    ];
    for (bad, expected) in cases {
        let status = service.scores().get_score_history(bad.clone()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(fields(&status), expected, "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_is_part_of_the_question() {
    let service = Service::on_sqlite().await;
    let request = BatchCheckStandingRequest { known_at: at("1969-12-31T00:00:00Z"), ..Default::default() };
    let status = service.scores().batch_check_standing(request).await.unwrap_err();
    assert_eq!(fields(&status), ["purpose", "known_at"]);

    let [asked, answer] = request_and_answer(1);
    service.record(vec![Event { supplier: "Zinc".to_owned(), ..asked.clone() }, asked, answer]).await;
    let ranking = ListScoresRequest { page_size: 1, ..ListScoresRequest::default() };
    let page_token = service.scores().list_scores(ranking.clone()).await.unwrap().into_inner().next_page_token;
    assert_ne!(page_token, "");
    let known_at = at("2026-01-01T00:00:00Z");
    let other_query = ListScoresRequest { page_token, known_at, ..ranking };
    let status = service.scores().list_scores(other_query).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_PAGE_TOKEN");
}
