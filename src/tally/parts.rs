//! A state in parts: what a write changes is stored and kept in memory by itself, so that a write costs what it changes and
//! not what there is.
//!
//! Nearly every write changes what belongs to no day and the sums of the last days, so these stand together, as the
//! **head**. The days before are parts of so many days each, which hardly change any more. Once something happens on a day
//! after those of the head, its days become such a part.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{Change, State, Turn, Unreadable};
use crate::{interaction::Pending, time::Day};

/// The days of one part. Shorter, and a quiet relationship has more rows than it needs; longer, and a busy one's write
/// rewrites more. It is a part of what is stored: another number needs a migration that folds everything anew.
const DAYS: i32 = 64;

/// So many days in a row: this many lengths of a part after 1970. None is no day at all.
pub type Part = Option<i32>;

fn part_of(day: Day) -> i32 {
    day.0.div_euclid(DAYS)
}

fn part_of_pending(pending: &Pending) -> Part {
    pending.began_at().map(|moment| part_of(moment.day()))
}

/// A state in parts, each [packed](State::pack) into bytes of the type `B`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts<B = Vec<u8>> {
    /// Whose days are in the head; none where no day is.
    pub latest: Part,
    /// What belongs to no day, and the latest part; no bytes where there is neither.
    pub head: B,
    /// The parts before, in no particular order.
    pub earlier: Vec<(i32, B)>,
}

impl<B: AsRef<[u8]>> Parts<B> {
    /// The state.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where a part is no state in the present layout.
    pub fn state(&self) -> Result<State, Unreadable> {
        let head = Some(self.head.as_ref()).filter(|bytes| !bytes.is_empty());
        State::from_parts(head.into_iter().chain(self.earlier.iter().map(|(_, bytes)| bytes.as_ref())))
    }

    /// The same, of bytes that are kept elsewhere.
    #[must_use]
    pub fn borrowed(&self) -> Parts<&[u8]> {
        let earlier = self.earlier.iter().map(|(number, bytes)| (*number, bytes.as_ref())).collect();
        Parts { latest: self.latest, head: self.head.as_ref(), earlier }
    }

    /// The head, and those of the earlier parts that a change changes, as they are with it.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where one of them is no state in the present layout.
    pub fn with(&self, change: &Change) -> Result<Parts, Unreadable> {
        let changes = change.by_part();
        let latest = self.latest.max(changes.keys().copied().max().flatten());
        let mut head = unpacked(self.head.as_ref())?;
        let mut earlier = BTreeMap::new();
        if let Some(before) = self.latest.filter(|_| self.latest != latest) {
            let mut parts = Change::from(std::mem::take(&mut head)).by_part();
            let days = parts.remove(&Some(before)).unwrap_or_default();
            earlier.insert(before, State::from(&days));
            for rest in parts.values() {
                head.apply(rest);
            }
        }
        for (part, change) in &changes {
            let Some(number) = part.filter(|_| *part != latest) else {
                head.apply(change);
                continue;
            };
            match earlier.entry(number) {
                Entry::Occupied(state) => state.into_mut().apply(change),
                Entry::Vacant(place) => {
                    let stored = self.earlier.iter().find(|(it, _)| *it == number);
                    place.insert(unpacked(stored.map_or(&[], |(_, bytes)| bytes.as_ref()))?).apply(change);
                }
            }
        }
        let earlier = earlier.into_iter().map(|(number, state)| (number, state.pack())).collect();
        Ok(Parts { latest, head: head.pack(), earlier })
    }
}

impl<B> Parts<B> {
    /// Takes in what a change has [made](Self::with) of some parts.
    pub fn take(&mut self, changed: Self) {
        let Self { latest, head, earlier } = changed;
        (self.latest, self.head) = (latest, head);
        self.earlier.retain(|(number, _)| earlier.iter().all(|(changed, _)| changed != number));
        self.earlier.extend(earlier);
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

fn unpacked(bytes: &[u8]) -> Result<State, Unreadable> {
    if bytes.is_empty() { Ok(State::default()) } else { State::unpack(bytes) }
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
    /// What it changes in each part; what belongs to no day is among them even where nothing changes in it.
    #[must_use]
    pub fn by_part(&self) -> BTreeMap<Part, Self> {
        let timeless = Self { counts: self.counts.clone(), ..Self::default() };
        let mut parts = BTreeMap::from([(None, timeless)]);
        for (interaction, turn) in &self.pending {
            let [from, to] = [&turn.old, &turn.new].map(|it| it.as_ref().map(part_of_pending));
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
            parts.entry(Some(part_of(day))).or_default().tally.add(channel, day, cell);
        }
        for (flow, currency, day, sum) in self.flows.iter() {
            parts.entry(Some(part_of(day))).or_default().flows.add(flow, currency, day, sum);
        }
        parts
    }
}
