//! What is known about parties: `UpsertParties`, `GetParty` and `ListParties`.

use super::{
    Fault,
    call::Call,
    convert,
    fields::Fields,
    page::Page,
    present,
    query::Fresh,
    v1::{self, UpsertStatus},
};
use crate::{party::Party, registry::Outcome, store::PartyQuery};

pub(super) async fn upsert_parties(
    call: Call,
    request: v1::UpsertPartiesRequest,
) -> Result<v1::UpsertPartiesResponse, Fault> {
    let wire = request.parties;
    let mut fields = Fields::of(&call);
    fields.batch("parties", wire.len());
    fields.checked()?;
    let mut valid: Vec<Party> = Vec::with_capacity(wire.len());
    let checked: Vec<Result<(), Fault>> = wire
        .into_iter()
        .map(|party| convert::party(party).map(|party| valid.push(party)).map_err(Fault::invalid))
        .collect();
    let upserted = call.registry().upsert(&call.tenant, &valid).await?;
    let mut outcomes = upserted.outcomes.into_iter();
    let result = |checked: Result<(), Fault>| match checked.map(|()| outcomes.next()) {
        Ok(Some(outcome)) => result_of(outcome),
        Ok(None) => rejected(Fault::internal("a party without an outcome")),
        Err(fault) => rejected(fault),
    };
    let results = checked.into_iter().map(result).collect();
    Ok(v1::UpsertPartiesResponse { results, revision: call.token(upserted.revision) })
}

pub(super) async fn get_party(call: Call, request: v1::GetPartyRequest) -> Result<v1::GetPartyResponse, Fault> {
    let mut fields = Fields::of(&call);
    let id = fields.id("party", request.party);
    let moment = fields.now(&request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let Fresh { value, context, .. } = query.look_up(|registry, tenant| registry.party(tenant, &id)).await?;
    let party = value.ok_or_else(|| Fault::party_not_found(&id))?;
    Ok(v1::GetPartyResponse { party: Some(present::party(party)), revision: context.revision })
}

pub(super) async fn list_parties(
    call: Call,
    request: v1::ListPartiesRequest,
) -> Result<v1::ListPartiesResponse, Fault> {
    let listed = v1::ListPartiesRequest {
        page_size: 0,
        page_token: String::new(),
        at_least_as_fresh: String::new(),
        ..request.clone()
    };
    let mut fields = Fields::of(&call);
    let parent = fields.filter("parent", &request.parent);
    let category = fields.filter("category", &request.category);
    let kind = convert::party_kind("kind", request.kind, fields.violations());
    let mut page: Page<String> = fields.page(&listed, request.page_size, &request.page_token);
    let moment = fields.now(&request.at_least_as_fresh);
    let query = fields.done(moment)?;
    // One more than the page holds tells whether another page follows.
    let wanted = PartyQuery { parent, category, kind, after: page.after.take(), limit: page.size + 1 };
    let read = query.look_up(|registry, tenant| registry.parties(tenant, &wanted));
    let Fresh { value: mut parties, context, .. } = read.await?;
    let size = page.size as usize;
    let more = parties.len() > size;
    parties.truncate(size);
    let next_page_token = match parties.last() {
        Some(last) if more => page.next_token(&last.id)?,
        _ => String::new(),
    };
    let parties = parties.into_iter().map(present::party).collect();
    Ok(v1::ListPartiesResponse { parties, next_page_token, revision: context.revision })
}

fn result_of(outcome: Outcome) -> v1::PartyResult {
    let with = |status: UpsertStatus| v1::PartyResult { status: status.into(), ..v1::PartyResult::default() };
    match outcome {
        Outcome::Stored => with(UpsertStatus::Stored),
        Outcome::Unchanged => with(UpsertStatus::Unchanged),
        Outcome::Circle { parties } => rejected(Fault::parent_cycle(&parties)),
        Outcome::TooManyCalendars { calendars } => rejected(Fault::too_many_calendars(calendars)),
    }
}

fn rejected(fault: Fault) -> v1::PartyResult {
    let v1::Rejection { reason, message, violations } = fault.into();
    v1::PartyResult { status: UpsertStatus::Rejected.into(), reason, message, violations }
}
