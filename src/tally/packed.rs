//! A state as bytes: what is stored of it, and what is kept of it in memory.
//!
//! Nearly every cell counts one whole success or one whole failure, which takes a byte within its day. Channels, counters,
//! flows and reasons are written as their codes, so that they may be reordered and others added; the order of the fields of
//! what is pending is a part of the layout.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{Cell, State, Tally};
use crate::{
    counts::{Counter, Counts},
    flows::{Flow, FlowSum},
    interaction::{Ending, Pending},
    observation::{Channel, UNIT},
    terms::Terms,
    time::Day,
};

/// The layout below, as the first byte.
const LAYOUT: u8 = 5;

/// A cell begins with a number of variable length: in its low bits the [`Kind`], above these by how much the code of its
/// channel is more than it must be after the cell before of the same day and terms. That takes a byte while the difference is less
/// than 16, however many channels there are.
const KIND_BITS: u32 = 3;
/// The low bits.
const KINDS: u16 = (1 << KIND_BITS) - 1;
/// Bits that the code of a channel has.
const CHANNEL_BITS: u32 = 6;

const _: () = {
    assert!(KIND_BITS + CHANNEL_BITS <= u16::BITS, "what a cell begins with is 16 bits at the most");
    assert!(Kind::ALL.len() <= 1 << KIND_BITS, "a kind of cell has no room");
    let mut place = 0;
    while place < Channel::ALL.len() {
        assert!(Channel::ALL[place].code() < 1 << CHANNEL_BITS, "the code of a channel has no room");
        place += 1;
    }
};

/// Bytes that are no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no state of layout {LAYOUT}")]
pub struct Unreadable;

/// By day, as in [`Days`]: count and amount.
type PackedSums = Vec<(i32, i64, i64)>;

/// A state as it is laid out.
#[derive(Serialize, Deserialize)]
struct Layout<'a> {
    /// For each day the difference to the one before, and how many terms it has; for each of these its code, how many cells
    /// it has, and these by the codes of their channels, each as its [`Kind`] says.
    tally: &'a [u8],
    /// By code, each as the difference to the one before.
    counts: Vec<(u32, i64)>,
    #[serde(borrow)]
    flows: Vec<(u8, &'a str, PackedSums)>,
    pending: Cow<'a, BTreeMap<String, Pending>>,
    ending: Cow<'a, Option<Ending>>,
}

/// What a cell holds, and which numbers follow its beginning. The value is what is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One whole success.
    Won = 0,
    /// One whole failure.
    Lost = 1,
    /// So many whole successes.
    AllWon = 2,
    /// So many whole failures.
    AllLost = 3,
    /// One observation of weight 1 and this value.
    One = 4,
    /// Count, weight, value and square of anything else.
    Sums = 5,
}

