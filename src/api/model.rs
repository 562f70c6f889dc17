//! `CheckModel`, `GetModelStatus` and `GetCacheStatus`: what an operator asks about the models and the memory in use.

use super::{Api, Fault, present, revision, v1};
use crate::{cache::Usage, models::Progress};

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

    pub(super) async fn model_status(&self) -> Result<v1::GetModelStatusResponse, Fault> {
        let backend = self.backend()?;
        let read = backend.reader.models_in_use(&Self::tenant()).await?;
        let Progress { in_use, folded, relationships } = read.value;
        let status = v1::ModelStatus {
            live_version: in_use.live.unwrap_or_default(),
            building_version: in_use.building.unwrap_or_default(),
            folded_relationships: folded,
            relationships,
            revision: revision::encode(&backend.datastore, read.revision),
        };
        Ok(v1::GetModelStatusResponse { status: Some(status) })
    }

    pub(super) fn cache_status(&self) -> Result<v1::GetCacheStatusResponse, Fault> {
        let Usage { bytes, most_bytes, relationships, hits, misses, refreshes } = self.backend()?.reader.usage();
        let size = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let cache = v1::CacheStatus {
            bytes: size(bytes),
            max_bytes: size(most_bytes),
            relationships: size(relationships),
            hits: count(hits),
            misses: count(misses),
            refreshes: count(refreshes),
        };
        Ok(v1::GetCacheStatusResponse { cache: Some(cache) })
    }
}
