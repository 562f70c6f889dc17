//! What would be lost with a customer.

use super::{
    answer::{Moment, Scored},
    session::{Query, Reader, Session, Unanswered, said},
};
use crate::{
    event::{Relationship, Tenant},
    score::{ValueAtRisk, value_at_risk},
    store::{Revision, Selection, StoreError},
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
        self.ask(tenant, moment.into(), AtRisk(relationship)).await
    }
}

struct AtRisk<'a>(&'a Relationship);

impl Query for AtRisk<'_> {
    type Answer = ValueAtRisk;

    async fn answer(&self, session: &mut Session) -> Result<ValueAtRisk, Unanswered> {
        let selected = session.selected(&Selection::These(vec![self.0.clone()]), Revision::ZERO).await?;
        let around = session.states(&selected).await?;
        Ok(value_at_risk(&*said(around.state(self.0))?, around.as_of(), around.model()))
    }
}
