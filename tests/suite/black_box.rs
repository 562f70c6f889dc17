//! The service as its clients see it: over a real socket, with the generated client, on both databases.

use rapport::api::v1::{
    self, BatchGetScoresRequest, CheckModelRequest, Event, EventState, GetScoreRequest, Lens, ListEventsRequest,
    ListScoresRequest, RecordEventsRequest, RecordStatus, Relationship, RequestKind, Score, ScoreView, Standing,
    event::Payload, score_result,
};

use crate::support::{
    python,
    service::{Service, answered, at, event, on_both, requested},
};

on_both! {
    a_request_and_its_answer_are_scored
    writes_can_be_read_back_by_their_revision
    every_payload_comes_back_as_it_was_sent
    pages_hold_everything_once
    answers_wait_for_their_request
    a_batch_of_scores_keeps_its_order
    a_chain_is_a_tree_of_those_behind_a_supplier
    value_at_risk_is_by_currency_and_rises_with_silence
    the_model_is_held_against_what_is_recorded
    a_client_in_python_agrees
}

pub fn acme_and_bolt(view: ScoreView, as_of: &str) -> GetScoreRequest {
    GetScoreRequest {
        customer: "Acme".to_owned(),
        supplier: "Bolt".to_owned(),
        view: view.into(),
        as_of: at(as_of),
        ..GetScoreRequest::default()
    }
}

pub async fn score(service: &Service, view: ScoreView, as_of: &str) -> Score {
    service.scores().get_score(acme_and_bolt(view, as_of)).await.unwrap().into_inner().score.unwrap()
}

pub fn request_and_answer(number: u32) -> [Event; 2] {
    let (asked, answer) = (format!("q{number}"), format!("a{number}"));
    let day = format!("2026-01-{:02}", number + 1);
    let interaction = format!("i{number}");
    [
        event(&asked, &interaction, &format!("{day}T09:00:00Z"), requested(RequestKind::Information)),
        event(&answer, &interaction, &format!("{day}T10:00:00Z"), answered()),
    ]
}

async fn a_request_and_its_answer_are_scored(service: Service) {
    let stranger = score(&service, ScoreView::Full, "2026-02-01T00:00:00Z").await;
    assert_eq!(stranger.standing(), Standing::Unproven);
    let before = stranger.responsiveness.unwrap();
    assert!(before.low <= before.value && before.value <= before.high && before.evidence == 0.0);

    service.record((0..20).flat_map(request_and_answer).collect()).await;
    let known = score(&service, ScoreView::Full, "2026-02-01T00:00:00Z").await;
    let after = known.responsiveness.unwrap();
    assert!(after.value > before.value && after.high - after.low < before.high - before.low);
    assert_eq!(
        after.channels.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["timely", "prompt", "substantive"]
    );
    let kpis = known.kpis.unwrap();
    assert_eq!((kpis.requests, kpis.answered, kpis.on_time, kpis.open), (20, 20, 20, 0));
    let median = kpis.median_answer_time.unwrap().seconds;
    assert!((3528..=3672).contains(&median), "an hour within 2 %: {median} s");

    let basic = score(&service, ScoreView::Basic, "2026-02-01T00:00:00Z").await;
    assert!(basic.kpis.is_none() && basic.responsiveness.unwrap().channels.is_empty());
    assert_eq!(basic.model_version, known.model_version);
    assert_eq!(basic.as_of, at("2026-02-01T00:00:00Z"));

    let long_ago = score(&service, ScoreView::Full, "2026-01-05T00:00:00Z").await;
    assert_eq!(long_ago.kpis.unwrap().requests, 4, "the past counts only what had occurred by then");
}

