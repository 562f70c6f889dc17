//! Which entries of a batch stand.

use std::collections::HashMap;

use crate::{
    calendar::MAX_CALENDARS,
    party::{Party, Tree},
};

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
    /// It would have more calendars than a party may have.
    TooManyCalendars {
        /// So many.
        calendars: usize,
    },
}

/// The entries of a batch, each with the calendars that its party then has.
pub(super) struct Entries {
    parties: Vec<Party>,
    /// The entries that are refused for the number of these.
    too_many: HashMap<usize, usize>,
}

impl Entries {
    /// Calendars are known for good: an entry adds to those that its party has, or puts another in the place of one.
    pub(super) fn of(given: &[Party], stored: &HashMap<String, Party>) -> Self {
        let mut known: HashMap<&str, Party> = HashMap::new();
        let (mut parties, mut too_many) = (Vec::with_capacity(given.len()), HashMap::new());
        for (index, party) in given.iter().enumerate() {
            let mut entry = party.clone();
            if let Some(before) = known.get(party.id.as_str()).or_else(|| stored.get(&party.id)) {
                entry.calendars = entry.calendars.after(&before.calendars);
            }
            let calendars = entry.calendars.iter().len();
            if calendars > MAX_CALENDARS {
                too_many.insert(index, calendars);
            } else {
                known.insert(&party.id, entry.clone());
            }
            parties.push(entry);
        }
        Self { parties, too_many }
    }
}

/// A batch in which it is settled which entries stand.
pub(super) struct Batch<'a> {
    entries: &'a [Party],
    stored: &'a HashMap<String, Party>,
    /// The entries of each party that stand, in their order.
    standing: HashMap<&'a str, Vec<usize>>,
    refused: HashMap<usize, Outcome>,
}

impl<'a> Batch<'a> {
    /// Refuses entries until there is no circle.
    pub(super) fn settle(entries: &'a Entries, stored: &'a HashMap<String, Party>) -> Self {
        let Entries { parties, too_many } = entries;
        let refused = too_many.iter().map(|(&index, &calendars)| (index, Outcome::TooManyCalendars { calendars }));
        let mut batch = Self { entries: parties, stored, standing: HashMap::new(), refused: refused.collect() };
        let stand = || parties.iter().enumerate().filter(|(index, _)| !too_many.contains_key(index));
        for (index, party) in stand() {
            batch.standing.entry(&party.id).or_default().push(index);
        }
        let mut tree = Tree::of(stored.values().chain(stand().map(|(_, party)| party)));
        while let Some((last, circle)) = batch.at_fault(&tree) {
            batch.refused.insert(last, Outcome::Circle { parties: circle });
            let party = parties[last].id.as_str();
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
    pub(super) fn changed(&self) -> Vec<&'a Party> {
        let last = self.standing.values().filter_map(|standing| standing.last());
        last.map(|&index| &self.entries[index]).filter(|it| self.stored.get(&it.id) != Some(it)).collect()
    }

    pub(super) fn outcomes(mut self) -> Vec<Outcome> {
        let mut known: HashMap<&str, &Party> = self.stored.iter().map(|(id, party)| (id.as_str(), party)).collect();
        let outcome = |(index, entry): (usize, &'a Party)| match self.refused.remove(&index) {
            Some(outcome) => outcome,
            None if known.insert(&entry.id, entry) == Some(entry) => Outcome::Unchanged,
            None => Outcome::Stored,
        };
        self.entries.iter().enumerate().map(outcome).collect()
    }
}
