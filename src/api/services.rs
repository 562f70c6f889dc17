//! Every RPC and its handler.

use std::future::Future;

use tonic::{Request, Response, Status, Streaming};

use super::{
    Fault,
    call::Call,
    chain::get_chain,
    events::list_events,
    explain::explain_score,
    history::get_score_history,
    model::{check_model, get_cache_status, get_model_status},
    parties::{get_party, list_parties, upsert_parties},
    quality::get_model_quality,
    ranking::list_scores,
    record::record_events,
    rollup::get_party_score,
    scores::{batch_get_scores, get_score},
    standing::{batch_check_standing, check_standing},
    state::Api,
    stream,
    v1::{
        self, event_service_server::EventService, party_service_server::PartyService,
        score_service_server::ScoreService,
    },
    value::get_value_at_risk,
};

impl Api {
    /// The one way from a request to its handler.
    async fn call<Q, A, F>(
        &self,
        request: Request<Q>,
        handler: impl FnOnce(Call, Q) -> F,
    ) -> Result<Response<A>, Status>
    where
        F: Future<Output = Result<A, Fault>>,
    {
        let (_, extensions, message) = request.into_parts();
        let call = Call::of(self, &extensions)?;
        Ok(Response::new(handler(call, message).await?))
    }
}

/// A service: each RPC as in `proto/`, with the function that handles it; and what is more than a call, in full.
macro_rules! service {
    ($service:ident {
        $(rpc $rpc:ident($request:ident) -> $response:ident;)*
        $(with { $($more:tt)* })?
    }) => {
        #[tonic::async_trait]
        impl $service for Api {
            $(
                async fn $rpc(&self, request: Request<v1::$request>) -> Result<Response<v1::$response>, Status> {
                    self.call(request, $rpc).await
                }
            )*
            $($($more)*)?
        }
    };
}

service! {
    ScoreService {
        rpc get_score(GetScoreRequest) -> GetScoreResponse;
        rpc batch_get_scores(BatchGetScoresRequest) -> BatchGetScoresResponse;
        rpc list_scores(ListScoresRequest) -> ListScoresResponse;
        rpc explain_score(ExplainScoreRequest) -> ExplainScoreResponse;
        rpc get_score_history(GetScoreHistoryRequest) -> GetScoreHistoryResponse;
        rpc check_standing(CheckStandingRequest) -> CheckStandingResponse;
        rpc batch_check_standing(BatchCheckStandingRequest) -> BatchCheckStandingResponse;
        rpc get_party_score(GetPartyScoreRequest) -> GetPartyScoreResponse;
        rpc get_model_quality(GetModelQualityRequest) -> GetModelQualityResponse;
        rpc check_model(CheckModelRequest) -> CheckModelResponse;
        rpc get_model_status(GetModelStatusRequest) -> GetModelStatusResponse;
        rpc get_cache_status(GetCacheStatusRequest) -> GetCacheStatusResponse;
        rpc get_value_at_risk(GetValueAtRiskRequest) -> GetValueAtRiskResponse;
        rpc get_chain(GetChainRequest) -> GetChainResponse;
    }
}

service! {
    PartyService {
        rpc upsert_parties(UpsertPartiesRequest) -> UpsertPartiesResponse;
        rpc get_party(GetPartyRequest) -> GetPartyResponse;
        rpc list_parties(ListPartiesRequest) -> ListPartiesResponse;
    }
}

service! {
    EventService {
        rpc record_events(RecordEventsRequest) -> RecordEventsResponse;
        rpc list_events(ListEventsRequest) -> ListEventsResponse;
        with {
            type StreamEventsStream = stream::Answers;

            async fn stream_events(
                &self,
                request: Request<Streaming<v1::StreamEventsRequest>>,
            ) -> Result<Response<stream::Answers>, Status> {
                let (_, extensions, requests) = request.into_parts();
                let call = Call::of(self, &extensions)?;
                Ok(Response::new(stream::stream_events(self, call, requests)))
            }
        }
    }
}
