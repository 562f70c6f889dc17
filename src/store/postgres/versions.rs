//! Versions of the model in PostgreSQL.

use async_trait::async_trait;

use super::PostgresTransaction;
use crate::store::{InUse, KeptModel, StoreError, Transaction, Versions};

const SELECT: &str = "SELECT formulas, content FROM models WHERE tenant = $1 AND version = $2";
const INSERT: &str = "
    INSERT INTO models (tenant, version, formulas, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const USE: &str = "UPDATE tenants SET live = $2, building = $3 WHERE tenant = $1";

#[async_trait]
impl Versions for PostgresTransaction {
    fn in_use(&self) -> &InUse {
        &self.in_use
    }

    async fn kept_model(&mut self, version: &str) -> Result<Option<KeptModel>, StoreError> {
        Ok(sqlx::query_as(SELECT).bind(&self.tenant).bind(version).fetch_optional(&mut *self.tx).await?)
    }

    async fn keep_model(&mut self, version: &str, model: &KeptModel) -> Result<(), StoreError> {
        let query = sqlx::query(INSERT).bind(&self.tenant).bind(version).bind(model.formulas).bind(&model.content);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    async fn use_versions(&mut self, in_use: InUse) -> Result<(), StoreError> {
        let query = sqlx::query(USE).bind(&self.tenant).bind(&in_use.live).bind(&in_use.building);
        query.execute(&mut *self.tx).await?;
        if self.in_use.live != in_use.live {
            self.renew().await?;
        }
        self.in_use = in_use;
        Ok(())
    }
}
