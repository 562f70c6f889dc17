//! What a store keeps about the versions of the model.

use async_trait::async_trait;

use crate::{model::ModelVersion, store::StoreError};

/// The part of [`super::Read`] that is about which models a tenant is scored under.
#[async_trait]
pub trait ReadVersions: Send {
    /// The versions in use, as of the revision that is read at, or in a write with what it changed.
    fn in_use(&self) -> &InUse;

    /// The model of a version, if the tenant was ever scored under it.
    async fn kept_model(&mut self, version: &ModelVersion) -> Result<Option<KeptModel>, StoreError>;
}

/// The part of [`super::Write`] that is about which models a tenant is scored under.
#[async_trait]
pub trait WriteVersions: Send {
    /// Keeps the model of a version. One that is kept already stays as it is.
    async fn keep_model(&mut self, version: &ModelVersion, model: &KeptModel) -> Result<(), StoreError>;

    /// Changes the versions in use. Where another one becomes live, every score is [renewed](super::Write::renew).
    async fn use_versions(&mut self, in_use: InUse) -> Result<(), StoreError>;
}

/// The versions of the model that a tenant's events are folded under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// The one that scores come from: every relationship is folded under it. None before the first model is live.
    pub live: Option<ModelVersion>,
    /// The one that is to be live once every relationship is folded under it.
    pub building: Option<ModelVersion>,
}

/// A model as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptModel {
    /// The number of the formulas that it was used with.
    pub formulas: i64,
    /// All its numbers, as JSON.
    pub content: String,
}
