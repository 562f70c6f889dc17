//! Bad input: the right code, a documented reason, and every violation with its path.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rapport::api::v1::{
    self, BatchGetScoresRequest, ErrorReason, Event, GetChainRequest, GetScoreRequest, GetValueAtRiskRequest,
    ListEventsRequest, ListScoresRequest, RecordEventsRequest, RecordStatus, Relationship, RequestKind, event::Payload,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::service::{Service, answered, at, event, requested};

pub fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("every error has an ErrorInfo");
    assert_eq!(info.domain, "rapport.v1");
    info.reason.clone()
}

pub fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|it| it.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|it| it.field).collect()
}

/// Sends one event among good ones; returns the fields it is refused for, having seen that the others are recorded.
async fn refused_fields(service: &Service, bad: Event) -> Vec<String> {
    let unique = rand::random::<u64>();
    let good =
        |place: &str| event(&format!("{place}{unique}"), place, "2026-01-01T09:00:00Z", requested(RequestKind::Quote));
    let results = service.record(vec![good("first"), bad, good("last")]).await;
    assert_eq!(results[0].status(), RecordStatus::Recorded);
    assert_eq!(results[2].status(), RecordStatus::Recorded);
    assert_eq!(results[1].status(), RecordStatus::Rejected, "{:?}", results[1]);
    assert_eq!(results[1].reason(), ErrorReason::InvalidField);
    assert!(results[1].violations.iter().all(|it| !it.description.is_empty()));
    results[1].violations.iter().map(|it| it.field.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "a list of faults, each in a line or two")]
