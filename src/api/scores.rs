//! `ScoreService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    Api, Backend, Fault, convert,
    limits::{MAX_AS_OF_AHEAD, MAX_BATCH},
    present,
    present::Context,
    revision,
    v1::{self, ScoreView, score_result::Result as Wire, score_service_server::ScoreService},
};
use crate::{
    event::{EARLIEST_EVENT, Relationship, Violation, check_relationship},
    reader::{Moment, Scored},
    score::Figures,
    time::Timestamp,
};

#[tonic::async_trait]
impl ScoreService for Api {
    async fn get_score(&self, request: Request<v1::GetScoreRequest>) -> Result<Response<v1::GetScoreResponse>, Status> {
        let request = request.into_inner();
        self.call("GetScore", |api| async move { api.get_one(request).await }).await.map(Response::new)
    }

    async fn batch_get_scores(
        &self,
        request: Request<v1::BatchGetScoresRequest>,
    ) -> Result<Response<v1::BatchGetScoresResponse>, Status> {
        let request = request.into_inner();
        self.call("BatchGetScores", |api| async move { api.get_many(request).await }).await.map(Response::new)
    }

    async fn list_scores(
        &self,
        request: Request<v1::ListScoresRequest>,
    ) -> Result<Response<v1::ListScoresResponse>, Status> {
        let request = request.into_inner();
        self.call("ListScores", |api| async move { api.rank(request).await }).await.map(Response::new)
    }

    async fn explain_score(
        &self,
        request: Request<v1::ExplainScoreRequest>,
    ) -> Result<Response<v1::ExplainScoreResponse>, Status> {
        let request = request.into_inner();
        self.call("ExplainScore", |api| async move { api.explain(request).await }).await.map(Response::new)
    }

    async fn get_score_history(
        &self,
        request: Request<v1::GetScoreHistoryRequest>,
    ) -> Result<Response<v1::GetScoreHistoryResponse>, Status> {
        let request = request.into_inner();
        self.call("GetScoreHistory", |api| async move { api.history(request).await }).await.map(Response::new)
    }

    async fn check_standing(
        &self,
        request: Request<v1::CheckStandingRequest>,
    ) -> Result<Response<v1::CheckStandingResponse>, Status> {
        let request = request.into_inner();
        self.call("CheckStanding", |api| async move { api.check_one(request).await }).await.map(Response::new)
    }

    async fn batch_check_standing(
        &self,
        request: Request<v1::BatchCheckStandingRequest>,
    ) -> Result<Response<v1::BatchCheckStandingResponse>, Status> {
        let request = request.into_inner();
        self.call("BatchCheckStanding", |api| async move { api.check_many(request).await }).await.map(Response::new)
    }

    async fn get_party_score(
        &self,
        request: Request<v1::GetPartyScoreRequest>,
    ) -> Result<Response<v1::GetPartyScoreResponse>, Status> {
        let request = request.into_inner();
        self.call("GetPartyScore", |api| async move { api.roll_up(request).await }).await.map(Response::new)
    }

    async fn get_model_quality(
        &self,
        request: Request<v1::GetModelQualityRequest>,
    ) -> Result<Response<v1::GetModelQualityResponse>, Status> {
        let request = request.into_inner();
        self.call("GetModelQuality", |api| async move { api.quality(request).await }).await.map(Response::new)
    }

    async fn check_model(
        &self,
        request: Request<v1::CheckModelRequest>,
    ) -> Result<Response<v1::CheckModelResponse>, Status> {
        let request = request.into_inner();
        self.call("CheckModel", |api| async move { api.check_model_coverage(request).await }).await.map(Response::new)
    }

    async fn get_model_status(
        &self,
        _: Request<v1::GetModelStatusRequest>,
    ) -> Result<Response<v1::GetModelStatusResponse>, Status> {
        self.call("GetModelStatus", |api| async move { api.model_status().await }).await.map(Response::new)
    }

    async fn get_cache_status(
        &self,
        _: Request<v1::GetCacheStatusRequest>,
    ) -> Result<Response<v1::GetCacheStatusResponse>, Status> {
        self.call("GetCacheStatus", |api| async move { api.cache_status() }).await.map(Response::new)
    }

    async fn get_value_at_risk(
        &self,
        request: Request<v1::GetValueAtRiskRequest>,
    ) -> Result<Response<v1::GetValueAtRiskResponse>, Status> {
        let request = request.into_inner();
        self.call("GetValueAtRisk", |api| async move { api.value_of_one(request).await }).await.map(Response::new)
    }

    async fn get_chain(&self, request: Request<v1::GetChainRequest>) -> Result<Response<v1::GetChainResponse>, Status> {
        let request = request.into_inner();
        self.call("GetChain", |api| async move { api.chain_behind(request).await }).await.map(Response::new)
    }
}

