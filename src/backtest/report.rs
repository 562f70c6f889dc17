//! What a backtest found.

use super::{
    baselines::baselines,
    bootstrap::{self, Mean},
    event_log::EventLog,
    measures::{Bin, Judged},
    predict::predict,
    target::Target,
    window::Window,
};
use crate::{
    model::{Model, ModelVersion},
    time::Timestamp,
};

/// Outcomes that it takes to judge a forecast: with fewer, a skill is as likely luck.
pub const ENOUGH_OUTCOMES: usize = 100;

/// How well a way of predicting did.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Its name.
    pub name: &'static str,
    /// What it is, in words.
    pub description: &'static str,
    /// Mean squared error, 0 to 1.
    pub brier: f64,
    /// By how much that is less than the running global rate's, as a share of it: 0 is no better, 1 is perfect. 0 where
    /// the global rate makes no error.
    pub skill: f64,
    /// Mean logarithmic loss in nats.
    pub log_loss: f64,
    /// Area under the ROC curve; `None` if all outcomes are the same.
    pub auc: Option<f64>,
    /// Expected calibration error, 0 to 1.
    pub calibration_error: f64,
    /// By how much its Brier score is worse than the model's, with a 95 % interval: above 0 the model is better.
    pub worse_by: Mean,
}

/// What a backtest found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What was predicted.
    pub target: Target,
    /// The version of the model that predicted.
    pub model_version: ModelVersion,
    /// Requests that were predicted and whose outcome is known.
    pub predicted: usize,
    /// Those of them that were scored.
    pub scored: usize,
    /// Relationships of those.
    pub relationships: usize,
    /// When the first scored request became known, and the last.
    pub span: (Timestamp, Timestamp),
    /// The share of the scored requests that came to a yes.
    pub rate: f64,
    /// The model.
    pub model: Quality,
    /// What it is compared with.
    pub baselines: Vec<Quality>,
    /// How the model's probabilities compare with what happened.
    pub calibration: Vec<Bin>,
}

impl Report {
    /// Why the figures say nothing, in words; `None` where they can be judged.
    #[must_use]
    pub fn too_little(&self) -> Option<String> {
        let Self { scored, rate, .. } = self;
        if *scored < ENOUGH_OUTCOMES {
            Some(format!("too little to judge: {scored} outcomes, where it takes {ENOUGH_OUTCOMES}"))
        } else if *rate <= 0.0 || *rate >= 1.0 {
            Some(format!("too little to judge: all {scored} outcomes are the same, so there is nothing to tell apart"))
        } else {
            None
        }
    }
}

/// Scores a model's predictions on a window of the requests made before `until`. Returns `None` if there is nothing to score.
#[must_use]
pub fn judge(log: &EventLog, model: &Model, until: Option<Timestamp>, window: Window) -> Option<Report> {
    let judgeable = log.judgeable(until);
    let scored = window.of(&judgeable);
    let (first, last) = (*scored.first()?, *scored.last()?);
    let outcomes = log.outcomes(scored);
    let clusters: Vec<usize> = scored.iter().map(|&place| log.requests[place].relationship).collect();
    let at = |predictions: &[f64]| scored.iter().map(|&place| predictions[place]).collect::<Vec<f64>>();
    let of_model = at(&predict(log, model, last + 1));
    let baselines = baselines(log);
    let reference = Judged { predictions: &at(&baselines.first()?.predictions), outcomes: &outcomes }.brier();
    let quality = |name, description, predictions: &[f64]| {
        let judged = Judged { predictions, outcomes: &outcomes };
        Quality {
            name,
            description,
            brier: judged.brier(),
            skill: if reference > 0.0 { 1.0 - judged.brier() / reference } else { 0.0 },
            log_loss: judged.log_loss(),
            auc: judged.auc(),
            calibration_error: judged.calibration_error(),
            worse_by: bootstrap::mean(&worse_by(predictions, &of_model, &outcomes), &clusters),
        }
    };
    let mut relationships = clusters.clone();
    relationships.sort_unstable();
    relationships.dedup();
    Some(Report {
        target: log.target,
        model_version: model.version(),
        predicted: judgeable.len(),
        scored: scored.len(),
        relationships: relationships.len(),
        span: (log.requests[first].at, log.requests[last].at),
        rate: outcomes.iter().filter(|&&outcome| outcome).count() as f64 / outcomes.len() as f64,
        model: quality("model", "what the service would have said", &of_model),
        baselines: baselines.iter().map(|way| quality(way.name, way.description, &at(&way.predictions))).collect(),
        calibration: Judged { predictions: &of_model, outcomes: &outcomes }.bins(),
    })
}

/// By how much some predictions' squared errors exceed others', request by request.
pub(super) fn worse_by(predictions: &[f64], others: &[f64], outcomes: &[bool]) -> Vec<f64> {
    let error = |predicted: f64, outcome: bool| (predicted - f64::from(outcome)).powi(2);
    let each = predictions.iter().zip(others).zip(outcomes);
    each.map(|((&this, &other), &outcome)| error(this, outcome) - error(other, outcome)).collect()
}
