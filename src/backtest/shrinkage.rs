//! Shrinkage: how far to follow a fit, away from the model it started from. A small history is easily followed too far.
//!
//! It is measured from rolling origins (Tashman 2000): a fit is made on what comes before each of them, and followed part of the
//! way on what comes next, which it had not seen.

use super::{
    bootstrap::{self, Mean},
    case::{difference, mean, near_best},
    window::Window,
};

/// The origins: the shares of the requests after which a fit is made whose worth is measured on the tenth that follows.
/// Several, so that no single window of a history decides; as far apart as a measured window is long, so that every request is
/// measured once; the first after 30 %, so that it has a third of what the last fit has; the last window ends where
/// what no fit sees begins. They were fixed before any figure was computed from them, and are not to be moved for one.
const ORIGINS: [f64; 4] = [0.3, 0.4, 0.5, 0.6];
/// How far to follow a fit: shares of the way from the model that it started from. The first follows nothing.
pub(super) const STEPS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// What following a fit part of the way came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShrinkageStep {
    /// The share of the way.
    pub share: f64,
    /// The mean log loss.
    pub loss: f64,
    /// By how much that exceeds the loss of following nothing.
    pub excess: Mean,
}

/// For each origin what a fit sees, and what it is measured on.
pub(super) fn windows() -> impl Iterator<Item = (Window, Window)> {
    let seen = Window::BEFORE;
    let ends = ORIGINS.into_iter().skip(1).chain([seen.to()]);
    let window = move |(origin, end)| Some((Window::new(seen.from(), origin)?, Window::new(origin, end)?));
    ORIGINS.into_iter().zip(ends).filter_map(window)
}

/// What following fits came to, step by step.
#[derive(Default)]
pub(super) struct Shrinkage {
    /// For each step the losses of the requests, origin by origin.
    losses: [Vec<f64>; STEPS.len()],
    /// The relationship of each request.
    relationships: Vec<usize>,
    /// How many requests were measured from each origin.
    measured: Vec<usize>,
}

impl Shrinkage {
    /// Takes in what was measured from the next origin.
    pub(super) fn measure(&mut self, losses: [Vec<f64>; STEPS.len()], relationships: Vec<usize>) {
        self.measured.push(relationships.len());
        self.relationships.extend(relationships);
        self.losses.iter_mut().zip(losses).for_each(|(all, more)| all.extend(more));
    }

    /// The step to follow: the shortest of those that pay and are as good as the best of them but for chance.
    pub(super) fn followed(&self) -> usize {
        let open: Vec<usize> = (0..STEPS.len()).filter(|&step| step == 0 || self.pays(step)).collect();
        let losses: Vec<&[f64]> = open.iter().map(|&step| self.losses[step].as_slice()).collect();
        let near = near_best(&losses, |values| {
            let found = bootstrap::mean(values, &self.relationships);
            (found.mean, found.error)
        });
        near.first().map_or(0, |&place| open[place])
    }

    /// Whether a step beats following nothing over all origins by more than chance, and from none of them loses by more than
    /// chance: a gain in one part of a history that another surely gives back may be a habit that somebody has already given up.
    /// To ask for a gain from each would refuse most real ones, for a tenth of a history is little to go by.
    fn pays(&self, step: usize) -> bool {
        let excess = difference(&self.losses[step], &self.losses[0]);
        let (mut rest, mut relationships) = (excess.as_slice(), self.relationships.as_slice());
        let mut no_sure_loss = true;
        for &count in self.measured.iter().filter(|count| **count > 0) {
            let ((here, after), (of_here, of_after)) = (rest.split_at(count), relationships.split_at(count));
            no_sure_loss &= bootstrap::mean(here, of_here).low <= 0.0;
            (rest, relationships) = (after, of_after);
        }
        no_sure_loss && bootstrap::mean(&excess, &self.relationships).high < 0.0
    }

    /// What each step came to.
    pub(super) fn steps(&self) -> Vec<ShrinkageStep> {
        let step = |(share, losses): (f64, &Vec<f64>)| ShrinkageStep {
            share,
            loss: mean(losses),
            excess: bootstrap::mean(&difference(losses, &self.losses[0]), &self.relationships),
        };
        STEPS.into_iter().zip(&self.losses).map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty requests from each of two origins, of ten relationships; what each step adds to a loss of .5 by then, in
    /// hundredths, and by how much relationships differ in that.
    fn followed(added: [[f64; STEPS.len()]; 2], differ: f64) -> f64 {
        let mut shrinkage = Shrinkage::default();
        for added in added {
            let differs = |step: usize, at: usize| STEPS[step] * differ * ((at % 10) as f64 - 4.5);
            let loss = |step: usize, at: usize| 0.5 + (added[step] + differs(step, at)) / 100.0;
            let losses = std::array::from_fn(|step| (0..40).map(|at| loss(step, at)).collect());
            shrinkage.measure(losses, (0..40).map(|at| at % 10).collect());
        }
        STEPS[shrinkage.followed()]
    }

    #[test]
    fn a_step_is_followed_where_it_surely_pays_and_no_further_than_it_does() {
        let [down, up] = [[0.0, -2.0, -4.0, -3.0, -1.0], [0.0, 2.0, 4.0, 6.0, 8.0]];
        let close = |left: f64, right: f64| (left - right).abs() < f64::EPSILON;
        assert!(close(followed([down, down], 0.1), 0.5), "the best step");
        assert!(close(followed([up, up], 0.1), 0.0), "nothing pays");
        assert!(close(followed([down, up], 0.1), 0.0), "a gain that another origin surely gives back");
        let level = [0.0, 0.1, 0.1, 0.1, 0.1];
        assert!(close(followed([down, level], 1.0), 0.5), "a loss from one origin that may be chance");
        assert!(close(followed([down, down], 20.0), 0.0), "a gain that may be chance");
        let flat = [0.0, -3.9, -4.0, -4.1, -4.2];
        assert!(close(followed([flat, flat], 1.0), 0.25), "equally good but for chance: the shortest");
        let uneven = [[0.0, -2.0, -3.0, -9.0, -9.0], [0.0, -2.0, -3.0, 1.0, 1.0]];
        assert!(close(followed(uneven, 0.1), 0.5), "the best of those that surely lose from no origin");
    }

    #[test]
    fn every_request_from_30_to_70_percent_is_measured_once_by_a_fit_that_had_not_seen_it() {
        let requests: Vec<usize> = (0..997).collect();
        let measured: Vec<usize> = windows().flat_map(|(_, next)| next.of(&requests).to_vec()).collect();
        assert_eq!(measured, Window::new(0.3, 0.7).unwrap().of(&requests));
        for (seen, next) in windows() {
            assert!(seen.of(&requests).last() < next.of(&requests).first());
            assert_eq!(seen.of(&requests).first(), Window::BEFORE.of(&requests).first());
        }
    }
}
