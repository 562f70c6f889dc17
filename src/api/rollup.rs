//! `GetPartyScore`: a party is all that it consists of.

use super::{
    Api, Fault, convert,
    limits::MAX_PARTS,
    present,
    present::Context,
    ranking::{currency, lens},
    revision,
    scores::{context, is_full},
    v1,
};
use crate::{
    event::{PartyRole, check_id},
    reader::{Part, PeerRank, RollupQuery, Sum},
};

impl Api {
    pub(super) async fn roll_up(&self, request: v1::GetPartyScoreRequest) -> Result<v1::GetPartyScoreResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let mut faults = Vec::new();
        check_id("party", &request.party, &mut faults);
        let query = RollupQuery {
            role: PartyRole::from_wire(request.role, "role", &mut faults),
            counterparty: convert::filter("counterparty", &request.counterparty, &mut faults),
            lens: lens(request.order_by, &mut faults),
            currency: currency(request.currency_code, &mut faults),
            party: request.party,
        };
        let full = is_full(request.view, &mut faults);
        let moment = self.moment(request.as_of, request.known_at, &mut faults);
        Fault::if_any(faults)?;
        let read = backend.reader.rollup(&Self::tenant(), &query, moment).await?;
        revision::check(read.revision, fresh)?;
        let context = context(backend, moment, &read);
        let whole = read.value.whole;
        let party_score = v1::PartyScore {
            role: query.role.to_wire(),
            relationships: count(whole.relationships),
            capped: count(whole.capped),
            score: Some(present::score(whole.scores, full, &context)),
            parts: read.value.parts.into_iter().take(MAX_PARTS).map(|it| part(it, &context)).collect(),
            peers: read.value.peers.map(peers),
            currency_code: read.value.currency,
            party: query.party,
        };
        Ok(v1::GetPartyScoreResponse { party_score: Some(party_score) })
    }
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

fn peers(PeerRank { category, rank, count: of }: PeerRank) -> v1::PeerRank {
    v1::PeerRank { category, rank: count(rank), count: count(of) }
}

fn count(it: usize) -> i64 {
    i64::try_from(it).unwrap_or(i64::MAX)
}
