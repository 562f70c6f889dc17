//! `CheckModel`: the live model held against what is recorded.

use super::{Api, Fault, present, revision, v1};

impl Api {
    pub(super) async fn check_model_coverage(
        &self,
        request: v1::CheckModelRequest,
    ) -> Result<v1::CheckModelResponse, Fault> {
        let backend = self.backend()?;
        let fresh = revision::decode(&backend.datastore, &request.at_least_as_fresh)?;
        let read = backend.reader.coverage(&Self::tenant(), self.0.clock.now()).await?;
        revision::check(read.revision, fresh)?;
        let check = v1::ModelCheck {
            model_version: read.model_version.clone(),
            revision: revision::encode(&backend.datastore, read.revision),
            ..present::model_check(&read.value)
        };
        Ok(v1::CheckModelResponse { check: Some(check) })
    }
}
