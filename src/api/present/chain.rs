//! A chain, as a message.

use crate::{
    api::{convert::to_wire, query::Context, v1},
    score::Chain,
};

/// The chain as a tree.
pub(in crate::api) fn chain(chain: Chain, context: &Context) -> v1::Chain {
    let end_to_end = chain.end_to_end.first().copied().unwrap_or(0.0);
    let weakest = v1::WeakestLink {
        customer: chain.weakest.relationship.customer.clone(),
        supplier: chain.weakest.relationship.supplier.clone(),
        shortfall_share: chain.weakest.shortfall,
        end_to_end_if_mended: chain.weakest.mended,
    };
    v1::Chain {
        link: tree(chain),
        end_to_end,
        weakest: Some(weakest),
        as_of: Some(to_wire(context.moment.as_of)),
        known_at: context.moment.known_at.map(to_wire),
        revision: context.revision.clone(),
        model_version: context.model_version.clone(),
    }
}

/// Puts each link below the one that it is upstream of.
fn tree(chain: Chain) -> Option<v1::ChainLink> {
    let mut upstream: Vec<Vec<v1::ChainLink>> = vec![Vec::new(); chain.links.len()];
    // From the far end on, so that what is upstream of a link is complete when its turn comes.
    for (place, link) in chain.links.into_iter().enumerate().rev() {
        let mut above = std::mem::take(&mut upstream[place]);
        above.reverse();
        let message = v1::ChainLink {
            customer: link.relationship.customer,
            supplier: link.relationship.supplier,
            service_level: link.status.service_level,
            exchange_share: link.share,
            end_to_end: chain.end_to_end[place],
            shortfall_share: chain.shortfall[place],
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
