//! `GetValueAtRisk`: what would be lost with a customer.

use super::{Api, Fault, present, revision, scores::context, v1};
use crate::event::{Relationship, check_relationship};

impl Api {
    pub(super) async fn value_of_one(
        &self,
        request: v1::GetValueAtRiskRequest,
    ) -> Result<v1::GetValueAtRiskResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let moment = self.moment(request.as_of, request.known_at, &mut faults);
        Fault::if_any(faults)?;
        let read = backend.reader.value_at_risk(&Self::tenant(), &relationship, moment).await?;
        revision::check(read.revision, fresh)?;
        let context = context(backend, moment, &read);
        Ok(v1::GetValueAtRiskResponse {
            value_at_risk: Some(present::value_at_risk(relationship, read.value, &context)),
        })
    }
}