impl Kind {
    /// Each at the place that is its value.
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

/// What the cell of a channel begins with where the code of that is `least` or more.
fn begin(least: u8, code: u8, kind: Kind) -> u16 {
    u16::from(code - least) << KIND_BITS | kind as u16
}

/// The code and the kind of a cell that begins so.
fn begun(least: u8, beginning: u16) -> Result<(u8, Kind), Unreadable> {
    let code = u16::from(least) + (beginning >> KIND_BITS);
    let code = u8::try_from(code).ok().filter(|code| *code < 1 << CHANNEL_BITS).ok_or(Unreadable)?;
    let kind = *Kind::ALL.get(usize::from(beginning & KINDS)).ok_or(Unreadable)?;
    Ok((code, kind))
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
    let mut cells: Vec<(Day, Terms, u8, Cell)> =
        tally.cells().map(|(channel, day, terms, cell)| (day, terms, channel.code(), cell)).collect();
    cells.sort_unstable_by_key(|(day, terms, code, _)| (*day, *terms, *code));
    let (mut bytes, mut days) = (Vec::with_capacity(cells.len() * 2), Days::default());
    for of_day in cells.chunk_by(|a, b| a.0 == b.0) {
        let of_terms = || of_day.chunk_by(|a, b| a.1 == b.1);
        bytes = put(of_terms().count(), put(days.difference(of_day[0].0), bytes));
        for cells in of_terms() {
            bytes = put(cells.len(), put(cells[0].1.code(), bytes));
            bytes = pack_cells(cells.iter().map(|&(_, _, code, cell)| (code, cell)), bytes);
        }
    }
    bytes
}

/// Cells by the codes of their channels.
fn pack_cells(cells: impl Iterator<Item = (u8, Cell)>, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut least = 0;
    for (code, cell) in cells {
        let kind = Kind::of(cell);
        bytes = put(begin(least, code, kind), bytes);
        least = code + 1;
        bytes = match kind {
            Kind::Won | Kind::Lost => bytes,
            Kind::AllWon | Kind::AllLost => put(cell.count, bytes),
            Kind::One => put(cell.value, bytes),
            Kind::Sums => put((cell.count, cell.weight, cell.value, cell.square), bytes),
        };
    }
    bytes
}

/// Adds cells that were packed.
fn take_tally(tally: &mut Tally, mut bytes: &[u8]) -> Result<(), Unreadable> {
    let mut days = Days::default();
    while !bytes.is_empty() {
        let day = days.next(take(&mut bytes)?)?;
        let mut before = None;
        for _ in 0..take::<usize>(&mut bytes)? {
            let terms = Terms::from_code(take(&mut bytes)?).filter(|terms| before < Some(*terms)).ok_or(Unreadable)?;
            before = Some(terms);
            take_cells(tally, day, terms, &mut bytes)?;
        }
    }
    Ok(())
}

/// Adds the cells of one day and terms.
fn take_cells(tally: &mut Tally, day: Day, terms: Terms, bytes: &mut &[u8]) -> Result<(), Unreadable> {
    let mut least = 0;
    for _ in 0..take::<usize>(bytes)? {
        let (code, kind) = begun(least, take(bytes)?)?;
        let channel = Channel::from_code(code).ok_or(Unreadable)?;
        least = code + 1;
        tally.add(channel, day, terms, take_cell(kind, bytes)?);
    }
    Ok(())
}

fn take_cell(kind: Kind, bytes: &mut &[u8]) -> Result<Cell, Unreadable> {
    let whole = |count: i64| count.checked_mul(UNIT).ok_or(Unreadable);
    let of = |count, weight, value| Cell { count, weight, value, square: weight };
    Ok(match kind {
        Kind::Won => of(1, UNIT, UNIT),
        Kind::Lost => of(1, UNIT, 0),
        Kind::AllWon => {
            let count = take(bytes)?;
            of(count, whole(count)?, whole(count)?)
        }
        Kind::AllLost => {
            let count = take(bytes)?;
            of(count, whole(count)?, 0)
        }
        Kind::One => of(1, UNIT, take(bytes)?),
        Kind::Sums => {
            let (count, weight, value, square) = take(bytes)?;
            Cell { count, weight, value, square }
        }
    })
}

/// The counts, as they are laid out.
fn pack_counts(counts: &Counts) -> Vec<(u32, i64)> {
    let mut counts: Vec<(u32, i64)> = counts.iter().map(|(counter, count)| (counter.code(), count)).collect();
    counts.sort_unstable_by_key(|(code, _)| *code);
    let mut before = 0;
    for (code, _) in &mut counts {
        before = std::mem::replace(code, *code - before);
    }
    counts
}

impl State {
    /// The state as bytes; equal states have equal bytes.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics: plain data always serializes into memory")]
    pub fn pack(&self) -> Vec<u8> {
        let flows = self.flows.each().map(|(flow, currency, sums)| {
            let mut days = Days::default();
            let sums = sums.map(|(day, sum)| (days.difference(day), sum.count, sum.amount));
            (flow.code(), currency, sums.collect())
        });
        let tally = pack_tally(&self.tally);
        let layout = Layout {
            tally: &tally,
            counts: pack_counts(&self.counts),
            flows: flows.collect(),
            pending: Cow::Borrowed(&self.pending),
            ending: Cow::Borrowed(&self.ending),
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
        self.ending = layout.ending.into_owned().or(self.ending.take());
        take_tally(&mut self.tally, layout.tally)?;
        let mut code = 0_u32;
        for (difference, count) in layout.counts {
            code = code.checked_add(difference).ok_or(Unreadable)?;
            self.counts.add(Counter::from_code(code).ok_or(Unreadable)?, count);
        }
        for (flow, currency, sums) in layout.flows {
            let flow = Flow::from_code(flow).ok_or(Unreadable)?;
            let mut days = Days::default();
            for (difference, count, amount) in sums {
                self.flows.add(flow, currency, days.next(difference)?, FlowSum { count, amount });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_there_may_be_begins_a_cell() {
        for code in 0..1 << CHANNEL_BITS {
            for least in 0..=code {
                for kind in Kind::ALL {
                    let beginning = begin(least, code, kind);
                    assert!(begun(least, beginning).is_ok_and(|it| it == (code, kind)));
                    assert_eq!(put(beginning, Vec::new()).len(), if code - least < 16 { 1 } else { 2 });
                }
            }
        }
        assert!(begun(1, begin(0, 63, Kind::Won)).is_err(), "a channel beyond the last one");
        assert!(begun(0, KINDS).is_err(), "a kind beyond the last one");
    }
}
