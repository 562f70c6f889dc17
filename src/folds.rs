//! What is folded for a relationship: states out of the blocks that a store keeps, and blocks out of what changes.
//!
//! Nearly every write changes what belongs to no day and the sums of the last days, so these stand together, as the **head**.
//! The days before are blocks of their own, which hardly change any more. Once something happens on a day after those of the
//! head, its days become such a block.

use std::collections::{BTreeMap, HashMap, btree_map::Entry};

use crate::{
    event::Relationship,
    model::ModelVersion,
    store::{Blocks, Folded, Read, StoreError, Write},
    tally::{Change, State, Unreadable},
};

/// The state that is packed in these blocks.
///
/// # Errors
///
/// [`Unreadable`] where one of them is no state in the present layout.
pub fn state<B: AsRef<[u8]>>(blocks: &Blocks<B>) -> Result<State, Unreadable> {
    State::of_blocks(blocks.each())
}

/// The head, and those of the earlier blocks that a change changes, as they are with it.
///
/// # Errors
///
/// [`Unreadable`] where one of them is no state in the present layout.
pub fn changed<B: AsRef<[u8]>>(blocks: &Blocks<B>, change: &Change) -> Result<Blocks, Unreadable> {
    let changes = change.by_block();
    let latest = blocks.latest.max(changes.keys().copied().max().flatten());
    let mut head = State::of_blocks([blocks.head.as_ref()])?;
    let mut earlier = BTreeMap::new();
    if let Some(before) = blocks.latest.filter(|_| blocks.latest != latest) {
        let mut of_head = Change::from(std::mem::take(&mut head)).by_block();
        let days = of_head.remove(&Some(before)).unwrap_or_default();
        earlier.insert(before, State::from(&days));
        for rest in of_head.values() {
            head.apply(rest);
        }
    }
    for (block, change) in &changes {
        let Some(number) = block.filter(|_| *block != latest) else {
            head.apply(change);
            continue;
        };
        match earlier.entry(number) {
            Entry::Occupied(state) => state.into_mut().apply(change),
            Entry::Vacant(place) => place.insert(State::of_blocks([blocks.earlier(number)])?).apply(change),
        }
    }
    let earlier = earlier.into_iter().map(|(number, state)| (number, state.pack())).collect();
    Ok(Blocks { latest, head: head.pack(), earlier })
}

/// The state of each of the given relationships, in their order; empty where nothing is folded.
///
/// # Errors
///
/// [`StoreError::Failed`] where a state cannot be read, and whatever the store cannot do.
pub async fn states(
    tx: &mut dyn Read,
    relationships: &[Relationship],
    version: &ModelVersion,
) -> Result<Vec<State>, StoreError> {
    let folded = tx.folded(relationships, version).await?;
    let of = |relationship| folded.get(relationship).map_or_else(|| Ok(State::default()), |it| state(&it.blocks));
    relationships.iter().map(of).collect::<Result<_, _>>().map_err(damaged)
}

/// Takes changes into what is folded for their relationships, which are folded from then on. Returns the blocks that have
/// changed.
///
/// # Errors
///
/// [`StoreError::Failed`] where a state cannot be read, and whatever the store cannot do.
pub async fn add(
    tx: &mut dyn Write,
    changes: &BTreeMap<Relationship, Change>,
    version: &ModelVersion,
) -> Result<BTreeMap<Relationship, Blocks>, StoreError> {
    let numbers = |change: &Change| change.by_block().into_keys().flatten().collect();
    let wanted = changes.iter().map(|(relationship, change)| (relationship, numbers(change))).collect();
    let stored = tx.folded_in(&wanted, version).await?;
    let blocks = all_changed(changes, &stored).map_err(damaged)?;
    tx.put_folded(&blocks, version).await?;
    Ok(blocks)
}

fn all_changed(
    changes: &BTreeMap<Relationship, Change>,
    stored: &HashMap<Relationship, Folded>,
) -> Result<BTreeMap<Relationship, Blocks>, Unreadable> {
    let nothing = Folded::default();
    let one = |(relationship, change): (&Relationship, &Change)| {
        let folded = stored.get(relationship).unwrap_or(&nothing);
        Ok((relationship.clone(), changed(&folded.blocks, change)?))
    };
    changes.iter().map(one).collect()
}

fn damaged(error: Unreadable) -> StoreError {
    StoreError::damaged("state", error)
}
