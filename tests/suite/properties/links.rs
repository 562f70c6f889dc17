//! Chains of made-up links: what is known of some says all, what is not known of the others says nothing.

use proptest::{collection::vec, prelude::*};
use rapport::{
    event::Relationship,
    model::{Model, Standing},
    observation::Channel,
    score::{Chain, Link, Mending, Service, Status, Upstream, Verdict},
};

use super::check;

/// A link: among those before it the one that it is upstream of, how large it is beside others, and its service.
type Made = (prop::sample::Index, f64, Option<(f64, f64, f64, f64)>);

fn made() -> impl Strategy<Value = Vec<Made>> {
    let level = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    let service = (level, 0.0..1.0, 0.01..1.0, 0.5..60.0_f64);
    vec((any::<prop::sample::Index>(), 0.1..9.0, prop::option::weighted(0.7, service)), 1..12)
}

/// A service level with its interval: the share of the way to 0 and to 1 that the ends lie off.
fn service((level, down, up, evidence): (f64, f64, f64, f64)) -> Service {
    let (low, high) = (level * (1.0 - down), level + up * (1.0 - level));
    // Something is always possible, as in an interval of a proportion.
    Service { level, low, high: high.max(0.01), evidence, channels: vec![Channel::Timely] }
}

fn links(made: &[Made]) -> Vec<Link> {
    let downstream: Vec<Option<usize>> =
        made.iter().enumerate().map(|(place, (below, ..))| (place > 0).then(|| below.index(place))).collect();
    let whole = |downstream_of: Option<usize>| -> f64 {
        made.iter().zip(&downstream).filter(|(_, it)| **it == downstream_of).map(|((_, size, _), _)| size).sum()
    };
    let link = |(place, (_, size, of_service)): (usize, &Made)| Link {
        relationship: Relationship {
            customer: downstream[place].map_or("end".to_owned(), |it| format!("p{it}")),
            supplier: format!("p{place}"),
        },
        downstream: downstream[place],
        share: size / whole(downstream[place]),
        status: Status {
            service: of_service.map(service),
            responsiveness: 50.0,
            partnership: 50.0,
            standing: Standing::Reliable,
        },
        upstream: Upstream::default(),
    };
    made.iter().enumerate().map(link).collect()
}

fn appraised(links: &[Link]) -> Chain {
    Chain::of(links.to_vec(), &Model::default())
}

/// What reaches the customer of a link, straight from the definition.
fn end_to_end(links: &[Link], place: usize) -> Option<f64> {
    let upstream = links.iter().enumerate().filter(|(_, it)| it.downstream == Some(place));
    let known: Vec<(f64, f64)> =
        upstream.filter_map(|(above, link)| Some((link.share, end_to_end(links, above)?))).collect();
    let shares: f64 = known.iter().map(|(share, _)| share).sum();
    let reaching = known.iter().map(|(share, passed_on)| share / shares * passed_on).sum::<f64>();
    let reaching = (!known.is_empty()).then_some(reaching);
    match &links[place].status.service {
        Some(service) => Some(service.level * reaching.unwrap_or(1.0)),
        None => reaching,
    }
}

/// What would reach the end with some relationship at this service level.
fn with(links: &[Link], relationship: &Relationship, level: f64) -> f64 {
    let mut changed = links.to_vec();
    for link in changed.iter_mut().filter(|it| it.relationship == *relationship) {
        link.status.service.as_mut().unwrap().level = level;
    }
    end_to_end(&changed, 0).unwrap()
}

/// Fails where a chain says other than its links do.
pub fn assert_appraised(chain: &Chain) {
    let links = &chain.links;
    let unknown = |link: &&Link| link.status.service.is_none();
    for (place, link) in links.iter().enumerate() {
        let (now, defined) = (chain.end_to_end[place], end_to_end(links, place));
        assert_eq!(now.is_some(), defined.is_some());
        assert!((now.unwrap_or(0.0) - defined.unwrap_or(0.0)).abs() < 1e-9 && now.is_none_or(|it| it <= 1.0 + 1e-9));
        assert_eq!(chain.shortfall[place].is_none(), unknown(&link), "only what is known lacks anything, or nothing");
    }
    let whole = chain.end_to_end[0].unwrap_or(0.0);
    let (low, high) = chain.interval;
    assert!(0.0 <= low && low <= whole && whole <= high && high <= 1.0, "{low} {whole} {high}");
    assert!((0.0..=1.0).contains(&chain.unknown_share) && chain.evidence >= 0.0, "{chain:?}");
    assert_eq!(chain.unknown_share == 0.0, !links.iter().any(|it| unknown(&it)));
    let lacking = links.iter().flat_map(|it| &it.status.service).any(|it| it.level < 1.0);
    let parts: f64 = chain.shortfall.iter().flatten().sum();
    assert!((parts - if lacking { 1.0 } else { 0.0 }).abs() < 1e-9, "parts add up to {parts}");
    assert_eq!(chain.verdict == Verdict::Flawless, !lacking);
    assert_verdict(chain, whole);
}

