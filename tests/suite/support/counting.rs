//! A store that counts the transactions that are begun.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rapport::{
    event::Tenant,
    store::{PoolUsage, Read, Store, StoreError, Write},
};

/// Another store, and how often it was read.
pub struct Counting {
    store: Arc<dyn Store>,
    reads: AtomicUsize,
}

impl Counting {
    pub fn on(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { store, reads: AtomicUsize::new(0) })
    }

    /// How many reads were begun since this was last asked.
    pub fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Store for Counting {
    async fn migrate(&self, new_id: &str) -> Result<String, StoreError> {
        self.store.migrate(new_id).await
    }

    async fn check_schema(&self) -> Result<(), StoreError> {
        self.store.check_schema().await
    }

    async fn read(&self, tenant: &Tenant) -> Result<Box<dyn Read>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.read(tenant).await
    }

    async fn write(&self, tenant: &Tenant) -> Result<Box<dyn Write>, StoreError> {
        self.store.write(tenant).await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        self.store.tenants().await
    }

    fn pool_usage(&self) -> [PoolUsage; 2] {
        self.store.pool_usage()
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
