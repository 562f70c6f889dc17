//! A chain, appraised: what reaches its end, how sure that is, and where most is lost.

use std::collections::BTreeMap;

use super::{
    link::Link,
    service::Service,
    walk::{Walk, evidence, unknown_share},
};
use crate::{event::Relationship, model::Model};

/// A chain, appraised.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The links, each before those upstream of it; the first is the relationship at the customer's end.
    pub links: Vec<Link>,
    /// What reaches the customer of each link, 0 to 1; none where it is known neither of the link nor of any upstream.
    pub end_to_end: Vec<Option<f64>>,
    /// The interval of what reaches the customer at the end: 0 to that, and that to 1.
    pub interval: (f64, f64),
    /// Effective number of recent observations: the mean over the known links, each by its part in the walk.
    pub evidence: f64,
    /// The unknown links' part in the whole walk, 0 to 1: each counts as the product of the shares on its way.
    pub unknown_share: f64,
    /// Each link's part in what the whole lacks, 0 to 1; they add up to 1, unless nothing is lacking. None where it is unknown.
    pub shortfall: Vec<Option<f64>>,
    /// Where most is lost.
    pub verdict: Verdict,
}

/// Where in a chain most is lost, as far as the intervals tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing that was observed is lacking.
    Flawless,
    /// Mending this relationship surely moves the whole most.
    Weakest(Mending),
    /// Nobody is surely the weakest. Of those that were seen to lack anything it may be any of these; first those whose mending
    /// would move the whole most.
    Candidates(Vec<Mending>),
}

/// What mending a relationship, at all its places in a chain, would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Mending {
    /// The relationship.
    pub relationship: Relationship,
    /// Its service level.
    pub level: f64,
    /// Its part in what the whole lacks, 0 to 1.
    pub shortfall: f64,
    /// What would reach the customer if it were perfect, 0 to 1.
    pub mended: f64,
    /// By how much that is more than now, at least and at most: the interval.
    pub gain: (f64, f64),
    /// Effective number of recent observations of its service level.
    pub evidence: f64,
}

impl Chain {
    /// Appraises links, of which there must be at least one, each after the one that it is upstream of.
    #[must_use]
    pub fn of(links: Vec<Link>, model: &Model) -> Self {
        let (interval, mendings, shortfall, end_to_end) = {
            let prospect = Prospect::of(&links);
            let shortfall = prospect.shortfall();
            (prospect.interval(), prospect.mendings(&shortfall), shortfall, prospect.now.end_to_end)
        };
        let is_lacking = mendings.iter().any(|it| it.level < 1.0);
        let verdict =
            if is_lacking { Verdict::of(mendings, model.standing.evidence_needed) } else { Verdict::Flawless };
        let (evidence, unknown_share) = (evidence(&links), unknown_share(&links));
        Self { links, end_to_end, interval, evidence, unknown_share, shortfall, verdict }
    }
}

impl Verdict {
    /// Who is surely the weakest has lost at least as much as anyone else may have lost. Nobody surely is of whom less is
    /// known than a standing takes: among many, some fail at first by chance. Little known makes nobody a candidate, though it
    /// keeps others from being surely the weakest.
    fn of(mut mendings: Vec<Mending>, evidence_needed: f64) -> Self {
        let surely = |it: &Mending| if it.evidence < evidence_needed { 0.0 } else { it.gain.0 };
        let most = mendings.iter().map(surely).fold(0.0, f64::max);
        // Of equals, the one nearest to the customer.
        let first = mendings.iter().position(|it| most > 0.0 && surely(it) >= most);
        let is_first =
            |first: usize| mendings.iter().enumerate().all(|(place, it)| place == first || it.gain.1 <= most);
        if let Some(first) = first.filter(|&first| is_first(first)) {
            return Self::Weakest(mendings.swap_remove(first));
        }
        mendings.retain(|it| it.level < 1.0 && it.gain.1 >= most);
        mendings.sort_by(|a, b| b.shortfall.total_cmp(&a.shortfall).then(b.gain.1.total_cmp(&a.gain.1)));
        Self::Candidates(mendings)
    }
}

/// A chain with every known link where it stands, and at either end of its interval.
struct Prospect<'a> {
    links: &'a [Link],
    /// What is known by relationship.
    known: Vec<Recurring<'a>>,
    now: Walk,
    worst: Walk,
    best: Walk,
}

