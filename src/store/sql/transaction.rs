//! A transaction on behalf of one tenant.

use async_trait::async_trait;
use sqlx::FromRow;

use super::{Backend, Row, Value};
use crate::{
    event::Tenant,
    model::ModelVersion,
    store::{InUse, Read, Revision, StoreError, Write},
};

pub const INSERT_ID: &str = "INSERT INTO datastore (one, id) VALUES (1, $1) ON CONFLICT DO NOTHING";
pub const SELECT_ID: &str = "SELECT id FROM datastore";
pub const SELECT_TENANTS: &str = "SELECT tenant FROM tenants ORDER BY tenant";
const SELECT_TENANT: &str = "SELECT revision, renewed, calendars, live, building FROM tenants WHERE tenant = $1";
const NEXT_REVISION: &str = "
    INSERT INTO tenants (tenant, revision) VALUES ($1, 1)
    ON CONFLICT (tenant) DO UPDATE SET revision = tenants.revision + 1
    RETURNING revision, renewed, calendars, live, building";
const RENEW: &str = "UPDATE tenants SET renewed = $2 WHERE tenant = $1";

/// A transaction that has begun: it reads, and where it holds the tenant's next revision it writes.
pub struct Transaction<B> {
    backend: B,
    tenant: String,
    pub revision: Revision,
    pub renewed: Revision,
    pub calendars: Revision,
    pub in_use: InUse,
}

/// What is known as soon as a transaction has begun.
#[derive(Default, FromRow)]
struct TenantRow {
    revision: i64,
    renewed: i64,
    calendars: i64,
    live: Option<String>,
    building: Option<String>,
}

impl<B: Backend> Transaction<B> {
    /// The present state of a tenant, which `backend` sees throughout.
    pub async fn reading(backend: B, tenant: &Tenant) -> Result<Box<dyn Read>, StoreError> {
        Ok(Box::new(Self::begun(backend, tenant, SELECT_TENANT).await?))
    }

    /// The tenant's next state, once its previous write has ended.
    pub async fn writing(backend: B, tenant: &Tenant) -> Result<Box<dyn Write>, StoreError> {
        Ok(Box::new(Self::begun(backend, tenant, NEXT_REVISION).await?))
    }

    async fn begun(mut backend: B, tenant: &Tenant, statement: &'static str) -> Result<Self, StoreError> {
        let rows: Vec<TenantRow> = backend.fetch(statement, vec![Value::from(&tenant.0)]).await?;
        let TenantRow { revision, renewed, calendars, live, building } = rows.into_iter().next().unwrap_or_default();
        Ok(Self {
            backend,
            tenant: tenant.0.clone(),
            revision: Revision::new(revision),
            renewed: Revision::new(renewed),
            calendars: Revision::new(calendars),
            in_use: InUse { live: live.map(ModelVersion::named), building: building.map(ModelVersion::named) },
        })
    }

    /// The rows that a statement returns for the tenant.
    pub async fn fetch<'v, O: Row>(
        &mut self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value<'v>>,
    ) -> Result<Vec<O>, StoreError> {
        self.backend.fetch(statement, with_tenant(&self.tenant, values)).await
    }

    /// Executes statements for the tenant, all with the same values, and returns how many rows the last has changed.
    pub async fn execute<'v>(
        &mut self,
        statements: &'static [&'static str],
        values: impl IntoIterator<Item = Value<'v>>,
    ) -> Result<u64, StoreError> {
        self.backend.execute(statements, with_tenant(&self.tenant, values)).await
    }
}

fn with_tenant<'a, 'v: 'a>(tenant: &'a str, values: impl IntoIterator<Item = Value<'v>>) -> Vec<Value<'a>> {
    let mut all = vec![Value::from(tenant)];
    for value in values {
        all.push(value);
    }
    all
}

impl<B: Backend> Read for Transaction<B> {
    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn renewed(&self) -> Revision {
        self.renewed
    }

    fn calendars_changed(&self) -> Revision {
        self.calendars
    }
}

#[async_trait]
impl<B: Backend> Write for Transaction<B> {
    async fn renew(&mut self) -> Result<(), StoreError> {
        self.execute(&[RENEW], [self.revision.into()]).await?;
        self.renewed = self.revision;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.backend.commit().await
    }
}
