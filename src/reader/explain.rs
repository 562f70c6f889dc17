//! Reading what a score is made of: the events of one relationship among its neighbours.

use super::{
    answer::{Moment, Scored},
    session::{Query, Reader, Session, Unanswered, said},
    surroundings::events_at,
};
use crate::{
    event::{Event, PartyRole, Relationship, Tenant},
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
        self.ask(tenant, moment.into(), Explaining { relationship, limit }).await
    }
}

struct Explaining<'a> {
    relationship: &'a Relationship,
    limit: usize,
}

impl Query for Explaining<'_> {
    type Answer = Explanation;

    fn needs_store(&self) -> bool {
        true
    }

    async fn answer(&self, session: &mut Session) -> Result<Explanation, Unanswered> {
        let (relationship, moment) = (self.relationship, session.moment());
        let around = session.around(std::slice::from_ref(relationship)).await?;
        let of_supplier = said(around.peers(PartyRole::Supplier, relationship))?;
        let of_customer = said(around.peers(PartyRole::Customer, relationship))?;
        let reverse = said(around.demand(&relationship.reverse()))?;
        drop(around);
        let recorded = events_at(session.store()?, std::slice::from_ref(relationship), moment).await?;
        let mut events: Vec<&Event> = counted(&recorded);
        events.sort_unstable_by_key(|event| event.position());
        let input = Input { events, of_supplier, of_customer, reverse };
        Ok(explain(&input, moment.as_of, self.limit, session.rules()?))
    }
}
