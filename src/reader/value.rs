//! What would be lost with a customer.

use super::{Moment, Reader, Scored, surroundings::states_at};
use crate::{
    event::{Relationship, Tenant},
    score::{ValueAtRisk, value_at_risk},
    store::{Selection, StoreError},
};

impl Reader {
    /// The value at risk in a relationship; none at all where it has no events.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn value_at_risk(
        &self,
        tenant: &Tenant,
        relationship: &Relationship,
        moment: impl Into<Moment>,
    ) -> Result<Scored<ValueAtRisk>, StoreError> {
        let moment = moment.into();
        let mut tx = self.store.read(tenant).await?;
        let basis = self.models.for_reading(tx.as_mut()).await?;
        let heads = tx.heads(&Selection::These(vec![relationship.clone()])).await?;
        let states = states_at(tx.as_mut(), &heads, moment, &basis).await?;
        let state = states.into_iter().next().map(|(_, state)| state).unwrap_or_default();
        let value = value_at_risk(&state, moment.as_of, basis.model());
        Ok(Scored { value, revision: tx.revision(), model_version: basis.version().to_owned() })
    }
}
