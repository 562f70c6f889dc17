//! A history and a target: what models are compared on.

use super::{
    baselines::baselines,
    event_log::{EventLog, Heard},
    measures::surprise,
    predict::predict,
    target::Target,
    window::Window,
};
use crate::{model::Model, time::Timestamp};

/// A history made ready for one target, with the requests that can be judged.
#[derive(Debug)]
pub struct Case {
    pub(super) target: Target,
    pub(super) judged: Vec<usize>,
    pub(super) log: EventLog,
}

impl Case {
    /// Folds a history under the target's view of `model`, with the requests made before `until`.
    #[must_use]
    pub fn new(history: &[Heard], target: Target, model: &Model, until: Option<Timestamp>) -> Self {
        let log = EventLog::of(history, target, model);
        Self { target, judged: log.judgeable(until), log }
    }

    /// The log loss of a model's prediction of each request on a window of this case; `log` is the case's own, or one
    /// of the same history under other priors.
    pub(super) fn losses_on(&self, log: &EventLog, model: &Model, window: Window) -> Vec<f64> {
        let requests = window.of(&self.judged);
        requests.last().map_or_else(Vec::new, |last| self.surprises(&predict(log, model, last + 1), requests))
    }

    /// As [`Case::losses_on`], on the case's own log.
    pub(super) fn losses(&self, model: &Model, window: Window) -> Vec<f64> {
        self.losses_on(&self.log, model, window)
    }

    /// The mean log loss of the running global rate on a window.
    pub(super) fn loss_of_global_rate(&self, window: Window) -> f64 {
        let of_each = baselines(&self.log);
        let losses = of_each.first().map(|global| self.surprises(&global.predictions, window.of(&self.judged)));
        mean(&losses.unwrap_or_default())
    }

    fn surprises(&self, predictions: &[f64], requests: &[usize]) -> Vec<f64> {
        let outcomes = self.log.outcomes(requests);
        requests.iter().zip(outcomes).map(|(&place, outcome)| surprise(predictions[place], outcome)).collect()
    }

    /// The relationship of each request on a window: the same number in every case of one history.
    pub(super) fn relationships(&self, window: Window) -> Vec<usize> {
        window.of(&self.judged).iter().map(|&place| self.log.requests[place].relationship).collect()
    }
}

/// The mean of some values.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Which of some candidates are not worse than the best one by more than one standard error of the difference
/// (Breiman et al. 1984, the one-standard-error rule): their places. A candidate is its losses, request by request, and `mean_of` says
/// how large the mean of a difference is, and its standard error.
pub(super) fn near_best(candidates: &[impl AsRef<[f64]>], mean_of: impl Fn(&[f64]) -> (f64, f64)) -> Vec<usize> {
    let candidates = candidates.iter().map(AsRef::as_ref).collect::<Vec<&[f64]>>();
    let Some(best) = candidates.iter().min_by(|a, b| mean(a).total_cmp(&mean(b))) else { return Vec::new() };
    let is_near = |&place: &usize| {
        let (excess, error) = mean_of(&difference(candidates[place], best));
        excess <= error
    };
    (0..candidates.len()).filter(is_near).collect()
}

/// By how much some losses exceed others, request by request.
pub(super) fn difference(losses: &[f64], others: &[f64]) -> Vec<f64> {
    losses.iter().zip(others).map(|(this, other)| this - other).collect()
}
