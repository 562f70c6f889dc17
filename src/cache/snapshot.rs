//! The relationships of a tenant at one revision: what cannot change any more, shared by all who read it.

use std::sync::Arc;

use immutable_chunkmap::map::Map;

use super::{
    entry::{Entry, Gauge},
    party::{CHUNK, Party, Side},
    write::{Write, Written},
};
use crate::{
    event::{PartyRole, Relationship},
    model::ModelVersion,
    models::Versioned,
    store::{Blocks, Revision},
    time::Timestamp,
};

/// Everything that scores at a moment not before any event are read off.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) revision: Revision,
    pub(super) renewed: Revision,
    pub(super) under: Arc<Versioned>,
    pub(super) gauge: Arc<Gauge>,
    pub(super) parties: Map<Arc<str>, Arc<Party>, CHUNK>,
    relationships: usize,
    /// When the latest event occurred.
    pub(super) latest_at: Timestamp,
}

impl Snapshot {
    pub(super) fn empty(revision: Revision, under: Arc<Versioned>) -> Self {
        let latest_at = Timestamp::from_micros(i64::MIN);
        Self {
            revision,
            renewed: Revision::ZERO,
            under,
            gauge: Arc::default(),
            parties: Map::new(),
            relationships: 0,
            latest_at,
        }
    }

    /// The revision that it shows.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The model that it is under.
    #[must_use]
    pub fn under(&self) -> &Arc<Versioned> {
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

    /// The same, counted one by one: without what another snapshot takes that some of this one's were made from.
    pub(super) fn counted(&self) -> usize {
        let of_party = |(_, party): (&_, &Arc<Party>)| -> usize {
            party.buying.members.into_iter().map(|(_, entry)| entry.size_with_memos()).sum()
        };
        self.parties.into_iter().map(of_party).sum()
    }

    /// What is kept of a relationship, if it has events.
    pub(super) fn entry(&self, relationship: &Relationship) -> Option<&Arc<Entry>> {
        let customer = self.parties.get(relationship.customer.as_str())?;
        customer.buying.members.get(relationship.supplier.as_str())
    }

    /// What a party does in a role, if anything.
    pub(super) fn side(&self, role: PartyRole, party: &str) -> Option<&Side> {
        Some(self.parties.get(party)?.side(role))
    }

    /// What is folded for a relationship, in blocks as they are stored.
    #[must_use]
    pub fn blocks(&self, relationship: &Relationship) -> Blocks<&[u8]> {
        self.entry(relationship).map(|entry| entry.blocks()).unwrap_or_default()
    }

    /// Whether it is what the write `revision` under the model `version` begins from.
    pub(super) fn is_before(&self, revision: Revision, version: &ModelVersion) -> bool {
        self.revision.next() == revision && self.under.version == *version
    }

    /// What follows once a write that began from it is committed.
    #[must_use]
    pub fn following(&self, write: &Write) -> Self {
        let mut next = self.clone();
        next.revision = write.revision;
        for Written { relationship, latest_at, blocks } in &write.touched {
            let entry = match self.entry(relationship) {
                Some(entry) => entry.written(blocks, *latest_at, write.revision),
                None => Entry::new(blocks, *latest_at, write.revision, &self.gauge),
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
        self.relationships += usize::from(self.entry(relationship).is_none());
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
}