/// A relationship whose service level is known, with all its places in a chain. It stands at most once on any way to the
/// customer, so the whole moves with it by the sum over its places.
struct Recurring<'a> {
    relationship: &'a Relationship,
    service: &'a Service,
    places: Vec<usize>,
}

impl Recurring<'_> {
    fn slope(&self, walk: &Walk) -> f64 {
        self.places.iter().map(|&place| walk.slopes[place]).sum()
    }
}

impl<'a> Prospect<'a> {
    fn of(links: &'a [Link]) -> Self {
        Self {
            links,
            known: by_relationship(links),
            now: Walk::of(links, |service| service.level),
            worst: Walk::of(links, |service| service.low),
            best: Walk::of(links, |service| service.high),
        }
    }

    /// Each known link's part in what the whole lacks: what mending it alone would add, over the sum of this. Where two on
    /// one way pass on nothing at all, mending one adds nothing; then as if all others were at their best.
    fn shortfall(&self) -> Vec<Option<f64>> {
        let gains = |walk: &Walk| -> Vec<Option<f64>> {
            let gain = |(link, slope): (&Link, &f64)| Some(slope * (1.0 - link.status.service.as_ref()?.level));
            self.links.iter().zip(&walk.slopes).map(gain).collect()
        };
        let sum = |gains: &[Option<f64>]| gains.iter().flatten().sum::<f64>();
        let now = gains(&self.now);
        let gains = if sum(&now) > 0.0 { now } else { gains(&self.best) };
        let whole = sum(&gains);
        let part = |gain: f64| if whole > 0.0 { gain / whole } else { 0.0 };
        gains.into_iter().map(|gain| gain.map(part)).collect()
    }

    /// What mending each known relationship would do, those nearest to the customer first.
    fn mendings(&self, shortfall: &[Option<f64>]) -> Vec<Mending> {
        let now = self.now.end_to_end[0].unwrap_or(0.0);
        let mending = |it: &Recurring<'_>| {
            let (Service { level, low, high, evidence, .. }, slope) = (it.service, it.slope(&self.now));
            Mending {
                relationship: it.relationship.clone(),
                level: *level,
                shortfall: it.places.iter().filter_map(|&place| shortfall[place]).sum(),
                mended: (now + slope * (1.0 - level)).min(1.0),
                gain: (slope * (1.0 - high), it.slope(&self.best) * (1.0 - low)),
                evidence: *evidence,
            }
        };
        self.known.iter().map(mending).collect()
    }

    /// The interval of what reaches the customer. Other than the channels of one relationship, relationships err
    /// independently, so what each may take away or add is summed by its squares (Zou & Donner 2008), but never to more than
    /// what all at their worst, or best, come to. What one may add is looked at with the others at their best: a link at 0
    /// hides all that is upstream of it.
    fn interval(&self) -> (f64, f64) {
        let Some(now) = self.now.end_to_end[0] else { return (0.0, 1.0) };
        let off = |walk: &Walk, by: fn(&Service) -> f64| {
            self.known.iter().map(|it| (it.slope(walk) * by(it.service)).powi(2)).sum::<f64>().sqrt()
        };
        let low = now - off(&self.now, |service| service.level - service.low);
        let high = now + off(&self.best, |service| service.high - service.level);
        let end = |walk: &Walk| walk.end_to_end[0].unwrap_or(now);
        (low.max(end(&self.worst)).clamp(0.0, now), high.min(end(&self.best)).clamp(now, 1.0))
    }
}

/// The relationships whose service level is known, those nearest to the customer first.
fn by_relationship(links: &[Link]) -> Vec<Recurring<'_>> {
    let mut found: BTreeMap<&Relationship, usize> = BTreeMap::new();
    let mut known: Vec<Recurring<'_>> = Vec::new();
    for (place, link) in links.iter().enumerate() {
        let Some(service) = &link.status.service else { continue };
        let relationship = &link.relationship;
        let index = *found.entry(relationship).or_insert(known.len());
        match known.get_mut(index) {
            Some(before) => before.places.push(place),
            None => known.push(Recurring { relationship, service, places: vec![place] }),
        }
    }
    known
}
