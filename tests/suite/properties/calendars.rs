//! Calendars as data about parties: the same events and calendars lead to the same scores, whatever came first, and whoever
//! hands them down.

use std::{collections::BTreeMap, sync::Arc};

use proptest::{collection::vec, prelude::*};
use rapport::{
    cache::Caches,
    calendar::{Calendar, Calendars, DatedCalendar, WeeklyHours, WorkingTimes},
    event::{Event, Tenant},
    interaction::Rules,
    ledger::Ledger,
    model::Model,
    models::Models,
    party::Party,
    reader::{Reader, Surroundings},
    registry::Registry,
    score::{Neighbours, score},
    store::{Revision, Store},
    tally::{Change, State},
    time::{DAY, Day, Timestamp},
    working_times::of_parties,
};

use super::{
    Tenants, check, check_stored,
    ledger::{Arriving, ON_POSTGRES, ON_SQLITE, arriving, record_one},
};
use crate::support::{
    backend::{Database, recorded_at, recorded_state, verified},
    histories::{beginning, disputed_histories, relationships, standing},
    parties::party,
};

/// Room for everything.
const PLENTY: usize = 64 << 20;

/// What is said about a party, before which batch of events.
type Said = (usize, Party);

fn calendar() -> impl Strategy<Value = Calendar> {
    let hours = prop::sample::select(vec![
        &["mon-fri 09:00-17:00"][..],
        &["mon-sat 08:00-12:00", "mon-thu 13:00-18:30"],
        &["sun-thu 22:00-06:00"],
        &[],
    ]);
    let zone = prop::sample::select(vec!["Europe/Berlin", "America/New_York", "UTC"]);
    let first = beginning().day().0;
    let holidays = vec((first..first + 800).prop_map(Day), 0..60);
    (zone, hours, holidays)
        .prop_map(|(zone, hours, holidays)| Calendar::new(zone, WeeklyHours::read(hours).unwrap(), holidays).unwrap())
}

/// Calendars of the suppliers, and of a group and a holding that they are part of, as they become known; each from a moment
/// of its own. The parents change, too.
fn said() -> impl Strategy<Value = Vec<Said>> {
    let who = prop::sample::select(vec!["bolt", "acme", "brace", "group", "holding"]);
    let since = prop_oneof![Just(Timestamp::MIN), (0..700_i64).prop_map(|days| beginning() + days * DAY)];
    let one = (0..6_usize, who, since, prop::option::weighted(0.8, calendar()), any::<bool>());
    vec(one, 1..7).prop_map(|all| {
        let said = |(before, id, valid_from, calendar, is_part): (usize, &str, Timestamp, Option<Calendar>, bool)| {
            let parent = match id {
                "group" => "holding",
                "holding" => "",
                _ if is_part => "group",
                _ => "",
            };
            let dated = calendar.map(|it| DatedCalendar { valid_from, calendar: Arc::new(it) });
            (before, Party { calendars: Calendars::of(dated), ..party(id, parent) })
        };
        let mut all: Vec<Said> = all.into_iter().map(said).collect();
        all.sort_by_key(|(before, _)| *before);
        all
    })
}

/// When everybody works once all has been said.
fn in_the_end(said: &[Said]) -> WorkingTimes {
    let mut known: BTreeMap<&str, Party> = BTreeMap::new();
    for (_, party) in said {
        let before = known.get(party.id.as_str()).map(|it| it.calendars.clone()).unwrap_or_default();
        let calendars = party.calendars.clone().after(&before);
        known.insert(&party.id, Party { calendars, ..party.clone() });
    }
    of_parties(known.values())
}

/// An instance of the service.
struct Process {
    ledger: Ledger,
    reader: Reader,
    registry: Registry,
}

impl Process {
    fn new(store: &Arc<dyn Store>) -> Self {
        let models = Arc::new(Models::new(Model::default()));
        let caches = Arc::new(Caches::new(store.clone(), models.clone(), PLENTY));
        Self {
            ledger: Ledger::new(store.clone(), models.clone()).with_caches(caches.clone()),
            registry: Registry::new(store.clone(), models.clone()).with_caches(caches.clone()),
            reader: Reader::new(store.clone(), models).with_caches(caches),
        }
    }
}

