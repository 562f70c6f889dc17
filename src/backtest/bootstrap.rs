//! How sure a difference is: the bootstrap (Efron 1979), with relationships drawn whole.
//!
//! The requests of one relationship resemble each other; drawn one by one they would make any difference look surer than
//! it is (Field & Welsh 2007, the cluster bootstrap).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How often relationships are drawn.
const DRAWS: usize = 1_000;
/// What of the draws lies below the interval, and above it.
const TAIL: f64 = 0.025;
/// The draws are the same on every run.
const SEED: u64 = 1;

/// A mean, and the 95 % interval around it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The standard error.
    pub error: f64,
}

/// The mean of some values, `clusters` saying which belong together, with its 95 % percentile interval. There must be
/// at least one value, and as many clusters as values.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the number of draws")]
pub fn mean(values: &[f64], clusters: &[usize]) -> Mean {
    let sums = sums(values, clusters);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..sums.len()).map(|_| sums[rng.random_range(0..sums.len())]);
            let (sum, count) = drawn.fold((0.0, 0.0), |(sum, count), (more, many)| (sum + more, count + many));
            sum / count
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    let tail = (TAIL * DRAWS as f64) as usize;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let centre = means.iter().sum::<f64>() / DRAWS as f64;
    let error = (means.iter().map(|it| (it - centre).powi(2)).sum::<f64>() / (DRAWS - 1) as f64).sqrt();
    Mean { mean, low: means[tail].min(mean), high: means[DRAWS - 1 - tail].max(mean), error }
}

/// The sum and the number of values of each cluster that has any, in the order of the clusters.
fn sums(values: &[f64], clusters: &[usize]) -> Vec<(f64, f64)> {
    let mut sums = std::collections::BTreeMap::new();
    for (value, cluster) in values.iter().zip(clusters) {
        let (sum, count) = sums.entry(cluster).or_insert((0.0, 0.0));
        *sum += value;
        *count += 1.0;
    }
    sums.into_values().collect()
}
