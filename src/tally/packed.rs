//! A state as bytes: what is stored of it, and what is kept of it in memory.
//!
//! Nearly every cell counts whole successes or whole failures, which take two bytes with their day. What the bytes mean is
//! the order of channels, counters, flows and fields: to insert or to reorder any of them is another layout.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{Cell, State};
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
    tally: Vec<(u8, Vec<(i32, Packed)>)>,
    counts: Vec<(Counter, i64)>,
    #[serde(borrow)]
    flows: Vec<(u8, &'a str, PackedSums)>,
    pending: Cow<'a, BTreeMap<String, Pending>>,
}

/// A cell.
#[derive(Serialize, Deserialize)]
enum Packed {
    /// So many whole successes.
    Won(i64),
    /// So many whole failures.
    Lost(i64),
    /// One observation of weight 1 and this value.
    One(i64),
    /// Count, weight, value and square of anything else.
    Sums(i64, i64, i64, i64),
}

impl From<Cell> for Packed {
    fn from(cell: Cell) -> Self {
        let Cell { count, weight, value, square } = cell;
        let whole = count.checked_mul(UNIT);
        if whole != Some(weight) || whole != Some(square) {
            Self::Sums(count, weight, value, square)
        } else if value == weight {
            Self::Won(count)
        } else if value == 0 {
            Self::Lost(count)
        } else if count == 1 {
            Self::One(value)
        } else {
            Self::Sums(count, weight, value, square)
        }
    }
}

impl Packed {
    /// None where no cell packs like that.
    fn unpack(self) -> Option<Cell> {
        Some(match self {
            Self::Sums(count, weight, value, square) => Cell { count, weight, value, square },
            Self::One(value) => Cell { count: 1, weight: UNIT, value, square: UNIT },
            Self::Won(count) | Self::Lost(count) => {
                let weight = count.checked_mul(UNIT)?;
                Cell { count, weight, value: if matches!(self, Self::Won(_)) { weight } else { 0 }, square: weight }
            }
        })
    }
}

impl State {
    /// The state as bytes; equal states have equal bytes.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics: plain data always serializes into memory")]
    pub fn pack(&self) -> Vec<u8> {
        let mut days = Days::default();
        let tally = Channel::ALL.into_iter().filter_map(|channel| {
            days.begin();
            let cells = self.tally.days(channel).map(|(day, cell)| (days.difference(day), cell.into()));
            let cells: Vec<_> = cells.collect();
            (!cells.is_empty()).then_some((channel as u8, cells))
        });
        let tally = tally.collect();
        let flows = self.flows.each().map(|(flow, currency, sums)| {
            days.begin();
            let sums = sums.map(|(day, sum)| (days.difference(day), sum.count, sum.amount));
            (flow as u8, currency, sums.collect())
        });
        let flows = flows.collect();
        let layout =
            Layout { tally, counts: self.counts.iter().collect(), flows, pending: Cow::Borrowed(&self.pending) };
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
        let mut days = Days::default();
        for (channel, cells) in layout.tally {
            let channel = *Channel::ALL.get(usize::from(channel)).ok_or(Unreadable)?;
            days.begin();
            for (difference, cell) in cells {
                self.tally.add(channel, days.next(difference)?, cell.unpack().ok_or(Unreadable)?);
            }
        }
        for (counter, count) in layout.counts {
            self.counts.add(counter, count);
        }
        for (flow, currency, sums) in layout.flows {
            let flow = *Flow::ALL.get(usize::from(flow)).ok_or(Unreadable)?;
            days.begin();
            for (difference, count, amount) in sums {
                self.flows.add(flow, currency, days.next(difference)?, Sum { count, amount });
            }
        }
        Ok(())
    }
}

/// Days of one list after the other, as differences: to the day before in the same list, and of the first one, to the first
/// one of the list before. All lists of a part begin within a few weeks.
#[derive(Default)]
struct Days {
    first: i32,
    last: Option<i32>,
}

impl Days {
    /// Another list begins.
    fn begin(&mut self) {
        self.last = None;
    }

    fn difference(&mut self, day: Day) -> i32 {
        let difference = day.0.wrapping_sub(self.last.unwrap_or(self.first));
        self.come_to(day.0);
        difference
    }

    /// The day that follows; days ascend, for equal states have equal bytes.
    fn next(&mut self, difference: i32) -> Result<Day, Unreadable> {
        let day = match self.last {
            None => self.first.wrapping_add(difference),
            Some(last) => last.checked_add(difference).filter(|_| difference > 0).ok_or(Unreadable)?,
        };
        self.come_to(day);
        Ok(Day(day))
    }

    fn come_to(&mut self, day: i32) {
        if self.last.replace(day).is_none() {
            self.first = day;
        }
    }
}
