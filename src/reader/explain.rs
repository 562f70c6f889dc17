//! Reading what a score is made of: the events of one relationship among the states of its neighbours.

use super::{
    Moment, Reader, Scored,
    surroundings::{Surroundings, events_at},
};
use crate::{
    event::{Event, Relationship, Tenant},
    replay::counted,
    score::{Explanation, Input, explain},
    store::StoreError,
};

impl Reader {
    /// What the scores of a relationship are made of, each told by at most `limit` events.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn explain(
        &self,
        tenant: &Tenant,
        relationship: &Relationship,
        moment: impl Into<Moment>,
        limit: usize,
    ) -> Result<Scored<Explanation>, StoreError> {
        let moment = moment.into();
        let these = std::slice::from_ref(relationship);
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let around = Surroundings::of_these(tx.as_mut(), these, moment, &basis).await?;
        let recorded = events_at(tx.as_mut(), these, moment).await?;
        let mut events: Vec<&Event> = counted(&recorded);
        events.sort_unstable_by_key(|event| event.position());
        let (of_supplier, of_customer) = around.peers(relationship);
        let input = Input { events, of_supplier, of_customer, reverse: around.reverse(relationship) };
        let value = explain(&input, moment.as_of, limit, basis.model());
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
    }
}
