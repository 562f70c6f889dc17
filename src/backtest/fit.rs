//! A model fitted to a history: how long to remember, how far to trust few observations, and where to start.
//!
//! How far it is followed, away from the model it started from, the shrinkage says ([`super::shrinkage`]), by fits to the first 30, 40,
//! 50 and 60 % of the requests, each on the tenth that comes next. Then it is made again on all of the first 70 %, and
//! followed as far as that. The last 30 % stay unseen, for a backtest.

use std::{cell::Cell, collections::HashSet};

use super::{
    bootstrap::{self, Mean},
    case::{Case, difference, mean},
    event_log::{EventLog, Heard},
    search::descend,
    shrinkage::{STEPS, Shrinkage, ShrinkageStep, windows},
    target::Target,
    window::Window,
};
use crate::{model::Model, observation::Channel, time::Timestamp};

/// With fewer requests of known outcome there is nothing to fit to.
const LEAST_REQUESTS: usize = 200;
/// Nor with fewer of the rarer outcome.
const LEAST_OF_EITHER: usize = 20;
/// A fitted prior starts from the model's own, which counts as so many first requests.
const WEIGHT_OF_PRIOR: f64 = 20.0;
/// Significant digits of a fitted number.
const DIGITS: usize = 3;

/// Keys that are searched for, with the least and the most that make sense.
const PARAMETERS: [(&str, f64, f64); 7] = [
    ("reply.due_shape", 0.5, 20.0),
    ("pool.half_life_days", 1.0, 3_650.0),
    ("pool.prior_weight", 1.0, 200.0),
    ("memory.slow_half_life_days", 1.0, 3_650.0),
    ("memory.slow_prior_weight", 1.0, 200.0),
    ("memory.fast_half_life_days", 1.0, 3_650.0),
    ("memory.fast_prior_weight", 1.0, 200.0),
];

/// A fitted model, and what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The model.
    pub model: Model,
    /// What it was fitted to, with the number of requests among the first 70 %.
    pub targets: Vec<(Target, usize)>,
    /// Each number that was fitted: its key, what it was, and what it is.
    pub numbers: Vec<(String, f64, f64)>,
    /// How far the fit was followed: 0 leaves the model as it was, 1 follows it all the way.
    pub followed: f64,
    /// What each step of following came to from 30 to 70 %, by fits that had not seen it.
    pub steps: Vec<ShrinkageStep>,
    /// Mean log loss from 10 % to 70 %: of the model it started from, and of the fitted one.
    pub losses: (f64, f64),
    /// By how much the fitted model's loss exceeds the other's there.
    pub excess: Mean,
    /// How many models were tried.
    pub tried: usize,
}

/// Fits a model to what comes before the last 30 % of the requests made before `until`, by log loss over the targets of
/// which enough is known. Calls `progress` with the number of models tried as it goes. Returns `None` if there is no such target.
pub fn fit(
    history: &[Heard],
    targets: &[Target],
    start: &Model,
    until: Option<Timestamp>,
    progress: &dyn Fn(usize),
) -> Option<Fitted> {
    let cases = targets.iter().map(|&target| Case::new(history, target, start, until));
    let cases: Vec<Case> = cases.filter(says_enough).collect();
    if cases.is_empty() {
        return None;
    }
    let problem = Problem { history, cases, start, progress, tried: Cell::new(0) };
    let shrinkage = problem.shrinkage();
    let followed = STEPS[shrinkage.followed()];
    let numbers = problem.fitted_to(Window::BEFORE);
    let model = problem.towards(&numbers, followed);
    let (before, after) = (problem.losses(start, Window::BEFORE), problem.losses(&model, Window::BEFORE));
    let number = |key: String| Some((start.number(&key)?, model.number(&key)?)).map(|(was, is)| (key, was, is));
    Some(Fitted {
        targets: problem.cases.iter().map(|case| (case.target, fitted_to(case).len())).collect(),
        numbers: numbers.into_iter().filter_map(|(key, _)| number(key)).collect(),
        followed,
        steps: shrinkage.steps(),
        losses: (mean(&before), mean(&after)),
        excess: bootstrap::mean(&difference(&after, &before), &problem.clusters(Window::BEFORE)),
        tried: problem.tried.get(),
        model,
    })
}

/// Whether there is something to fit to: many requests, and some of them of either outcome. Whatever always comes to the same
/// would only teach to be certain of it.
fn says_enough(case: &Case) -> bool {
    let requests = fitted_to(case);
    let yes = case.log.outcomes(requests).into_iter().filter(|&outcome| outcome).count();
    requests.len() >= LEAST_REQUESTS && yes.min(requests.len() - yes) >= LEAST_OF_EITHER
}

/// The requests a fit may see.
fn fitted_to(case: &Case) -> &[usize] {
    Window::BEFORE.with_start().of(&case.judged)
}

