//! A snapshot read at a moment: one of the two places that scores are read off.

use std::{borrow::Cow, sync::Arc};

use super::{
    entry::{Around, Entry, Kept},
    party::Side,
    snapshot::Snapshot,
};
use crate::{
    event::{PartyRole, Relationship},
    model::Model,
    score::{DaySummary, Demand, Figures, Neighbours, Pool, PoolSum, TakenUp, score},
    store::{Revision, Selection},
    tally::State,
    time::Timestamp,
};

/// A snapshot at a moment. It says nothing of what has a later event, for states count all of theirs; nor of what cannot
/// be read, about which the store has to say more.
#[derive(Clone, Copy)]
pub struct Present<'a> {
    snapshot: &'a Snapshot,
    as_of: Timestamp,
}

/// Something happened after the moment that is read at.
struct Later;

/// A relationship and what lies around it.
#[derive(Clone, Copy)]
struct Place<'a> {
    own: Option<&'a Arc<Entry>>,
    reverse: Option<&'a Arc<Entry>>,
    supplier: Option<&'a Side>,
    customer: Option<&'a Side>,
}

impl Snapshot {
    /// What it says at a moment.
    #[must_use]
    pub fn at(&self, as_of: Timestamp) -> Present<'_> {
        Present { snapshot: self, as_of }
    }
}

