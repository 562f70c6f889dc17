//! `GetPartyScore`: a party is all that it consists of.

use super::{
    Fault,
    call::Call,
    fields::Fields,
    limits::MAX_PARTS,
    present,
    query::{Context, Fresh},
    ranking::{lens, lives},
    v1,
};
use crate::{
    event::PartyRole,
    reader::{Part, PeerRank, RollupQuery, Sum},
};

pub(super) async fn get_party_score(
    call: Call,
    request: v1::GetPartyScoreRequest,
) -> Result<v1::GetPartyScoreResponse, Fault> {
    let mut fields = Fields::of(&call);
    let wanted = RollupQuery {
        party: fields.id("party", request.party),
        role: PartyRole::from_wire(request.role, "role", fields.violations()),
        counterparty: fields.filter("counterparty", &request.counterparty),
        lens: lens(request.order_by, fields.violations()),
        currency: fields.currency(request.currency_code),
        include: lives(&request.include, fields.violations()),
    };
    let full = fields.is_full(request.view);
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let read = query.read(|reader, tenant, moment| reader.rollup(tenant, &wanted, moment));
    let Fresh { value, context, .. } = read.await?;
    let party_score = v1::PartyScore {
        party: wanted.party,
        role: wanted.role.to_wire(),
        relationships: count(value.whole.relationships),
        capped: count(value.whole.capped),
        score: Some(present::score(value.whole.scores, full, &context)),
        parts: value.parts.into_iter().take(MAX_PARTS).map(|it| part(it, &context)).collect(),
        peers: value.peers.map(peers),
        currency_code: value.currency,
    };
    Ok(v1::GetPartyScoreResponse { party_score: Some(party_score) })
}

fn part(Part { party, display_name, own, sum }: Part, context: &Context) -> v1::PartyPart {
    let Sum { scores, relationships, capped } = sum;
    v1::PartyPart {
        party,
        display_name,
        own,
        score: Some(present::score(scores, false, context)),
        relationships: count(relationships),
        capped: count(capped),
    }
}

fn peers(PeerRank { category, rank, count: of, left_out }: PeerRank) -> v1::PeerRank {
    v1::PeerRank { category, rank: count(rank), count: count(of), left_out: count(left_out) }
}

fn count(it: usize) -> i64 {
    i64::try_from(it).unwrap_or(i64::MAX)
}
