//! What new events lead to: worked out in memory, from what was recorded before.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::recent::Earlier;
use crate::{
    cache::Snapshot,
    event::{Event, Identity, Relationship},
    folds,
    interaction::Rules,
    replay::{RecordedThreads, counted},
    store::{Blocks, RecordedEvent, Revision, Update},
    tally::Change,
    time::Timestamp,
};

/// Relationships after which others may go on: a fraction of a millisecond.
const AT_A_TIME: usize = 16;

/// What new events lead to.
pub(super) struct Effect {
    /// Their threads and those of what they take back, as they are with them.
    pub threads: RecordedThreads,
    /// Their relationships, in order.
    pub updates: Vec<Update>,
    /// What changes about each of these under the live model, if there is one.
    pub changes: BTreeMap<Relationship, Change>,
    /// What is folded for each of these then; none where that is not in memory.
    pub folded: Option<BTreeMap<Relationship, Blocks>>,
}

impl Effect {
    /// What `new` events lead to that are recorded by the write `revision` at `now`, by some rules and on a snapshot of the
    /// revision before.
    pub async fn of(
        new: &[&Event],
        earlier: &Earlier<'_>,
        (now, revision): (Timestamp, Revision),
        live: Option<Rules<'_>>,
        snapshot: Option<&Snapshot>,
    ) -> Self {
        let threads = RecordedThreads::of(record(new, earlier, now, revision));
        let updates = updates(new);
        let changes = match live {
            Some(rules) => changes(&updates, &threads, revision, rules).await,
            None => BTreeMap::new(),
        };
        let folded = match snapshot {
            Some(snapshot) => folded(snapshot, &changes).await,
            None => None,
        };
        Self { threads, updates, changes, folded }
    }
}

/// The earlier events, and the new ones as they are recorded. Some may have been taken back before they came, and some take
/// back what was recorded before.
fn record(new: &[&Event], earlier: &Earlier<'_>, now: Timestamp, revision: Revision) -> Vec<Arc<RecordedEvent>> {
    let taken_back: HashMap<Identity, Revision> =
        new.iter().filter_map(|event| event.target()).map(|target| (target, revision)).collect();
    let retracted = |event: &Event| {
        let awaited = earlier.awaited.get(&event.identity);
        // A retraction stands, whatever names it.
        awaited.or_else(|| taken_back.get(&event.identity)).filter(|_| event.retracts().is_none()).copied()
    };
    let mut events = earlier.events.clone();
    for recorded in events.iter_mut().filter(|it| it.retracted.is_none()) {
        if taken_back.contains_key(&recorded.event.identity) {
            Arc::make_mut(recorded).retracted = retracted(&recorded.event);
        }
    }
    events.extend(new.iter().map(|event| {
        let (event, retracted) = ((*event).clone(), retracted(event));
        Arc::new(RecordedEvent { event, recorded_at: now, revision, retracted })
    }));
    events
}

/// The new events counted by relationship.
fn updates(new: &[&Event]) -> Vec<Update> {
    let mut updates: BTreeMap<&Relationship, Update> = BTreeMap::new();
    for event in new {
        let relationship = event.relationship();
        let update = updates.entry(relationship).or_insert_with(|| Update {
            relationship: relationship.clone(),
            latest_at: event.occurred_at,
            events: 0,
        });
        update.latest_at = update.latest_at.max(event.occurred_at);
        update.events += 1;
    }
    updates.into_values().collect()
}

/// What the write `revision` changes for each of the relationships with new events.
pub(super) async fn changes(
    updates: &[Update],
    threads: &RecordedThreads,
    revision: Revision,
    rules: Rules<'_>,
) -> BTreeMap<Relationship, Change> {
    let mut changes: BTreeMap<_, _> = updates.iter().map(|it| (it.relationship.clone(), Change::default())).collect();
    for (index, (relationship, events)) in threads.iter().enumerate() {
        if let Some(change) = changes.get_mut(relationship) {
            *change = Change::between(&before(events, revision), &counted(events), rules);
        }
        give_way(index).await;
    }
    changes
}

/// The events that counted before the write `revision`.
fn before(events: &[Arc<RecordedEvent>], revision: Revision) -> Vec<&Event> {
    events
        .iter()
        .filter(|it| it.revision < revision && it.retracted.is_none_or(|retracted| retracted >= revision))
        .map(|it| &it.event)
        .collect()
}

/// What the changes make of what a snapshot has folded; none where it has something that cannot be read.
async fn folded(
    snapshot: &Snapshot,
    changes: &BTreeMap<Relationship, Change>,
) -> Option<BTreeMap<Relationship, Blocks>> {
    let mut folded = BTreeMap::new();
    for (index, (relationship, change)) in changes.iter().enumerate() {
        folded.insert(relationship.clone(), folds::changed(&snapshot.blocks(relationship), change).ok()?);
        give_way(index).await;
    }
    Some(folded)
}

async fn give_way(index: usize) {
    if index % AT_A_TIME == AT_A_TIME - 1 {
        tokio::task::yield_now().await;
    }
}
