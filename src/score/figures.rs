//! The figures of the scores alone: what most readers want, and what fits in memory for every relationship.

use super::{
    day_summary::DaySummary,
    lens::{Views, views},
    scores::Scores,
};
use crate::interaction::Strike;

/// The scores of a relationship without the channels that they are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The scores; their lists of channels are empty.
    pub scores: Scores,
    /// What the lenses that are no scores show.
    pub views: Views,
}

impl Figures {
    /// The figures of some scores of what was summed up.
    #[must_use]
    pub fn of(mut scores: Scores, summary: &DaySummary) -> Self {
        let views = views(&scores, summary);
        for score in [&mut scores.responsiveness, &mut scores.partnership, &mut scores.customership] {
            score.channels = Vec::new();
        }
        Self { scores, views }
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let strikes = self.scores.placement.strikes.len() * size_of::<Strike>();
        size_of::<Self>() + self.views.dealings.size() + strikes
    }
}
