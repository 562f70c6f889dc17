//! A walk through a chain: what comes down to its end, and by how much that moves with each link.

use super::{link::Link, service::Service};

/// A chain walked with every known link at some service level that it may have.
pub(super) struct Walk {
    /// What reaches the customer of each link; none where it is known neither of the link nor of any upstream.
    pub end_to_end: Vec<Option<f64>>,
    /// By how much the whole moves with the service level of each link; 0 where that is unknown.
    pub slopes: Vec<f64>,
}

/// What is known of what reaches a link from upstream.
#[derive(Clone, Copy, Default)]
struct Reaching {
    /// The sum of the shares of those of whom something is known.
    known: f64,
    /// The sum of what they pass on, each times its share.
    sum: f64,
}

impl Reaching {
    fn mean(self) -> Option<f64> {
        (self.known > 0.0).then(|| self.sum / self.known)
    }
}

impl Walk {
    /// Walks with each known link at the level that `level` takes out of its service.
    pub fn of(links: &[Link], level: impl Fn(&Service) -> f64) -> Self {
        let levels: Vec<Option<f64>> = links.iter().map(|link| link.status.service.as_ref().map(&level)).collect();
        let mut reaching = vec![Reaching::default(); links.len()];
        let mut end_to_end = vec![None; links.len()];
        for (place, link) in links.iter().enumerate().rev() {
            let from_upstream = reaching[place].mean();
            end_to_end[place] = levels[place].map(|level| level * from_upstream.unwrap_or(1.0)).or(from_upstream);
            if let (Some(downstream), Some(passed_on)) = (link.downstream, end_to_end[place]) {
                reaching[downstream].known += link.share;
                reaching[downstream].sum += link.share * passed_on;
            }
        }
        let mut bearing: Vec<f64> = Vec::with_capacity(links.len());
        for (place, link) in links.iter().enumerate() {
            let of_downstream = link.downstream.map_or(1.0, |it| bearing[it] * levels[it].unwrap_or(1.0));
            let among_known = link.downstream.map_or(1.0, |it| reaching[it].known);
            let counts = end_to_end[place].is_some() && among_known > 0.0;
            bearing.push(if counts { of_downstream * link.share / among_known } else { 0.0 });
        }
        let slope =
            |place: usize| levels[place].map_or(0.0, |_| bearing[place] * reaching[place].mean().unwrap_or(1.0));
        Self { slopes: (0..links.len()).map(slope).collect(), end_to_end }
    }
}

/// How much each link bears on the whole, as far as that can be said before what is upstream is known: the product of the
/// shares and of the service levels on the way from there. An unknown one passes on what it gets.
#[must_use]
pub fn weights(links: &[Link]) -> Vec<f64> {
    on_the_way(links, |link| link.status.service.as_ref().map_or(1.0, |it| it.level))
}

/// The unknown links' part in the whole walk, 0 to 1: each counts as the product of the shares on its way.
pub(super) fn unknown_share(links: &[Link]) -> f64 {
    let parts = on_the_way(links, |_| 1.0);
    let (mut unknown, mut whole) = (0.0, 0.0);
    for (link, part) in links.iter().zip(parts) {
        whole += part;
        unknown += if link.status.service.is_none() { part } else { 0.0 };
    }
    if whole > 0.0 { unknown / whole } else { 0.0 }
}

/// The mean evidence of the known links, each by its part in the walk, as if the known ones were all.
pub(super) fn evidence(links: &[Link]) -> f64 {
    let (mut sum, mut whole) = (0.0, 0.0);
    for (link, part) in links.iter().zip(Walk::of(links, |_| 1.0).slopes) {
        whole += part;
        sum += part * link.status.service.as_ref().map_or(0.0, |it| it.evidence);
    }
    if whole > 0.0 { sum / whole } else { 0.0 }
}

/// The product of the shares on the way to each link, its own among them, and of what the links before it pass on.
fn on_the_way(links: &[Link], passed_on: impl Fn(&Link) -> f64) -> Vec<f64> {
    let mut products: Vec<f64> = Vec::with_capacity(links.len());
    for link in links {
        let before = link.downstream.map_or(1.0, |it| products[it] * passed_on(&links[it]));
        products.push(before * link.share);
    }
    products
}