impl Api {
    async fn get_one(&self, request: v1::GetScoreRequest) -> Result<v1::GetScoreResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let full = is_full(request.view, &mut faults);
        let moment = Moment { at_least: fresh, ..self.moment(request.as_of, request.known_at, &mut faults) };
        Fault::if_any(faults)?;
        let mut scores = read(backend, vec![relationship], moment, full).await?;
        Ok(v1::GetScoreResponse { score: scores.pop() })
    }

    async fn get_many(&self, request: v1::BatchGetScoresRequest) -> Result<v1::BatchGetScoresResponse, Fault> {
        let backend = self.backend()?;
        if request.relationships.len() > MAX_BATCH {
            return Err(Fault::batch_too_large("relationships", request.relationships.len()));
        }
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let mut faults = Vec::new();
        let full = is_full(request.view, &mut faults);
        let moment = Moment { at_least: fresh, ..self.moment(request.as_of, request.known_at, &mut faults) };
        Fault::if_any(faults)?;
        let (valid, checked) = check_each(request.relationships);
        let mut scores = read(backend, valid, moment, full).await?.into_iter();
        let result = |checked: Result<(), Fault>| match checked {
            Ok(()) => v1::ScoreResult { result: scores.next().map(Wire::Score) },
            Err(fault) => v1::ScoreResult { result: Some(Wire::Rejection(fault.into())) },
        };
        Ok(v1::BatchGetScoresResponse { results: checked.into_iter().map(result).collect() })
    }

    /// The moment to read at: now, and with everything that is recorded, where nothing else is given.
    pub(super) fn moment(
        &self,
        as_of: Option<prost_types::Timestamp>,
        known_at: Option<prost_types::Timestamp>,
        faults: &mut Vec<Violation>,
    ) -> Moment {
        Moment {
            as_of: self.readable("as_of", as_of, faults).unwrap_or_else(|| self.present()),
            known_at: self.readable("known_at", known_at, faults),
            at_least: 0,
        }
    }

    /// A moment that something can be read at, where one is given.
    pub(super) fn readable(
        &self,
        field: &str,
        given: Option<prost_types::Timestamp>,
        faults: &mut Vec<Violation>,
    ) -> Option<Timestamp> {
        let moment = convert::moment(field, given, faults)?;
        if !(EARLIEST_EVENT..=self.now().plus(MAX_AS_OF_AHEAD)).contains(&moment) {
            faults.push(Violation::new(field, "must lie between 1970 and ten years from now"));
        }
        Some(moment)
    }
}

async fn read(
    backend: &Backend,
    relationships: Vec<Relationship>,
    moment: Moment,
    full: bool,
) -> Result<Vec<v1::Score>, Fault> {
    if full {
        return Box::pin(in_full(backend, &relationships, moment)).await;
    }
    let read = backend.reader.figures(&Api::tenant(), &relationships, moment).await?;
    revision::check(read.revision, moment.at_least)?;
    let context = context(backend, moment, &read);
    let figures = |(it, figures): (_, &Arc<Figures>)| present::figures(it, &figures.scores, &context);
    Ok(relationships.into_iter().zip(&read.value).map(figures).collect())
}

/// The scores of some relationships with all that they are made of.
pub(super) async fn in_full(
    backend: &Backend,
    relationships: &[Relationship],
    moment: Moment,
) -> Result<Vec<v1::Score>, Fault> {
    let read = backend.reader.scores(&Api::tenant(), relationships, moment).await?;
    revision::check(read.revision, moment.at_least)?;
    let context = context(backend, moment, &read);
    Ok(read.value.into_iter().map(|it| present::score(it, true, &context)).collect())
}

/// The valid ones of some relationships, and for each whether it is one of them.
pub(super) fn check_each(named: Vec<v1::Relationship>) -> (Vec<Relationship>, Vec<Result<(), Fault>>) {
    let mut valid = Vec::with_capacity(named.len());
    let check = |it: v1::Relationship| {
        let relationship = Relationship { customer: it.customer, supplier: it.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        Fault::if_any(faults)?;
        valid.push(relationship);
        Ok(())
    };
    let checked = named.into_iter().map(check).collect();
    (valid, checked)
}

pub(super) fn context<T>(backend: &Backend, moment: Moment, scored: &Scored<T>) -> Context {
    Context {
        moment,
        revision: revision::encode(&backend.datastore, scored.revision),
        model_version: scored.model_version.clone(),
    }
}

pub(super) fn is_full(view: i32, faults: &mut Vec<Violation>) -> bool {
    match ScoreView::try_from(view) {
        Ok(ScoreView::Full) => true,
        Ok(ScoreView::Basic | ScoreView::Unspecified) => false,
        Err(_) => {
            faults.push(Violation::new("view", format!("{view} is not a value of ScoreView")));
            false
        }
    }
}
