//! `GetChain`: everyone behind a supplier.

use super::{
    Api, Fault,
    limits::{DEFAULT_CHAIN_DEPTH, DEFAULT_CHAIN_WIDTH, MAX_CHAIN_DEPTH, MAX_CHAIN_WIDTH},
    present, revision,
    scores::context,
    v1,
};
use crate::{
    event::{Relationship, Violation, check_relationship},
    reader::Reach,
};

impl Api {
    pub(super) async fn chain_behind(&self, request: v1::GetChainRequest) -> Result<v1::GetChainResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let reach = Reach {
            depth: bounded("depth", request.depth, DEFAULT_CHAIN_DEPTH, MAX_CHAIN_DEPTH, &mut faults),
            width: bounded("width", request.width, DEFAULT_CHAIN_WIDTH, MAX_CHAIN_WIDTH, &mut faults),
        };
        let moment = self.moment(request.as_of, request.known_at, &mut faults);
        Fault::if_any(faults)?;
        let read = backend.reader.chain(&Self::tenant(), &relationship, reach, moment).await?;
        revision::check(read.revision, fresh)?;
        let context = context(backend, moment, &read);
        Ok(v1::GetChainResponse { chain: Some(present::chain(read.value, &context)) })
    }
}

/// A number that 0 leaves to the service, and that is lowered where it is too large.
fn bounded(field: &str, given: i32, default: usize, most: usize, faults: &mut Vec<Violation>) -> usize {
    match usize::try_from(given) {
        Ok(0) => default,
        Ok(given) => given.min(most),
        Err(_) => {
            faults.push(Violation::new(field, "must not be negative"));
            default
        }
    }
}
