//! A model fitted to a history: how long to remember, how far to trust few observations, and where to start.
//!
//! A small history is easily followed too far. So the fit is on a leash: it is made on the first 55 % of the requests, and
//! how far to follow it, away from the model it started from, is measured on what comes next, up to 70 %. Only then is it
//! made again on all of the first 70 %, and followed as far as that. The last 30 % stay unseen, for a backtest.

use std::{cell::Cell, collections::HashSet};

use super::{
    Heard, Tape, Target,
    bootstrap::{self, Mean},
    measures::surprise,
    report::{SCORED_SHARE, share},
    search::descend,
    walk::predict,
};
use crate::{model::Model, observation::Channel, time::Timestamp};

/// The first requests are there to learn from; they would fit the start of a history rather than its course.
const LEARNT: f64 = 0.1;
/// Where the fit ends whose worth is measured on what follows.
const FITTED_FIRST: f64 = 0.55;
/// Where the requests begin that no fit sees.
const SEEN: f64 = 1.0 - SCORED_SHARE;
/// How far to follow a fit: shares of the way.
const WAYS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// With fewer requests of known outcome there is nothing to fit to.
const LEAST_REQUESTS: usize = 200;
/// A fitted prior starts from the model's own, which counts as so many first requests.
const WEIGHT_OF_PRIOR: f64 = 20.0;
/// Significant digits of a fitted number.
const DIGITS: usize = 3;

/// Keys that are searched for, with the least and the most that make sense.
const KNOBS: [(&str, f64, f64); 7] = [
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
    /// Mean log loss from 55 % to 70 % of a fit to what comes before, by how far it is followed.
    pub ways: Vec<(f64, f64)>,
    /// Mean log loss from 10 % to 70 %: of the model it started from, and of the fitted one.
    pub losses: (f64, f64),
    /// By how much the fitted model's loss exceeds the other's there.
    pub excess: Mean,
    /// How many models were tried.
    pub tried: usize,
}