impl<'a> Present<'a> {
    /// What is kept of a relationship, if it has events.
    fn entry(&self, relationship: &Relationship) -> Result<Option<&'a Entry>, Later> {
        match self.snapshot.entry(relationship) {
            Some(entry) if entry.latest_at > self.as_of => Err(Later),
            entry => Ok(entry.map(Arc::as_ref)),
        }
    }

    /// What a party does in a role, if anything.
    fn side(&self, role: PartyRole, party: &str) -> Result<Option<&'a Side>, Later> {
        match self.snapshot.side(role, party) {
            Some(side) if side.latest_at > self.as_of => Err(Later),
            side => Ok(side),
        }
    }

    fn place(&self, relationship: &Relationship) -> Place<'a> {
        let customer = self.snapshot.parties.get(relationship.customer.as_str());
        let supplier = self.snapshot.parties.get(relationship.supplier.as_str());
        Place {
            own: customer.and_then(|party| party.buying.members.get(relationship.supplier.as_str())),
            reverse: supplier.and_then(|party| party.buying.members.get(relationship.customer.as_str())),
            supplier: supplier.map(|party| &party.supplying),
            customer: customer.map(|party| &party.buying),
        }
    }

    /// The figures of a relationship at its place: those that are kept, or else new ones, which are kept then.
    fn figures_at(&self, relationship: &Relationship, place: Place<'_>) -> Option<Arc<Figures>> {
        let around = place.around();
        let is_past = place.latest_at() <= Some(self.as_of);
        if let Some(figures) = place.own.filter(|_| is_past).and_then(|own| own.figures(self.as_of, around)) {
            return Some(figures);
        }
        let known = self.known(relationship)?;
        let figures = Arc::new(Figures::of(&score(&known, self.as_of, self.model()), &known.own));
        if let Some(own) = place.own {
            let all_day = !known.own.is_moving();
            own.keep(Kept { at: self.as_of, all_day, around, figures: Arc::clone(&figures) });
        }
        Some(figures)
    }

    /// The figures of all selected relationships that have changed since, by customer and supplier; none where one has
    /// none.
    #[must_use]
    pub fn select(&self, selection: &Selection, changed_since: Revision) -> Option<Vec<(Relationship, Arc<Figures>)>> {
        let mut selected = Vec::new();
        self.each(selection, changed_since, &mut |relationship, place| {
            let figures = self.figures_at(&relationship, place)?;
            selected.push((relationship, figures));
            Some(())
        })?;
        in_order(selection, &mut selected, |a, b| a.0.cmp(&b.0));
        Some(selected)
    }

    /// All selected relationships that have changed since, by customer and supplier, each with when its latest event
    /// occurred.
    #[must_use]
    pub fn selected(&self, selection: &Selection, changed_since: Revision) -> Vec<(Relationship, Timestamp)> {
        let mut selected = Vec::new();
        let _ = self.each(selection, changed_since, &mut |relationship, place| {
            selected.extend(place.own.map(|own| (relationship, own.latest_at)));
            Some(())
        });
        in_order(selection, &mut selected, |a, b| a.0.cmp(&b.0));
        selected
    }

    /// Looks at every selected relationship that has changed since, for as long as there is something to say.
    fn each(
        &self,
        selection: &Selection,
        changed_since: Revision,
        look: &mut dyn FnMut(Relationship, Place<'_>) -> Option<()>,
    ) -> Option<()> {
        // A write that renews is news of every relationship.
        let since = if self.snapshot.renewed > changed_since { Revision::ZERO } else { changed_since };
        match selection {
            Selection::These(relationships) => relationships.iter().try_for_each(|relationship| {
                let place = self.place(relationship);
                let has_changed = place.own.is_some_and(|own| own.revision > since);
                if has_changed { look(relationship.clone(), place) } else { Some(()) }
            }),
            Selection::Customer(id) => self.each_of_customer(id, since, look),
            Selection::Supplier(id) => self.each_of_supplier(id, since, look),
            Selection::Parties { customers, suppliers } => {
                customers.iter().try_for_each(|id| self.each_of_customer(id, since, look))?;
                suppliers.iter().try_for_each(|id| self.each_of_supplier(id, since, look))
            }
            Selection::All => {
                self.snapshot.parties.into_iter().try_for_each(|(id, _)| self.each_of_customer(id, since, look))
            }
        }
    }

    fn each_of_customer(
        &self,
        customer: &str,
        since: Revision,
        look: &mut dyn FnMut(Relationship, Place<'_>) -> Option<()>,
    ) -> Option<()> {
        let Some(party) = self.snapshot.parties.get(customer) else { return Some(()) };
        for (supplier, own) in party.buying.members.into_iter().filter(|(_, own)| own.revision > since) {
            let other = self.snapshot.parties.get(supplier);
            let place = Place {
                own: Some(own),
                reverse: other.and_then(|other| other.buying.members.get(customer)),
                supplier: other.map(|other| &other.supplying),
                customer: Some(&party.buying),
            };
            look(Relationship { customer: customer.to_owned(), supplier: supplier.as_ref().to_owned() }, place)?;
        }
        Some(())
    }

    fn each_of_supplier(
        &self,
        supplier: &str,
        since: Revision,
        look: &mut dyn FnMut(Relationship, Place<'_>) -> Option<()>,
    ) -> Option<()> {
        let Some(party) = self.snapshot.parties.get(supplier) else { return Some(()) };
        for (customer, own) in party.supplying.members.into_iter().filter(|(_, own)| own.revision > since) {
            let place = Place {
                own: Some(own),
                reverse: party.buying.members.get(customer),
                supplier: Some(&party.supplying),
                customer: self.snapshot.parties.get(customer).map(|other| &other.buying),
            };
            look(Relationship { customer: customer.as_ref().to_owned(), supplier: supplier.to_owned() }, place)?;
        }
        Some(())
    }
}

/// Puts what was selected in order, each once, where the selection may name something out of order or twice.
fn in_order<T>(selection: &Selection, selected: &mut Vec<T>, order: impl Fn(&T, &T) -> std::cmp::Ordering) {
    if matches!(selection, Selection::These(_) | Selection::Parties { .. }) {
        selected.sort_unstable_by(|a, b| order(a, b));
        selected.dedup_by(|a, b| order(a, b).is_eq());
    }
}

impl Neighbours for Present<'_> {
    fn as_of(&self) -> Timestamp {
        self.as_of
    }

    fn model(&self) -> &Model {
        &self.snapshot.under.model
    }

    fn has(&self, relationship: &Relationship) -> Option<bool> {
        Some(self.entry(relationship).ok()?.is_some())
    }

    fn state(&self, relationship: &Relationship) -> Option<Cow<'_, State>> {
        let entry = self.entry(relationship).ok()?;
        entry.map_or_else(|| Some(State::default()), Entry::state).map(Cow::Owned)
    }

    fn summary(&self, relationship: &Relationship) -> Option<Arc<DaySummary>> {
        let (today, model) = (self.as_of.day(), self.model());
        match self.entry(relationship).ok()? {
            Some(entry) => entry.summary(today, model),
            None => Some(Arc::new(DaySummary::of(&State::default(), today, model))),
        }
    }

    fn demand(&self, relationship: &Relationship) -> Option<Demand> {
        let entry = self.entry(relationship).ok()?;
        entry.map_or_else(|| Some(Demand::default()), |entry| entry.demand(self.as_of.day(), self.model()))
    }

    fn taken_up(&self, relationship: &Relationship) -> Option<TakenUp> {
        let entry = self.entry(relationship).ok()?;
        entry.map_or(Some(TakenUp(None)), |entry| entry.taken_up(self.as_of.day(), self.model()))
    }

    fn pool(&self, role: PartyRole, party: &str) -> Option<Arc<Pool>> {
        match self.side(role, party).ok()? {
            Some(side) => side.pool(self.as_of.day(), self.model()),
            None => Some(Arc::new(Pool::empty(self.model()))),
        }
    }

    fn members(&self, role: PartyRole, party: &str) -> Option<Vec<Relationship>> {
        let Some(side) = self.side(role, party).ok()? else { return Some(Vec::new()) };
        let members = side.members.into_iter().map(|(other, _)| other.as_ref().to_owned());
        let relationship = |other: String| match role {
            PartyRole::Customer => Relationship { customer: party.to_owned(), supplier: other },
            PartyRole::Supplier => Relationship { customer: other, supplier: party.to_owned() },
        };
        Some(members.map(relationship).collect())
    }

    fn add_to(&self, relationship: &Relationship, sum: &mut PoolSum) -> Option<()> {
        match self.entry(relationship).ok()? {
            Some(entry) => entry.add_to(sum, self.as_of.day(), self.model()),
            None => Some(()),
        }
    }

    fn figures(&self, relationship: &Relationship) -> Option<Arc<Figures>> {
        self.figures_at(relationship, self.place(relationship))
    }
}

impl Place<'_> {
    /// When the latest event occurred that bears on the scores.
    fn latest_at(&self) -> Option<Timestamp> {
        let sides = [self.supplier, self.customer].map(|side| side.map(|side| side.latest_at));
        sides.into_iter().chain([self.reverse.map(|reverse| reverse.latest_at)]).flatten().max()
    }

    fn around(&self) -> Around {
        let side = |side: Option<&Side>| side.map_or(Revision::ZERO, |side| side.revision);
        let reverse = self.reverse.map_or(Revision::ZERO, |reverse| reverse.revision);
        Around::of([side(self.supplier), side(self.customer), reverse])
    }
}
