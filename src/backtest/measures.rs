//! How good predicted probabilities are, once it is known what happened.

/// A probability is held this far from 0 and 1 where a logarithm is taken: certainty that errs would cost without bound.
const LEAST_DOUBT: f64 = 1e-6;
/// Bins of the calibration table: equal tenths of the range of predictions.
const BINS: usize = 10;

/// Minus the logarithm, in nats, of the probability that a prediction gave to what happened.
#[must_use]
pub(super) fn surprise(predicted: f64, outcome: bool) -> f64 {
    let given = if outcome { predicted } else { 1.0 - predicted };
    -given.clamp(LEAST_DOUBT, 1.0).ln()
}

/// Predictions of some requests, and what they came to.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The predicted probabilities of a yes.
    pub predictions: &'a [f64],
    /// What happened.
    pub outcomes: &'a [bool],
}

/// Predictions that fall into one bin, and what they came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Lower end; the upper end of the bin before.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How many predictions.
    pub count: usize,
    /// Their mean; 0 where there are none.
    pub predicted: f64,
    /// The share that came to a yes; 0 where there are none.
    pub happened: f64,
}

impl Judged<'_> {
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.predictions.iter().zip(self.outcomes).map(|(&predicted, &outcome)| (predicted, f64::from(outcome)))
    }

    fn mean(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        self.pairs().map(|(predicted, outcome)| of(predicted, outcome)).sum::<f64>() / self.outcomes.len() as f64
    }

    /// Mean squared error (Brier 1950): 0 is perfect, always saying one half scores .25.
    #[must_use]
    pub fn brier(&self) -> f64 {
        self.mean(|predicted, outcome| (predicted - outcome).powi(2))
    }

    /// Mean surprise in nats: minus the logarithm of the probability given to what happened.
    #[must_use]
    pub fn log_loss(&self) -> f64 {
        self.mean(|predicted, outcome| surprise(predicted, outcome > 0.5))
    }

    /// The area under the ROC curve: the chance that a yes had been given a higher probability than a no, half for equal
    /// ones (Bamber 1975, by ranks). Returns `None` if there are not both.
    #[must_use]
    pub fn auc(&self) -> Option<f64> {
        let mut ranked: Vec<(f64, f64)> = self.pairs().collect();
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (mut rank, mut ranks_of_yes, mut yes) = (0.0, 0.0, 0.0);
        for equal in ranked.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let (count, yes_here) = (equal.len() as f64, equal.iter().map(|(_, outcome)| outcome).sum::<f64>());
            ranks_of_yes += yes_here * (rank + f64::midpoint(1.0, count));
            rank += count;
            yes += yes_here;
        }
        let no = rank - yes;
        (yes > 0.0 && no > 0.0).then(|| (ranks_of_yes - yes * (yes + 1.0) / 2.0) / (yes * no))
    }

    /// The calibration table.
    #[must_use]
    pub fn bins(&self) -> Vec<Bin> {
        let edge = |index: usize| index as f64 / BINS as f64;
        let new = |index| Bin { low: edge(index), high: edge(index + 1), ..Bin::default() };
        let mut bins: Vec<Bin> = (0..BINS).map(new).collect();
        for (predicted, outcome) in self.pairs() {
            let at = bins.partition_point(|bin| bin.high <= predicted).min(BINS - 1);
            let bin = &mut bins[at];
            bin.count += 1;
            bin.predicted += predicted;
            bin.happened += outcome;
        }
        for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
            bin.predicted /= bin.count as f64;
            bin.happened /= bin.count as f64;
        }
        bins
    }

    /// The expected calibration error: by how much a bin's predictions miss what happened, on the mean over all
    /// predictions.
    #[must_use]
    pub fn calibration_error(&self) -> f64 {
        let missed = |bin: &Bin| bin.count as f64 * (bin.predicted - bin.happened).abs();
        self.bins().iter().map(missed).sum::<f64>() / self.outcomes.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-12
    }

    #[test]
    fn the_measures_agree_with_hand_computed_values() {
        let judged = Judged { predictions: &[0.9, 0.8, 0.3, 0.3], outcomes: &[true, false, true, false] };
        // Errors .1, .8, .7, .3: squares .01 + .64 + .49 + .09 = 1.23.
        assert!(close(judged.brier(), 1.23 / 4.0));
        // Given to what happened: .9, .2, .3, .7; their product is .0378.
        assert!(close(judged.log_loss(), -(0.0378_f64).ln() / 4.0));
        // Of the four pairs of a yes and a no: .9 wins over .8 and .3, .3 loses against .8 and ties with .3: 2.5 of 4.
        assert!(close(judged.auc().unwrap(), 0.625));
        // Bins: .3 to .4 holds two predictions of .3, half of them a yes: .2 off. .8 to .9 holds one, .8 off; .9 to 1
        // holds one, .1 off. (2 x .2 + .8 + .1) / 4.
        assert!(close(judged.calibration_error(), 1.3 / 4.0));
        assert_eq!(judged.bins().iter().map(|bin| bin.count).collect::<Vec<_>>(), [0, 0, 0, 2, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn certainty_that_errs_costs_much_but_not_without_bound() {
        let judged = Judged { predictions: &[0.0, 1.0], outcomes: &[true, true] };
        assert!(close(judged.log_loss(), 6.0 * 10_f64.ln() / 2.0));
        assert_eq!((judged.auc(), judged.bins()[9].count), (None, 1));
    }
}
