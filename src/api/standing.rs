//! `CheckStanding` and `BatchCheckStanding`: may this supplier be asked, or ordered from?

use super::{
    Fault,
    call::Call,
    fields::Fields,
    present,
    query::{Fresh, Query},
    scores::check_each,
    v1::{self, standing_result::Result as Wire},
};
use crate::{event::Relationship, model::Purpose};

pub(super) async fn check_standing(
    call: Call,
    request: v1::CheckStandingRequest,
) -> Result<v1::CheckStandingResponse, Fault> {
    let mut fields = Fields::of(&call);
    let relationship = fields.relationship(request.customer, request.supplier);
    let purpose = Purpose::from_wire(request.purpose, "purpose", fields.violations());
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let mut checks = checks(&query, &[relationship], purpose).await?;
    Ok(v1::CheckStandingResponse { check: checks.pop() })
}

pub(super) async fn batch_check_standing(
    call: Call,
    request: v1::BatchCheckStandingRequest,
) -> Result<v1::BatchCheckStandingResponse, Fault> {
    let mut fields = Fields::of(&call);
    fields.batch("relationships", request.relationships.len());
    let purpose = Purpose::from_wire(request.purpose, "purpose", fields.violations());
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let (valid, checked) = check_each(request.relationships);
    let mut checks = checks(&query, &valid, purpose).await?.into_iter();
    let result = |checked: Result<(), Fault>| match checked {
        Ok(()) => v1::StandingResult { result: checks.next().map(Wire::Check) },
        Err(fault) => v1::StandingResult { result: Some(Wire::Rejection(fault.into())) },
    };
    Ok(v1::BatchCheckStandingResponse { results: checked.into_iter().map(result).collect() })
}

async fn checks(
    query: &Query<'_>,
    relationships: &[Relationship],
    purpose: Purpose,
) -> Result<Vec<v1::StandingCheck>, Fault> {
    let read = query.read(|reader, tenant, moment| reader.standings(tenant, relationships, moment));
    let Fresh { value, context, .. } = read.await?;
    Ok(value.into_iter().map(|(it, reasons)| present::check(it, reasons, purpose, &context)).collect())
}
