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
const LAYOUT: u8 = 1;

/// Bytes that are no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no state of layout {LAYOUT}")]
pub struct Unreadable;

/// By day, as the difference to the day before in the same list: count and amount.
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
        let tally = Channel::ALL.into_iter().filter_map(|channel| {
            let mut last = 0;
            let days = self.tally.days(channel).map(|(day, cell)| (since(&mut last, day), cell.into()));
            let days: Vec<_> = days.collect();
            (!days.is_empty()).then_some((channel as u8, days))
        });
        let flows = self.flows.each().map(|(flow, currency, days)| {
            let mut last = 0;
            (flow as u8, currency, days.map(|(day, sum)| (since(&mut last, day), sum.count, sum.amount)).collect())
        });
        let layout = Layout {
            tally: tally.collect(),
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
        for (channel, days) in layout.tally {
            let channel = *Channel::ALL.get(usize::from(channel)).ok_or(Unreadable)?;
            let (mut first, mut last) = (true, 0_i32);
            for (difference, cell) in days {
                last = next(&mut first, last, difference)?;
                self.tally.add(channel, Day(last), cell.unpack().ok_or(Unreadable)?);
            }
        }
        for (counter, count) in layout.counts {
            self.counts.add(counter, count);
        }
        for (flow, currency, days) in layout.flows {
            let flow = *Flow::ALL.get(usize::from(flow)).ok_or(Unreadable)?;
            let (mut first, mut last) = (true, 0_i32);
            for (difference, count, amount) in days {
                last = next(&mut first, last, difference)?;
                self.flows.add(flow, currency, Day(last), Sum { count, amount });
            }
        }
        Ok(())
    }
}

/// The day that follows in a list; days ascend, for equal states have equal bytes.
fn next(first: &mut bool, last: i32, difference: i32) -> Result<i32, Unreadable> {
    let ascends = std::mem::take(first) || difference > 0;
    last.checked_add(difference).filter(|_| ascends).ok_or(Unreadable)
}

/// How much later a day is than the one before it in the same list.
fn since(last: &mut i32, day: Day) -> i32 {
    day.0.wrapping_sub(std::mem::replace(last, day.0))
}
