//! What the database holds as text: a change here is a change to data that others have stored.

use std::sync::Arc;

use insta::assert_snapshot;
use rapport::{
    event::{
        Disposition, EndReason, Event, Money, Paid, PartyRole, Payload, ProposalOutcome, Proposed, Rated,
        RatingSubject, Referred, RefusalReason, RequestKind, Resolved, Tenant,
    },
    flows::Flow,
    ledger::Ledger,
    model::Model,
    models::Models,
    observation::Channel,
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
    {"requested":{"kind":"improvement","respond_by":1748781015000001,"needed_by":253402207200000000,"value":{"currency":"EUR","amount_minor":9223372036854775807},"completeness":123456,"revisits":"an earlier one","channel":"e-mail","summary":"about \"that\" – äöü 漢字 🚚 \\ %","quantity":{"millionths":1000000001,"unit":"kg"},"schedule":[{"due":1748781015000001,"quantity":{"millionths":1000000001,"unit":"kg"}}]}}
    {"acknowledged":{}}
    {"clarification_asked":{"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"clarified":{"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"responded":{"disposition":"counter_offer","promised_by":1748781015000001,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"refused":{"reason":"not_now","not_before":1748781015000001,"alternative_offered":true,"note":"about \"that\" – äöü 漢字 🚚 \\ %","further":["price","no_capacity"]}}
    {"withdrawn":{"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"delivered":{"in_full":1,"accepted":999999,"note":"about \"that\" – äöü 漢字 🚚 \\ %","quantity":{"millionths":1000000000000,"unit":"kg"},"quantity_accepted":{"millionths":999999000000,"unit":"kg"},"in_full_said":true}}
    {"rated":{"by":"customer","subject":"working_together","stars":5,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"proposed":{"by":"supplier","summary":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"resolved":{"outcome":"kept","note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"referred":{"by":"customer","to":"a third party"}}
    {"paid":{"amount":{"currency":"EUR","amount_minor":9223372036854775807},"due":1748781015000001}}
    {"retracted":{"event_id":"e-1","reason":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"amended":{"by":"supplier","respond_by":1748781015000001,"needed_by":1748781015000001,"promised_by":1748781015000001,"quantity":{"millionths":500000,"unit":"kg"},"value":{"currency":"EUR","amount_minor":9223372036854775807},"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"returned":{"fraction":250000,"note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
    {"merged":{"into":"another one"}}
    {"ended":{"by":"customer","reason":"moved","to":"a third party","note":"about \"that\" – äöü 漢字 🚚 \\ %"}}
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

/// What is stored of the states, the heads first, each after the number of its part: in lines that fit a screen.
async fn packed(events: &[Event]) -> String {
    const STORED: &str = "
        SELECT part || ' ' || hex(state)
        FROM (SELECT 1 AS place, part, state FROM folds UNION ALL SELECT 2, part, state FROM folded_days)
        ORDER BY place, part";
    let states = recorded(events).await.texts(STORED).await;
    states
        .iter()
        .flat_map(|state| state.as_bytes().chunks(100))
        .map(|line| String::from_utf8_lossy(line) + "\n")
        .collect()
}

#[test]
fn codes() {
    let channels = Channel::ALL.map(|it| (it.code(), it.name())).to_vec();
    let flows = Flow::ALL.map(|it| (it.code(), it.name())).to_vec();
    let reasons = RefusalReason::ALL.map(|it| (it.code(), it.name())).to_vec();
    let ends = EndReason::ALL.map(|it| (it.code(), it.name())).to_vec();
    let lines = [channels, flows, reasons, ends]
        .map(|codes| codes.into_iter().map(|(code, name)| format!("{code} {name}")).collect::<Vec<_>>().join(", "));
    assert_snapshot!(lines.join("\n"), @r"
    0 timely, 1 prompt, 2 substantive, 3 commitments, 4 vision, 5 trust, 6 willingness, 7 co_creation, 8 regard, 9 reciprocity, 10 completeness, 11 lead_time, 12 steadiness, 13 clarification, 14 payment, 15 esteem
    0 requests, 1 exchange, 2 referrals, 3 taken_up
    0 cannot_be_done, 1 no_capacity, 2 price, 3 policy, 4 not_now, 5 not_needed, 6 not_interested, 7 other
    0 moved, 1 no_need, 2 insolvent, 3 other
    ");
}

#[tokio::test]
async fn what_is_pending() {
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
    assert_snapshot!(packed(&events).await, @r##"
    313 0537F2B90201000252060206020100050004A0C21E001828020200016CA0C21ECF60021D02A0C21E90A10FC8D0070D02
    D4CB3190A10FDE9214060006010201020902010284100201000001F2B90206000309612070726F6D69736500018080B1C7DC
    D895068080CEA6A532CF600000B0E32D00001461207265706C792074686174206973206F776564018080E3A0B7A695060000
    8080CEA6A532000100000000001361207265706C79207769746820706175736573018080E3A0B7A695060280809EFEBAAB95
    06018080D9DBBEB09506808094B9C2B5950600008080BBDD8305000000000001808094B9C2B595068080BBDD83050000
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
    assert_snapshot!(packed(&events).await, @r##"
    314 055A84BA0201CF6002180802010001011201000244E0C65B34E0C65B0A010001749680760C0100030CD8FF0104E0C65B
    0C809F490201000602100210051080C8D007E0E1C90380C8D0071D1080C8D00780A8C30180C8D0071A100210130016011401
    1201020502010202020102140201020102010201040102010201021910D00D02BA040203000001B0BA021000010345555201
    A2BA0202FA01020001A4BA0202000209726566757365642030000000010972656675736564203000808088F2AAC296060009
    726566757365642035000000010972656675736564203505808088F2AAC296060000
    313 051EF2B902010008000498F86F00181A0602060004849C730A0100013C809F490001000001F2B90206000000
    "##);
}
