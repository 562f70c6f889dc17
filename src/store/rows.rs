//! Rows as both backends read them, and how they become what the store speaks of.

use std::collections::{BTreeMap, HashMap};

use sqlx::FromRow;

use super::{EventQuery, Head, RecordedEvent, StoreError};
use crate::{
    counts::Counter,
    event::{Event, Identity, Relationship},
    flows::{Flow, Sum},
    observation::Channel,
    tally::{Cell, Change, State},
    time::{Day, Timestamp},
};

#[derive(FromRow)]
pub(super) struct EventRow {
    customer: String,
    supplier: String,
    source: String,
    event_id: String,
    interaction_id: Option<String>,
    occurred_at: i64,
    recorded_at: i64,
    revision: i64,
    payload: String,
    retracted: Option<i64>,
}

impl TryFrom<EventRow> for RecordedEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let payload = serde_json::from_str(&row.payload).map_err(|error| corrupt("event", &error))?;
        let relationship = Relationship { customer: row.customer, supplier: row.supplier };
        Ok(Self {
            event: Event {
                identity: Identity { relationship, source: row.source, event_id: row.event_id },
                interaction: row.interaction_id,
                occurred_at: Timestamp::from_micros(row.occurred_at),
                payload,
            },
            recorded_at: Timestamp::from_micros(row.recorded_at),
            revision: row.revision,
            retracted: row.retracted,
        })
    }
}

pub(super) fn events(rows: Vec<EventRow>) -> Result<Vec<RecordedEvent>, StoreError> {
    rows.into_iter().map(RecordedEvent::try_from).collect()
}

/// The stored form of what happened.
pub(super) fn payload(event: &Event) -> Result<String, StoreError> {
    serde_json::to_string(&event.payload).map_err(|error| corrupt("event", &error))
}

#[derive(FromRow)]
pub(super) struct IdentityRow {
    customer: String,
    supplier: String,
    source: String,
    event_id: String,
}

impl From<IdentityRow> for Identity {
    fn from(row: IdentityRow) -> Self {
        let relationship = Relationship { customer: row.customer, supplier: row.supplier };
        Self { relationship, source: row.source, event_id: row.event_id }
    }
}

#[derive(FromRow)]
pub(super) struct RelationshipRow {
    customer: String,
    supplier: String,
}

impl From<RelationshipRow> for Relationship {
    fn from(row: RelationshipRow) -> Self {
        Self { customer: row.customer, supplier: row.supplier }
    }
}

#[derive(FromRow)]
pub(super) struct HeadRow {
    customer: String,
    supplier: String,
    revision: i64,
    latest_at: i64,
}

impl From<HeadRow> for Head {
    fn from(row: HeadRow) -> Self {
        Self {
            relationship: Relationship { customer: row.customer, supplier: row.supplier },
            revision: row.revision,
            latest_at: Timestamp::from_micros(row.latest_at),
        }
    }
}

#[derive(FromRow)]
pub(super) struct TallyRow {
    customer: String,
    supplier: String,
    channel: String,
    day: i32,
    count: i64,
    weight: i64,
    value: i64,
    square: i64,
}

#[derive(FromRow)]
pub(super) struct CounterRow {
    customer: String,
    supplier: String,
    counter: String,
    count: i64,
}

#[derive(FromRow)]
pub(super) struct FlowRow {
    customer: String,
    supplier: String,
    flow: String,
    currency: String,
    day: i32,
    count: i64,
    amount: i64,
}

#[derive(FromRow)]
pub(super) struct PendingRow {
    customer: String,
    supplier: String,
    interaction_id: String,
    state: String,
}

