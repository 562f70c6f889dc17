//! Whether a relationship lives. A ranking of those that are over, among those that are not, would mislead.

use super::day_summary::DaySummary;
use crate::{model::Model, names::named, time::Timestamp};

named! {
    /// Whether a relationship lives, with its name in words.
    pub enum Life {
        /// Its customer may well ask again, or something in it is still under way.
        Active = "active",
        /// Its customer has surely left, as far as the days say on which it asked.
        Dormant = "dormant",
        /// One side has ended it, and nothing was asked since.
        Ended = "ended",
    }
}

impl Life {
    /// How it is at a moment of the day that a relationship was summed up for.
    pub(super) fn of(own: &DaySummary, moment: Timestamp, model: &Model) -> Self {
        if own.ending().is_some() {
            return Self::Ended;
        }
        // Whoever waits for an answer or a delivery is there, however long ago it asked.
        let is_silent = own.alive() < model.lifetime.dormant_below && !own.awaits(moment, model);
        if is_silent { Self::Dormant } else { Self::Active }
    }
}

/// Some of the lives: the active ones, and others where they are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lives {
    dormant: bool,
    ended: bool,
}

impl Lives {
    /// What is not over.
    pub const ACTIVE: Self = Self { dormant: false, ended: false };
    /// Everything.
    pub const ALL: Self = Self { dormant: true, ended: true };

    /// The same, and those of that life.
    #[must_use]
    pub fn and(self, life: Life) -> Self {
        match life {
            Life::Active => self,
            Life::Dormant => Self { dormant: true, ..self },
            Life::Ended => Self { ended: true, ..self },
        }
    }

    /// Whether that life is one of them.
    #[must_use]
    pub fn has(self, life: Life) -> bool {
        match life {
            Life::Active => true,
            Life::Dormant => self.dormant,
            Life::Ended => self.ended,
        }
    }
}
