//! `PartyService` as its clients see it.

use rapport::api::v1::{
    Calendar, ErrorReason, Event, GetPartyRequest, GetPartyScoreRequest, ListPartiesRequest, ListScoresRequest, Party,
    PartyKind, PartyResult, PartyRole, PeerRank, RequestKind, Requested, ScoreView, UpsertPartiesRequest,
    UpsertPartiesResponse, UpsertStatus, event::Payload,
};
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_types::StatusExt;

use crate::support::service::{Service, answered, at, event, on_both, requested};

on_both! {
    parties_are_stored_and_read_back_by_their_revision
    pages_of_parties_hold_each_once
    a_circle_is_named_and_refused_alone
    a_party_is_rolled_up_and_its_parts_can_be_listed
    calendars_are_kept_and_time_answers_at_once
}

fn party(id: &str, parent: &str) -> Party {
    Party { party: id.to_owned(), parent: parent.to_owned(), ..Party::default() }
}

fn sales() -> Party {
    Party {
        party: "acme/sales".to_owned(),
        display_name: "Acme's salespeople, Größe 2".to_owned(),
        parent: "acme".to_owned(),
        category: "metal".to_owned(),
        kind: PartyKind::Department.into(),
        ..Party::default()
    }
}

async fn upsert(service: &Service, parties: Vec<Party>) -> UpsertPartiesResponse {
    service.parties().upsert_parties(UpsertPartiesRequest { parties }).await.unwrap().into_inner()
}

fn statuses(response: &UpsertPartiesResponse) -> Vec<UpsertStatus> {
    response.results.iter().map(PartyResult::status).collect()
}

fn get(id: &str, at_least_as_fresh: &str) -> GetPartyRequest {
    GetPartyRequest { party: id.to_owned(), at_least_as_fresh: at_least_as_fresh.to_owned() }
}

fn reason(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    (status.code(), details.error_info().expect("every error has an ErrorInfo").reason.clone())
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().map(|it| it.field_violations.clone()).unwrap_or_default();
    violations.into_iter().map(|it| it.field).collect()
}

async fn parties_are_stored_and_read_back_by_their_revision(service: Service) {
    assert_eq!(service.health("rapport.v1.PartyService").await, ServingStatus::Serving);
    let unknown = service.parties().get_party(get("acme/sales", "")).await.unwrap_err();
    assert_eq!(reason(&unknown), (Code::NotFound, "PARTY_NOT_FOUND".to_owned()));
    let written = upsert(&service, vec![sales(), party("bolt", "")]).await;
    assert_eq!(statuses(&written), [UpsertStatus::Stored; 2]);
    let read = service.parties().get_party(get("acme/sales", &written.revision)).await.unwrap().into_inner();
    assert_eq!((read.party, &read.revision), (Some(sales()), &written.revision));
    let again = upsert(&service, vec![party("bolt", ""), sales()]).await;
    assert_eq!(statuses(&again), [UpsertStatus::Unchanged; 2]);
    assert_eq!(again.revision, written.revision, "what is known already is no write");
    // An upsert says all there is to know.
    let changed = upsert(&service, vec![party("acme/sales", "")]).await;
    assert_ne!(changed.revision, written.revision);
    let read = service.parties().get_party(get("acme/sales", &changed.revision)).await.unwrap().into_inner();
    assert_eq!(read.party, Some(party("acme/sales", "")));
    let parent = service.parties().get_party(get("acme", "")).await.unwrap_err();
    assert_eq!(parent.code(), Code::NotFound, "a parent need not be known");
}

async fn pages_of_parties_hold_each_once(service: Service) {
    let with_kind = |party: Party, kind: PartyKind| Party { kind: kind.into(), ..party };
    let parties: Vec<Party> =
        ["B", "a b", "b", "Ç", "\"q\"", "z"].map(|id| with_kind(party(id, "acme"), PartyKind::Team)).into();
    upsert(&service, [parties.clone(), vec![party("alone", ""), with_kind(sales(), PartyKind::Team)]].concat()).await;
    let mut request = ListPartiesRequest {
        parent: "acme".to_owned(),
        kind: PartyKind::Team.into(),
        page_size: 2,
        ..ListPartiesRequest::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = service.parties().list_parties(request.clone()).await.unwrap().into_inner();
        assert!(page.parties.len() <= 2 && !page.revision.is_empty());
        seen.extend(page.parties.into_iter().map(|it| it.party));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen, ["\"q\"", "B", "a b", "acme/sales", "b", "z", "Ç"]);
    let metal = ListPartiesRequest { category: "metal".to_owned(), ..ListPartiesRequest::default() };
    let metal = service.parties().list_parties(metal).await.unwrap().into_inner();
    assert_eq!((metal.parties, metal.next_page_token.as_str()), (vec![with_kind(sales(), PartyKind::Team)], ""));
}

