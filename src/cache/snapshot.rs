//! The relationships of a tenant at one revision: what cannot change any more, shared by all who read it.

use std::sync::Arc;

use immutable_chunkmap::map::Map;

use super::{
    entry::{Around, Entry, Gauge, Kept},
    party::{CHUNK, Party, Side},
    write::{Write, Written},
};
use crate::{
    event::Relationship,
    models::Versioned,
    score::{DaySummary, Demand, Figures, Known, Pool, score},
    store::{Revision, Selection},
    tally::{Parts, State},
    time::Timestamp,
};

/// Everything that scores at a moment not before any event are read off.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) revision: Revision,
    pub(super) renewed: Revision,
    pub(super) under: Arc<Versioned>,
    pub(super) gauge: Arc<Gauge>,
    parties: Map<Arc<str>, Arc<Party>, CHUNK>,
    relationships: usize,
    /// When the latest event occurred.
    pub(super) latest_at: Timestamp,
}

/// What a relationship's scores are read off.
pub struct Close {
    own: Arc<DaySummary>,
    supplier: Arc<Pool>,
    customer: Arc<Pool>,
    reverse: Demand,
}

impl Close {
    /// The same, to score.
    #[must_use]
    pub fn known(&self) -> Known<'_> {
        Known { own: &self.own, supplier: &self.supplier, customer: &self.customer, reverse: self.reverse }
    }
}

/// A relationship and what lies around it.
#[derive(Clone, Copy)]
struct Place<'a> {
    own: Option<&'a Arc<Entry>>,
    reverse: Option<&'a Arc<Entry>>,
    supplier: Option<&'a Side>,
    customer: Option<&'a Side>,
}

impl Snapshot {
    pub(super) fn empty(revision: Revision, under: Arc<Versioned>) -> Self {
        let latest_at = Timestamp::from_micros(i64::MIN);
        Self { revision, renewed: 0, under, gauge: Arc::default(), parties: Map::new(), relationships: 0, latest_at }
    }

    /// The revision that it shows.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The model that it is under.
    #[must_use]
    pub fn under(&self) -> &Versioned {
        &self.under
    }

    /// How many relationships it has.
    #[must_use]
    pub fn relationships(&self) -> usize {
        self.relationships
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.gauge.read()
    }

    /// What is kept of a relationship, if it has events.
    pub(super) fn entry(&self, relationship: &Relationship) -> Option<&Entry> {
        self.place(relationship).own.map(Arc::as_ref)
    }

    /// What is folded for a relationship, in parts as they are stored.
    #[must_use]
    pub fn parts(&self, relationship: &Relationship) -> Parts<&[u8]> {
        self.entry(relationship).map(Entry::parts).unwrap_or_default()
    }

    /// Whether it is what the write `revision` under the model `version` begins from.
    pub(super) fn is_before(&self, revision: Revision, version: &str) -> bool {
        self.revision + 1 == revision && self.under.version == version
    }

    /// What follows once a write that began from it is committed.
    #[must_use]
    pub fn following(&self, write: &Write) -> Self {
        let mut next = self.clone();
        next.revision = write.revision;
        for Written { relationship, latest_at, parts } in &write.touched {
            let entry = match self.entry(relationship) {
                Some(entry) => entry.written(parts, *latest_at, write.revision),
                None => Entry::new(parts, *latest_at, write.revision, &self.gauge),
            };
            next.put(relationship, entry);
        }
        next
    }

    /// Puts in a relationship as it is now.
    pub(super) fn put(&mut self, relationship: &Relationship, entry: Entry) {
        let entry = Arc::new(entry);
        self.latest_at = self.latest_at.max(entry.latest_at);
        let (customer, supplier) = (self.name(&relationship.customer), self.name(&relationship.supplier));
        self.relationships += usize::from(self.place(relationship).own.is_none());
        self.party(&customer).buying.put(&supplier, &entry);
        self.party(&supplier).supplying.put(&customer, &entry);
    }

    /// The name of a party, shared with wherever it stands already.
    fn name(&self, party: &str) -> Arc<str> {
        self.parties.get_key(party).map_or_else(|| Arc::from(party), Arc::clone)
    }

    fn party(&mut self, name: &Arc<str>) -> &mut Party {
        Arc::make_mut(self.parties.get_or_default_cow(Arc::clone(name)))
    }

    /// Forgets all that was read off states. It is found out anew when it is asked for.
    pub(super) fn forget(&self) {
        for (_, party) in &self.parties {
            party.buying.members.into_iter().for_each(|(_, entry)| entry.forget());
        }
    }