/// The mean outcome of the first request of each relationship in a channel, over the model's prior: where a relationship
/// stands with nothing known.
fn prior(case: &Case, channel: Channel, prior: f64, window: Window) -> f64 {
    let (mut met, mut yes, mut count) = (HashSet::new(), 0.0, 0.0);
    for &place in window.with_start().of(&case.judged) {
        let request = &case.log.requests[place];
        if request.channel == channel && met.insert(request.relationship) {
            yes += f64::from(request.outcome == Some(true));
            count += 1.0;
        }
    }
    (yes + WEIGHT_OF_PRIOR * prior) / (count + WEIGHT_OF_PRIOR)
}

struct Problem<'a> {
    history: &'a [Heard],
    cases: Vec<Case>,
    start: &'a Model,
    progress: &'a dyn Fn(usize),
    tried: Cell<usize>,
}

impl Problem<'_> {
    /// Measures from every origin what following a fit would have come to.
    fn shrinkage(&self) -> Shrinkage {
        let mut shrinkage = Shrinkage::default();
        for (seen, next) in windows() {
            let numbers = self.fitted_to(seen);
            let losses = STEPS.map(|share| self.losses(&self.towards(&numbers, share), next));
            shrinkage.measure(losses, self.clusters(next));
        }
        shrinkage
    }

    /// The numbers, by key, that fit a window.
    fn fitted_to(&self, window: Window) -> Vec<(String, f64)> {
        let mut numbers = self.priors(window);
        let model = with(self.start, &numbers);
        let logs = self.logs(&model);
        let values = |at: &[f64]| -> Vec<(String, f64)> {
            PARAMETERS.iter().zip(at).map(|((key, ..), ln)| ((*key).to_owned(), ln.exp())).collect()
        };
        let cases = &self.cases;
        let mean_loss = |at: &[f64]| {
            let model = with(&model, &values(at));
            mean(&losses(cases, &logs, &model, window))
        };
        let start = PARAMETERS.map(|(key, ..)| self.start.number(key).unwrap_or(1.0).ln()).to_vec();
        let bounds = PARAMETERS.map(|(_, least, most)| (least.ln(), most.ln()));
        let found = descend(start, &bounds, &mean_loss, &mut || {
            self.tried.set(self.tried.get() + 2);
            (self.progress)(self.tried.get());
        });
        numbers.extend(values(&found));
        numbers
    }

    fn priors(&self, window: Window) -> Vec<(String, f64)> {
        let mut priors = Vec::new();
        for case in &self.cases {
            for channel in case.target.predicting() {
                let prior = prior(case, channel, self.start.channel(channel).prior, window);
                priors.push((format!("channels.{}.prior", channel.name()), prior));
            }
        }
        priors
    }

    /// The model that lies a share of the way towards some numbers: shares of the odds for what lies between 0 and 1,
    /// of the logarithm for the rest.
    fn towards(&self, numbers: &[(String, f64)], share: f64) -> Model {
        let between = |(key, goal): &(String, f64)| {
            let start = self.start.number(key).unwrap_or(*goal);
            let scale = |value: f64| if is_share(key) { (value / (1.0 - value)).ln() } else { value.ln() };
            let at = scale(start) + share * (scale(*goal) - scale(start));
            (key.clone(), if is_share(key) { 1.0 / (1.0 + (-at).exp()) } else { at.exp() })
        };
        if share > 0.0 {
            with(self.start, &numbers.iter().map(between).collect::<Vec<_>>())
        } else {
            self.start.clone()
        }
    }

    fn logs(&self, model: &Model) -> Vec<EventLog> {
        self.cases.iter().map(|case| EventLog::of(self.history, case.target, model)).collect()
    }

    /// The log loss of each request on a window, target by target.
    fn losses(&self, model: &Model, window: Window) -> Vec<f64> {
        losses(&self.cases, &self.logs(model), model, window)
    }

    /// The relationship of each request on a window, target by target.
    fn clusters(&self, window: Window) -> Vec<usize> {
        self.cases.iter().flat_map(|case| case.relationships(window)).collect()
    }
}

fn losses(cases: &[Case], logs: &[EventLog], model: &Model, window: Window) -> Vec<f64> {
    cases.iter().zip(logs).flat_map(|(case, log)| case.losses_on(log, model, window)).collect()
}

fn is_share(key: &str) -> bool {
    key.rsplit('.').next() == Some("prior")
}

/// The model with numbers changed, each rounded to what is written down.
fn with(model: &Model, numbers: &[(String, f64)]) -> Model {
    let rounded = |number: f64| format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number);
    let numbers: Vec<(&str, f64)> = numbers.iter().map(|(key, number)| (key.as_str(), rounded(*number))).collect();
    // The search stays within what a model may be.
    model.with(&numbers).unwrap_or_else(|_| model.clone())
}