async fn a_circle_is_named_and_refused_alone(service: Service) {
    let response =
        upsert(&service, vec![party("a", "b"), party("b", "c"), party("c", "a"), party("d", "d"), party("e", "a")])
            .await;
    let refused = UpsertStatus::Rejected;
    assert_eq!(
        statuses(&response),
        [UpsertStatus::Stored, UpsertStatus::Stored, refused, refused, UpsertStatus::Stored]
    );
    let circle = &response.results[2];
    assert_eq!(circle.reason(), ErrorReason::ParentCycle);
    assert_eq!(circle.violations[0].field, "parent");
    let said = &circle.violations[0].description;
    assert!(said.contains(r#"part of "a", which is part of "b", which is part of "c""#), "{said}");
    assert_eq!(response.results[3].reason(), ErrorReason::InvalidField);
    // Across calls, and healed by moving what is above.
    let direct = upsert(&service, vec![party("b", "a")]).await;
    assert_eq!(direct.results[0].reason(), ErrorReason::ParentCycle);
    let healed = upsert(&service, vec![party("b", "a"), party("a", "")]).await;
    assert_eq!(statuses(&healed), [UpsertStatus::Stored; 2]);
}

fn score_of(party: &str, role: PartyRole) -> GetPartyScoreRequest {
    let (party, role) = (party.to_owned(), role.into());
    GetPartyScoreRequest { party, role, as_of: at("2026-02-01T00:00:00Z"), ..GetPartyScoreRequest::default() }
}

async fn a_party_is_rolled_up_and_its_parts_can_be_listed(service: Service) {
    let asked_by = |customer: &str| {
        let asked = event("q", "i", "2026-01-05T09:00:00Z", requested(RequestKind::Information));
        Event { customer: customer.to_owned(), ..asked }
    };
    service.record(["acme/sales", "acme", "other"].map(asked_by).into()).await;
    upsert(&service, vec![sales(), Party { category: "metal".to_owned(), ..party("other", "") }]).await;
    let request = GetPartyScoreRequest { view: ScoreView::Full.into(), ..score_of("acme", PartyRole::Customer) };
    let answer = service.scores().get_party_score(request).await.unwrap().into_inner().party_score.unwrap();
    let score = answer.score.unwrap();
    assert_eq!((score.customer.as_str(), score.supplier.as_str(), answer.relationships), ("acme", "", 2));
    assert_eq!((score.kpis.unwrap().requests, answer.peers), (2, None));
    let parts: Vec<_> = answer.parts.iter().map(|it| (it.party.as_str(), it.own, it.display_name.as_str())).collect();
    assert_eq!(parts, [("acme", true, ""), ("acme/sales", false, "Acme's salespeople, Größe 2")]);
    let request = score_of("acme/sales", PartyRole::Customer);
    let sales = service.scores().get_party_score(request).await.unwrap().into_inner().party_score.unwrap();
    assert_eq!(sales.peers, Some(PeerRank { category: "metal".to_owned(), rank: 1, count: 2, left_out: 0 }));

    let listed = async |parent: &str, category: &str| {
        let (supplier, parent, category) = ("Bolt".to_owned(), parent.to_owned(), category.to_owned());
        let request = ListScoresRequest { supplier, parent, category, ..ListScoresRequest::default() };
        let page = service.scores().list_scores(request).await.unwrap().into_inner();
        page.scores.into_iter().map(|it| it.customer).collect::<Vec<_>>()
    };
    assert_eq!(listed("acme", "").await, ["acme", "acme/sales"]);
    assert_eq!(listed("", "metal").await, ["acme/sales", "other"]);
    assert_eq!(listed("acme", "metal").await, ["acme/sales"]);
}

fn office() -> Calendar {
    let hours = ["mon-fri 09:00-18:00".to_owned()].to_vec();
    Calendar { zone: "Europe/Berlin".to_owned(), hours, ..Calendar::default() }
}

async fn calendars_are_kept_and_time_answers_at_once(service: Service) {
    let with = |calendars| Party { calendars, ..party("Bolt", "") };
    let requested =
        Requested { kind: RequestKind::Support.into(), respond_by: at("2026-03-06T20:00:00Z"), ..Requested::default() };
    let asked = event("q", "i", "2026-03-06T16:00:00Z", Payload::Requested(requested));
    service.record(vec![asked, event("a", "i", "2026-03-09T08:00:00Z", answered())]).await;
    let on_time = async || {
        let full = ListScoresRequest { view: ScoreView::Full.into(), ..ListScoresRequest::default() };
        let listed = service.scores().list_scores(full).await.unwrap().into_inner();
        listed.scores[0].kpis.as_ref().unwrap().on_time
    };
    assert_eq!(on_time().await, 0);
    let holidays = ["2026-04-06", "2026-04-03", "2026-04-06"].map(str::to_owned).to_vec();
    let told =
        upsert(&service, vec![with(vec![Calendar { holidays, zone: "europe/berlin".to_owned(), ..office() }])]).await;
    assert_eq!(statuses(&told), [UpsertStatus::Stored]);
    assert_eq!(on_time().await, 1, "without a token, too");
    let since = at("2026-05-01T00:00:00Z");
    let more = Calendar { hours: vec!["fri-mon 22:00-06:00".to_owned()], valid_from: since, ..office() };
    let told = upsert(&service, vec![with(vec![more]), with(vec![])]).await;
    assert_eq!(statuses(&told), [UpsertStatus::Stored, UpsertStatus::Unchanged]);
    let read = service.parties().get_party(get("Bolt", &told.revision)).await.unwrap().into_inner().party.unwrap();
    let [ever, since_may] = <[Calendar; 2]>::try_from(read.calendars.clone()).unwrap();
    assert_eq!((ever.zone.as_str(), ever.valid_from), ("Europe/Berlin", None));
    assert_eq!(ever.holidays, ["2026-04-03", "2026-04-06"]);
    assert_eq!(
        since_may.hours,
        ["mon-tue 00:00-06:00", "mon 22:00-24:00", "fri-sun 22:00-24:00", "sat-sun 00:00-06:00"]
    );
    assert_eq!((since_may.valid_from, since_may.version.len()), (since, 12));
    assert_ne!(ever.version, since_may.version);
    // What was read can be sent again.
    assert_eq!(statuses(&upsert(&service, vec![read]).await), [UpsertStatus::Unchanged]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_question_about_a_party_is_named() {
    let service = Service::on_sqlite().await;
    let request = GetPartyScoreRequest {
        party: String::new(),
        role: 0,
        counterparty: " ".to_owned(),
        view: 9,
        order_by: -1,
        currency_code: "euro".to_owned(),
        as_of: Some(prost_types::Timestamp { seconds: -1, nanos: 0 }),
        at_least_as_fresh: String::new(),
        known_at: Some(prost_types::Timestamp { seconds: -1, nanos: 0 }),
        include: vec![3, 9],
    };
    let status = service.scores().get_party_score(request).await.unwrap_err();
    let expected =
        ["party", "role", "counterparty", "order_by", "currency_code", "include[1]", "view", "as_of", "known_at"];
    assert_eq!(fields(&status), expected);
    let request = ListScoresRequest { parent: " ".to_owned(), category: "\n".to_owned(), ..Default::default() };
    let status = service.scores().list_scores(request).await.unwrap_err();
    assert_eq!(fields(&status), ["parent", "category", "category"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_party_is_named_and_its_neighbours_stand() {
    let service = Service::on_sqlite().await;
    let long = || "x".repeat(257);
    let everything = Party {
        party: " padded".to_owned(),
        display_name: "two\nlines".to_owned(),
        parent: "tab\t".to_owned(),
        category: long(),
        kind: 99,
        ..Party::default()
    };
    let twice = vec![Calendar { zone: String::new(), ..office() }, office()];
    let holidays = ["2026-12-25", "25.12.2026", "Easter"].map(str::to_owned).to_vec();
    let wrong = Calendar { zone: "Middle/Earth".into(), hours: vec!["9 to 5".into()], holidays, ..office() };
    let many = Calendar { holidays: vec!["2026-12-25".to_owned(); 1_001], ..office() };
    let cases: [(Party, &[&str]); 11] = [
        (Party::default(), &["party"]),
        (party(&long(), ""), &["party"]),
        (party("self", "self"), &["parent"]),
        (Party { display_name: long(), ..sales() }, &["display_name"]),
        (Party { category: " ".to_owned(), ..sales() }, &["category"]),
        (Party { kind: -1, ..sales() }, &["kind"]),
        (Party { calendars: twice, ..sales() }, &["calendars[0].zone", "calendars[1].valid_from"]),
        (
            Party { calendars: vec![wrong], ..sales() },
            &["calendars[0].hours[0]", "calendars[0].holidays[1]", "calendars[0].holidays[2]", "calendars[0].zone"],
        ),
        (Party { calendars: vec![many], ..sales() }, &["calendars[0].holidays"]),
        (Party { calendars: vec![office(); 65], ..sales() }, &["calendars"]),
        (everything, &["kind", "party", "display_name", "parent", "parent", "category"]),
    ];
    for (bad, expected) in cases {
        let response = upsert(&service, vec![party("first", ""), bad.clone(), party("last", "")]).await;
        assert!(response.results[0].reason == 0 && response.results[2].reason == 0);
        assert_eq!(response.results[1].status(), UpsertStatus::Rejected);
        assert_eq!(response.results[1].reason(), ErrorReason::InvalidField);
        let violations = &response.results[1].violations;
        assert_eq!(violations.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), expected, "{bad:?}");
        assert!(violations.iter().all(|it| !it.description.is_empty()));
    }
    let stored = service.parties().list_parties(ListPartiesRequest::default()).await.unwrap().into_inner().parties;
    assert_eq!(stored, [party("first", ""), party("last", "")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_calls_about_parties_are_refused_whole() {
    let (service, other) = (Service::on_sqlite().await, Service::on_sqlite().await);
    let too_many = (0..1_001).map(|number| party(&number.to_string(), "")).collect();
    let status = service.parties().upsert_parties(UpsertPartiesRequest { parties: too_many }).await.unwrap_err();
    assert_eq!(reason(&status), (Code::InvalidArgument, "BATCH_TOO_LARGE".to_owned()));
    let status = service.parties().get_party(get("", "")).await.unwrap_err();
    assert_eq!((reason(&status).1.as_str(), fields(&status)), ("INVALID_FIELD", vec!["party".to_owned()]));
    let query =
        ListPartiesRequest { parent: " ".into(), category: "\n".into(), kind: 9, page_size: -1, ..Default::default() };
    let status = service.parties().list_parties(query).await.unwrap_err();
    assert_eq!(fields(&status), ["parent", "category", "category", "kind", "page_size"]);

    let foreign = upsert(&other, vec![party("a", ""), party("b", "")]).await.revision;
    let status = service.parties().get_party(get("a", &foreign)).await.unwrap_err();
    assert_eq!(reason(&status), (Code::FailedPrecondition, "FOREIGN_REVISION".to_owned()));
    let fresh = ListPartiesRequest { at_least_as_fresh: "garbage".into(), ..Default::default() };
    assert_eq!(reason(&service.parties().list_parties(fresh).await.unwrap_err()).1, "INVALID_REVISION");
    let first = ListPartiesRequest { page_size: 1, ..Default::default() };
    let token = other.parties().list_parties(first).await.unwrap().into_inner().next_page_token;
    let elsewhere = ListPartiesRequest { page_token: token.clone(), ..Default::default() };
    assert_eq!(reason(&service.parties().list_parties(elsewhere).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
    let other_query = ListPartiesRequest { page_token: token, category: "metal".into(), ..Default::default() };
    assert_eq!(reason(&other.parties().list_parties(other_query).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
}