/// Fails where another than the weakest may be the weakest, or another than the candidates.
fn assert_verdict(chain: &Chain, whole: f64) {
    let links = &chain.links;
    let named: Vec<&Mending> = match &chain.verdict {
        Verdict::Flawless => return,
        Verdict::Weakest(weakest) => vec![weakest],
        Verdict::Candidates(candidates) => candidates.iter().collect(),
    };
    assert!(!named.is_empty(), "somebody lacks something");
    let needed = Model::default().standing.evidence_needed;
    for it in &named {
        assert!((it.mended - with(links, &it.relationship, 1.0)).abs() < 1e-9, "{it:?}");
        let gain = it.mended - whole;
        assert!(it.gain.0 <= gain + 1e-9 && gain <= it.gain.1 + 1e-9 && it.level < 1.0, "{it:?}");
    }
    let is_named = |link: &Link| named.iter().any(|it| it.relationship == link.relationship);
    for link in links {
        let Some(service) = &link.status.service else {
            assert!(!is_named(link), "nobody knows {link:?}");
            continue;
        };
        // The most that somebody else may have lost, were all others where they stand.
        let mut worse = links.clone();
        for it in worse.iter_mut().filter(|it| it.relationship == link.relationship) {
            it.status.service.as_mut().unwrap().level = service.low;
        }
        let lost = with(links, &link.relationship, 1.0) - end_to_end(&worse, 0).unwrap();
        let surely = named.iter().filter(|it| it.evidence >= needed).map(|it| it.gain.0).fold(0.0, f64::max);
        if let Verdict::Weakest(weakest) = &chain.verdict {
            assert!(is_named(link) || lost <= surely + 1e-9, "{link:?} may be weaker than {weakest:?}");
            assert!(weakest.evidence >= needed);
        } else {
            assert!(is_named(link) || service.level >= 1.0 || lost <= surely + 1e-9);
        }
    }
}

#[test]
fn a_chain_says_what_its_links_do() {
    check(512, &made(), |made| assert_appraised(&appraised(&links(&made))));
}

/// Figures that are alike but for rounding.
fn assert_alike(one: f64, two: f64) {
    assert!((one - two).abs() < 1e-9, "{one} is not {two}");
}

#[test]
fn an_unknown_link_changes_no_figure_of_the_known() {
    check(512, &(made(), any::<prop::sample::Index>(), 0.01..0.99), |(made, below, share)| {
        let before = links(&made);
        let mut after = before.clone();
        let below = below.index(before.len());
        after.iter_mut().filter(|it| it.downstream == Some(below)).for_each(|it| it.share *= 1.0 - share);
        let is_only = after.iter().all(|it| it.downstream != Some(below));
        let relationship = Relationship { customer: format!("p{below}"), supplier: "nobody knows".to_owned() };
        let status = Status { service: None, ..after[below].status.clone() };
        let share = if is_only { 1.0 } else { share };
        after.push(Link { relationship, downstream: Some(below), share, status, upstream: Upstream::default() });
        let (before, after) = (appraised(&before), appraised(&after));
        for (one, two) in before.end_to_end.iter().zip(&after.end_to_end) {
            assert_alike(one.unwrap_or(-1.0), two.unwrap_or(-1.0));
        }
        for (one, two) in before.shortfall.iter().zip(&after.shortfall) {
            assert_alike(one.unwrap_or(-1.0), two.unwrap_or(-1.0));
        }
        assert_alike(before.interval.0, after.interval.0);
        assert_alike(before.interval.1, after.interval.1);
        assert_alike(before.evidence, after.evidence);
        assert!(after.unknown_share > 0.0, "it is told");
        let named = |it: &Chain| match &it.verdict {
            Verdict::Flawless => Vec::new(),
            Verdict::Weakest(weakest) => vec![weakest.relationship.supplier.clone(), "surely".to_owned()],
            Verdict::Candidates(candidates) => candidates.iter().map(|it| it.relationship.supplier.clone()).collect(),
        };
        assert_eq!(named(&before), named(&after));
    });
}

#[test]
fn who_knows_its_links_better_knows_the_whole_no_worse() {
    check(512, &(made(), 0.0..1.0), |(made, closer)| {
        let vague = links(&made);
        let mut sharp = vague.clone();
        for service in sharp.iter_mut().flat_map(|it| &mut it.status.service) {
            service.low += closer * (service.level - service.low);
            service.high -= closer * (service.high - service.level);
        }
        let ((low, high), (sharp_low, sharp_high)) = (appraised(&vague).interval, appraised(&sharp).interval);
        assert!(low <= sharp_low + 1e-12 && sharp_high <= high + 1e-12, "{low} {sharp_low} {sharp_high} {high}");
    });
}