async fn a_chain_is_a_tree_of_those_behind_a_supplier(service: Service) {
    let from_to = |customer: &str, supplier: &str| {
        let (customer, supplier) = (customer.to_owned(), supplier.to_owned());
        (0..6).flat_map(request_and_answer).map(move |it| Event {
            customer: customer.clone(),
            supplier: supplier.clone(),
            ..it
        })
    };
    let unanswered = from_to("Bolt", "Silent").step_by(2);
    let events =
        from_to("Acme", "Bolt").chain(unanswered).chain(from_to("Bolt", "Prompt")).chain(from_to("Prompt", "Acme"));
    service.record(events.collect()).await;
    let request = |depth| {
        let (customer, supplier) = ("Acme".to_owned(), "Bolt".to_owned());
        v1::GetChainRequest { customer, supplier, depth, as_of: at("2026-02-01T00:00:00Z"), ..Default::default() }
    };
    let chain = service.scores().get_chain(request(0)).await.unwrap().into_inner().chain.unwrap();
    let (link, weakest) = (chain.link.clone().unwrap(), chain.weakest.clone().unwrap());
    assert_eq!((link.customer.as_str(), link.supplier.as_str(), link.exchange_share), ("Acme", "Bolt", 1.0));
    let behind: Vec<_> = link.upstream.iter().map(|it| (it.supplier.as_str(), it.exchange_share)).collect();
    assert_eq!(behind, [("Prompt", 0.5), ("Silent", 0.5)]);
    assert_eq!(link.upstream[0].upstream_omitted, 1, "Prompt buys from Acme, at the end of the chain");
    assert_eq!((weakest.customer.as_str(), weakest.supplier.as_str()), ("Bolt", "Silent"));
    assert!((chain.end_to_end - 0.5).abs() < 1e-9 && (weakest.end_to_end_if_mended - 1.0).abs() < 1e-9, "{chain:?}");
    assert!(chain.end_to_end_low < 0.5 && 0.5 < chain.end_to_end_high && chain.evidence > 5.0, "{chain:?}");
    assert!(weakest.gain_low > 0.2 && weakest.gain_low < 0.5 && weakest.gain_high >= 0.5, "{weakest:?}");
    assert_eq!((chain.candidates.len(), chain.unknown.len(), chain.unknown_share), (0, 0, 0.0));
    assert_eq!((link.unknown, &link.observed_channels[..]), (false, &["timely".to_owned()][..]));
    assert!(link.service_low < 0.8 && link.service_level > 0.999 && link.service_high > 0.999, "{link:?}");
    let shortfall = link.shortfall_share + link.upstream.iter().map(|it| it.shortfall_share).sum::<f64>();
    assert!((shortfall - 1.0).abs() < 1e-9, "{shortfall}");
    let deepest = service.scores().get_chain(request(i32::MAX)).await.unwrap().into_inner().chain.unwrap();
    assert_eq!(deepest.link, Some(link), "there is nobody further upstream, and too deep is as deep as can be");
    let stranger = v1::GetChainRequest { supplier: "Stranger".to_owned(), ..request(0) };
    let chain = service.scores().get_chain(stranger).await.unwrap().into_inner().chain.unwrap();
    let relationship = v1::Relationship { customer: "Acme".to_owned(), supplier: "Stranger".to_owned() };
    assert_eq!((&chain.unknown, chain.unknown_share), (&vec![relationship], 1.0));
    assert_eq!((chain.end_to_end_low, chain.end_to_end_high, chain.evidence), (0.0, 1.0, 0.0));
    assert!(chain.weakest.is_none() && chain.candidates.is_empty() && chain.link.unwrap().unknown);
}

