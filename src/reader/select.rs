//! Reading the figures of selected relationships.

use std::sync::Arc;

use super::{
    answer::{Moment, Scored},
    filter::PartyFilter,
    session::{Query, Reader, Session, Unanswered, give_way, said},
};
use crate::{
    event::{Relationship, Tenant},
    score::Figures,
    store::{Revision, Selection, StoreError},
};

impl Reader {
    /// The figures of all selected relationships that pass the filter and had an event by then, ordered by customer and
    /// supplier: those only that a write after `changed_since` has recorded events of, or set right; all where one has
    /// renewed every score.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn select(
        &self,
        tenant: &Tenant,
        selection: &Selection,
        filter: &PartyFilter,
        changed_since: Revision,
        moment: impl Into<Moment>,
    ) -> Result<Scored<Vec<(Relationship, Arc<Figures>)>>, StoreError> {
        self.ask(tenant, moment.into(), Selecting { selection, filter, changed_since }).await
    }
}

struct Selecting<'a> {
    selection: &'a Selection,
    filter: &'a PartyFilter,
    changed_since: Revision,
}

impl Query for Selecting<'_> {
    type Answer = Vec<(Relationship, Arc<Figures>)>;

    fn needs_store(&self) -> bool {
        !self.filter.is_anyone()
    }

    async fn answer(&self, session: &mut Session) -> Result<Self::Answer, Unanswered> {
        if !self.needs_store()
            && let Some(present) = session.present()
        {
            return said(present.select(self.selection, self.changed_since));
        }
        let selected = session.selected(self.selection, self.changed_since).await?;
        let mut selected: Vec<Relationship> = selected.into_iter().map(|it| it.relationship).collect();
        if self.needs_store() {
            selected = self.filter.pass(session.store()?, selected).await?;
        }
        let around = session.around(&selected).await?;
        let mut figures = Vec::with_capacity(selected.len());
        for (index, relationship) in selected.into_iter().enumerate() {
            if said(around.has(&relationship))? {
                let of_it = said(around.figures(&relationship))?;
                figures.push((relationship, of_it));
            }
            give_way(index).await;
        }
        Ok(figures)
    }
}
