//! `ScoreService`.

use serde::{Deserialize, Serialize};
use tonic::{Request, Response, Status};

use super::{
    Api, Backend, Fault, convert,
    limits::{MAX_AS_OF_AHEAD, MAX_BATCH},
    page, present,
    present::Context,
    revision,
    v1::{self, Lens, ScoreView, score_result::Result as Wire, score_service_server::ScoreService},
};
use crate::{
    event::{EARLIEST_EVENT, Relationship, Violation, check_relationship},
    reader::RelationshipScores,
    store::{Revision, Selection},
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
}

impl Api {
    async fn get_one(&self, request: v1::GetScoreRequest) -> Result<v1::GetScoreResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let full = is_full(request.view, &mut faults);
        let as_of = self.as_of(request.as_of, &mut faults);
        Fault::if_any(faults)?;
        let mut scores = read(backend, &[relationship], as_of, fresh, full).await?;
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
        let as_of = self.as_of(request.as_of, &mut faults);
        Fault::if_any(faults)?;
        let mut valid = Vec::with_capacity(request.relationships.len());
        let mut check = |it: v1::Relationship| {
            let relationship = Relationship { customer: it.customer, supplier: it.supplier };
            let mut faults = Vec::new();
            check_relationship(&relationship, &mut faults);
            Fault::if_any(faults)?;
            valid.push(relationship);
            Ok(())
        };
        let checked: Vec<Result<(), Fault>> = request.relationships.into_iter().map(&mut check).collect();
        let mut scores = read(backend, &valid, as_of, fresh, full).await?.into_iter();
        let result = |checked: Result<(), Fault>| match checked {
            Ok(()) => v1::ScoreResult { result: scores.next().map(Wire::Score) },
            Err(fault) => v1::ScoreResult { result: Some(Wire::Rejection(fault.into())) },
        };
        Ok(v1::BatchGetScoresResponse { results: checked.into_iter().map(result).collect() })
    }

    async fn rank(&self, request: v1::ListScoresRequest) -> Result<v1::ListScoresResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let query = v1::ListScoresRequest {
            page_size: 0,
            page_token: String::new(),
            at_least_as_fresh: String::new(),
            ..request.clone()
        };
        let mut faults = Vec::new();
        let full = is_full(request.view, &mut faults);
        let lens = lens(request.order_by, &mut faults);
        let page_size = page::size(request.page_size, &mut faults) as usize;
        let as_of = self.as_of(request.as_of, &mut faults);
        let (selection, one) = selection(&request, &mut faults);
        Fault::if_any(faults)?;
        let cursor: Option<Cursor> = page::decode(&backend.datastore, &query, &request.page_token)?;
        // Every page is read at the moment of the first one, or scores would move between pages by themselves.
        let as_of = cursor.as_ref().map_or(as_of, |cursor| cursor.as_of);
        let read = backend.reader.select(&Self::tenant(), &selection, as_of).await?;
        revision::check(read.revision, fresh)?;
        let mut ranked = read.value;
        ranked.retain(|it| one.as_ref().is_none_or(|supplier| &it.relationship.supplier == supplier));
        let total_size = i64::try_from(ranked.len()).unwrap_or(i64::MAX);
        let place = |it: &RelationshipScores| Cursor::of(it, lens, as_of);
        ranked.sort_by_cached_key(|it| place(it).rank());
        let start = cursor.map_or(0, |cursor| ranked.partition_point(|it| place(it).rank() <= cursor.rank()));
        let page = ranked.get(start..).unwrap_or_default();
        let next_page_token = match page.get(..page_size).and_then(<[_]>::last) {
            Some(last) if page.len() > page_size => page::encode(&backend.datastore, &query, place(last))?,
            _ => String::new(),
        };
        let context = context(backend, as_of, read.revision, full);
        Ok(v1::ListScoresResponse {
            scores: page.iter().take(page_size).map(|it| present::score(it.clone(), &context)).collect(),
            next_page_token,
            revision: context.revision,
            total_size,
        })
    }

    /// The moment to read at: now where none is given.
    fn as_of(&self, given: Option<prost_types::Timestamp>, faults: &mut Vec<Violation>) -> Timestamp {
        let now = self.0.clock.now();
        let as_of = convert::moment("as_of", given, faults).unwrap_or(now);
        if !(EARLIEST_EVENT..=now.plus(MAX_AS_OF_AHEAD)).contains(&as_of) {
            faults.push(Violation::new("as_of", "must lie between 1970 and ten years from now"));
        }
        as_of
    }
}

async fn read(
    backend: &Backend,
    relationships: &[Relationship],
    as_of: Timestamp,
    fresh: Revision,
    full: bool,
) -> Result<Vec<v1::Score>, Fault> {
    let read = backend.reader.scores(&Api::tenant(), relationships, as_of).await?;
    revision::check(read.revision, fresh)?;
    let context = context(backend, as_of, read.revision, full);
    Ok(read.value.into_iter().map(|it| present::score(it, &context)).collect())
}

fn context(backend: &Backend, as_of: Timestamp, revision: Revision, full: bool) -> Context {
    Context {
        as_of,
        revision: revision::encode(&backend.datastore, revision),
        model_version: backend.reader.model_version().to_owned(),
        full,
    }
}

fn is_full(view: i32, faults: &mut Vec<Violation>) -> bool {
    match ScoreView::try_from(view) {
        Ok(ScoreView::Full) => true,
        Ok(ScoreView::Basic | ScoreView::Unspecified) => false,
        Err(_) => {
            faults.push(Violation::new("view", format!("{view} is not a value of ScoreView")));
            false
        }
    }
}

fn lens(order_by: i32, faults: &mut Vec<Violation>) -> Lens {
    Lens::try_from(order_by).unwrap_or_else(|_| {
        faults.push(Violation::new("order_by", format!("{order_by} is not a value of Lens")));
        Lens::Partnership
    })
}

/// What the store selects by, and the supplier that remains to be selected where both sides are given.
fn selection(request: &v1::ListScoresRequest, faults: &mut Vec<Violation>) -> (Selection, Option<String>) {
    let customer = convert::filter("customer", &request.customer, faults);
    match (customer, convert::filter("supplier", &request.supplier, faults)) {
        (None, None) => (Selection::All, None),
        (None, Some(supplier)) => (Selection::Supplier(supplier), None),
        (Some(customer), supplier) => (Selection::Customer(customer), supplier),
    }
}

/// A place in a ranking. Scores are in thousandths, so that they compare exactly.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursor {
    as_of: Timestamp,
    thousandths: i64,
    customer: String,
    supplier: String,
}

impl Cursor {
    #[expect(clippy::cast_possible_truncation, reason = "a score in thousandths is at most 100,000")]
    fn of(it: &RelationshipScores, lens: Lens, as_of: Timestamp) -> Self {
        let value = match lens {
            Lens::Responsiveness => it.scores.responsiveness.value,
            Lens::Partnership | Lens::Unspecified => it.scores.partnership.value,
        };
        Self {
            as_of,
            thousandths: (value * 1000.0).round() as i64,
            customer: it.relationship.customer.clone(),
            supplier: it.relationship.supplier.clone(),
        }
    }

    /// Best first; equals by customer and supplier.
    fn rank(&self) -> (i64, String, String) {
        (-self.thousandths, self.customer.clone(), self.supplier.clone())
    }
}