async fn value_at_risk_is_by_currency_and_rises_with_silence(service: Service) {
    let value = async |as_of: &str| {
        let (customer, supplier) = ("Acme".to_owned(), "Bolt".to_owned());
        let request = v1::GetValueAtRiskRequest { customer, supplier, as_of: at(as_of), ..Default::default() };
        service.scores().get_value_at_risk(request).await.unwrap().into_inner().value_at_risk.unwrap()
    };
    let nothing = value("2026-02-01T00:00:00Z").await;
    assert!(nothing.values.is_empty() && nothing.request_days_per_year == 0.0, "{nothing:?}");
    let ordered = |number: u32| {
        let currency_code = if number.is_multiple_of(2) { "USD" } else { "EUR" }.to_owned();
        let money = Some(v1::Money { currency_code, amount_minor: 10_000 });
        let kind = RequestKind::Order.into();
        let order = v1::Requested { kind, value: money, ..v1::Requested::default() };
        let [asked, _] = request_and_answer(number);
        Event { payload: Some(Payload::Requested(order)), ..asked }
    };
    service.record((0..20).map(ordered).collect()).await;
    let soon = value("2026-01-21T00:00:00Z").await;
    let later = value("2026-02-21T00:00:00Z").await;
    assert!(soon.by_request_value, "nothing was delivered or paid");
    let currencies = |it: &v1::ValueAtRisk| {
        let code = |it: &v1::CurrencyValueAtRisk| it.at_risk.clone().unwrap().currency_code;
        it.values.iter().map(code).collect::<Vec<_>>()
    };
    assert_eq!(currencies(&soon), ["EUR", "USD"]);
    assert!(
        later.probability_alive < soon.probability_alive,
        "{} < {}",
        later.probability_alive,
        soon.probability_alive
    );
    for it in [&soon, &later] {
        for value in &it.values {
            let amount = |money: &Option<v1::Money>| money.as_ref().unwrap().amount_minor as f64;
            let at_risk = amount(&value.expected_per_year) * it.horizon_years * (1.0 - it.probability_alive);
            assert!((amount(&value.at_risk) - at_risk).abs() <= 0.5 + it.horizon_years / 2.0, "{it:?}");
        }
    }
    assert_eq!(soon.model_version, score(&service, ScoreView::Basic, "2026-02-01T00:00:00Z").await.model_version);
}

async fn the_model_is_held_against_what_is_recorded(service: Service) {
    // One request that nobody ever answers: time alone has settled it. And one the other way round.
    let back = Event { customer: "Bolt".to_owned(), supplier: "Acme".to_owned(), ..request_and_answer(2)[0].clone() };
    service.record([request_and_answer(1)[0].clone(), back].into()).await;
    let check = service.scores().check_model(CheckModelRequest::default()).await.unwrap().into_inner().check.unwrap();
    let of = |name: &str| check.channels.iter().find(|it| it.name == name).unwrap();
    assert_eq!(["timely", "willingness", "reciprocity"].map(|name| of(name).observations), [2, 2, 2]);
    let proposed = ["vision", "timely"].map(|name| of(name).proposed_weight / of(name).weight);
    assert_eq!((of("vision").observations, proposed.map(|it| it.to_string())), (0, ["0", "1"].map(str::to_owned)));
    let reach = check.reaches.iter().map(|it| it.value.to_string()).collect::<Vec<_>>();
    assert!(reach[0] == "100" && check.reaches[1].value < 80.0 && check.findings.len() == 2, "{check:?}");
    assert_eq!(check.model_version, score(&service, ScoreView::Basic, "2026-02-01T00:00:00Z").await.model_version);
}

async fn writes_can_be_read_back_by_their_revision(service: Service) {
    let request = RecordEventsRequest { events: request_and_answer(1).into() };
    let written = service.events().record_events(request.clone()).await.unwrap().into_inner();
    assert!(written.results.iter().all(|it| it.status() == RecordStatus::Recorded));
    let fresh = GetScoreRequest {
        at_least_as_fresh: written.revision.clone(),
        ..acme_and_bolt(ScoreView::Full, "2026-02-01T00:00:00Z")
    };
    let read = service.scores().get_score(fresh).await.unwrap().into_inner().score.unwrap();
    assert_eq!(read.revision, written.revision);
    assert_eq!(read.kpis.unwrap().answered, 1);
    let again = service.events().record_events(request).await.unwrap().into_inner();
    assert!(again.results.iter().all(|it| it.status() == RecordStatus::Duplicate));
    assert_eq!(again.revision, written.revision, "duplicates write nothing");
}

