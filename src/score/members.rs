//! The sum of a party's relationships, kept up to date change by change.

use std::collections::BTreeMap;

use super::{pool::Pool, pool_sum::PoolSum};
use crate::{
    event::Relationship,
    interaction::Pending,
    model::Model,
    tally::{Change, Tally},
    time::Day,
};

/// A party's relationships together: what its pool is read off, day after day, without adding all of them up again.
#[derive(Clone, Debug, Default)]
pub struct Members {
    tally: Tally,
    /// In the order in which the states of relationships in their order have them.
    pending: BTreeMap<(Relationship, String), Pending>,
}

impl Members {
    /// Takes in what changes in one of the relationships.
    pub fn apply(&mut self, relationship: &Relationship, change: &Change) {
        self.tally.merge_all(&change.tally, 1);
        for (interaction, turn) in &change.pending {
            let key = (relationship.clone(), interaction.clone());
            match &turn.new {
                Some(pending) => self.pending.insert(key, pending.clone()),
                None => self.pending.remove(&key),
            };
        }
    }

    /// What [`Pool::of`] says of the relationships, to the bit.
    #[must_use]
    pub fn pool(&self, today: Day, model: &Model) -> Pool {
        let mut sum = PoolSum::default();
        if model.pool.enabled {
            sum.add_tally(&self.tally, today, model);
            sum.add_pending(self.pending.values(), today, model);
        }
        Pool::of_sum(&sum, today, model)
    }
}
