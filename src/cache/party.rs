//! A party in memory: whom it buys from, whom it supplies, and what is known of it from all of them.

use std::sync::Arc;

use immutable_chunkmap::map::Map;

use super::{entry::Entry, memo::Memo};
use crate::{
    event::PartyRole,
    model::Model,
    score::{Pool, PoolSum},
    store::Revision,
    time::{Day, Timestamp},
};

/// Entries in a chunk of a map: a write copies the chunks that it touches.
pub(super) const CHUNK: usize = 16;

/// Relationships by the party on the other side.
pub(super) type Members = Map<Arc<str>, Arc<Entry>, CHUNK>;

#[derive(Clone, Default)]
pub(super) struct Party {
    /// Its relationships as the customer.
    pub buying: Side,
    /// Its relationships as the supplier.
    pub supplying: Side,
}

impl Party {
    /// What it does in a role.
    pub fn side(&self, role: PartyRole) -> &Side {
        match role {
            PartyRole::Customer => &self.buying,
            PartyRole::Supplier => &self.supplying,
        }
    }
}

/// What a party does in one role.
#[derive(Clone)]
pub(super) struct Side {
    pub members: Members,
    /// The last write that touched one of them.
    pub revision: Revision,
    /// When the latest event of any of them occurred.
    pub latest_at: Timestamp,
    pool: Memo<(Day, Arc<Pool>)>,
}

impl Default for Side {
    fn default() -> Self {
        let latest_at = Timestamp::from_micros(i64::MIN);
        Self { members: Map::new(), revision: Revision::ZERO, latest_at, pool: Memo::default() }
    }
}

impl Side {
    pub fn put(&mut self, other: &Arc<str>, entry: &Arc<Entry>) {
        self.members.insert_cow(Arc::clone(other), Arc::clone(entry));
        self.revision = self.revision.max(entry.revision);
        self.latest_at = self.latest_at.max(entry.latest_at);
        self.pool = Memo::default();
    }

    /// The pool of all members, which are in their order; none where one of them cannot be read.
    pub fn pool(&self, today: Day, model: &Model) -> Option<Arc<Pool>> {
        if let Some(kept) = self.pool.get().filter(|kept| kept.0 == today) {
            return Some(Arc::clone(&kept.1));
        }
        let mut sum = PoolSum::default();
        if model.pool.enabled {
            self.members.into_iter().try_for_each(|(_, entry)| entry.add_to(&mut sum, today, model))?;
        }
        let pool = Arc::new(Pool::of_sum(&sum, today, model));
        self.pool.set(Some(Arc::new((today, Arc::clone(&pool)))));
        Some(pool)
    }
}
