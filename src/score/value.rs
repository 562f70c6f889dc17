//! One score: the weighted sum of its channels.

use super::estimate::Estimate;

/// One score, 0 to 100, in thousandths.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The score.
    pub value: f64,
    /// Lower end of its interval, at most the value.
    pub low: f64,
    /// Upper end of its interval, at least the value.
    pub high: f64,
    /// Effective number of recent observations: the mean over the channels by their share.
    pub evidence: f64,
    /// By how much the short memory stands above (or, negative, below) the long one.
    pub trend: f64,
    /// The channels it is made of, with the share of each; none in [`super::Figures`].
    pub channels: Vec<(f64, Estimate)>,
}

impl Score {
    /// The weighted sum of channels. The ends of the interval are summed too: the channels are answered by the same
    /// interactions, so their errors move together and do not cancel out.
    pub(super) fn of(channels: Vec<(f64, Estimate)>) -> Self {
        let sum = |of: fn(&Estimate) -> f64| channels.iter().map(|(share, estimate)| share * of(estimate)).sum::<f64>();
        Self {
            value: thousandths(100.0 * sum(|it| it.value)),
            low: thousandths(100.0 * sum(|it| it.low)),
            high: thousandths(100.0 * sum(|it| it.high)),
            evidence: thousandths(sum(|it| it.evidence)),
            trend: thousandths(100.0 * sum(|it| it.value - it.slow.mean)),
            channels,
        }
    }
}

/// Rounds to what is shown.
#[must_use]
pub fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