/// Puts the states of `relationships` together, in their order.
pub(super) fn states(
    relationships: &[Relationship],
    tallies: Vec<TallyRow>,
    counters: Vec<CounterRow>,
    flows: Vec<FlowRow>,
    pending: Vec<PendingRow>,
) -> Result<Vec<State>, StoreError> {
    let mut states: HashMap<Relationship, State> = HashMap::new();
    for row in tallies {
        let channel = Channel::from_name(&row.channel).ok_or_else(|| corrupt("channel", &row.channel))?;
        let cell = Cell { count: row.count, weight: row.weight, value: row.value, square: row.square };
        of(&mut states, row.customer, row.supplier).tally.add(channel, Day(row.day), cell);
    }
    for row in counters {
        let counter: Counter = row.counter.parse().map_err(|error| corrupt("counter", &error))?;
        of(&mut states, row.customer, row.supplier).counts.add(counter, row.count);
    }
    for row in flows {
        let flow = Flow::from_name(&row.flow).ok_or_else(|| corrupt("flow", &row.flow))?;
        let sum = Sum { count: row.count, amount: row.amount };
        of(&mut states, row.customer, row.supplier).flows.add(flow, &row.currency, Day(row.day), sum);
    }
    for row in pending {
        let state = serde_json::from_str(&row.state).map_err(|error| corrupt("pending interaction", &error))?;
        of(&mut states, row.customer, row.supplier).pending.insert(row.interaction_id, state);
    }
    Ok(relationships.iter().map(|relationship| states.get(relationship).cloned().unwrap_or_default()).collect())
}

fn of(states: &mut HashMap<Relationship, State>, customer: String, supplier: String) -> &mut State {
    states.entry(Relationship { customer, supplier }).or_default()
}

pub(super) fn corrupt(what: &str, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("a stored {what} cannot be read: {error}"))
}

/// Changes taken apart into the rows of the derived tables.
#[derive(Default)]
pub(super) struct DerivedRows<'a> {
    pub tallies: Vec<(&'a Relationship, Channel, Day, Cell)>,
    pub counters: Vec<(&'a Relationship, String, i64)>,
    pub flows: Vec<(&'a Relationship, Flow, &'a str, Day, Sum)>,
    pub pending: Vec<(&'a Relationship, &'a str, String)>,
    pub no_longer_pending: Vec<(&'a Relationship, &'a str)>,
}

impl<'a> DerivedRows<'a> {
    pub(super) fn of(changes: &'a BTreeMap<Relationship, Change>) -> Result<Self, StoreError> {
        let mut rows = Self::default();
        for (it, change) in changes {
            rows.tallies.extend(change.tally.cells().map(|(channel, day, cell)| (it, channel, day, cell)));
            rows.counters.extend(change.counts.iter().map(|(counter, count)| (it, counter.to_string(), count)));
            rows.flows.extend(change.flows.iter().map(|(flow, currency, day, sum)| (it, flow, currency, day, sum)));
            for (interaction, pending) in &change.pending {
                let Some(pending) = pending else {
                    rows.no_longer_pending.push((it, interaction));
                    continue;
                };
                let state = serde_json::to_string(pending).map_err(|error| corrupt("pending interaction", &error))?;
                rows.pending.push((it, interaction, state));
            }
        }
        Ok(rows)
    }
}

/// Greater than every id: none may hold this character, the last one.
const AFTER_EVERY_ID: &str = "\u{10FFFF}";

/// An [`EventQuery`] as bounds, so that one statement serves every filter.
pub(super) struct ListBounds<'a> {
    pub customer: (&'a str, &'a str),
    pub supplier: (&'a str, &'a str),
    pub interaction: Option<&'a str>,
    pub from: i64,
    pub before: i64,
    pub after: (&'a str, &'a str, i64, &'a str, &'a str),
    pub limit: i64,
}

impl<'a> ListBounds<'a> {
    pub(super) fn of(query: &'a EventQuery) -> Self {
        let range = |id: &'a Option<String>| id.as_deref().map_or(("", AFTER_EVERY_ID), |id| (id, id));
        let after = query.after.as_ref().map_or(("", "", i64::MIN, "", ""), |place| {
            let Identity { relationship: Relationship { customer, supplier }, source, event_id } = &place.identity;
            (customer.as_str(), supplier.as_str(), place.occurred_at.micros(), source.as_str(), event_id.as_str())
        });
        Self {
            customer: range(&query.customer),
            supplier: range(&query.supplier),
            interaction: query.interaction.as_deref(),
            from: query.from.map_or(i64::MIN, Timestamp::micros),
            before: query.before.map_or(i64::MAX, Timestamp::micros),
            after,
            limit: i64::from(query.limit),
        }
    }
}
