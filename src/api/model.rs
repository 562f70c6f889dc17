//! `CheckModel`, `GetModelStatus` and `GetCacheStatus`: what an operator asks about the models and the memory in use.

use std::future::{Ready, ready};

use super::{Fault, call::Call, fields::Fields, present, query::Fresh, v1};
use crate::{cache::Usage, models::Progress, reader::Reader};

pub(super) async fn check_model(call: Call, request: v1::CheckModelRequest) -> Result<v1::CheckModelResponse, Fault> {
    let mut fields = Fields::of(&call);
    let moment = fields.now(&request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let read = query.read(Reader::coverage);
    let Fresh { value, context, .. } = read.await?;
    let check = v1::ModelCheck {
        model_version: context.model_version,
        revision: context.revision,
        ..present::model_check(&value)
    };
    Ok(v1::CheckModelResponse { check: Some(check) })
}

pub(super) async fn get_model_status(
    call: Call,
    v1::GetModelStatusRequest {}: v1::GetModelStatusRequest,
) -> Result<v1::GetModelStatusResponse, Fault> {
    let query = Fields::of(&call).done(call.now.into())?;
    let Fresh { value, context, .. } = query.read(|reader, tenant, _| reader.models_in_use(tenant)).await?;
    let Progress { in_use, folded, relationships } = value;
    let status = v1::ModelStatus {
        live_version: in_use.live.unwrap_or_default().to_string(),
        building_version: in_use.building.unwrap_or_default().to_string(),
        folded_relationships: folded,
        relationships,
        revision: context.revision,
    };
    Ok(v1::GetModelStatusResponse { status: Some(status) })
}

#[expect(clippy::needless_pass_by_value, reason = "every handler is given its call")]
pub(super) fn get_cache_status(
    call: Call,
    v1::GetCacheStatusRequest {}: v1::GetCacheStatusRequest,
) -> Ready<Result<v1::GetCacheStatusResponse, Fault>> {
    let Usage { bytes, most_bytes, relationships, hits, misses, refreshes } = call.cache_usage();
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
    ready(Ok(v1::GetCacheStatusResponse { cache: Some(cache) }))
}