fn every_payload() -> Vec<Payload> {
    let note = || "Größe 50 % \"nach Maß\"".to_owned();
    let money = || Some(v1::Money { currency_code: "EUR".to_owned(), amount_minor: i64::MAX });
    let kilos = |amount| Some(v1::Quantity { amount, unit: "kg".to_owned() });
    vec![
        Payload::Requested(v1::Requested {
            kind: RequestKind::Order.into(),
            respond_by: at("2026-01-02T00:00:00Z"),
            needed_by: at("2026-02-02T00:00:00Z"),
            value: money(),
            completeness: Some(0.25),
            revisits_interaction_id: "earlier".to_owned(),
            channel: "portal".to_owned(),
            summary: note(),
            quantity: kilos(3.5),
            schedule: vec![
                v1::Lot { due: at("2026-02-01T00:00:00Z"), fraction: None, quantity: kilos(1.5) },
                v1::Lot { due: at("2026-03-01T00:00:00Z"), fraction: None, quantity: kilos(2.0) },
            ],
        }),
        Payload::Acknowledged(v1::Acknowledged {}),
        Payload::ClarificationAsked(v1::ClarificationAsked { note: note() }),
        Payload::Clarified(v1::Clarified { note: note() }),
        Payload::Responded(v1::Responded {
            disposition: v1::Disposition::CounterOffer.into(),
            promised_by: at("2026-02-01T00:00:00Z"),
            note: note(),
        }),
        Payload::Refused(v1::Refused {
            reason: v1::RefusalReason::NotNow.into(),
            not_before: at("2027-01-01T00:00:00Z"),
            alternative_offered: true,
            note: note(),
            reasons: vec![v1::RefusalReason::NotNow.into(), v1::RefusalReason::Price.into()],
        }),
        Payload::Withdrawn(v1::Withdrawn { note: note() }),
        Payload::Delivered(v1::Delivered {
            fraction_in_full: Some(1.0),
            fraction_accepted: Some(0.5),
            note: note(),
            quantity: kilos(7.0),
            quantity_accepted: kilos(3.5),
            quantity_rejected: None,
        }),
        Payload::Amended(v1::Amended {
            by: v1::PartyRole::Customer.into(),
            respond_by: at("2026-01-03T00:00:00Z"),
            needed_by: at("2026-02-03T00:00:00Z"),
            promised_by: at("2026-02-04T00:00:00Z"),
            quantity: kilos(2.5),
            value: money(),
            note: note(),
        }),
        Payload::Returned(v1::Returned { fraction: Some(0.25), quantity: None, note: note() }),
        Payload::Merged(v1::Merged { into: "another".to_owned() }),
        Payload::Ended(v1::Ended {
            by: v1::PartyRole::Customer.into(),
            reason: v1::EndReason::Moved.into(),
            to: "Clamp".to_owned(),
            note: note(),
        }),
        Payload::Rated(v1::Rated {
            by: v1::PartyRole::Supplier.into(),
            subject: v1::RatingSubject::WorkingTogether.into(),
            stars: 5,
            note: note(),
        }),
        Payload::Proposed(v1::Proposed { by: v1::PartyRole::Customer.into(), summary: note() }),
        Payload::Resolved(v1::Resolved { outcome: v1::ProposalOutcome::Kept.into(), note: note() }),
        Payload::Referred(v1::Referred { by: v1::PartyRole::Supplier.into(), to: "Çelik".to_owned() }),
        Payload::Paid(v1::Paid { amount: money(), due: at("2026-03-01T00:00:00Z") }),
        Payload::Retracted(v1::Retracted { event_id: "p01".to_owned(), reason: note() }),
    ]
}

async fn every_payload_comes_back_as_it_was_sent(service: Service) {
    let with_id = |(number, payload)| event(&format!("p{number:02}"), "i", "2026-01-01T12:00:00Z", payload);
    let sent: Vec<Event> = every_payload().into_iter().enumerate().map(with_id).collect();
    for result in service.record(sent.clone()).await {
        assert_eq!(result.status(), RecordStatus::Recorded, "{result:?}");
    }
    let listed = service.events().list_events(ListEventsRequest::default()).await.unwrap().into_inner().events;
    assert_eq!(listed.iter().map(|it| it.event.clone().unwrap()).collect::<Vec<_>>(), sent);
    let retracted: Vec<_> = listed.iter().filter(|it| it.state() == EventState::Retracted).collect();
    assert_eq!(retracted.len(), 1);
    assert_eq!(retracted[0].event.as_ref().unwrap().event_id, "p01");
}

