//! Which channels the recorded events feed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::{Moment, Scored},
    session::{Query, Reader, Session, Unanswered, give_way, said},
    surroundings::CHUNK,
};
use crate::{
    event::{Relationship, Tenant},
    observation::Channel,
    score::{Coverage, coverage},
    store::{Revision, Selection, StoreError},
};

impl Reader {
    /// Holds the model against all that is recorded. Reads every relationship, a chunk at a time.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn coverage(&self, tenant: &Tenant, moment: impl Into<Moment>) -> Result<Scored<Coverage>, StoreError> {
        self.ask(tenant, moment.into(), Fed).await
    }
}

struct Fed;

impl Query for Fed {
    type Answer = Coverage;

    async fn answer(&self, session: &mut Session) -> Result<Coverage, Unanswered> {
        let all = session.selected(&Selection::All, Revision::ZERO).await?;
        let mut observations: BTreeMap<Channel, i64> = BTreeMap::new();
        for chunk in all.chunks(CHUNK) {
            let around = session.states(chunk).await?;
            for (index, selected) in chunk.iter().enumerate() {
                let summary = said(around.summary(&selected.relationship))?;
                let counts = summary.observations(around.as_of(), around.model());
                Channel::ALL.into_iter().zip(counts).for_each(|(channel, count)| {
                    *observations.entry(channel).or_default() += count;
                });
                give_way(index).await;
            }
        }
        let known: BTreeSet<&Relationship> = all.iter().map(|selected| &selected.relationship).collect();
        let both_ways = known.iter().filter(|it| known.contains(&it.reverse())).count();
        observations.insert(Channel::Reciprocity, i64::try_from(both_ways).unwrap_or(i64::MAX));
        Ok(coverage(&observations, session.model()))
    }
}
