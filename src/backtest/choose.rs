//! One model out of several candidates, by a rule that can be stated before anything is computed.

use std::thread;

use super::{
    bootstrap,
    case::{Case, difference, mean, near_best},
    window::Window,
};
use crate::model::Model;

/// What speaks for a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its mean log loss in each case, less that of the running global rate.
    pub losses: Vec<f64>,
    /// The mean of those: cases weigh alike.
    pub mean: f64,
    /// By how much that exceeds the best candidate's, and the standard error of this.
    pub excess: (f64, f64),
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Every candidate, in the order given.
    pub candidates: Vec<Candidate>,
    /// The place of the chosen one.
    pub chosen: usize,
}

/// Compares candidates, each with its distance from where one would rather stay, by log loss on a window of some cases,
/// grouped by the history they come from. Of those that are not worse than the best by more than one standard error the nearest
/// is chosen, and of equally near ones the better. The cases must have been made under a model with the same priors.
/// Returns `None` if there is nothing to compare, or to compare by.
#[must_use]
pub fn choose(histories: &[Vec<Case>], candidates: &[(f64, Model)], window: Window) -> Option<Choice> {
    let cases: Vec<&Case> = histories.iter().flatten().collect();
    let sizes: Vec<usize> = cases.iter().map(|case| window.of(&case.judged).len()).collect();
    if candidates.is_empty() || sizes.is_empty() || sizes.contains(&0) {
        return None;
    }
    let total: usize = sizes.iter().sum();
    let weight = |size: usize| total as f64 / (sizes.len() * size) as f64;
    let by_case =
        side_by_side(candidates, &|(_, model)| cases.iter().map(|case| case.losses(model, window)).collect::<Vec<_>>());
    // Weighed so that the mean over all requests is the mean over cases.
    let weigh = |by_case: &Vec<Vec<f64>>| -> Vec<f64> {
        by_case.iter().flat_map(|losses| losses.iter().map(|loss| loss * weight(losses.len()))).collect()
    };
    let weighed: Vec<Vec<f64>> = by_case.iter().map(weigh).collect();
    let clusters: Vec<Vec<usize>> =
        histories.iter().map(|cases| cases.iter().flat_map(|case| case.relationships(window)).collect()).collect();
    let best = weighed.iter().min_by(|a, b| mean(a).total_cmp(&mean(b)))?;
    let global: Vec<f64> = cases.iter().map(|case| case.loss_of_global_rate(window)).collect();
    let candidate = |(by_case, weighed): (&Vec<Vec<f64>>, &Vec<f64>)| {
        let losses: Vec<f64> = by_case.iter().zip(&global).map(|(losses, global)| mean(losses) - global).collect();
        Candidate { mean: mean(&losses), losses, excess: mean_of(&difference(weighed, best), &clusters) }
    };
    let found: Vec<Candidate> = by_case.iter().zip(&weighed).map(candidate).collect();
    let near = near_best(&weighed, |values| mean_of(values, &clusters)).into_iter();
    let chosen = near.min_by(|&a, &b| {
        let nearer = candidates[a].0.total_cmp(&candidates[b].0);
        nearer.then(found[a].mean.total_cmp(&found[b].mean))
    })?;
    Some(Choice { candidates: found, chosen })
}

/// The mean of some values and its standard error. `clusters` says for each history which of its values belong together;
/// histories are independent, so that their variances add.
fn mean_of(values: &[f64], clusters: &[Vec<usize>]) -> (f64, f64) {
    let (mut rest, mut sum, mut variance) = (values, 0.0, 0.0);
    for clusters in clusters {
        let (here, after) = rest.split_at(clusters.len());
        rest = after;
        let share = here.len() as f64 / values.len() as f64;
        let found = bootstrap::mean(here, clusters);
        sum += share * found.mean;
        variance += (share * found.error).powi(2);
    }
    (sum, variance.sqrt())
}

/// What a function makes of each item, on as many threads as there are processors.
fn side_by_side<T: Sync, U: Send>(items: &[T], make: &(impl Fn(&T) -> U + Sync)) -> Vec<U> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let part = |items: &'_ [T]| items.iter().map(make).collect::<Vec<U>>();
        let parts: Vec<_> =
            items.chunks(items.len().div_ceil(threads).max(1)).map(|items| scope.spawn(move || part(items))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("a walk ends")).collect()
    })
}
