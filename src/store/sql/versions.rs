//! Versions of the model.

use async_trait::async_trait;

use super::{Backend, Transaction};
use crate::{
    model::ModelVersion,
    store::{InUse, KeptModel, ReadVersions, StoreError, Write, WriteVersions},
};

const SELECT: &str = "SELECT formulas, content FROM models WHERE tenant = $1 AND version = $2";
const INSERT: &str = "
    INSERT INTO models (tenant, version, formulas, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const USE: &str = "UPDATE tenants SET live = $2, building = $3 WHERE tenant = $1";

#[async_trait]
impl<B: Backend> ReadVersions for Transaction<B> {
    fn in_use(&self) -> &InUse {
        &self.in_use
    }

    async fn kept_model(&mut self, version: &ModelVersion) -> Result<Option<KeptModel>, StoreError> {
        let rows: Vec<(i64, String)> = self.fetch(SELECT, [version.into()]).await?;
        Ok(rows.into_iter().next().map(|(formulas, content)| KeptModel { formulas, content }))
    }
}

#[async_trait]
impl<B: Backend> WriteVersions for Transaction<B> {
    async fn keep_model(&mut self, version: &ModelVersion, model: &KeptModel) -> Result<(), StoreError> {
        self.execute(&[INSERT], [version.into(), model.formulas.into(), (&model.content).into()]).await?;
        Ok(())
    }

    async fn use_versions(&mut self, in_use: InUse) -> Result<(), StoreError> {
        self.execute(&[USE], [in_use.live.as_ref().into(), in_use.building.as_ref().into()]).await?;
        if self.in_use.live != in_use.live {
            self.renew().await?;
        }
        self.in_use = in_use;
        Ok(())
    }
}
