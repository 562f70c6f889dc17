//! Rankings leave out what does not live, and say how much.

use rapport::api::v1::{
    self, Event, LeftOut, Lens, Life, ListScoresRequest, ListScoresResponse, Party, PartyRole, RequestKind,
    UpsertPartiesRequest, event::Payload,
};

use crate::support::service::{Service, answered, at, event, on_both, requested};

/// When everything is read.
const TODAY: &str = "2026-06-01T00:00:00Z";

/// Requests of Acme to a supplier on some days, each answered at once.
fn asked(supplier: &str, days: &[&str]) -> Vec<Event> {
    let one = |day: &&str| {
        let id = |what: &str| format!("{supplier} {day} {what}");
        let at = |hour: u32| format!("{day}T{hour:02}:00:00Z");
        let of = |it: Event| Event { supplier: supplier.to_owned(), ..it };
        let interaction = format!("{supplier} {day}");
        [
            of(event(&id("asked"), &interaction, &at(8), requested(RequestKind::Information))),
            of(event(&id("answered"), &interaction, &at(9), answered())),
        ]
    };
    days.iter().flat_map(one).collect()
}

/// One who is asked today, one who was asked weekly long ago, and one who was asked once.
fn history() -> Vec<Event> {
    let weekly = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02", "2026-02-09", "2026-02-16"];
    [asked("Bolt", &["2026-05-20", "2026-05-31"]), asked("Gone", &weekly), asked("Once", &["2026-01-05"])].concat()
}

async fn list(service: &Service, include: &[Life], request: ListScoresRequest) -> ListScoresResponse {
    let include = include.iter().map(|&life| life.into()).collect();
    let request = ListScoresRequest { as_of: at(TODAY), include, order_by: Lens::Evidence.into(), ..request };
    service.scores().list_scores(request).await.unwrap().into_inner()
}

fn names(response: &ListScoresResponse) -> Vec<&str> {
    response.scores.iter().map(|score| score.supplier.as_str()).collect()
}

on_both! { rankings_leave_out_what_does_not_live peers_are_those_that_live the_first_no_is_warned_of_everywhere }

async fn rankings_leave_out_what_does_not_live(service: Service) {
    service.record(history()).await;
    let all = ListScoresRequest::default;
    let living = list(&service, &[], all()).await;
    assert_eq!(names(&living), ["Bolt", "Once"]);
    assert_eq!((living.total_size, living.left_out), (2, Some(LeftOut { dormant: 1, ended: 0 })));
    assert!(living.scores.iter().all(|score| score.life() == Life::Active));

    let with = list(&service, &[Life::Dormant], all()).await;
    assert_eq!(names(&with), ["Gone", "Bolt", "Once"]);
    assert_eq!((with.scores[0].life(), with.left_out), (Life::Dormant, Some(LeftOut::default())));
    assert_eq!(list(&service, &[Life::Ended, Life::Active], all()).await.left_out, living.left_out);

    // Pages belong to what was asked for, and count what is left out of all of them.
    let first = list(&service, &[], ListScoresRequest { page_size: 1, ..all() }).await;
    assert_eq!((names(&first), first.left_out), (vec!["Bolt"], living.left_out));
    let page_token = first.next_page_token.clone();
    let next = ListScoresRequest { page_size: 1, page_token: page_token.clone(), ..all() };
    assert_eq!(names(&list(&service, &[], next).await), ["Once"]);
    let other = ListScoresRequest {
        page_token,
        as_of: at(TODAY),
        order_by: Lens::Evidence.into(),
        include: vec![Life::Dormant.into()],
        ..all()
    };
    assert!(service.scores().list_scores(other).await.is_err());

    // Who follows hears of everything, and one relationship is told as it is.
    let followed = list(&service, &[], ListScoresRequest { changed_since: first.revision, ..all() }).await;
    assert!(followed.scores.is_empty());
    service.record(asked("Gone", &["2026-02-23"])).await;
    let followed = list(&service, &[], ListScoresRequest { changed_since: followed.revision, ..all() }).await;
    assert_eq!((names(&followed), followed.scores[0].life()), (vec!["Gone"], Life::Dormant));

    // So it is with what was ended, and a relationship of which nothing else is known.
    let end = |supplier: &str, to: &str| {
        let (by, reason) = (PartyRole::Customer.into(), v1::EndReason::Moved.into());
        let ended = Payload::Ended(v1::Ended { by, reason, to: to.to_owned(), note: String::new() });
        let ended = event("end", "", "2026-05-31T12:00:00Z", ended);
        Event { supplier: supplier.to_owned(), event_id: format!("{supplier} ended"), ..ended }
    };
    service.record(vec![end("Bolt", "Clamp"), end("Never asked", "")]).await;
    let living = list(&service, &[], all()).await;
    assert_eq!((names(&living), living.left_out), (vec!["Once"], Some(LeftOut { dormant: 1, ended: 2 })));
    let ended = list(&service, &[Life::Ended], all()).await;
    assert_eq!(names(&ended), ["Bolt", "Once", "Never asked"]);
    let ending = ended.scores[0].ending.clone().unwrap();
    assert_eq!(
        (ending.by(), ending.reason(), ending.to.as_str()),
        (PartyRole::Customer, v1::EndReason::Moved, "Clamp")
    );
    assert_eq!((ending.occurred_at, ended.scores[1].ending.clone()), (at("2026-05-31T12:00:00Z"), None));
    let request =
        v1::GetScoreRequest { customer: "Acme".into(), supplier: "Gone".into(), as_of: at(TODAY), ..<_>::default() };
    let score = service.scores().get_score(request).await.unwrap().into_inner().score.unwrap();
    assert_eq!(score.life(), Life::Dormant);
}

