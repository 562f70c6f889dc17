//! Which channels the recorded events feed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Reader, Scored,
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
    pub async fn coverage(&self, tenant: &Tenant, now: Timestamp) -> Result<Scored<Coverage>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let heads = tx.heads(&Selection::All).await?;
        let mut observations: BTreeMap<Channel, i64> = BTreeMap::new();
        for chunk in heads.chunks(CHUNK) {
            for (_, state) in states_at(tx.as_mut(), chunk, now.into(), &basis).await? {
                let mut sample = Sample::default();
                sample.add(&state, now, basis.model());
                sample
                    .tally
                    .cells()
                    .for_each(|(channel, _, cell)| *observations.entry(channel).or_default() += cell.count);
            }
        }
        let known: BTreeSet<&Relationship> = heads.iter().map(|head| &head.relationship).collect();
        let both_ways = known.iter().filter(|it| known.contains(&it.reverse())).count();
        observations.insert(Channel::Reciprocity, i64::try_from(both_ways).unwrap_or(i64::MAX));
        let value = coverage(&observations, basis.model());
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
    }
}
