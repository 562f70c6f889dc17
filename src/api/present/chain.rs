//! A chain, as a message.

use std::collections::HashSet;

use crate::{
    api::{convert::to_wire, query::Context, v1},
    score::{Chain, Link, Mending, Verdict},
};

/// The chain as a tree.
pub(in crate::api) fn chain(chain: Chain, context: &Context) -> v1::Chain {
    let (end_to_end_low, end_to_end_high) = chain.interval;
    let (weakest, candidates) = match &chain.verdict {
        Verdict::Flawless => (None, Vec::new()),
        Verdict::Weakest(mending) => (Some(weakest(mending)), Vec::new()),
        Verdict::Candidates(mendings) => (None, mendings.iter().map(weakest).collect()),
    };
    v1::Chain {
        end_to_end: known(&chain.end_to_end, 0),
        end_to_end_low,
        end_to_end_high,
        evidence: chain.evidence,
        unknown_share: chain.unknown_share,
        unknown: unknown(&chain.links),
        weakest,
        candidates,
        link: tree(chain),
        as_of: Some(to_wire(context.moment.as_of)),
        known_at: context.moment.known_at.map(to_wire),
        revision: context.revision.clone(),
        model_version: context.model_version.clone(),
    }
}

fn weakest(it: &Mending) -> v1::WeakestLink {
    let (gain_low, gain_high) = it.gain;
    v1::WeakestLink {
        customer: it.relationship.customer.clone(),
        supplier: it.relationship.supplier.clone(),
        shortfall_share: it.shortfall,
        end_to_end_if_mended: it.mended,
        gain_low,
        gain_high,
        evidence: it.evidence,
    }
}

/// The relationships of which nothing is known, each once.
fn unknown(links: &[Link]) -> Vec<v1::Relationship> {
    let mut met = HashSet::new();
    let unknown = links.iter().filter(|link| link.status.service.is_none()).map(|link| &link.relationship);
    let once = unknown.filter(|relationship| met.insert(*relationship)).cloned();
    once.map(|it| v1::Relationship { customer: it.customer, supplier: it.supplier }).collect()
}

/// The figure of a link; what is not known says nothing: 0, as whatever is not set.
fn known(figures: &[Option<f64>], place: usize) -> f64 {
    figures.get(place).copied().flatten().unwrap_or_default()
}

/// Puts each link below the one that it is upstream of.
fn tree(chain: Chain) -> Option<v1::ChainLink> {
    let mut upstream: Vec<Vec<v1::ChainLink>> = vec![Vec::new(); chain.links.len()];
    // From the far end on, so that what is upstream of a link is complete when its turn comes.
    for (place, link) in chain.links.into_iter().enumerate().rev() {
        let mut above = std::mem::take(&mut upstream[place]);
        above.reverse();
        let service = link.status.service.as_ref();
        let channels = service.map_or(&[][..], |it| &it.channels);
        let message = v1::ChainLink {
            customer: link.relationship.customer,
            supplier: link.relationship.supplier,
            service_level: service.map_or(0.0, |it| it.level),
            service_low: service.map_or(0.0, |it| it.low),
            service_high: service.map_or(1.0, |it| it.high),
            evidence: service.map_or(0.0, |it| it.evidence),
            unknown: service.is_none(),
            observed_channels: channels.iter().map(|channel| channel.name().to_owned()).collect(),
            exchange_share: link.share,
            end_to_end: known(&chain.end_to_end, place),
            shortfall_share: known(&chain.shortfall, place),
            responsiveness: link.status.responsiveness,
            partnership: link.status.partnership,
            standing: link.status.standing.to_wire(),
            upstream: above,
            upstream_omitted: i32::try_from(link.upstream.omitted).unwrap_or(i32::MAX),
            upstream_currency_code: link.upstream.currency.unwrap_or_default(),
        };
        match link.downstream {
            Some(downstream) => upstream[downstream].push(message),
            None => return Some(message),
        }
    }
    None
}