async fn peers_are_those_that_live(service: Service) {
    service.record(history()).await;
    let party = |party: &str| Party { party: party.to_owned(), category: "screws".to_owned(), ..Party::default() };
    let parties = ["Bolt", "Gone", "Once"].map(party).to_vec();
    service.parties().upsert_parties(UpsertPartiesRequest { parties }).await.unwrap();
    let peers = async |include: Vec<i32>| {
        let request = v1::GetPartyScoreRequest {
            party: "Once".to_owned(),
            role: PartyRole::Supplier.into(),
            order_by: Lens::Evidence.into(),
            as_of: at(TODAY),
            include,
            ..v1::GetPartyScoreRequest::default()
        };
        let score = service.scores().get_party_score(request).await.unwrap().into_inner().party_score.unwrap();
        let peers = score.peers.unwrap();
        (peers.rank, peers.count, peers.left_out)
    };
    assert_eq!(peers(vec![]).await, (2, 2, 1));
    assert_eq!(peers(vec![Life::Dormant.into()]).await, (3, 3, 0));
}

/// "It cannot be done", says one; another has done such a thing.
async fn the_first_no_is_warned_of_everywhere(service: Service) {
    let improvement = || requested(RequestKind::Improvement);
    let no = v1::Refused { reason: v1::RefusalReason::CannotBeDone.into(), ..v1::Refused::default() };
    let yes = v1::Responded { disposition: v1::Disposition::Accepted.into(), ..v1::Responded::default() };
    let of = |supplier: &str, it: Event| Event { supplier: supplier.to_owned(), ..it };
    service
        .record(vec![
            event("1", "wish", "2026-05-01T08:00:00Z", improvement()),
            event("2", "wish", "2026-05-02T08:00:00Z", Payload::Refused(no)),
            of("Clamp", event("1", "wish", "2026-05-03T08:00:00Z", improvement())),
            of("Clamp", event("2", "wish", "2026-05-04T08:00:00Z", Payload::Responded(yes))),
        ])
        .await;
    let mut seen = Vec::new();
    for view in [v1::ScoreView::Basic, v1::ScoreView::Full] {
        let (customer, supplier) = ("Acme".to_owned(), "Bolt".to_owned());
        let request = v1::GetScoreRequest { customer, supplier, view: view.into(), as_of: at(TODAY), ..<_>::default() };
        seen.push(service.scores().get_score(request).await.unwrap().into_inner().score.unwrap().warnings);
        let ranking =
            list(&service, &[], ListScoresRequest { view: view.into(), ..ListScoresRequest::default() }).await;
        let of_bolt = ranking.scores.into_iter().find(|score| score.supplier == "Bolt").unwrap();
        assert_eq!(of_bolt.responsiveness.unwrap().channels.is_empty(), view == v1::ScoreView::Basic);
        seen.push(of_bolt.warnings);
    }
    let request = v1::CheckStandingRequest {
        customer: "Acme".to_owned(),
        supplier: "Bolt".to_owned(),
        purpose: v1::Purpose::Order.into(),
        as_of: at(TODAY),
        ..v1::CheckStandingRequest::default()
    };
    let check = service.scores().check_standing(request).await.unwrap().into_inner().check.unwrap();
    assert!(check.reasons[0].starts_with("early warning: ") && check.reasons[0].contains("Clamp"), "{check:?}");
    seen.push(check.warnings);
    assert!(seen.iter().all(|warnings| *warnings == seen[0]), "{seen:?}");
    let [warning] = &seen[0][..] else { panic!("{seen:?}") };
    assert_eq!((warning.kind(), &warning.taken_up_by), (v1::WarningKind::FirstNo, &vec!["Clamp".to_owned()]));
    assert_eq!((warning.standing(), warning.strikes.len()), (v1::Standing::AtRisk, 1));
    assert!(warning.partnership < 0.0 && warning.probability_alive_then <= warning.probability_alive);
}
