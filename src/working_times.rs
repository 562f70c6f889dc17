//! When the parties of a tenant work, as the database says: kept in memory until a write changes it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    calendar::WorkingTimes,
    party::Party,
    store::{Read, Revision, StoreError},
};

/// What was read, by tenant, with the write that changed it last.
#[derive(Default)]
pub struct KnownTimes(Mutex<HashMap<String, (Revision, Arc<WorkingTimes>)>>);

impl KnownTimes {
    /// When the parties of the tenant work. Not for a write that has changed it.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn read(&self, tx: &mut dyn Read) -> Result<Arc<WorkingTimes>, StoreError> {
        let changed = tx.calendars_changed();
        if changed == Revision::ZERO {
            return Ok(Arc::default());
        }
        if let Some(known) = self.known(tx.tenant(), changed) {
            return Ok(known);
        }
        let times = Arc::new(of_parties(&tx.under_calendars().await?));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(tx.tenant().to_owned(), (changed, Arc::clone(&times)));
        Ok(times)
    }

    fn known(&self, tenant: &str, changed: Revision) -> Option<Arc<WorkingTimes>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(tenant).filter(|(since, _)| *since == changed).map(|(_, times)| Arc::clone(times))
    }
}

/// When each of these parties works. Whoever inherits a calendar must be among them, with everybody in between.
pub fn of_parties<'a>(parties: impl IntoIterator<Item = &'a Party>) -> WorkingTimes {
    WorkingTimes::of(parties.into_iter().map(|it| (it.id.as_str(), it.parent.as_deref(), &it.calendars)))
}
