//! The end of a relationship is what the side that ends it says in every interaction that is still open, and closes it.

use proptest::{prelude::*, sample::select};
use rapport::{
    event::{EndReason, Event, PartyRole, Payload, RefusalReason},
    interaction::Pending,
    model::Model,
    score::{DaySummary, Demand, Known, Life, Pool, score},
    tally::State,
    time::{DAY, MICROSECOND, Timestamp},
};

use super::check;
use crate::support::{
    events::{delivered, end_of, event, refused, requested, responded, withdrawn},
    histories::{histories, moments, relationships},
};

/// What had happened in one relationship by a moment at which nothing happened, without any end.
fn begun() -> impl Strategy<Value = (Vec<Event>, Timestamp)> {
    (histories(), moments()).prop_map(|(mut events, moment)| {
        let [subject, ..] = relationships();
        let moment = moment.plus(MICROSECOND);
        events.retain(|event| *event.relationship() == subject && !event.is_ending() && event.occurred_at < moment);
        (events, moment)
    })
}

fn endings() -> impl Strategy<Value = (PartyRole, EndReason)> {
    (select(vec![PartyRole::Customer, PartyRole::Supplier]), select(EndReason::ALL.to_vec()))
}

fn fold<'a>(events: impl IntoIterator<Item = &'a Event>, model: &Model) -> State {
    State::fold(events, model)
}

/// A state but for what belongs to its end alone, and for the supplier's questions: nobody waits for their answer then.
fn compared(mut state: State) -> State {
    state.ending = None;
    for pending in state.pending.values_mut() {
        pending.clarification = None;
    }
    state.pending.retain(|_, pending| *pending != Pending::default());
    state
}

/// The interactions in which an answer or a delivery is awaited.
fn open(state: &State, moment: Timestamp, model: &Model) -> Vec<String> {
    let awaits = |pending: &Pending| {
        let owed = Pending { clarification: None, strikes: Vec::new(), ..pending.clone() };
        !owed.awaited_at(moment, model).is_empty()
    };
    state.pending.iter().filter(|(_, pending)| awaits(pending)).map(|(id, _)| id.clone()).collect()
}

/// What the side that ends it says in an open interaction.
fn word(by: PartyRole, reason: EndReason) -> Payload {
    match (by, reason) {
        (PartyRole::Customer, _) => withdrawn(),
        (PartyRole::Supplier, EndReason::Moved | EndReason::NoNeed) => refused(RefusalReason::NotInterested, false),
        (PartyRole::Supplier, EndReason::Insolvent) => refused(RefusalReason::NoCapacity, false),
        (PartyRole::Supplier, EndReason::Other) => refused(RefusalReason::Other, false),
    }
}

#[test]
fn an_end_is_what_its_side_says_in_every_open_interaction() {
    let model = Model::default();
    check(256, &(begun(), endings()), |((events, moment), (by, reason))| {
        let end = end_of("acme", "bolt", "end", moment, by, reason);
        let ended = fold(events.iter().chain([&end]), &model);
        let said: Vec<Event> = open(&fold(&events, &model), moment, &model)
            .into_iter()
            .map(|interaction| {
                event("acme", "bolt", &interaction, &format!("~{interaction}"), moment, word(by, reason))
            })
            .collect();
        assert_eq!(compared(ended), compared(fold(events.iter().chain(&said), &model)));
    });
}

#[test]
fn what_comes_after_the_end_counts_neither_way() {
    let model = Model::default();
    let later = select(vec![
        withdrawn(),
        delivered(1.0, 1.0),
        responded(rapport::event::Disposition::Accepted, None),
        refused(RefusalReason::Price, false),
        requested(rapport::event::RequestKind::Order),
    ]);
    check(128, &(begun(), endings(), later), |((events, moment), (by, reason), payload)| {
        let end = end_of("acme", "bolt", "end", moment, by, reason);
        let ended = fold(events.iter().chain([&end]), &model);
        let opened = events.iter().filter(|event| matches!(event.payload, Payload::Requested(_)));
        let after: Vec<Event> = opened
            .filter_map(|event| event.interaction.clone())
            .enumerate()
            .map(|(number, id)| {
                event("acme", "bolt", &id, &format!("later {number}"), moment.plus(DAY), payload.clone())
            })
            .collect();
        assert_eq!(fold(events.iter().chain([&end]).chain(&after), &model), ended);
    });
}

/// The last of all ends and beginnings decides, however they come.
#[test]
fn the_last_end_or_beginning_decides() {
    let model = Model::default();
    let days = || proptest::collection::vec(0..40_i64, 0..5);
    check(128, &(days(), days()), |(asked, ended)| {
        let day = |day: i64| crate::support::histories::beginning().plus(day * DAY);
        let beginnings = asked.iter().enumerate().map(|(number, &on)| {
            let id = format!("asked {number}");
            event("acme", "bolt", &id, &id, day(on), requested(rapport::event::RequestKind::Quote))
        });
        let ends = ended.iter().enumerate().map(|(number, &on)| {
            end_of("acme", "bolt", &format!("end {number}"), day(on), PartyRole::Customer, EndReason::Moved)
        });
        let events: Vec<Event> = beginnings.chain(ends).collect();
        let (last_asked, last_ended) = (asked.iter().max(), ended.iter().max());
        // At one moment the request is read first.
        let is_ended = last_ended.is_some() && last_ended >= last_asked;
        let state = fold(&events, &model);
        assert_eq!(state.ended().is_some(), is_ended);
        let as_of = day(40);
        let own = DaySummary::of(&state, as_of.day(), &model);
        let pool = std::sync::Arc::new(Pool::of([&own], as_of.day(), &model));
        let known = Known { own: own.into(), supplier: pool.clone(), customer: pool, reverse: Demand::default() };
        let life = score(&known, as_of, &model).placement.life;
        assert_eq!(life == Life::Ended, is_ended);
        if is_ended {
            assert!(open(&state, as_of, &model).is_empty(), "nothing is open any more: {state:?}");
        }
    });
}
