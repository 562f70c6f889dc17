//! Lists of events: their order, their pages and every filter.

use rapport::{
    event::Event,
    store::{EventPlace, EventQuery, RecordedEvent, Revision},
    time::{DAY, MICROSECOND, Timestamp},
};

use crate::support::{
    backend::{Database, on_every_backend},
    events::{at, clarified, event},
};

on_every_backend!(
    lists_are_ordered,
    pages_of_any_size_make_up_the_list,
    a_place_need_not_hold_an_event,
    every_filter_filters,
    a_list_tells_what_is_retracted,
);

/// The events of the tests in the order in which they are listed: by customer, supplier, time, source and event id.
fn in_order() -> Vec<Event> {
    let rows = [
        ("acme", "bolt", "i", "2025-01-01", "crm", "b"),
        ("acme", "bolt", "j", "2025-01-01", "erp", "a"),
        ("acme", "bolt", "", "2025-01-01", "erp", "b"),
        ("acme", "bolt", "i", "2025-01-02", "crm", "a"),
        ("acme", "brace", "i", "2024-12-31", "erp", "a"),
        ("acme", "brace", "j", "2025-01-02", "erp", "b"),
        ("apex", "bolt", "i", "2024-12-30", "erp", "a"),
        ("apex", "bolt", "i", "2025-01-03", "erp", "0"),
    ];
    rows.map(|(customer, supplier, interaction, day, source, id)| {
        let mut event = event(customer, supplier, interaction, id, at(day), clarified());
        source.clone_into(&mut event.identity.source);
        event.interaction = event.interaction.filter(|id| !id.is_empty());
        event
    })
    .into()
}

async fn with_events(database: Database) -> Database {
    let database = database.migrated().await;
    let mut events = in_order();
    // Not in the order in which they are to be listed.
    events.rotate_left(3);
    events.reverse();
    database.insert(&events.iter().collect::<Vec<_>>()).await;
    database
}

fn all() -> EventQuery {
    EventQuery { limit: 1_000, ..EventQuery::default() }
}

async fn list(database: &Database, query: &EventQuery) -> Vec<Event> {
    let listed = database.read().await.list(query).await.unwrap();
    listed.into_iter().map(|recorded| recorded.event).collect()
}

fn place_of(event: &Event) -> EventPlace {
    EventPlace { identity: event.identity.clone(), occurred_at: event.occurred_at }
}

async fn lists_are_ordered(database: Database) {
    let database = with_events(database).await;
    assert_eq!(list(&database, &all()).await, in_order());
}

async fn pages_of_any_size_make_up_the_list(database: Database) {
    let database = with_events(database).await;
    for limit in 1..=9 {
        let mut listed = Vec::new();
        loop {
            let query = EventQuery { limit, after: listed.last().map(place_of), ..all() };
            let page = list(&database, &query).await;
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= limit as usize);
            listed.extend(page);
        }
        assert_eq!(listed, in_order(), "in pages of {limit}");
    }
    // Pages and filters go together.
    let first = EventQuery { supplier: Some("bolt".to_owned()), limit: 5, ..all() };
    let page = list(&database, &first).await;
    let second = EventQuery { after: page.last().map(place_of), ..first };
    assert_eq!(list(&database, &second).await, in_order()[7..]);
}

async fn a_place_need_not_hold_an_event(database: Database) {
    let database = with_events(database).await;
    let mut place = place_of(&in_order()[3]);
    for (micros, expected) in [(-1, 3), (0, 4), (1, 4)] {
        place.occurred_at = in_order()[3].occurred_at + micros * MICROSECOND;
        let query = EventQuery { after: Some(place.clone()), ..all() };
        assert_eq!(list(&database, &query).await, in_order()[expected..], "{micros}");
    }
}

async fn every_filter_filters(database: Database) {
    let database = with_events(database).await;
    let some = |text: &str| Some(text.to_owned());
    let until = |moment: Timestamp| EventQuery { before: Some(moment), ..all() };
    let noon = at("2025-01-01T12:00:00Z");
    for (query, wanted) in [
        (EventQuery { customer: some("acme"), ..all() }, vec![0, 1, 2, 3, 4, 5]),
        (EventQuery { customer: some("bolt"), ..all() }, vec![]),
        (EventQuery { customer: some("ac"), ..all() }, vec![]),
        (EventQuery { supplier: some("brace"), ..all() }, vec![4, 5]),
        (EventQuery { interaction: some("i"), ..all() }, vec![0, 3, 4, 6, 7]),
        (EventQuery { interaction: some(""), ..all() }, vec![]),
        (EventQuery { customer: some("apex"), supplier: some("bolt"), interaction: some("i"), ..all() }, vec![6, 7]),
        (EventQuery { from: Some(at("2025-01-02")), ..all() }, vec![3, 5, 7]),
        (EventQuery { from: Some(at("2025-01-02").plus(MICROSECOND)), ..all() }, vec![7]),
        (until(at("2025-01-01")), vec![4, 6]),
        (until(at("2025-01-01").plus(MICROSECOND)), vec![0, 1, 2, 4, 6]),
        (EventQuery { from: Some(noon), ..until(noon) }, vec![]),
        (EventQuery { from: Some(noon), ..until(noon.plus(DAY)) }, vec![3, 5]),
        (EventQuery { from: Some(Timestamp::MIN), ..until(Timestamp::MAX) }, (0..8).collect()),
        (EventQuery { limit: 3, ..all() }, vec![0, 1, 2]),
        (EventQuery { limit: 0, ..all() }, vec![]),
    ] {
        let expected: Vec<Event> = wanted.iter().map(|&index: &usize| in_order()[index].clone()).collect();
        assert_eq!(list(&database, &query).await, expected, "{query:?}");
    }
}

async fn a_list_tells_what_is_retracted(database: Database) {
    let database = with_events(database).await;
    let retraction = crate::support::events::retraction_of(&in_order()[4], "r", at("2025-06-01"));
    let revision = database.insert(&[&retraction]).await;
    let listed = database.read().await.list(&EventQuery { supplier: Some("brace".to_owned()), ..all() }).await.unwrap();
    let first = Revision::new(1);
    let marks: Vec<_> = listed.iter().map(|it: &RecordedEvent| (it.revision, it.retracted)).collect();
    assert_eq!(marks, [(first, Some(revision)), (first, None), (revision, None)]);
}
