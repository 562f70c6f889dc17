//! Who has taken up what customers want to become, for a read of many relationships.

use std::collections::{HashMap, hash_map::Entry};

use super::neighbours::{Neighbours, Taker};
use crate::event::Relationship;

/// How many of those who have taken up such a thing are named.
const MOST_TAKERS: usize = 5;

/// Who has taken up what a customer wants to become, found once for each customer: all its suppliers must be looked at.
#[derive(Default)]
pub struct Takers(HashMap<String, Vec<Taker>>);

impl Takers {
    /// The others that have, for one of the customer's suppliers; `None` where `around` cannot say.
    pub fn beside(&mut self, relationship: &Relationship, around: &dyn Neighbours) -> Option<Vec<Taker>> {
        let takers = match self.0.entry(relationship.customer.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(around.takers(&relationship.customer)?),
        };
        let others = takers.iter().filter(|taker| taker.supplier != relationship.supplier);
        Some(others.take(MOST_TAKERS).cloned().collect())
    }
}
