//! What the database holds as text: a change here is a change to data that others have stored.

use std::sync::Arc;

use insta::assert_snapshot;
use rapport::{
    event::{
        Disposition, Event, Money, Paid, PartyRole, Payload, ProposalOutcome, Proposed, Rated, RatingSubject, Referred,
        RefusalReason, RequestKind, Resolved, Tenant,
    },
    ledger::Ledger,
    model::Model,
    models::Models,
};

use crate::support::{
    backend::{Database, recorded_at},
    events::{
        at, clarification_asked, clarified, delivered, event, every_payload, refused, requested, responded, withdrawn,
    },
};

async fn recorded(events: &[Event]) -> Database {
    let database = Database::sqlite().migrated().await;
    let ledger = Ledger::new(database.store.clone(), Arc::new(Models::new(Model::default())));
    ledger.record(&Tenant::default(), events, recorded_at()).await.unwrap();
    database
}

#[tokio::test]
async fn payloads() {
    let events: Vec<Event> = every_payload()
        .into_iter()
        .enumerate()
        .map(|(index, payload)| event("acme", "bolt", "i", &format!("{index:02}"), at("2025-01-01"), payload))
        .collect();
    let stored = recorded(&events).await.texts("SELECT payload FROM events ORDER BY event_id").await;
    assert_snapshot!(stored.join("\n"), @r##"
    {"requested":{"kind":"improvement","respond_by":1748781015000001,"needed_by":253402207200000000,"value":{"currency":"EUR","amount_minor":9223372036854775807},"completeness":123456,"revisits":"an earlier one","channel":"e-mail","summary":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"acknowledged":{}}
    {"clarification_asked":{"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"clarified":{"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"responded":{"disposition":"counter_offer","promised_by":1748781015000001,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"refused":{"reason":"not_now","not_before":1748781015000001,"alternative_offered":true,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"withdrawn":{"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"delivered":{"in_full":1,"accepted":999999,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"rated":{"by":"customer","subject":"working_together","stars":5,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"proposed":{"by":"supplier","summary":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"resolved":{"outcome":"kept","note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"referred":{"by":"customer","to":"a third party"}}
    {"paid":{"amount":{"currency":"EUR","amount_minor":9223372036854775807},"due":1748781015000001}}
    {"retracted":{"event_id":"e-1","reason":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    "##);
}

#[tokio::test]
async fn payloads_without_what_is_optional() {
    let payloads = [
        requested(RequestKind::Quote),
        clarified(),
        responded(Disposition::Answered, None),
        refused(RefusalReason::CannotBeDone, false),
        withdrawn(),
        delivered(0.0, 1.0),
    ];
    let events: Vec<Event> = payloads
        .into_iter()
        .enumerate()
        .map(|(index, payload)| event("acme", "bolt", "i", &index.to_string(), at("2025-01-01"), payload))
        .collect();
    let stored = recorded(&events).await.texts("SELECT payload FROM events ORDER BY event_id").await;
    assert_snapshot!(stored.join("\n"), @r##"
    {"requested":{"kind":"quote","completeness":1000000}}
    {"clarified":{}}
    {"responded":{"disposition":"answered"}}
    {"refused":{"reason":"cannot_be_done","alternative_offered":false}}
    {"withdrawn":{}}
    {"delivered":{"in_full":0,"accepted":1000000}}
    "##);
}

#[tokio::test]
async fn pending_interactions() {
    let happens = |interaction, id, moment, payload| event("acme", "bolt", interaction, id, at(moment), payload);
    let promised = || responded(Disposition::Accepted, Some(at("2025-01-11")));
    let events = [
        happens("a reply that is owed", "1", "2025-01-01", requested(RequestKind::Improvement)),
        happens("a reply with pauses", "2", "2025-01-01", requested(RequestKind::Information)),
        happens("a reply with pauses", "3", "2025-01-02", clarification_asked()),
        happens("a reply with pauses", "4", "2025-01-03", clarified()),
        happens("a reply with pauses", "5", "2025-01-04", clarification_asked()),
        happens("a promise", "6", "2025-01-01", requested(RequestKind::Order)),
        happens("a promise", "7", "2025-01-02", promised()),
        happens("a promise", "8", "2025-01-03", delivered(0.25, 0.5)),
    ];
    let stored = "SELECT interaction_id || ': ' || state FROM pending ORDER BY interaction_id";
    assert_snapshot!(recorded(&events).await.texts(stored).await.join("\n"), @r##"
    a promise: {"promise":{"deadline":1736553600000000,"lead":864000000000,"chance":714286,"hasty":true,"announced":false,"missing":750000}}
    a reply that is owed: {"reply":{"stopwatch":{"started_at":1735689600000000},"allowed":864000000000,"chance":1000000,"asks_for_change":true}}
    a reply with pauses: {"reply":{"stopwatch":{"started_at":1735689600000000,"pauses":[[1735776000000000,1735862400000000],[1735948800000000,null]]},"allowed":86400000000,"chance":1000000,"asks_for_change":false},"clarification":{"asked_at":1735948800000000,"allowed":86400000000}}
    "##);
}

#[tokio::test]
async fn channels_and_counters() {
    let requests = [RequestKind::Order, RequestKind::Improvement, RequestKind::Support];
    let mut events = Vec::new();
    let mut happens = |interaction: &str, moment, payload| {
        let id = events.len().to_string();
        events.push(event("acme", "bolt", interaction, &id, at(moment), payload));
    };
    for kind in requests {
        happens(&format!("{kind:?}"), "2025-01-01T08:00:00Z", requested(kind));
    }
    happens("Order", "2025-01-01T09:30:00Z", responded(Disposition::Accepted, Some(at("2025-01-11"))));
    happens("Order", "2025-01-10", delivered(1.0, 1.0));
    happens("Improvement", "2025-01-31", refused(RefusalReason::NotNow, true));
    happens("Support", "2025-01-02", withdrawn());
    let eur = |amount_minor| Money { currency: "EUR".to_owned(), amount_minor };
    let rated = |by| Rated { by, subject: RatingSubject::WorkingTogether, stars: 4, note: String::new() };
    happens("Support", "2025-01-01T09:00:00Z", clarification_asked());
    happens("Support", "2025-01-01T10:00:00Z", clarified());
    happens("Idea", "2025-01-05", Payload::Proposed(Proposed { by: PartyRole::Supplier, summary: String::new() }));
    happens("Idea", "2025-01-06", Payload::Resolved(Resolved { outcome: ProposalOutcome::Kept, note: String::new() }));
    happens("Order", "2025-01-20", Payload::Rated(rated(PartyRole::Customer)));
    happens("Order", "2025-01-20", Payload::Rated(rated(PartyRole::Supplier)));
    happens("Order", "2025-01-25", Payload::Paid(Paid { amount: eur(125), due: Some(at("2025-01-24")) }));
    happens("Order", "2025-01-26", Payload::Referred(Referred { by: PartyRole::Customer, to: "apex".to_owned() }));
    for (index, reason) in RefusalReason::ALL.into_iter().enumerate() {
        let interaction = format!("refused {index}");
        happens(&interaction, "2025-02-01", requested(RequestKind::Quote));
        happens(&interaction, "2025-02-01", refused(reason, false));
    }
    let database = recorded(&events).await;
    let channels = database.texts("SELECT DISTINCT channel FROM tallies ORDER BY channel").await;
    assert_snapshot!(channels.join("\n"), @r##"
    clarification
    co_creation
    commitments
    completeness
    esteem
    lead_time
    payment
    prompt
    regard
    steadiness
    substantive
    timely
    trust
    vision
    willingness
    "##);
    let flows = "SELECT flow || ' ' || currency || ' ' || day || ' ' || count || ' ' || amount FROM flows ORDER BY 1";
    assert_snapshot!(database.texts(flows).await.join("\n"), @r##"
    exchange EUR 20113 1 125
    referrals  20114 1 0
    requests  20089 3 0
    requests  20120 8 0
    "##);
    let counters = database.texts("SELECT counter || ' ' || count FROM counters ORDER BY counter").await;
    assert_snapshot!(counters.join("\n"), @r##"
    answer_time.0 8
    answer_time.1189 1
    answer_time.904 1
    answered 10
    late_payments 1
    on_time 9
    payments 1
    refused.cannot_be_done 1
    refused.no_capacity 1
    refused.not_interested 1
    refused.not_needed 1
    refused.not_now 2
    refused.other 1
    refused.policy 1
    refused.price 1
    requests 11
    withdrawn 1
    "##);
}