async fn calendars_and_events_may_come_in_any_order(
    tenants: Tenants<'_>,
    ((events, batches, as_of), said): (Arriving, Vec<Said>),
) {
    let (store, tenant) = (tenants.store, tenants.next());
    let processes = [Process::new(store), Process::new(store)];
    let mut waiting = said.iter().peekable();
    for turn in 0..batches.len().max(6) {
        let Process { ledger, registry, .. } = &processes[turn % 2];
        while let Some((_, party)) = waiting.next_if(|(before, _)| *before <= turn) {
            registry.upsert(&tenant, std::slice::from_ref(party)).await.unwrap();
        }
        if let Some(batch) = batches.get(turn) {
            record_one(ledger, &tenant, batch).await;
        }
    }
    let (model, times) = (Model::default(), in_the_end(&said));
    let rules = Rules { model: &model, times: &times };
    for relationship in relationships() {
        let of_it = standing(&events).into_iter().filter(|event| *event.relationship() == relationship);
        let stored = recorded_state(store.as_ref(), &tenant, &relationship, &model.version()).await;
        assert_eq!(stored, State::fold(of_it, rules), "{relationship:?}");
    }
    assert_eq!(verified(store, &tenant, false).await.left, []);
    let revision = store.read(&tenant).await.unwrap().revision();
    for process in &processes {
        for moment in [as_of, recorded_at()] {
            assert_reads(&process.reader, &tenant, rules, &events, (moment, revision)).await;
        }
    }
}

/// Fails unless a reader reads what the events come to by these rules: off memory and off the events alike.
async fn assert_reads(
    reader: &Reader,
    tenant: &Tenant,
    rules: Rules<'_>,
    events: &[Event],
    (moment, revision): (Timestamp, Revision),
) {
    let states = relationships().map(|relationship| {
        let of_it =
            standing(events).into_iter().filter(|it| *it.relationship() == relationship && it.occurred_at <= moment);
        let state = State::fold(of_it, rules);
        (relationship, state)
    });
    let around = Surroundings::new(BTreeMap::from(states), &relationships(), moment, rules.model);
    let at = rapport::reader::Moment { at_least: revision, ..moment.into() };
    for it in reader.scores(tenant, &relationships(), at).await.unwrap().value {
        let expected = score(&around.known(&it.relationship).unwrap(), moment, rules.model);
        assert_eq!(format!("{:?}", it.scores), format!("{expected:?}"));
    }
    let [first, ..] = relationships();
    let history = reader.history(tenant, &first, &[moment], None).await.unwrap().value;
    let expected = score(&around.known(&first).unwrap(), moment, rules.model);
    assert_eq!(format!("{:?}", history[0].scores), format!("{expected:?}"));
}

#[test]
fn calendars_and_events_may_come_in_any_order_on_sqlite() {
    let cases = (arriving(), said());
    check_stored(Database::sqlite, ON_SQLITE, cases, &calendars_and_events_may_come_in_any_order);
}

#[test]
fn calendars_and_events_may_come_in_any_order_on_postgres() {
    let cases = (arriving(), said());
    check_stored(Database::postgres, ON_POSTGRES, cases, &calendars_and_events_may_come_in_any_order);
}

/// When all three suppliers work.
fn times_of(calendars: &Calendars) -> WorkingTimes {
    let of = |id: &str| Party { calendars: calendars.clone(), ..party(id, "") };
    of_parties(&["acme", "bolt", "brace"].map(of))
}

#[test]
fn a_calendar_of_always_equals_none() {
    check(128, &(disputed_histories(), prop::sample::select(vec!["Europe/Berlin", "UTC"])), |(events, zone)| {
        let always = Calendar::new(zone, WeeklyHours::default(), vec![]).unwrap();
        let dated = DatedCalendar { valid_from: Timestamp::MIN, calendar: Arc::new(always) };
        let (model, times) = (Model::default(), times_of(&Calendars::of([dated])));
        for relationship in relationships() {
            let of_it = || standing(&events).into_iter().filter(|event| *event.relationship() == relationship);
            let always = State::fold(of_it(), Rules { model: &model, times: &times });
            let none = State::fold(of_it(), &model);
            assert_eq!((&always.tally, &always.counts, &always.flows), (&none.tally, &none.counts, &none.flows));
            // What is open keeps its calendar, and comes to the same at any moment.
            assert_eq!(always.pending.len(), none.pending.len());
            for (with, without) in always.pending.values().zip(none.pending.values()) {
                for moment in [0, 1, 9, 100, 800].map(|days| beginning() + days * DAY) {
                    assert_eq!(with.settled_by(moment, &model), without.settled_by(moment, &model));
                    assert_eq!(with.awaited_at(moment, &model), without.awaited_at(moment, &model));
                }
            }
        }
    });
}

#[test]
fn a_calendar_changes_nothing_about_what_was_asked_before_it() {
    check(128, &(disputed_histories(), calendar(), 0..700_i64), |(events, calendar, days)| {
        let valid_from = beginning() + days * DAY;
        let times = times_of(&Calendars::of([DatedCalendar { valid_from, calendar: Arc::new(calendar) }]));
        let model = Model::default();
        for relationship in relationships() {
            let of_it: Vec<&Event> = standing(&events)
                .into_iter()
                .filter(|it| *it.relationship() == relationship && it.occurred_at < valid_from)
                .collect();
            let change = Change::of_rules(&of_it, (&model).into(), Rules { model: &model, times: &times });
            assert_eq!(change, Change::default());
        }
    });
}
