//! A state as bytes: what is stored of it, and what is kept of it in memory.
//!
//! Nearly every cell counts one whole success or one whole failure, which takes a byte within its day. What the bytes mean
//! is the order of channels, counters, flows and fields: to insert or to reorder any of them is another layout.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{Cell, State, Tally};
use crate::{
    counts::Counter,
    flows::{Flow, Sum},
    interaction::Pending,
    observation::{Channel, UNIT},
    time::Day,
};

/// The layout below, as the first byte.
const LAYOUT: u8 = 2;

/// Bytes that are no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no state of layout {LAYOUT}")]
pub struct Unreadable;

/// By day, as in [`Days`]: count and amount.
type PackedSums = Vec<(i32, i64, i64)>;

/// A state as it is laid out.
#[derive(Serialize, Deserialize)]
struct Layout<'a> {
    /// For each day the difference to the one before, how many cells it has, and these, each as its [`Kind`] says.
    tally: &'a [u8],
    counts: Vec<(Counter, i64)>,
    #[serde(borrow)]
    flows: Vec<(u8, &'a str, PackedSums)>,
    pending: Cow<'a, BTreeMap<String, Pending>>,
}

/// A cell: of which channel it is and of which kind are one byte, the numbers follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One whole success.
    Won,
    /// One whole failure.
    Lost,
    /// So many whole successes.
    AllWon,
    /// So many whole failures.
    AllLost,
    /// One observation of weight 1 and this value.
    One,
    /// Count, weight, value and square of anything else.
    Sums,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Won, Self::Lost, Self::AllWon, Self::AllLost, Self::One, Self::Sums];

    fn of(cell: Cell) -> Self {
        let Cell { count, weight, value, square } = cell;
        let whole = count.checked_mul(UNIT);
        if whole != Some(weight) || whole != Some(square) {
            return Self::Sums;
        }
        match (value == weight, value == 0, count == 1) {
            (true, false, true) => Self::Won,
            (false, true, true) => Self::Lost,
            (true, ..) => Self::AllWon,
            (false, true, false) => Self::AllLost,
            (false, false, true) => Self::One,
            (false, false, false) => Self::Sums,
        }
    }
}

fn put<T: Serialize>(number: T, bytes: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(&number, bytes).expect("memory takes what it is given")
}

fn take<'a, T: Deserialize<'a>>(bytes: &mut &'a [u8]) -> Result<T, Unreadable> {
    let (number, rest) = postcard::take_from_bytes(bytes).map_err(|_| Unreadable)?;
    *bytes = rest;
    Ok(number)
}

/// The cells of a tally, as they are laid out.
fn pack_tally(tally: &Tally) -> Vec<u8> {
    let mut cells: Vec<(Day, Channel, Cell)> = tally.cells().map(|(channel, day, cell)| (day, channel, cell)).collect();
    // Of each channel they are in order.
    cells.sort_by_key(|(day, ..)| *day);
    let (mut bytes, mut days) = (Vec::with_capacity(cells.len() * 2), Days::default());
    for of_day in cells.chunk_by(|a, b| a.0 == b.0) {
        bytes = put(of_day.len(), put(days.difference(of_day[0].0), bytes));
        for &(_, channel, cell) in of_day {
            let kind = Kind::of(cell);
            bytes.push((channel as u8) << 4 | kind as u8);
            bytes = match kind {
                Kind::Won | Kind::Lost => bytes,
                Kind::AllWon | Kind::AllLost => put(cell.count, bytes),
                Kind::One => put(cell.value, bytes),
                Kind::Sums => put((cell.count, cell.weight, cell.value, cell.square), bytes),
            };
        }
    }
    bytes
}

/// Adds cells that were packed.
fn take_tally(tally: &mut Tally, mut bytes: &[u8]) -> Result<(), Unreadable> {
    let mut days = Days::default();
    while !bytes.is_empty() {
        let day = days.next(take(&mut bytes)?)?;
        for _ in 0..take::<usize>(&mut bytes)? {
            let code: u8 = take(&mut bytes)?;
            let channel = *Channel::ALL.get(usize::from(code >> 4)).ok_or(Unreadable)?;
            let kind = *Kind::ALL.get(usize::from(code & 15)).ok_or(Unreadable)?;
            let whole = |count: i64| count.checked_mul(UNIT).ok_or(Unreadable);
            let of = |count, weight, value| Cell { count, weight, value, square: weight };
            let cell = match kind {
                Kind::Won => of(1, UNIT, UNIT),
                Kind::Lost => of(1, UNIT, 0),
                Kind::AllWon => {
                    let count = take(&mut bytes)?;
                    of(count, whole(count)?, whole(count)?)
                }
                Kind::AllLost => {
                    let count = take(&mut bytes)?;
                    of(count, whole(count)?, 0)
                }
                Kind::One => of(1, UNIT, take(&mut bytes)?),
                Kind::Sums => {
                    let (count, weight, value, square) = take(&mut bytes)?;
                    Cell { count, weight, value, square }
                }
            };
            tally.add(channel, day, cell);
        }
    }
    Ok(())
}

impl State {
    /// The state as bytes; equal states have equal bytes.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics: plain data always serializes into memory")]
    pub fn pack(&self) -> Vec<u8> {
        let flows = self.flows.each().map(|(flow, currency, sums)| {
            let mut days = Days::default();
            let sums = sums.map(|(day, sum)| (days.difference(day), sum.count, sum.amount));
            (flow as u8, currency, sums.collect())
        });
        let tally = pack_tally(&self.tally);
        let layout = Layout {
            tally: &tally,
            counts: self.counts.iter().collect(),
            flows: flows.collect(),
            pending: Cow::Borrowed(&self.pending),
        };
        postcard::to_extend(&layout, vec![LAYOUT]).expect("memory takes what it is given")
    }

    /// The state that was packed.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where the bytes are no state in the present layout.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut state = Self::default();
        state.take_packed(bytes)?;
        Ok(state)
    }

    /// Adds a state that was packed.
    pub(super) fn take_packed(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        let Some((&LAYOUT, bytes)) = bytes.split_first() else { return Err(Unreadable) };
        let layout: Layout<'_> = postcard::from_bytes(bytes).map_err(|_| Unreadable)?;
        self.pending.extend(layout.pending.into_owned());
        take_tally(&mut self.tally, layout.tally)?;
        for (counter, count) in layout.counts {
            self.counts.add(counter, count);
        }
        for (flow, currency, sums) in layout.flows {
            let flow = *Flow::ALL.get(usize::from(flow)).ok_or(Unreadable)?;
            let mut days = Days::default();
            for (difference, count, amount) in sums {
                self.flows.add(flow, currency, days.next(difference)?, Sum { count, amount });
            }
        }
        Ok(())
    }
}

/// Days of a list, as differences to the one before.
#[derive(Default)]
struct Days(Option<i32>);

impl Days {
    fn difference(&mut self, day: Day) -> i32 {
        day.0.wrapping_sub(self.0.replace(day.0).unwrap_or(0))
    }

    /// The day that follows; days ascend, for equal states have equal bytes.
    fn next(&mut self, difference: i32) -> Result<Day, Unreadable> {
        let ascends = self.0.is_none() || difference > 0;
        let day = self.0.unwrap_or(0).checked_add(difference).filter(|_| ascends).ok_or(Unreadable)?;
        self.0 = Some(day);
        Ok(Day(day))
    }
}
