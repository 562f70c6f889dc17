//! A state in parts: what a write changes is stored and kept in memory by itself, so that a write costs what it changes and
//! not what there is.

use std::collections::BTreeMap;

use super::{Change, State, Turn, Unreadable};
use crate::{interaction::Pending, time::Day};

/// The days of one part. Shorter, and a quiet relationship has more rows than it needs; longer, and a busy one's write
/// rewrites more. It is a part of what is stored: another number needs a migration that folds everything anew.
const DAYS: i32 = 64;

/// A part of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What belongs to no day: counts.
    Timeless,
    /// The sums of so many days in a row, and what is pending since then: this many lengths after 1970.
    Days(i32),
}

impl Part {
    fn of(day: Day) -> Self {
        Self::Days(day.0.div_euclid(DAYS))
    }

    fn of_pending(pending: &Pending) -> Self {
        pending.began_at().map_or(Self::Timeless, |moment| Self::of(moment.day()))
    }

    /// As it is stored: none for what belongs to no day.
    #[must_use]
    pub fn number(self) -> Option<i32> {
        match self {
            Self::Timeless => None,
            Self::Days(number) => Some(number),
        }
    }
}

impl From<Option<i32>> for Part {
    fn from(number: Option<i32>) -> Self {
        number.map_or(Self::Timeless, Self::Days)
    }
}

/// Parts of a state, each [packed](State::pack).
pub type Parts = Vec<(Part, Vec<u8>)>;

impl Change {
    /// What it changes in each part; the timeless one is among them even where nothing changes in it.
    #[must_use]
    pub fn by_part(&self) -> BTreeMap<Part, Self> {
        let timeless = Self { counts: self.counts.clone(), ..Self::default() };
        let mut parts = BTreeMap::from([(Part::Timeless, timeless)]);
        for (interaction, turn) in &self.pending {
            let [from, to] = [&turn.old, &turn.new].map(|it| it.as_ref().map(Part::of_pending));
            if from != to
                && let Some(from) = from
            {
                let gone = Turn { old: turn.old.clone(), new: None };
                parts.entry(from).or_default().pending.insert(interaction.clone(), gone);
            }
            if let Some(to) = to {
                parts.entry(to).or_default().pending.insert(interaction.clone(), turn.clone());
            }
        }
        for (channel, day, cell) in self.tally.cells() {
            parts.entry(Part::of(day)).or_default().tally.add(channel, day, cell);
        }
        for (flow, currency, day, sum) in self.flows.iter() {
            parts.entry(Part::of(day)).or_default().flows.add(flow, currency, day, sum);
        }
        parts
    }
}

impl State {
    /// The state that was packed in these parts.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where a part is no state in the present layout.
    pub fn from_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Unreadable> {
        let mut state = Self::default();
        parts.into_iter().try_for_each(|part| state.take_packed(part))?;
        Ok(state)
    }
}