async fn pages_hold_everything_once(service: Service) {
    let suppliers = ["Bolt", "Çelik", "bolt", "Zinc", "a b", "\"quoted\""];
    for (number, supplier) in (0..).zip(suppliers) {
        let events = request_and_answer(number).map(|event| Event { supplier: supplier.to_owned(), ..event });
        service.record(events.into()).await;
    }
    let mut seen = Vec::new();
    let mut request = ListScoresRequest {
        order_by: Lens::Responsiveness.into(),
        page_size: 2,
        as_of: at("2026-02-01T00:00:00Z"),
        ..ListScoresRequest::default()
    };
    loop {
        let page = service.scores().list_scores(request.clone()).await.unwrap().into_inner();
        assert_eq!(page.total_size, 6);
        seen.extend(page.scores);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let values: Vec<f64> = seen.iter().map(|it| it.responsiveness.as_ref().unwrap().value).collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
    let mut names: Vec<_> = seen.into_iter().map(|it| it.supplier).collect();
    names.sort_unstable();
    let mut expected = suppliers.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(names, expected);

    let (mut request, mut ids) = (ListEventsRequest { page_size: 5, ..ListEventsRequest::default() }, Vec::new());
    loop {
        let page = service.events().list_events(request.clone()).await.unwrap().into_inner();
        ids.extend(page.events.into_iter().map(|it| it.event.unwrap()).map(|it| (it.supplier, it.event_id)));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(ids.len(), 12);
    assert!(ids.is_sorted_by(|a, b| a.0.as_bytes() <= b.0.as_bytes()), "ordered by supplier, byte by byte: {ids:?}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

async fn answers_wait_for_their_request(service: Service) {
    let [asked, answer] = request_and_answer(1);
    let early = service.record(vec![answer]).await;
    assert_eq!(early[0].status(), RecordStatus::Recorded);
    assert!(early[0].waits_for.contains("i1"), "{early:?}");
    let listed =
        || async { service.events().list_events(ListEventsRequest::default()).await.unwrap().into_inner().events };
    assert_eq!(listed().await[0].state(), EventState::Waiting);
    let late = service.record(vec![asked]).await;
    assert_eq!(late[0].waits_for, "");
    assert!(listed().await.iter().all(|it| it.state() == EventState::Counted));
    let kpis = score(&service, ScoreView::Full, "2026-02-01T00:00:00Z").await.kpis.unwrap();
    assert_eq!((kpis.requests, kpis.answered), (1, 1));
}

async fn a_batch_of_scores_keeps_its_order(service: Service) {
    service.record(request_and_answer(1).into()).await;
    let pair = |customer: &str, supplier: &str| Relationship { customer: customer.into(), supplier: supplier.into() };
    let relationships = vec![pair("Acme", "Zinc"), pair("Acme", ""), pair("Acme", "Bolt"), pair("Acme", "Bolt")];
    let request = BatchGetScoresRequest { relationships, as_of: at("2026-02-01T00:00:00Z"), ..Default::default() };
    let results = service.scores().batch_get_scores(request).await.unwrap().into_inner().results;
    let names: Vec<_> = results
        .into_iter()
        .map(|it| match it.result.unwrap() {
            score_result::Result::Score(score) => format!("{} {}", score.supplier, score.standing > 0),
            score_result::Result::Rejection(rejection) => rejection.violations[0].field.clone(),
        })
        .collect();
    assert_eq!(names, ["Zinc true", "supplier", "Bolt true", "Bolt true"]);
}

async fn a_client_in_python_agrees(service: Service) {
    let mut script = python::script("black_box.py");
    script.arg(&service.address);
    let output = tokio::task::spawn_blocking(move || script.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
