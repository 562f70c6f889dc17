//! A party is all that it consists of: its roll-up is what the events of all its parts say as if they were about one
//! relationship.

use std::{collections::HashSet, sync::Arc};

use proptest::{option, prelude::*, sample::select};
use rapport::{
    event::{Event, PartyRole, Payload, Relationship},
    ledger::Ledger,
    model::Model,
    models::Models,
    observation::Measure,
    party::{Party, Tree},
    reader::{Reader, RollupQuery},
    score::{DaySummary, Known, Lens, Lives, Pool, Scores, kpis, score},
    tally::State,
    time::Timestamp,
};

use super::check_stored;
use crate::support::{
    backend::{Database, recorded_at},
    events::relationship,
    histories::{disputed_histories, moments, standing},
    parties::{party, registry},
};

/// Who takes part in the histories, and a company that never does itself.
const PARTIES: [&str; 4] = ["acme", "bolt", "brace", "group"];
/// Two roundings to a thousandth.
const ROUNDING: f64 = 0.0015;

/// Ways in which the parties may belong together: nobody closes a circle, for each is part of one further on.
fn trees() -> impl Strategy<Value = Vec<Party>> {
    let parent = |place: usize| option::of(select(PARTIES[place + 1..].to_vec()));
    (parent(0), parent(1), parent(2)).prop_map(|(acme, bolt, brace)| {
        let parents = PARTIES.into_iter().zip([acme, bolt, brace]);
        parents.map(|(id, parent)| party(id, parent.unwrap_or_default())).collect()
    })
}

fn queries() -> impl Strategy<Value = RollupQuery> {
    let role = select(vec![PartyRole::Customer, PartyRole::Supplier]);
    (select(&PARTIES[..]), role, option::of(select(&PARTIES[..]))).prop_map(|(party, role, counterparty)| RollupQuery {
        party: party.to_owned(),
        role,
        counterparty: counterparty.map(str::to_owned),
        lens: Lens::Partnership,
        currency: None,
        include: Lives::ACTIVE,
    })
}

/// An event as if it were about one relationship, with everybody's; what it belongs to keeps a name of its own.
fn as_one(event: &Event) -> Event {
    let Relationship { customer, supplier } = event.relationship();
    let own = |id: &str| format!("{customer} {supplier} {id}");
    let mut one = event.clone();
    one.identity.relationship = relationship("everybody", "everybody else");
    one.identity.event_id = own(&event.identity.event_id);
    one.interaction = event.interaction.as_deref().map(own);
    if let Payload::Requested(requested) = &mut one.payload {
        requested.revisits = requested.revisits.as_deref().map(own);
    }
    one
}

/// The state that the events of some relationships lead to as if they were one.
fn fold(events: &[&Event], model: &Model, counts: impl Fn(&Relationship) -> bool) -> State {
    let ones: Vec<Event> = events.iter().filter(|it| counts(it.relationship())).map(|it| as_one(it)).collect();
    State::fold(&ones, model)
}

/// The scores of a roll-up, from the events alone.
fn expected(events: &[&Event], tree: &Tree, query: &RollupQuery, as_of: Timestamp, model: &Model) -> (State, Scores) {
    let is_in = |party: &str, whole: &str| tree.descendants(whole).iter().any(|it| it == party);
    let ours = |it: &Relationship| is_in(it.party(query.role), &query.party);
    let theirs =
        |it: &Relationship| query.counterparty.as_ref().is_none_or(|it_is| is_in(it.party(query.role.other()), it_is));
    let state = fold(events, model, |it| ours(it) && theirs(it));
    // Whom they deal with at all, where it is anyone.
    let others: HashSet<&str> = events
        .iter()
        .map(|event| event.relationship())
        .filter(|it| ours(it) && theirs(it))
        .map(|it| it.party(query.role.other()))
        .collect();
    let with_them = |it: &Relationship| query.counterparty.is_some() || others.contains(it.party(query.role));
    let back = |it: &Relationship| ours(&it.reverse()) && theirs(&it.reverse()) && with_them(it);
    let summary = |state: &State| DaySummary::of(state, as_of.day(), model);
    let reverse = summary(&fold(events, model, back)).demand();
    let pool = |state: &State| Arc::new(Pool::of([&summary(state)], as_of.day(), model));
    let own = pool(&fold(events, model, ours));
    let other = if query.counterparty.is_some() { pool(&fold(events, model, theirs)) } else { own.clone() };
    let (supplier, customer) = match query.role {
        PartyRole::Customer => (other, own),
        PartyRole::Supplier => (own, other),
    };
    let scores = score(&Known { own: Arc::new(summary(&state)), supplier, customer, reverse }, as_of, model);
    (state, scores)
}

#[test]
fn a_roll_up_is_the_fold_of_all_that_its_parts_did() {
    let values = (disputed_histories(), trees(), queries(), moments());
    check_stored(Database::sqlite, 128, values, &async |tenants, (events, parties, query, as_of)| {
        // An end closes what began in its own relationship: as if all were one, it would close more.
        let events: Vec<Event> = events.into_iter().filter(|event| !event.is_ending()).collect();
        let (tenant, model) = (tenants.next(), Model::default());
        let models = Arc::new(Models::new(model.clone()));
        let ledger = Ledger::new(tenants.store.clone(), models.clone());
        ledger.record(&tenant, &events, recorded_at()).await.unwrap();
        registry(tenants.store.clone()).upsert(&tenant, &parties).await.unwrap();
        let reader = Reader::new(tenants.store.clone(), models);
        let rollup = reader.rollup(&tenant, &query, as_of).await.unwrap().value;

        let known: Vec<&Event> = standing(&events).into_iter().filter(|it| it.occurred_at <= as_of).collect();
        let (state, scores) = expected(&known, &Tree::of(&parties), &query, as_of, &model);
        let whole = &rollup.whole.scores;
        assert_eq!(whole.kpis, kpis(&state, as_of, &model));
        for measure in Measure::ALL {
            let (is, should) = (whole.scores.of(measure), scores.of(measure));
            for (is, should) in [(is.value, should.value), (is.low, should.low), (is.evidence, should.evidence)] {
                assert!((is - should).abs() < ROUNDING, "{measure:?}: {is} is not {should}");
            }
        }
        let own = rollup.parts.iter().map(|part| part.sum.relationships).sum::<usize>();
        assert!(rollup.parts.is_empty() || own == rollup.whole.relationships, "{rollup:?}");
    });
}
