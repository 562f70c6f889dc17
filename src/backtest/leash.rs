//! How far to follow a fit: a small history is easily followed too far.
//!
//! It is measured from rolling origins (Tashman 2000): a fit is made on what comes before each of them, and followed part of the
//! way on what comes next, which it had not seen.

use super::{
    Stretch,
    bootstrap::{self, Mean},
    case::{difference, mean, near_best},
};

/// The origins: the shares of the requests after which a fit is made whose worth is measured on the tenth that follows.
/// Several, so that no single stretch of a history decides; as far apart as a measured stretch is long, so that every request is
/// measured once; the first after 30 %, so that it has a third of what the last fit has; the last stretch ends where
/// what no fit sees begins. They were fixed before any figure was computed from them, and are not to be moved for one.
const ORIGINS: [f64; 4] = [0.3, 0.4, 0.5, 0.6];
/// How far to follow a fit: shares of the way from the model that it started from. The first follows nothing.
pub(super) const WAYS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// What following a fit part of the way came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// The share of the way.
    pub share: f64,
    /// The mean log loss.
    pub loss: f64,
    /// By how much that exceeds the loss of following nothing.
    pub excess: Mean,
}

/// For each origin what a fit sees, and what it is measured on.
pub(super) fn stretches() -> impl Iterator<Item = (Stretch, Stretch)> {
    let seen = Stretch::BEFORE;
    let ends = ORIGINS.into_iter().skip(1).chain([seen.to()]);
    let stretches = move |(origin, end)| Some((Stretch::new(seen.from(), origin)?, Stretch::new(origin, end)?));
    ORIGINS.into_iter().zip(ends).filter_map(stretches)
}

/// What was measured.
#[derive(Default)]
pub(super) struct Leash {
    /// For each way the losses of the requests, origin by origin.
    losses: [Vec<f64>; WAYS.len()],
    /// The relationship of each request.
    relationships: Vec<usize>,
    /// How many requests were measured from each origin.
    measured: Vec<usize>,
}

impl Leash {
    /// Takes in what was measured from the next origin.
    pub(super) fn measure(&mut self, losses: [Vec<f64>; WAYS.len()], relationships: Vec<usize>) {
        self.measured.push(relationships.len());
        self.relationships.extend(relationships);
        self.losses.iter_mut().zip(losses).for_each(|(all, more)| all.extend(more));
    }

    /// The place of the way to follow: the shortest of those that pay and are as good as the best of them but for chance.
    pub(super) fn followed(&self) -> usize {
        let open: Vec<usize> = (0..WAYS.len()).filter(|&way| way == 0 || self.pays(way)).collect();
        let losses: Vec<&[f64]> = open.iter().map(|&way| self.losses[way].as_slice()).collect();
        let near = near_best(&losses, |values| {
            let found = bootstrap::mean(values, &self.relationships);
            (found.mean, found.error)
        });
        near.first().map_or(0, |&place| open[place])
    }

    /// Whether a way beats following nothing from every origin, and over all of them by more than chance: the burden
    /// of proof is the fit's. A gain in one part of a history alone may be a habit that somebody has already given up.
    fn pays(&self, way: usize) -> bool {
        let gain = difference(&self.losses[way], &self.losses[0]);
        let mut rest = gain.as_slice();
        let from_every_origin = self.measured.iter().all(|&count| {
            let (here, after) = rest.split_at(count);
            rest = after;
            mean(here) < 0.0
        });
        from_every_origin && bootstrap::mean(&gain, &self.relationships).high < 0.0
    }

    /// What each way came to.
    pub(super) fn ways(&self) -> Vec<Way> {
        let way = |(share, losses): (f64, &Vec<f64>)| Way {
            share,
            loss: mean(losses),
            excess: bootstrap::mean(&difference(losses, &self.losses[0]), &self.relationships),
        };
        WAYS.into_iter().zip(&self.losses).map(way).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty requests from each of two origins, of ten relationships; what each way adds to a loss of .5 by then, in
    /// hundredths, and by how much relationships differ in that.
    fn followed(added: [[f64; WAYS.len()]; 2], differ: f64) -> f64 {
        let mut leash = Leash::default();
        for added in added {
            let differs = |way: usize, at: usize| WAYS[way] * differ * ((at % 10) as f64 - 4.5);
            let loss = |way: usize, at: usize| 0.5 + (added[way] + differs(way, at)) / 100.0;
            let losses = std::array::from_fn(|way| (0..40).map(|at| loss(way, at)).collect());
            leash.measure(losses, (0..40).map(|at| at % 10).collect());
        }
        WAYS[leash.followed()]
    }

    #[test]
    fn a_way_is_followed_where_it_surely_pays_and_no_further_than_it_does() {
        let [down, up] = [[0.0, -2.0, -4.0, -3.0, -1.0], [0.0, 2.0, 4.0, 6.0, 8.0]];
        let close = |left: f64, right: f64| (left - right).abs() < f64::EPSILON;
        assert!(close(followed([down, down], 0.1), 0.5), "the best way");
        assert!(close(followed([up, up], 0.1), 0.0), "nothing pays");
        assert!(close(followed([down, up], 0.1), 0.0), "a gain from one origin is none from all");
        assert!(close(followed([down, down], 20.0), 0.0), "a gain that may be chance");
        let flat = [0.0, -3.9, -4.0, -4.1, -4.2];
        assert!(close(followed([flat, flat], 1.0), 0.25), "equally good but for chance: the shortest");
        let uneven = [[0.0, -2.0, -3.0, -9.0, -9.0], [0.0, -2.0, -3.0, 1.0, 1.0]];
        assert!(close(followed(uneven, 0.1), 0.5), "the best of those that pay from every origin");
    }

    #[test]
    fn every_request_from_30_to_70_percent_is_measured_once_by_a_fit_that_had_not_seen_it() {
        let requests: Vec<usize> = (0..997).collect();
        let measured: Vec<usize> = stretches().flat_map(|(_, next)| next.of(&requests).to_vec()).collect();
        assert_eq!(measured, Stretch::new(0.3, 0.7).unwrap().of(&requests));
        for (seen, next) in stretches() {
            assert!(seen.of(&requests).last() < next.of(&requests).first());
            assert_eq!(seen.of(&requests).first(), Stretch::BEFORE.of(&requests).first());
        }
    }
}
