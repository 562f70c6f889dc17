//! `GetScore` and `BatchGetScores`.

use super::{
    Fault,
    call::Call,
    fields::Fields,
    present,
    query::{Fresh, Query},
    v1::{self, score_result::Result as Wire},
};
use crate::event::{Relationship, check_relationship};

pub(super) async fn get_score(call: Call, request: v1::GetScoreRequest) -> Result<v1::GetScoreResponse, Fault> {
    let mut fields = Fields::of(&call);
    let relationship = fields.relationship(request.customer, request.supplier);
    let full = fields.is_full(request.view);
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let mut scores = read(&query, vec![relationship], full).await?;
    Ok(v1::GetScoreResponse { score: scores.pop() })
}

pub(super) async fn batch_get_scores(
    call: Call,
    request: v1::BatchGetScoresRequest,
) -> Result<v1::BatchGetScoresResponse, Fault> {
    let mut fields = Fields::of(&call);
    fields.batch("relationships", request.relationships.len());
    let full = fields.is_full(request.view);
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let (valid, checked) = check_each(request.relationships);
    let mut scores = read(&query, valid, full).await?.into_iter();
    let result = |checked: Result<(), Fault>| match checked {
        Ok(()) => v1::ScoreResult { result: scores.next().map(Wire::Score) },
        Err(fault) => v1::ScoreResult { result: Some(Wire::Rejection(fault.into())) },
    };
    Ok(v1::BatchGetScoresResponse { results: checked.into_iter().map(result).collect() })
}

/// The scores of some relationships, in full or only their figures; with their warnings.
pub(super) async fn read(
    query: &Query<'_>,
    relationships: Vec<Relationship>,
    full: bool,
) -> Result<Vec<v1::Score>, Fault> {
    if full {
        return Box::pin(in_full(query, &relationships)).await;
    }
    figures(query, relationships).await
}

/// The figures of the scores of some relationships, with their warnings.
async fn figures(query: &Query<'_>, relationships: Vec<Relationship>) -> Result<Vec<v1::Score>, Fault> {
    let read = query.read(|reader, tenant, moment| reader.figures(tenant, &relationships, moment));
    let Fresh { value, context, .. } = read.await?;
    let of_each = relationships.into_iter().zip(&value);
    Ok(of_each
        .map(|(relationship, it)| present::figures(relationship, &it.figures.scores(), &it.warnings, &context))
        .collect())
}

/// The scores of some relationships with all that they are made of.
async fn in_full(query: &Query<'_>, relationships: &[Relationship]) -> Result<Vec<v1::Score>, Fault> {
    let read = query.read(|reader, tenant, moment| reader.scores(tenant, relationships, moment));
    let Fresh { value, context, .. } = read.await?;
    Ok(value.into_iter().map(|it| present::score(it, true, &context)).collect())
}

/// The valid ones of some relationships, and for each whether it is one of them.
pub(super) fn check_each(named: Vec<v1::Relationship>) -> (Vec<Relationship>, Vec<Result<(), Fault>>) {
    let mut valid = Vec::with_capacity(named.len());
    let check = |wire: v1::Relationship| {
        let relationship = Relationship { customer: wire.customer, supplier: wire.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        Fault::if_any(faults)?;
        valid.push(relationship);
        Ok(())
    };
    let checked = named.into_iter().map(check).collect();
    (valid, checked)
}