async fn every_fault_of_an_event_is_named() {
    let service = Service::on_sqlite().await;
    let nothing = refused_fields(&service, Event::default()).await;
    for field in ["event_id", "source", "customer", "supplier", "occurred_at", "payload"] {
        assert!(nothing.contains(&field.to_owned()), "{field} is missing in {nothing:?}");
    }
    let base = || event("bad", "i", "2026-01-01T09:00:00Z", requested(RequestKind::Quote));
    let with = |payload| Event { payload: Some(payload), ..base() };
    let moment = |seconds, nanos| Some(prost_types::Timestamp { seconds, nanos });
    let request = |change: fn(&mut v1::Requested)| {
        let mut request = v1::Requested { kind: RequestKind::Quote.into(), ..v1::Requested::default() };
        change(&mut request);
        with(Payload::Requested(request))
    };
    let delivered = |in_full, accepted| {
        let (fraction_in_full, fraction_accepted) = (Some(in_full), Some(accepted));
        with(Payload::Delivered(v1::Delivered { fraction_in_full, fraction_accepted, ..v1::Delivered::default() }))
    };
    let rated = |by, subject, stars| with(Payload::Rated(v1::Rated { by, subject, stars, note: String::new() }));
    let retracted = |id: &str, reason: &str| {
        with(Payload::Retracted(v1::Retracted { event_id: id.to_owned(), reason: reason.to_owned() }))
    };
    let cases: Vec<(Event, &[&str])> = vec![
        (Event { event_id: "x".repeat(257), ..base() }, &["event_id"]),
        (Event { source: " padded ".to_owned(), ..base() }, &["source"]),
        (Event { customer: "line\nbreak".to_owned(), ..base() }, &["customer"]),
        (Event { customer: "Bolt".to_owned(), ..base() }, &["supplier"]),
        (Event { interaction_id: String::new(), ..base() }, &["interaction_id"]),
        (Event { occurred_at: at("2999-01-01T00:00:00Z"), ..base() }, &["occurred_at"]),
        (Event { occurred_at: at("1969-12-31T23:59:59Z"), ..base() }, &["occurred_at"]),
        (Event { occurred_at: moment(0, -1), ..base() }, &["occurred_at"]),
        (Event { occurred_at: moment(i64::MAX, 0), ..base() }, &["occurred_at"]),
        (request(|it| it.kind = 0), &["requested.kind"]),
        (request(|it| it.kind = 99), &["requested.kind"]),
        (request(|it| it.completeness = Some(f64::NAN)), &["requested.completeness"]),
        (request(|it| it.completeness = Some(1.5)), &["requested.completeness"]),
        (request(|it| it.summary = "x".repeat(4097)), &["requested.summary"]),
        (request(|it| it.channel = "x".repeat(257)), &["requested.channel"]),
        (request(|it| it.revisits_interaction_id = "i".to_owned()), &["requested.revisits_interaction_id"]),
        (
            request(|it| it.value = Some(v1::Money { currency_code: "euro".to_owned(), amount_minor: -1 })),
            &["requested.value.currency_code", "requested.value.amount_minor"],
        ),
        (delivered(-0.1, f64::INFINITY), &["delivered.fraction_in_full", "delivered.fraction_accepted"]),
        (rated(0, 7, 6), &["rated.by", "rated.subject", "rated.stars"]),
        (with(Payload::Responded(v1::Responded::default())), &["responded.disposition"]),
        (
            with(Payload::Refused(v1::Refused { note: "x".repeat(4097), ..Default::default() })),
            &["refused.reason", "refused.note"],
        ),
        (
            with(Payload::Refused(v1::Refused { reasons: vec![3, 0, 99], ..Default::default() })),
            &["refused.reasons[1]", "refused.reasons[2]"],
        ),
        (
            with(Payload::Refused(v1::Refused { reason: 3, reasons: vec![3; 9], ..Default::default() })),
            &["refused.reasons"],
        ),
        (with(Payload::Ended(v1::Ended::default())), &["ended.by", "ended.reason"]),
        (
            with(Payload::Ended(v1::Ended { by: 1, reason: 9, to: "x".repeat(257), note: "y".repeat(4097) })),
            &["ended.reason", "ended.to", "ended.note"],
        ),
        (with(Payload::Ended(v1::Ended { by: 2, reason: 1, to: "Bolt".into(), note: String::new() })), &["ended.to"]),
        (with(Payload::Proposed(v1::Proposed::default())), &["proposed.by"]),
        (with(Payload::Resolved(v1::Resolved::default())), &["resolved.outcome"]),
        (with(Payload::Referred(v1::Referred::default())), &["referred.by", "referred.to"]),
        (with(Payload::Paid(v1::Paid::default())), &["paid.amount"]),
        (delivered(1_000.5, 1.0), &["delivered.fraction_in_full"]),
        (request(|it| it.quantity = kilos(0.0)), &["requested.quantity.amount"]),
        (request(|it| it.quantity = kilos(f64::NAN)), &["requested.quantity.amount"]),
        (request(|it| it.schedule = vec![v1::Lot::default()]), &["requested.schedule[0].due", "requested.schedule"]),
        (request(|it| it.schedule = lots(&[0.5, 0.4])), &["requested.schedule"]),
        (request(|it| it.schedule = lots(&[1.0 / 401.0; 401])), &["requested.schedule"]),
        (
            request(|it| {
                (it.quantity, it.schedule) = (kilos(2.0), lots(&[1.0]));
                (it.schedule[0].fraction, it.schedule[0].quantity) = (None, kilos(3.0));
            }),
            &["requested.schedule"],
        ),
        (
            with(Payload::Delivered(v1::Delivered {
                quantity: kilos(1.0),
                quantity_accepted: kilos(2.0),
                ..Default::default()
            })),
            &["delivered.quantity_accepted"],
        ),
        (
            with(Payload::Delivered(v1::Delivered {
                quantity: kilos(1.0),
                quantity_rejected: kilos(2.0),
                ..Default::default()
            })),
            &["delivered.quantity_rejected"],
        ),
        (with(Payload::Amended(v1::Amended::default())), &["amended.by", "amended"]),
        (
            with(Payload::Returned(v1::Returned { fraction: Some(2.0), quantity: kilos(1.0), note: String::new() })),
            &["returned.fraction", "returned"],
        ),
        (with(Payload::Merged(v1::Merged { into: "i".to_owned() })), &["merged.into"]),
        (retracted("", ""), &["retracted.event_id", "retracted.reason"]),
        (retracted("bad", "it names itself"), &["retracted.event_id"]),
    ];
    for (bad, expected) in cases {
        let found = refused_fields(&service, bad.clone()).await;
        assert_eq!(found, expected, "{bad:?}");
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the fields of messages are options")]
fn kilos(amount: f64) -> Option<v1::Quantity> {
    Some(v1::Quantity { amount, unit: "kg".to_owned() })
}

/// Lots of these shares, all on one day.
fn lots(shares: &[f64]) -> Vec<v1::Lot> {
    let lot = |&share| v1::Lot { due: at("2026-03-01T09:00:00Z"), fraction: Some(share), quantity: None };
    shares.iter().map(lot).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_used_again_with_other_content_is_a_conflict() {
    let service = Service::on_sqlite().await;
    let first = event("one", "i", "2026-01-01T09:00:00Z", requested(RequestKind::Quote));
    let other = Event { occurred_at: at("2026-01-01T09:00:01Z"), ..first.clone() };
    let elsewhere = Event { supplier: "Zinc".to_owned(), ..other.clone() };
    // Within a batch, across batches, and whatever came first stays.
    let within = service.record(vec![first.clone(), other.clone(), first.clone(), elsewhere.clone()]).await;
    let statuses = |results: Vec<v1::EventResult>| results.iter().map(v1::EventResult::status).collect::<Vec<_>>();
    let expected = [RecordStatus::Recorded, RecordStatus::Rejected, RecordStatus::Duplicate, RecordStatus::Recorded];
    assert_eq!(within[1].reason(), ErrorReason::EventIdReused);
    assert_eq!(statuses(within), expected, "the same id in another relationship is another event");
    let across = service.record(vec![other, first, elsewhere]).await;
    assert_eq!(across[0].reason(), ErrorReason::EventIdReused);
    assert_eq!(statuses(across), [RecordStatus::Rejected, RecordStatus::Duplicate, RecordStatus::Duplicate]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retraction_cannot_be_taken_back() {
    let service = Service::on_sqlite().await;
    let retract = |id: &str, target: &str| {
        let retracted = v1::Retracted { event_id: target.to_owned(), reason: "a mistake".to_owned() };
        event(id, "", "2026-01-02T09:00:00Z", Payload::Retracted(retracted))
    };
    let results = service.record(vec![retract("r1", "unknown"), retract("r2", "r1")]).await;
    assert_eq!(results[0].status(), RecordStatus::Recorded);
    assert!(results[0].waits_for.contains("unknown"), "it waits for the event it names: {:?}", results[0]);
    assert_eq!(results[1].reason(), ErrorReason::RetractionOfRetraction);
    let later = service.record(vec![retract("r3", "r1")]).await;
    assert_eq!(later[0].reason(), ErrorReason::RetractionOfRetraction);
    // A retraction recorded before its target turned out to be one stays recorded, to no effect.
    for (id, target, status) in [
        ("r5", "r4", RecordStatus::Recorded),
        ("r4", "e", RecordStatus::Recorded),
        ("r5", "r4", RecordStatus::Duplicate),
    ] {
        assert_eq!(service.record(vec![retract(id, target)]).await[0].status(), status, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_limits_are_refused_whole() {
    let service = Service::on_sqlite().await;
    let events = vec![event("e", "i", "2026-01-01T09:00:00Z", answered()); 1_001];
    let status = service.events().record_events(RecordEventsRequest { events }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "BATCH_TOO_LARGE"));
    assert_eq!(fields(&status), ["events"]);

    let relationships = vec![Relationship { customer: "a".into(), supplier: "b".into() }; 1_001];
    let request = BatchGetScoresRequest { relationships, ..BatchGetScoresRequest::default() };
    let status = service.scores().batch_get_scores(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "BATCH_TOO_LARGE"));

    let summary = "x".repeat(5 * 1024 * 1024);
    let huge = Payload::Requested(v1::Requested { summary, ..v1::Requested::default() });
    let request = RecordEventsRequest { events: vec![event("e", "i", "2026-01-01T09:00:00Z", huge)] };
    let status = service.events().record_events(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_never_larger_than_a_client_takes() {
    let service = Service::on_sqlite().await;
    let wordy = |id: usize| {
        let summary = "x".repeat(4_096);
        let payload =
            Payload::Requested(v1::Requested { kind: RequestKind::Quote.into(), summary, ..v1::Requested::default() });
        event(&id.to_string(), &id.to_string(), "2026-01-01T09:00:00Z", payload)
    };
    for from in [0, 600] {
        service.record((from..from + 600).map(wordy).collect()).await;
    }
    let (mut request, mut seen) = (ListEventsRequest { page_size: 1_000, ..ListEventsRequest::default() }, 0);
    loop {
        let page = service.events().list_events(request.clone()).await.unwrap().into_inner();
        seen += page.events.len();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen, 1_200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_query_is_named() {
    let service = Service::on_sqlite().await;
    let request = GetScoreRequest { view: 9, as_of: at("2999-01-01T00:00:00Z"), ..GetScoreRequest::default() };
    let status = service.scores().get_score(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(fields(&status), ["customer", "supplier", "view", "as_of"]);

    let request = ListScoresRequest { order_by: 9, page_size: -1, customer: " ".into(), ..Default::default() };
    let status = service.scores().list_scores(request).await.unwrap_err();
    assert_eq!(fields(&status), ["order_by", "page_size", "customer"]);

    let request = GetChainRequest { depth: -1, width: -1, customer: "Acme".into(), ..GetChainRequest::default() };
    let status = service.scores().get_chain(request).await.unwrap_err();
    assert_eq!(fields(&status), ["supplier", "depth", "width"]);

    let request = GetValueAtRiskRequest { as_of: at("2999-01-01T00:00:00Z"), ..GetValueAtRiskRequest::default() };
    let status = service.scores().get_value_at_risk(request).await.unwrap_err();
    assert_eq!(fields(&status), ["customer", "supplier", "as_of"]);

    let request = v1::GetScoreHistoryRequest {
        as_of_from: at("2026-02-01T00:00:00Z"),
        as_of_until: at("2026-01-01T00:00:00Z"),
        ..Default::default()
    };
    let status = service.scores().get_score_history(request).await.unwrap_err();
    assert_eq!(fields(&status), ["customer", "supplier", "step", "as_of_from"]);

    let request = ListEventsRequest { interaction_id: "i".into(), page_size: -1, ..ListEventsRequest::default() };
    let status = service.events().list_events(request).await.unwrap_err();
    assert_eq!(fields(&status), ["interaction_id", "page_size"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_named_with_all_else_that_is_wrong() {
    let (service, other) = (Service::on_sqlite().await, Service::on_sqlite().await);
    let event = event("one", "i", "2026-01-01T09:00:00Z", requested(RequestKind::Quote));
    let foreign = other.events().record_events(RecordEventsRequest { events: vec![event] }).await.unwrap();
    for token in ["garbage".to_owned(), foreign.into_inner().revision] {
        let request = GetScoreRequest { view: 9, at_least_as_fresh: token.clone(), ..GetScoreRequest::default() };
        let status = service.scores().get_score(request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(fields(&status), ["customer", "supplier", "view", "at_least_as_fresh"]);

        let request = ListScoresRequest {
            page_token: token.clone(),
            changed_since: token.clone(),
            at_least_as_fresh: token.clone(),
            category: " ".to_owned(),
            ..ListScoresRequest::default()
        };
        let status = service.scores().list_scores(request).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(fields(&status), ["page_token", "changed_since", "at_least_as_fresh", "category"]);

        let request = v1::ListPartiesRequest { page_token: token.clone(), kind: 9, ..Default::default() };
        assert_eq!(fields(&service.parties().list_parties(request).await.unwrap_err()), ["kind", "page_token"]);
        let request = v1::GetPartyRequest { party: String::new(), at_least_as_fresh: token };
        assert_eq!(fields(&service.parties().get_party(request).await.unwrap_err()), ["party", "at_least_as_fresh"]);
    }
    let relationships = vec![Relationship::default(); 1_001];
    let request = BatchGetScoresRequest { relationships, view: 9, ..BatchGetScoresRequest::default() };
    let status = service.scores().batch_get_scores(request).await.unwrap_err();
    assert_eq!(
        (reason(&status).as_str(), fields(&status)),
        ("INVALID_FIELD", ["relationships", "view"].map(str::to_owned).into())
    );
}

/// Every read with a token of freshness looks at it: a database that is older is never read as if it were not.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::needless_update, reason = "some requests have no other fields than these")]
async fn no_read_forgets_how_fresh_it_must_be() {
    let service = Service::on_sqlite().await;
    let (mut scores, mut events, mut parties) = (service.scores(), service.events(), service.parties());
    let one = event("one", "i", "2026-01-01T09:00:00Z", requested(RequestKind::Quote));
    let written = events.record_events(RecordEventsRequest { events: vec![one] }).await.unwrap().into_inner();
    let ahead = raised(&written.revision);
    let (customer, supplier) = (|| "Acme".to_owned(), || "Bolt".to_owned());
    macro_rules! is_ahead {
        ($($client:ident.$rpc:ident($request:ident { $($field:ident: $value:expr),* }))*) => { $(
            let request = v1::$request { $($field: $value,)* at_least_as_fresh: ahead.clone(), ..Default::default() };
            let status = $client.$rpc(request).await.unwrap_err();
            assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "REVISION_AHEAD"), stringify!($rpc));
        )* };
    }
    is_ahead! {
        scores.get_score(GetScoreRequest { customer: customer(), supplier: supplier() })
        scores.batch_get_scores(BatchGetScoresRequest { view: 2 })
        scores.list_scores(ListScoresRequest { customer: customer() })
        scores.explain_score(ExplainScoreRequest { customer: customer(), supplier: supplier() })
        scores.get_score_history(GetScoreHistoryRequest { customer: customer(), supplier: supplier(), step: 3 })
        scores.check_standing(CheckStandingRequest { customer: customer(), supplier: supplier(), purpose: 1 })
        scores.batch_check_standing(BatchCheckStandingRequest { purpose: 1 })
        scores.get_party_score(GetPartyScoreRequest { party: supplier(), role: 2 })
        scores.get_model_quality(GetModelQualityRequest { target: 1 })
        scores.get_value_at_risk(GetValueAtRiskRequest { customer: customer(), supplier: supplier() })
        scores.get_chain(GetChainRequest { customer: customer(), supplier: supplier() })
        events.list_events(ListEventsRequest { customer: customer() })
        parties.list_parties(ListPartiesRequest { category: customer() })
        parties.get_party(GetPartyRequest { party: customer() })
    }
    let request = v1::CheckModelRequest { at_least_as_fresh: ahead.clone() };
    assert_eq!(reason(&scores.check_model(request).await.unwrap_err()), "REVISION_AHEAD");
}

/// The token of a later revision of the same database: its last but the id's bytes count one up.
fn raised(token: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    bytes[8] += 1;
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_checked() {
    let (service, other) = (Service::on_sqlite().await, Service::on_sqlite().await);
    let with_revision = |token: &str| GetScoreRequest {
        customer: "Acme".into(),
        supplier: "Bolt".into(),
        at_least_as_fresh: token.to_owned(),
        ..GetScoreRequest::default()
    };
    let status = service.scores().get_score(with_revision("garbage")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_REVISION"));

    let record = |id: &str| RecordEventsRequest {
        events: vec![event(id, id, "2026-01-01T09:00:00Z", requested(RequestKind::Quote))],
    };
    let foreign = other.events().record_events(record("one")).await.unwrap().into_inner().revision;
    let status = service.scores().get_score(with_revision(&foreign)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "FOREIGN_REVISION"));

    for id in ["one", "two"] {
        service.events().record_events(record(id)).await.unwrap();
    }
    let list = |page_size, page_token: String| ListEventsRequest { page_size, page_token, ..Default::default() };
    let page = service.events().list_events(list(1, String::new())).await.unwrap().into_inner();
    let elsewhere = other.events().list_events(list(1, page.next_page_token.clone())).await.unwrap_err();
    assert_eq!(reason(&elsewhere), "INVALID_PAGE_TOKEN", "a token of another database");
    let other_query = ListEventsRequest { customer: "Acme".into(), ..list(1, page.next_page_token.clone()) };
    for bad in [list(1, "garbage".into()), other_query] {
        let status = service.events().list_events(bad).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_PAGE_TOKEN"));
    }
    let next = service.events().list_events(list(7, page.next_page_token)).await.unwrap().into_inner();
    assert_eq!(next.events.len(), 1, "the size of a page may change from one to the next");
}