    fn place(&self, relationship: &Relationship) -> Place<'_> {
        let customer = self.parties.get(relationship.customer.as_str());
        let supplier = self.parties.get(relationship.supplier.as_str());
        Place {
            own: customer.and_then(|it| it.buying.members.get(relationship.supplier.as_str())),
            reverse: supplier.and_then(|it| it.buying.members.get(relationship.customer.as_str())),
            supplier: supplier.map(|it| &it.supplying),
            customer: customer.map(|it| &it.buying),
        }
    }

    /// The figures of a relationship's scores at a moment; none where an event around it is later, or a state cannot be
    /// read.
    #[must_use]
    pub fn figures(&self, relationship: &Relationship, as_of: Timestamp) -> Option<Arc<Figures>> {
        self.figures_at(self.place(relationship), as_of)
    }

    /// All that a relationship's scores at a moment are made of, and its state; none as in [`Self::figures`].
    #[must_use]
    pub fn close(&self, relationship: &Relationship, as_of: Timestamp) -> Option<(State, Close)> {
        let place = self.place(relationship);
        let state = place.own.map_or_else(|| Some(State::default()), |entry| entry.state())?;
        Some((state, self.close_at(place, as_of)?))
    }

    /// The figures of all selected relationships that have changed since, by customer and supplier; none where one has
    /// none.
    #[must_use]
    pub fn select(
        &self,
        selection: &Selection,
        changed_since: Revision,
        as_of: Timestamp,
    ) -> Option<Vec<(Relationship, Arc<Figures>)>> {
        let mut selected = Vec::new();
        // A write that renews is news of every relationship.
        let since = if self.renewed > changed_since { 0 } else { changed_since };
        match selection {
            Selection::These(relationships) => {
                for relationship in relationships {
                    if self.place(relationship).own.is_some_and(|own| own.revision > since) {
                        selected.push((relationship.clone(), self.figures(relationship, as_of)?));
                    }
                }
            }
            Selection::Customer(customer) => self.of_customer(customer, since, as_of, &mut selected)?,
            Selection::Supplier(supplier) => self.of_supplier(supplier, since, as_of, &mut selected)?,
            Selection::Parties { customers, suppliers } => {
                customers.iter().try_for_each(|it| self.of_customer(it, since, as_of, &mut selected))?;
                suppliers.iter().try_for_each(|it| self.of_supplier(it, since, as_of, &mut selected))?;
            }
            Selection::All => {
                (&self.parties)
                    .into_iter()
                    .try_for_each(|(it, _)| self.of_customer(it, since, as_of, &mut selected))?;
            }
        }
        if matches!(selection, Selection::These(_) | Selection::Parties { .. }) {
            selected.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            selected.dedup_by(|a, b| a.0 == b.0);
        }
        Some(selected)
    }

    fn of_customer(
        &self,
        customer: &str,
        since: Revision,
        as_of: Timestamp,
        selected: &mut Vec<(Relationship, Arc<Figures>)>,
    ) -> Option<()> {
        let Some(party) = self.parties.get(customer) else { return Some(()) };
        for (supplier, own) in party.buying.members.into_iter().filter(|(_, own)| own.revision > since) {
            let other = self.parties.get(supplier);
            let place = Place {
                own: Some(own),
                reverse: other.and_then(|it| it.buying.members.get(customer)),
                supplier: other.map(|it| &it.supplying),
                customer: Some(&party.buying),
            };
            let relationship = Relationship { customer: customer.to_owned(), supplier: supplier.as_ref().to_owned() };
            selected.push((relationship, self.figures_at(place, as_of)?));
        }
        Some(())
    }

    fn of_supplier(
        &self,
        supplier: &str,
        since: Revision,
        as_of: Timestamp,
        selected: &mut Vec<(Relationship, Arc<Figures>)>,
    ) -> Option<()> {
        let Some(party) = self.parties.get(supplier) else { return Some(()) };
        for (customer, own) in party.supplying.members.into_iter().filter(|(_, own)| own.revision > since) {
            let place = Place {
                own: Some(own),
                reverse: party.buying.members.get(customer),
                supplier: Some(&party.supplying),
                customer: self.parties.get(customer).map(|it| &it.buying),
            };
            let relationship = Relationship { customer: customer.as_ref().to_owned(), supplier: supplier.to_owned() };
            selected.push((relationship, self.figures_at(place, as_of)?));
        }
        Some(())
    }

    fn figures_at(&self, place: Place<'_>, as_of: Timestamp) -> Option<Arc<Figures>> {
        let around = place.around();
        if place.latest_at() <= Some(as_of)
            && let Some(figures) = place.own.and_then(|own| own.figures(as_of, around))
        {
            return Some(figures);
        }
        let close = self.close_at(place, as_of)?;
        let scores = score(&close.known(), as_of, &self.under.model);
        let figures = Arc::new(Figures::of(scores, &close.own));
        if let Some(own) = place.own {
            let all_day = !close.own.is_moving();
            own.keep(Kept { at: as_of, all_day, around, figures: Arc::clone(&figures) });
        }
        Some(figures)
    }

    fn close_at(&self, place: Place<'_>, as_of: Timestamp) -> Option<Close> {
        if place.latest_at() > Some(as_of) {
            return None;
        }
        let (today, model) = (as_of.day(), &self.under.model);
        let summary = |entry: Option<&Arc<Entry>>| match entry {
            Some(entry) => entry.summary(today, model),
            None => Some(Arc::new(DaySummary::of(&State::default(), today, model))),
        };
        let pool = |side: Option<&Side>| match side {
            Some(side) => side.pool(today, model),
            None => Some(Arc::new(Pool::empty(model))),
        };
        let reverse = match place.reverse {
            Some(entry) => entry.share(today, model)?.demand(),
            None => Demand::default(),
        };
        Some(Close {
            own: summary(place.own)?,
            supplier: pool(place.supplier)?,
            customer: pool(place.customer)?,
            reverse,
        })
    }
}

impl Place<'_> {
    /// When the latest event occurred that bears on the scores.
    fn latest_at(&self) -> Option<Timestamp> {
        let sides = [self.supplier, self.customer].map(|it| it.map(|side| side.latest_at));
        sides.into_iter().chain([self.reverse.map(|it| it.latest_at)]).flatten().max()
    }

    fn around(&self) -> Around {
        let side = |side: Option<&Side>| side.map_or(0, |it| it.revision);
        Around {
            supplier: side(self.supplier),
            customer: side(self.customer),
            reverse: self.reverse.map_or(0, |it| it.revision),
        }
    }
}
