//! What is known about parties: checked against circles on its way in, and read.
//!
//! A batch is looked at as a whole: parties may be re-hung in any order, as long as nobody ends up a part of themselves.
//! Where somebody would, the last entry of the batch that takes part in it is refused, and all others stand.

use std::{collections::HashMap, sync::Arc};

use crate::{
    event::Tenant,
    party::{Party, Tree},
    reader::Read,
    store::{self, PartyQuery, Revision, Store, StoreError},
};

/// Writes and reads what is known about parties.
pub struct Registry {
    store: Arc<dyn Store>,
}

/// What became of one entry of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Stored,
    /// All of it was known before.
    Unchanged,
    /// Its party would become a part of itself.
    Circle {
        /// The party, what it would be part of, and so on: the parent of the last is the party.
        parties: Vec<String>,
    },
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// One outcome for each entry, in their order.
    pub outcomes: Vec<Outcome>,
    /// The state of the tenant that includes the batch.
    pub revision: Revision,
}

impl Registry {
    /// The registry that `store` keeps.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Stores a batch of valid parties, each in place of what was known about it before. Entries about one party count
    /// one after the other.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do: then nothing is stored, save that this is not known after
    /// [`StoreError::Unavailable`]. Storing the batch again is safe.
    pub async fn upsert(&self, tenant: &Tenant, parties: &[Party]) -> Result<Upserted, StoreError> {
        let mut tx = self.store.write(tenant).await?;
        let stored = surroundings(tx.as_mut(), parties).await?;
        let batch = Batch::settle(parties, &stored);
        let (changed, outcomes) = (batch.changed(), batch.outcomes());
        let revision = tx.revision();
        if changed.is_empty() {
            // Nothing changed, so nothing is written: the transaction is dropped, and its revision with it.
            return Ok(Upserted { outcomes, revision: revision.back(1) });
        }
        tx.upsert_parties(&changed).await?;
        tx.commit().await?;
        Ok(Upserted { outcomes, revision })
    }

    /// What is known about one party.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn party(&self, tenant: &Tenant, id: &str) -> Result<Read<Option<Party>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        Ok(Read { value: tx.parties(&[id]).await?.pop(), revision: tx.revision() })
    }

    /// A page of parties, ordered by id.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn parties(&self, tenant: &Tenant, query: &PartyQuery) -> Result<Read<Vec<Party>>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        Ok(Read { value: tx.list_parties(query).await?, revision: tx.revision() })
    }
}

/// All that is stored and decides whether the batch closes a circle: whatever lies above its parties, now or then.
async fn surroundings(tx: &mut dyn store::Read, batch: &[Party]) -> Result<HashMap<String, Party>, StoreError> {
    let ids = batch.iter().flat_map(|it| [Some(&it.id), it.parent.as_ref()]).flatten();
    let ids: Vec<&str> = ids.map(String::as_str).collect();
    Ok(tx.lineage(&ids).await?.into_iter().map(|it| (it.id.clone(), it)).collect())
}

/// A batch in which it is settled which entries stand.
struct Batch<'a> {
    entries: &'a [Party],
    stored: &'a HashMap<String, Party>,
    /// The entries of each party that stand, in their order.
    standing: HashMap<&'a str, Vec<usize>>,
    refused: HashMap<usize, Vec<String>>,
}

impl<'a> Batch<'a> {
    /// Refuses entries until there is no circle.
    fn settle(entries: &'a [Party], stored: &'a HashMap<String, Party>) -> Self {
        let mut batch = Self { entries, stored, standing: HashMap::new(), refused: HashMap::new() };
        for (index, party) in entries.iter().enumerate() {
            batch.standing.entry(&party.id).or_default().push(index);
        }
        let mut tree = Tree::of(stored.values().chain(entries));
        while let Some((last, circle)) = batch.at_fault(&tree) {
            batch.refused.insert(last, circle);
            let party = entries[last].id.as_str();
            if let Some(standing) = batch.standing.get_mut(party) {
                standing.pop();
            }
            tree.set_parent(party, batch.current(party).and_then(|it| it.parent.as_deref()));
        }
        batch
    }

    /// The last entry that takes part in a circle, if there is one, and the circle from that entry on. It goes through
    /// somebody whom the batch names, for there was none before.
    fn at_fault(&self, tree: &Tree) -> Option<(usize, Vec<String>)> {
        let mut circle = tree.circle(self.entries.iter().map(|party| party.id.as_str()))?;
        let entry = |party: &str| self.standing.get(party).and_then(|standing| standing.last()).copied();
        let (place, last) = circle
            .iter()
            .enumerate()
            .filter_map(|(place, party)| Some((place, entry(party)?)))
            .max_by_key(|(_, entry)| *entry)?;
        circle.rotate_left(place);
        Some((last, circle.into_iter().map(str::to_owned).collect()))
    }

    /// What is known about a party as far as the batch has been settled.
    fn current(&self, party: &str) -> Option<&Party> {
        let last = self.standing.get(party).and_then(|standing| standing.last());
        last.map_or_else(|| self.stored.get(party), |&index| Some(&self.entries[index]))
    }

    /// The parties that are not as they were.
    fn changed(&self) -> Vec<&'a Party> {
        let last = self.standing.values().filter_map(|standing| standing.last());
        last.map(|&index| &self.entries[index]).filter(|it| self.stored.get(&it.id) != Some(it)).collect()
    }

    fn outcomes(mut self) -> Vec<Outcome> {
        let mut known: HashMap<&str, &Party> = self.stored.iter().map(|(id, party)| (id.as_str(), party)).collect();
        let outcome = |(index, entry): (usize, &'a Party)| match self.refused.remove(&index) {
            Some(parties) => Outcome::Circle { parties },
            None if known.insert(&entry.id, entry) == Some(entry) => Outcome::Unchanged,
            None => Outcome::Stored,
        };
        self.entries.iter().enumerate().map(outcome).collect()
    }
}
