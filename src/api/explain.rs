//! `ExplainScore`: what is the score made of, and what would raise it?

use super::{
    Api, Fault,
    limits::{DEFAULT_EXPLAINED, MAX_EXPLAINED},
    present, revision,
    scores::context,
    v1,
};
use crate::event::{Relationship, Violation, check_relationship};

impl Api {
    pub(super) async fn explain(&self, request: v1::ExplainScoreRequest) -> Result<v1::ExplainScoreResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let moment = self.moment(request.as_of, request.known_at, &mut faults);
        let limit = limit(request.limit, &mut faults);
        Fault::if_any(faults)?;
        let read = backend.reader.explain(&Self::tenant(), &relationship, moment, limit).await?;
        revision::check(read.revision, fresh)?;
        let context = context(backend, moment, &read);
        Ok(v1::ExplainScoreResponse { explanation: Some(present::explanation(relationship, read.value, context)) })
    }
}

/// How many events to tell: 0 asks for the default, too many are lowered, fewer than none is a violation.
fn limit(given: i32, faults: &mut Vec<Violation>) -> usize {
    let limit = match u32::try_from(given) {
        Ok(0) => DEFAULT_EXPLAINED,
        Ok(limit) => limit.min(MAX_EXPLAINED),
        Err(_) => {
            faults.push(Violation::new("limit", "must not be negative; 0 asks for the default"));
            DEFAULT_EXPLAINED
        }
    };
    limit as usize
}