/// Fits a model to what comes before the last 30 % of the requests made before `until`, by log loss over the targets of
/// which enough is known. Says how many models it has tried as it goes. None where there is no such target.
pub fn fit(
    history: &[Heard],
    targets: &[Target],
    start: &Model,
    until: Option<Timestamp>,
    said: &dyn Fn(usize),
) -> Option<Fitted> {
    let cases = targets.iter().map(|&target| Case::new(history, target, start, until));
    let cases: Vec<Case> = cases.filter(|case| case.judged.len() >= LEAST_REQUESTS).collect();
    if cases.is_empty() {
        return None;
    }
    let problem = Problem { history, cases, start, said, tried: Cell::new(0) };
    let followed_early = problem.fitted_to((LEARNT, FITTED_FIRST));
    let next = (FITTED_FIRST, SEEN);
    let ways = WAYS.map(|way| problem.losses(&problem.towards(&followed_early, way), next));
    let followed = shortest_way(&ways, &problem.clusters(next));
    let whole = (LEARNT, SEEN);
    let numbers = problem.fitted_to(whole);
    let model = problem.towards(&numbers, followed);
    let (before, after) = (problem.losses(start, whole), problem.losses(&model, whole));
    let excess: Vec<f64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
    let number = |key: String| Some((start.number(&key)?, model.number(&key)?)).map(|(was, is)| (key, was, is));
    Some(Fitted {
        targets: problem.cases.iter().map(|case| (case.target, case.judged.len())).collect(),
        numbers: numbers.into_iter().filter_map(|(key, _)| number(key)).collect(),
        followed,
        ways: WAYS.into_iter().zip(ways.iter().map(|losses| mean(losses))).collect(),
        losses: (mean(&before), mean(&after)),
        excess: bootstrap::mean(&excess, &problem.clusters(whole)),
        tried: problem.tried.get(),
        model,
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The shortest way that is not worse than the best one by more than one standard error of the difference (Breiman et al.
/// 1984, the one-standard-error rule).
fn shortest_way(ways: &[Vec<f64>; 5], clusters: &[usize]) -> f64 {
    let best = ways.iter().min_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap_or(&ways[0]);
    let is_near = |losses: &[f64]| {
        let excess: Vec<f64> = losses.iter().zip(best).map(|(this, best)| this - best).collect();
        let excess = bootstrap::mean(&excess, clusters);
        excess.mean <= excess.error
    };
    WAYS.into_iter().zip(ways).find(|(_, losses)| is_near(losses)).map_or(0.0, |(way, _)| way)
}

/// A target, with the requests before the last 30 % whose outcome is known.
struct Case {
    target: Target,
    judged: Vec<usize>,
    tape: Tape,
}

impl Case {
    fn new(history: &[Heard], target: Target, model: &Model, until: Option<Timestamp>) -> Self {
        let tape = Tape::of(history, target, model);
        let mut judged = tape.judgeable(until);
        judged.truncate(share(judged.len(), SEEN));
        Self { target, judged, tape }
    }

    /// The requests on a stretch, whose ends are shares of all requests.
    fn stretch(&self, (from, to): (f64, f64)) -> &[usize] {
        let place = |of_all: f64| share(self.judged.len(), of_all / SEEN);
        &self.judged[place(from)..place(to)]
    }

    /// The log loss of each request on a stretch.
    fn losses(&self, tape: &Tape, model: &Model, stretch: (f64, f64)) -> Vec<f64> {
        let requests = self.stretch(stretch);
        let Some(last) = requests.last() else { return Vec::new() };
        let predictions = predict(tape, model, last + 1);
        let outcomes = tape.outcomes(requests);
        requests.iter().zip(outcomes).map(|(&place, outcome)| surprise(predictions[place], outcome)).collect()
    }

    /// The mean outcome of the first request of each relationship in a channel, over the model's prior: where a
    /// relationship stands with nothing known.
    fn prior(&self, channel: Channel, prior: f64, (_, to): (f64, f64)) -> f64 {
        let (mut met, mut yes, mut count) = (HashSet::new(), 0.0, 0.0);
        for &place in self.stretch((0.0, to)) {
            let request = &self.tape.requests[place];
            if request.channel == channel && met.insert(request.relationship) {
                yes += f64::from(request.outcome == Some(true));
                count += 1.0;
            }
        }
        (yes + WEIGHT_OF_PRIOR * prior) / (count + WEIGHT_OF_PRIOR)
    }
}

struct Problem<'a> {
    history: &'a [Heard],
    cases: Vec<Case>,
    start: &'a Model,
    said: &'a dyn Fn(usize),
    tried: Cell<usize>,
}

impl Problem<'_> {
    /// The numbers, by key, that fit a stretch.
    fn fitted_to(&self, stretch: (f64, f64)) -> Vec<(String, f64)> {
        let mut numbers = self.priors(stretch);
        let model = with(self.start, &numbers);
        let tapes = self.tapes(&model);
        let turned = |at: &[f64]| KNOBS.iter().zip(at).map(|((key, ..), ln)| ((*key).to_owned(), ln.exp())).collect();
        let cases = &self.cases;
        let height = |at: &[f64]| {
            let turned: Vec<(String, f64)> = turned(at);
            let model = with(&model, &turned);
            mean(&losses(cases, &tapes, &model, stretch))
        };
        let start = KNOBS.map(|(key, ..)| self.start.number(key).unwrap_or(1.0).ln()).to_vec();
        let bounds = KNOBS.map(|(_, least, most)| (least.ln(), most.ln()));
        let found = descend(start, &bounds, &height, &mut || {
            self.tried.set(self.tried.get() + 2);
            (self.said)(self.tried.get());
        });
        let found: Vec<(String, f64)> = turned(&found);
        numbers.extend(found);
        numbers
    }

    fn priors(&self, stretch: (f64, f64)) -> Vec<(String, f64)> {
        let mut priors = Vec::new();
        for case in &self.cases {
            for channel in case.target.predicting() {
                let prior = case.prior(channel, self.start.channel(channel).prior, stretch);
                priors.push((format!("channels.{}.prior", channel.name()), prior));
            }
        }
        priors
    }

    /// The model that lies a share of the way towards some numbers: shares of the odds for what lies between 0 and 1,
    /// of the logarithm for the rest.
    fn towards(&self, numbers: &[(String, f64)], way: f64) -> Model {
        let between = |(key, goal): &(String, f64)| {
            let start = self.start.number(key).unwrap_or(*goal);
            let scale = |value: f64| if is_share(key) { (value / (1.0 - value)).ln() } else { value.ln() };
            let at = scale(start) + way * (scale(*goal) - scale(start));
            (key.clone(), if is_share(key) { 1.0 / (1.0 + (-at).exp()) } else { at.exp() })
        };
        if way > 0.0 { with(self.start, &numbers.iter().map(between).collect::<Vec<_>>()) } else { self.start.clone() }
    }

    fn tapes(&self, model: &Model) -> Vec<Tape> {
        self.cases.iter().map(|case| Tape::of(self.history, case.target, model)).collect()
    }

    /// The log loss of each request on a stretch, target by target.
    fn losses(&self, model: &Model, stretch: (f64, f64)) -> Vec<f64> {
        losses(&self.cases, &self.tapes(model), model, stretch)
    }

    /// The relationship of each request on a stretch, target by target.
    fn clusters(&self, stretch: (f64, f64)) -> Vec<usize> {
        let of = |case: &Case| {
            let relationship = |&place: &usize| case.tape.requests[place].relationship;
            case.stretch(stretch).iter().map(relationship).collect::<Vec<_>>()
        };
        self.cases.iter().flat_map(of).collect()
    }
}

fn losses(cases: &[Case], tapes: &[Tape], model: &Model, stretch: (f64, f64)) -> Vec<f64> {
    cases.iter().zip(tapes).flat_map(|(case, tape)| case.losses(tape, model, stretch)).collect()
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
