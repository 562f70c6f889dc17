//! Which channels the recorded events feed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Read, Reader,
    surroundings::{CHUNK, states_at},
};
use crate::{
    event::{Relationship, Tenant},
    observation::Channel,
    score::{Coverage, Sample, coverage},
    store::{Selection, StoreError},
    time::Timestamp,
};

impl Reader {
    /// Holds the model against all that is recorded. Reads every relationship, a chunk at a time.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn coverage(&self, tenant: &Tenant, now: Timestamp) -> Result<Read<Coverage>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let heads = tx.heads(&Selection::All, &self.model_version).await?;
        let mut observations: BTreeMap<Channel, i64> = BTreeMap::new();
        for chunk in heads.chunks(CHUNK) {
            for (_, state) in states_at(tx.as_mut(), chunk, now.into(), &self.model, &self.model_version).await? {
                let mut sample = Sample::default();
                sample.add(&state, now, &self.model);
                sample
                    .tally
                    .cells()
                    .for_each(|(channel, _, cell)| *observations.entry(channel).or_default() += cell.count);
            }
        }
        let known: BTreeSet<&Relationship> = heads.iter().map(|head| &head.relationship).collect();
        let both_ways = known.iter().filter(|it| known.contains(&it.reverse())).count();
        observations.insert(Channel::Reciprocity, i64::try_from(both_ways).unwrap_or(i64::MAX));
        Ok(Read { value: coverage(&observations, &self.model), revision: tx.revision() })
    }
}
