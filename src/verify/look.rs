//! What is stored of some relationships, read in one transaction; and written anew from the events.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    event::{Event, Identity, Relationship},
    folds,
    interaction::Rules,
    models::{ToFold, Versioned},
    store::{Folded, Head, Read, Revision, Selection, StoreError, StoredEvent, Write},
    tally::{Change, State, Unreadable},
};

/// All that is stored of a relationship.
pub(super) struct Stored {
    /// The last revision of the tenant.
    pub tenant_revision: Revision,
    pub head: Option<Head>,
    pub events: Vec<StoredEvent>,
    /// What is folded under the live model, and under the one that is being built.
    pub live: Option<StoredState>,
    pub building: Option<StoredState>,
}

/// What is folded for a relationship, as it is stored.
pub(super) struct StoredState {
    /// The revision of the relationship that it was folded at; 0 where that is not stored.
    pub revision: Revision,
    pub state: Result<State, Unreadable>,
}

impl Stored {
    /// The head that the events lead to; its revision may also be a later one. Revisions that were never given out do not
    /// count.
    pub(super) fn expected_head(&self) -> Option<Head> {
        let first = self.events.first()?;
        let latest_at = self.events.iter().map(|it| it.occurred_at).max()?;
        let revisions = self.events.iter().map(|it| it.revision).filter(|&revision| revision <= self.tenant_revision);
        let revision = revisions.max().unwrap_or_default();
        let events = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        Some(Head { relationship: first.identity.relationship.clone(), revision, latest_at, events })
    }

    /// What the events that count lead to; none where one of them cannot be read.
    ///
    /// Which count is read off the events themselves, not off what is stored beside them.
    pub(super) fn fold(&self, rules: Rules<'_>) -> Option<State> {
        let events: Vec<&Event> = self.events.iter().map(|it| it.event.as_ref().ok()).collect::<Option<_>>()?;
        let taken_back: HashSet<Identity> = events.iter().filter_map(|event| event.target()).collect();
        let counted = events.into_iter().filter(|it| it.retracts().is_some() || !taken_back.contains(&it.identity));
        Some(State::fold(counted, rules))
    }

    /// Whether the model that is being built has come to the relationship: what is folded but out of date does not count.
    pub(super) fn is_built(&self) -> bool {
        let revision = self.head.as_ref().map(|head| head.revision);
        self.building.as_ref().is_some_and(|folded| revision.is_none_or(|revision| revision == folded.revision))
    }
}

/// Reads what is stored of the relationships, in their order.
pub(super) async fn look(
    tx: &mut dyn Read,
    in_use: &ToFold,
    relationships: &[Relationship],
) -> Result<Vec<Stored>, StoreError> {
    let heads = tx.heads(&Selection::These(relationships.to_vec())).await?;
    let mut heads: HashMap<_, _> = heads.into_iter().map(|head| (head.relationship.clone(), head)).collect();
    let mut events: HashMap<_, Vec<StoredEvent>> = HashMap::new();
    for event in tx.stored_events(relationships).await? {
        events.entry(event.identity.relationship.clone()).or_default().push(event);
    }
    let mut live = states(tx, in_use.live.as_deref(), relationships).await?;
    let mut building = states(tx, in_use.building.as_deref(), relationships).await?;
    let tenant_revision = tx.revision();
    let stored = relationships.iter().map(|relationship| Stored {
        tenant_revision,
        head: heads.remove(relationship),
        events: events.remove(relationship).unwrap_or_default(),
        live: live.remove(relationship),
        building: building.remove(relationship),
    });
    Ok(stored.collect())
}

async fn states(
    tx: &mut dyn Read,
    under: Option<&Versioned>,
    relationships: &[Relationship],
) -> Result<HashMap<Relationship, StoredState>, StoreError> {
    let Some(under) = under else { return Ok(HashMap::new()) };
    let folded = tx.folded(relationships, &under.version).await?;
    let state = |it: &Folded| StoredState { revision: it.revision, state: folds::state(&it.blocks) };
    Ok(folded.into_iter().map(|(relationship, folded)| (relationship, state(&folded))).collect())
}

/// Writes heads and what is folded anew from the events. Where an event cannot be read, nothing is folded anew.
///
/// The heads get the revision of this write, which renews every score: whoever keeps what it has read sees that it must
/// read again.
pub(super) async fn set_right(
    tx: &mut dyn Write,
    in_use: &ToFold,
    differing: &[(&Relationship, Stored)],
) -> Result<(), StoreError> {
    let revision = tx.revision();
    let readable = || differing.iter().filter(|(_, stored)| stored.events.iter().all(|it| it.event.is_ok()));
    let heads = readable().filter_map(|(_, stored)| stored.expected_head());
    let heads: Vec<_> = heads.map(|head| Head { revision: head.revision.max(revision), ..head }).collect();
    let gone: Vec<_> = differing.iter().filter(|(_, it)| it.events.is_empty()).map(|(it, _)| (*it).clone()).collect();
    tx.renew().await?;
    tx.put_heads(&heads).await?;
    tx.remove_heads(&gone).await?;
    for (under, is_live) in [(&in_use.live, true), (&in_use.building, false)] {
        let Some(under) = under.as_deref() else { continue };
        let (rules, version) = (in_use.rules(under), &under.version);
        let folded = readable().filter(|(_, stored)| !stored.events.is_empty() && (is_live || stored.is_built()));
        let states = folded.filter_map(|(it, stored)| Some(((*it).clone(), Change::from(stored.fold(rules)?))));
        let states: BTreeMap<_, _> = states.collect();
        let replaced: Vec<_> = states.keys().chain(&gone).cloned().collect();
        tx.clear(&replaced, version).await?;
        folds::add(tx, &states, version).await?;
    }
    Ok(())
}
