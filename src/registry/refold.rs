//! What a change of working times leads to: the relationships of those who work otherwise, folded anew.

use std::collections::BTreeMap;

use super::{
    error::{MAX_REFOLDED_EVENTS, UpsertError},
    moved::Moved,
};
use crate::{
    event::{Event, Relationship},
    folds,
    interaction::Rules,
    model::ModelVersion,
    models::Models,
    rebuild::{STEP_RELATIONSHIPS, some_of},
    replay::counted,
    store::{Head, RecordedEvent, Selection, StoreError, Update, Write},
    tally::Change,
};

/// What changes under a model, by relationship.
type Changes = BTreeMap<Relationship, Change>;

/// Folds anew, under the models in use, what was asked of those who have moved since they did. To be called before it is
/// stored when they work.
pub(super) async fn refold(tx: &mut dyn Write, models: &Models, moved: &Moved) -> Result<(), UpsertError> {
    let heads = heads(tx, moved).await?;
    let events = heads.iter().map(|head| head.events).sum();
    if events > MAX_REFOLDED_EVENTS {
        return Err(UpsertError::TooMuchHistory { events });
    }
    let under = models.in_use(tx).await?;
    let versions: Vec<_> = [&under.live, &under.building].into_iter().flatten().collect();
    let mut changes: Vec<Changes> = versions.iter().map(|_| Changes::new()).collect();
    let mut rest: Vec<(Relationship, i64)> = heads.iter().map(|it| (it.relationship.clone(), it.events)).collect();
    while !rest.is_empty() {
        let step = rest.len().min(STEP_RELATIONSHIPS as usize);
        let relationships = some_of(rest[..step].to_vec());
        rest.drain(..relationships.len());
        let recorded = tx.events(&relationships).await?;
        for (version, changes) in versions.iter().zip(&mut changes) {
            let rules = |times| Rules { model: &version.model, times };
            changes.extend(changed(&recorded, rules(&moved.before), rules(&moved.after)));
        }
        // Folding takes a while; others get their turn, and a call that is too late can be ended.
        tokio::task::yield_now().await;
    }
    write(tx, &heads, &versions.iter().map(|it| &it.version).collect::<Vec<_>>(), changes).await?;
    Ok(())
}

/// The relationships in which anything happened since their supplier works otherwise.
async fn heads(tx: &mut dyn Write, moved: &Moved) -> Result<Vec<Head>, StoreError> {
    let suppliers = moved.parties.keys().cloned().collect();
    let mut heads = tx.heads(&Selection::Parties { customers: Vec::new(), suppliers }).await?;
    let since = |head: &Head| moved.parties.get(&head.relationship.supplier).copied();
    heads.retain(|head| since(head).is_some_and(|since| head.latest_at >= since));
    Ok(heads)
}

/// What changes about the relationships of some events.
fn changed(recorded: &[RecordedEvent], before: Rules<'_>, after: Rules<'_>) -> Changes {
    let mut by_relationship: BTreeMap<&Relationship, Vec<&Event>> = BTreeMap::new();
    for event in counted(recorded) {
        by_relationship.entry(event.relationship()).or_default().push(event);
    }
    let change = |(relationship, events): (&Relationship, Vec<&Event>)| {
        (relationship.clone(), Change::of_rules(&events, before, after))
    };
    by_relationship.into_iter().map(change).collect()
}

/// Writes what has changed. Every relationship gets the revision of this write, whether anything has changed under a model in
/// use or not: something may be folded under one that is not, and must not count as folded any more. What the model that is
/// being built has not come to it will find as it then is.
async fn write(
    tx: &mut dyn Write,
    heads: &[Head],
    versions: &[&ModelVersion],
    changes: Vec<Changes>,
) -> Result<(), StoreError> {
    if heads.is_empty() {
        return Ok(());
    }
    let keys: Vec<Relationship> = heads.iter().map(|head| head.relationship.clone()).collect();
    let mut unfolded = Vec::with_capacity(versions.len());
    for version in versions {
        unfolded.push(tx.unfolded_of(&keys, version).await?);
    }
    let update = |it: &Head| Update { relationship: it.relationship.clone(), latest_at: it.latest_at, events: 0 };
    tx.save(&heads.iter().map(update).collect::<Vec<_>>()).await?;
    for ((version, mut changes), unfolded) in versions.iter().zip(changes).zip(unfolded) {
        for relationship in &keys {
            changes.entry(relationship.clone()).or_default();
        }
        changes.retain(|relationship, _| !unfolded.contains(relationship));
        folds::add(tx, &changes, version).await?;
    }
    Ok(())
}
