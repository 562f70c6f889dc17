//! A history says at each moment what was said, or would have been, at that moment; and what was known, is what had been
//! recorded.

use std::sync::Arc;

use proptest::{prelude::*, sample::Index};
use rapport::{
    event::{Event, Identity, PartyRole, Relationship},
    ledger::Ledger,
    model::Model,
    models::Models,
    reader::{Moment, PartyFilter, Reader, RollupQuery},
    score::{Lens, Lives},
    store::{Revision, Selection},
    time::{DAY, HOUR, MICROSECOND, Step, Timestamp},
};

use super::{Tenants, check_stored};
use crate::support::{
    backend::Database,
    events::relationship,
    histories::{arrivals, beginning, disputed_histories, histories, moments, relationships},
};

/// A history with another customer of a supplier in it, in batches, each recorded an hour after the one before; and how
/// many of them are known.
type Recorded = (Vec<(Timestamp, Vec<Event>)>, Option<usize>);

fn recorded() -> impl Strategy<Value = Recorded> {
    let events = (disputed_histories(), histories()).prop_map(|(events, others)| {
        let [subject, ..] = relationships();
        let of_neighbour = others.into_iter().filter(|event| *event.relationship() == subject).map(|event| {
            let relationship = relationship("cobalt", "bolt");
            Event { identity: Identity { relationship, ..event.identity }, ..event }
        });
        events.into_iter().chain(of_neighbour).collect::<Vec<_>>()
    });
    (events.prop_flat_map(arrivals), any::<Index>(), any::<bool>()).prop_map(|(batches, known, all)| {
        let known = (!all).then(|| known.index(batches.len() + 1));
        (recording_times().zip(batches).collect(), known)
    })
}

fn recording_times() -> impl Iterator<Item = Timestamp> {
    (0..).map(|batch| beginning().plus(800 * DAY + batch * HOUR))
}

/// The moment at which so many batches are recorded.
fn knowing(batches: usize) -> Timestamp {
    beginning().plus(800 * DAY + i64::try_from(batches).unwrap() * HOUR - MICROSECOND)
}

fn everybody() -> Vec<Relationship> {
    relationships().into_iter().chain([relationship("cobalt", "bolt")]).collect()
}

async fn record(ledger: &Ledger, tenant: &rapport::event::Tenant, batches: &[(Timestamp, Vec<Event>)]) {
    for (recorded_at, batch) in batches {
        ledger.record(tenant, batch, *recorded_at).await.unwrap();
    }
}

fn steps() -> impl Strategy<Value = Step> {
    prop::sample::select(vec![Step::Day, Step::Week, Step::Month])
}

#[test]
fn each_point_is_the_score_of_its_moment() {
    let values = (recorded(), steps(), moments(), 0..40_i64);
    check_stored(Database::sqlite, 24, values, &async |tenants: Tenants<'_>, ((batches, known), step, from, steps)| {
        let (tenant, models) = (tenants.next(), Arc::new(Models::new(Model::default())));
        record(&Ledger::new(tenants.store.clone(), models.clone()), &tenant, &batches).await;
        let reader = Reader::new(tenants.store.clone(), models);
        let step_days = match step {
            Step::Day => 1,
            Step::Week => 7,
            Step::Month => 30,
        };
        let moments: Vec<Timestamp> = step.moments(from, from.plus(steps * step_days * DAY + HOUR)).collect();
        let known_at = known.map(knowing);
        for relationship in everybody() {
            let history = reader.history(&tenant, &relationship, &moments, known_at).await.unwrap().value;
            assert_eq!(history.len(), moments.len());
            for (&as_of, point) in moments.iter().zip(history) {
                let named = std::slice::from_ref(&relationship);
                let mut read = reader.scores(&tenant, named, Moment { known_at, ..as_of.into() }).await.unwrap().value;
                // Histories have no warnings, for which others must be known too.
                read[0].warnings.clear();
                // What is printed differs wherever a bit does.
                assert_eq!(format!("{point:?}"), format!("{:?}", read[0]), "at {as_of}");
            }
        }
    });
}

#[test]
fn what_was_known_is_what_had_been_recorded() {
    check_stored(Database::sqlite, 32, (recorded(), moments()), &async |tenants: Tenants<'_>, case| {
        let (((batches, known), as_of), models) = (case, Arc::new(Models::new(Model::default())));
        let known = known.unwrap_or(batches.len());
        let (later, then) = (tenants.next(), tenants.next());
        let ledger = Ledger::new(tenants.store.clone(), models.clone());
        record(&ledger, &later, &batches).await;
        record(&ledger, &then, &batches[..known]).await;
        let reader = Reader::new(tenants.store.clone(), models);
        for as_of in [as_of, knowing(known), knowing(batches.len() + 1)] {
            let moment = Moment { known_at: Some(knowing(known)), ..as_of.into() };
            let (all, anyone, named) = (Selection::All, &PartyFilter::ANYONE, everybody());
            let looking_back = reader.select(&later, &all, anyone, Revision::ZERO, moment).await.unwrap().value;
            assert_eq!(looking_back, reader.select(&then, &all, anyone, Revision::ZERO, as_of).await.unwrap().value);
            let looking_back = reader.scores(&later, &named, moment).await.unwrap().value;
            assert_eq!(looking_back, reader.scores(&then, &named, as_of).await.unwrap().value);
            for relationship in &named {
                let looking_back = reader.value_at_risk(&later, relationship, moment).await.unwrap().value;
                assert_eq!(looking_back, reader.value_at_risk(&then, relationship, as_of).await.unwrap().value);
            }
            let bolt = RollupQuery {
                party: "bolt".to_owned(),
                role: PartyRole::Supplier,
                counterparty: None,
                lens: Lens::Partnership,
                currency: None,
                include: Lives::ACTIVE,
            };
            let looking_back = reader.rollup(&later, &bolt, moment).await.unwrap().value;
            assert_eq!(looking_back, reader.rollup(&then, &bolt, as_of).await.unwrap().value);
        }
    });
}
