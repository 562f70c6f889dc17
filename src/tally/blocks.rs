//! A state in blocks: what a write changes is stored and kept in memory by itself, so that a write costs what it changes and
//! not what there is.
//!
//! A block is so many days in a row; what belongs to no day belongs to no block.

use std::collections::BTreeMap;

use super::{Change, State, Turn, Unreadable};
use crate::{interaction::Pending, time::Day};

/// The days of one block. Shorter, and a quiet relationship has more rows than it needs; longer, and a busy one's write
/// rewrites more. It is a part of what is stored: another number needs a migration that folds everything anew.
const DAYS: i32 = 64;

/// So many days in a row: this many lengths of a block after 1970. None is no day at all.
pub type Block = Option<i32>;

fn block_of(day: Day) -> i32 {
    day.0.div_euclid(DAYS)
}

fn block_of_pending(pending: &Pending) -> Block {
    pending.began_at().map(|moment| block_of(moment.day()))
}

impl State {
    /// The state that was packed block by block; no bytes are an empty block.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where a block is no state in the present layout.
    pub fn of_blocks<'a>(blocks: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Unreadable> {
        let mut state = Self::default();
        blocks.into_iter().filter(|block| !block.is_empty()).try_for_each(|block| state.take_packed(block))?;
        Ok(state)
    }
}

impl From<&Change> for State {
    /// What the change makes out of nothing.
    fn from(change: &Change) -> Self {
        let mut state = Self::default();
        state.apply(change);
        state
    }
}

impl Change {
    /// What it changes in each block; what belongs to none is among them even where nothing changes in it.
    #[must_use]
    pub fn by_block(&self) -> BTreeMap<Block, Self> {
        let timeless = Self { counts: self.counts.clone(), ending: self.ending.clone(), ..Self::default() };
        let mut blocks = BTreeMap::from([(None, timeless)]);
        for (interaction, turn) in &self.pending {
            let [from, to] = [&turn.old, &turn.new].map(|pending| pending.as_ref().map(block_of_pending));
            if from != to
                && let Some(from) = from
            {
                let gone = Turn { old: turn.old.clone(), new: None };
                blocks.entry(from).or_default().pending.insert(interaction.clone(), gone);
            }
            if let Some(to) = to {
                blocks.entry(to).or_default().pending.insert(interaction.clone(), turn.clone());
            }
        }
        for (channel, day, terms, cell) in self.tally.cells() {
            blocks.entry(Some(block_of(day))).or_default().tally.add(channel, day, terms, cell);
        }
        for (flow, currency, day, sum) in self.flows.iter() {
            blocks.entry(Some(block_of(day))).or_default().flows.add(flow, currency, day, sum);
        }
        blocks
    }
}
