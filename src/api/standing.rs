//! `CheckStanding` and `BatchCheckStanding`: may this supplier be asked, or ordered from?

use super::{
    Api, Fault,
    limits::MAX_BATCH,
    present, revision,
    scores::{check_each, context},
    v1::{self, standing_result::Result as Wire},
};
use crate::{
    event::{Relationship, check_relationship},
    model::Purpose,
    reader::Moment,
    store::Revision,
};

impl Api {
    pub(super) async fn check_one(
        &self,
        request: v1::CheckStandingRequest,
    ) -> Result<v1::CheckStandingResponse, Fault> {
        let fresh = revision::decode(&self.backend()?.datastore, &request.at_least_as_fresh)?;
        let relationship = Relationship { customer: request.customer, supplier: request.supplier };
        let mut faults = Vec::new();
        check_relationship(&relationship, &mut faults);
        let purpose = Purpose::from_wire(request.purpose, "purpose", &mut faults);
        let moment = self.moment(request.as_of, request.known_at, &mut faults);
        Fault::if_any(faults)?;
        let mut checks = self.checks(&[relationship], purpose, moment, fresh).await?;
        Ok(v1::CheckStandingResponse { check: checks.pop() })
    }

    pub(super) async fn check_many(
        &self,
        request: v1::BatchCheckStandingRequest,
    ) -> Result<v1::BatchCheckStandingResponse, Fault> {
        let fresh = revision::decode(&self.backend()?.datastore, &request.at_least_as_fresh)?;
        if request.relationships.len() > MAX_BATCH {
            return Err(Fault::batch_too_large("relationships", request.relationships.len()));
        }
        let mut faults = Vec::new();
        let purpose = Purpose::from_wire(request.purpose, "purpose", &mut faults);
        let moment = self.moment(request.as_of, request.known_at, &mut faults);
        Fault::if_any(faults)?;
        let (valid, checked) = check_each(request.relationships);
        let mut checks = self.checks(&valid, purpose, moment, fresh).await?.into_iter();
        let result = |checked: Result<(), Fault>| match checked {
            Ok(()) => v1::StandingResult { result: checks.next().map(Wire::Check) },
            Err(fault) => v1::StandingResult { result: Some(Wire::Rejection(fault.into())) },
        };
        Ok(v1::BatchCheckStandingResponse { results: checked.into_iter().map(result).collect() })
    }

    async fn checks(
        &self,
        relationships: &[Relationship],
        purpose: Purpose,
        moment: Moment,
        fresh: Revision,
    ) -> Result<Vec<v1::StandingCheck>, Fault> {
        let backend = self.backend()?;
        let moment = Moment { at_least: fresh, ..moment };
        let read = backend.reader.standings(&Self::tenant(), relationships, moment).await?;
        revision::check(read.revision, fresh)?;
        let context = context(backend, moment, &read);
        let check = |(it, reasons)| present::check(it, reasons, purpose, &context);
        Ok(read.value.into_iter().map(check).collect())
    }
}
