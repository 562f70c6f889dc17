//! `GetValueAtRisk`: what would be lost with a customer.

use super::{Fault, call::Call, fields::Fields, present, query::Fresh, v1};

pub(super) async fn get_value_at_risk(
    call: Call,
    request: v1::GetValueAtRiskRequest,
) -> Result<v1::GetValueAtRiskResponse, Fault> {
    let mut fields = Fields::of(&call);
    let relationship = fields.relationship(request.customer, request.supplier);
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let read = query.read(|reader, tenant, moment| reader.value_at_risk(tenant, &relationship, moment));
    let Fresh { value, context, .. } = read.await?;
    Ok(v1::GetValueAtRiskResponse { value_at_risk: Some(present::value_at_risk(relationship, value, &context)) })
}
