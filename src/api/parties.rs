//! `PartyService`.

use tonic::{Request, Response, Status};

use super::{
    Api, Fault, convert,
    limits::MAX_BATCH,
    page, present, revision,
    v1::{self, UpsertStatus, party_service_server::PartyService},
};
use crate::{event::check_id, party::Party, registry::Outcome, store::PartyQuery};

#[tonic::async_trait]
impl PartyService for Api {
    async fn upsert_parties(
        &self,
        request: Request<v1::UpsertPartiesRequest>,
    ) -> Result<Response<v1::UpsertPartiesResponse>, Status> {
        let request = request.into_inner();
        self.call("UpsertParties", |api| async move { api.upsert(request.parties).await }).await.map(Response::new)
    }

    async fn get_party(&self, request: Request<v1::GetPartyRequest>) -> Result<Response<v1::GetPartyResponse>, Status> {
        let request = request.into_inner();
        self.call("GetParty", |api| async move { api.party(request).await }).await.map(Response::new)
    }

    async fn list_parties(
        &self,
        request: Request<v1::ListPartiesRequest>,
    ) -> Result<Response<v1::ListPartiesResponse>, Status> {
        let request = request.into_inner();
        self.call("ListParties", |api| async move { api.parties(request).await }).await.map(Response::new)
    }
}

impl Api {
    async fn upsert(&self, wire: Vec<v1::Party>) -> Result<v1::UpsertPartiesResponse, Fault> {
        let backend = self.backend()?;
        if wire.len() > MAX_BATCH {
            return Err(Fault::batch_too_large("parties", wire.len()));
        }
        let mut valid: Vec<Party> = Vec::with_capacity(wire.len());
        let checked: Vec<Result<(), Fault>> = wire
            .into_iter()
            .map(|party| convert::party(party).map(|party| valid.push(party)).map_err(Fault::invalid))
            .collect();
        let upserted = backend.registry.upsert(&Self::tenant(), &valid).await?;
        let mut outcomes = upserted.outcomes.into_iter();
        let result = |checked: Result<(), Fault>| match checked.map(|()| outcomes.next()) {
            Ok(Some(outcome)) => result_of(outcome),
            Ok(None) => rejected(Fault::internal("a party without an outcome")),
            Err(fault) => rejected(fault),
        };
        Ok(v1::UpsertPartiesResponse {
            results: checked.into_iter().map(result).collect(),
            revision: revision::encode(&backend.datastore, upserted.revision),
        })
    }

    async fn party(&self, request: v1::GetPartyRequest) -> Result<v1::GetPartyResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let mut faults = Vec::new();
        check_id("party", &request.party, &mut faults);
        Fault::if_any(faults)?;
        let read = backend.registry.party(&Self::tenant(), &request.party).await?;
        revision::check(read.revision, fresh)?;
        let party = read.value.ok_or_else(|| Fault::party_not_found(&request.party))?;
        Ok(v1::GetPartyResponse {
            party: Some(present::party(party)),
            revision: revision::encode(&backend.datastore, read.revision),
        })
    }

    async fn parties(&self, request: v1::ListPartiesRequest) -> Result<v1::ListPartiesResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let filter = v1::ListPartiesRequest {
            page_size: 0,
            page_token: String::new(),
            at_least_as_fresh: String::new(),
            ..request.clone()
        };
        let mut query = party_query(&request)?;
        query.after = page::decode(&backend.datastore, &filter, &request.page_token)?;
        let page_size = query.limit as usize;
        // One more than the page holds tells whether another page follows.
        query.limit += 1;
        let read = backend.registry.parties(&Self::tenant(), &query).await?;
        revision::check(read.revision, fresh)?;
        let mut parties = read.value;
        let more = parties.len() > page_size;
        parties.truncate(page_size);
        let next_page_token = match parties.last() {
            Some(last) if more => page::encode(&backend.datastore, &filter, &last.id)?,
            _ => String::new(),
        };
        Ok(v1::ListPartiesResponse {
            parties: parties.into_iter().map(present::party).collect(),
            next_page_token,
            revision: revision::encode(&backend.datastore, read.revision),
        })
    }
}

fn result_of(outcome: Outcome) -> v1::PartyResult {
    let with = |status: UpsertStatus| v1::PartyResult { status: status.into(), ..v1::PartyResult::default() };
    match outcome {
        Outcome::Stored => with(UpsertStatus::Stored),
        Outcome::Unchanged => with(UpsertStatus::Unchanged),
        Outcome::Circle { parties } => rejected(Fault::parent_cycle(&parties)),
    }
}

fn rejected(fault: Fault) -> v1::PartyResult {
    let v1::Rejection { reason, message, violations } = fault.into();
    v1::PartyResult { status: UpsertStatus::Rejected.into(), reason, message, violations }
}

fn party_query(request: &v1::ListPartiesRequest) -> Result<PartyQuery, Fault> {
    let mut faults = Vec::new();
    let parent = convert::filter("parent", &request.parent, &mut faults);
    let category = convert::filter("category", &request.category, &mut faults);
    let kind = convert::party_kind("kind", request.kind, &mut faults);
    let limit = page::size(request.page_size, &mut faults);
    Fault::if_any(faults)?;
    Ok(PartyQuery { parent, category, kind, after: None, limit })
}
