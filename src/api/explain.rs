//! `ExplainScore`: what is the score made of, and what would raise it?

use super::{
    Fault,
    call::Call,
    fields::Fields,
    limits::{DEFAULT_EXPLAINED, MAX_EXPLAINED},
    present,
    query::Fresh,
    v1,
};

pub(super) async fn explain_score(
    call: Call,
    request: v1::ExplainScoreRequest,
) -> Result<v1::ExplainScoreResponse, Fault> {
    let mut fields = Fields::of(&call);
    let relationship = fields.relationship(request.customer, request.supplier);
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let limit = fields.bounded("limit", request.limit, DEFAULT_EXPLAINED, MAX_EXPLAINED) as usize;
    let query = fields.done(moment)?;
    let read = query.read(|reader, tenant, moment| reader.explain(tenant, &relationship, moment, limit));
    let Fresh { value, context, .. } = read.await?;
    Ok(v1::ExplainScoreResponse { explanation: Some(present::explanation(relationship, value, context)) })
}
