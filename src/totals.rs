//! Sums by key, in the order of the keys: few, looked through far more often than changed, and mostly changed at the end.

use std::cmp::Ordering;

/// Sums by key. Sums of zero are left out, so equal sums compare equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals<K, T>(Vec<(K, T)>);

impl<K, T> Default for Totals<K, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, T> Totals<K, T> {
    /// Every key with its sum, in order.
    pub fn iter(&self) -> impl Iterator<Item = &(K, T)> {
        self.0.iter()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, order: impl Fn(&K) -> Ordering) -> Result<usize, usize> {
        let last = self.0.len().checked_sub(1).ok_or(0_usize)?;
        match order(&self.0[last].0) {
            Ordering::Less => Err(last + 1),
            Ordering::Equal => Ok(last),
            Ordering::Greater => self.0[..last].binary_search_by(|(key, _)| order(key)),
        }
    }
}

impl<K: Ord, T: Default + PartialEq> Totals<K, T> {
    /// The sum of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&T> {
        self.place(|other| other.cmp(key)).ok().map(|place| &self.0[place].1)
    }

    /// Changes the sum of a key, which starts at zero.
    pub fn change(&mut self, key: K, change: impl FnOnce(&mut T)) {
        let place = self.place(|other| other.cmp(&key));
        self.change_at(place, || key, change);
    }

    /// The same for a key that is only made if it has no sum yet: `order` says how a key compares with it.
    pub fn change_by(&mut self, order: impl Fn(&K) -> Ordering, key: impl FnOnce() -> K, change: impl FnOnce(&mut T)) {
        let place = self.place(order);
        self.change_at(place, key, change);
    }

    fn change_at(&mut self, place: Result<usize, usize>, key: impl FnOnce() -> K, change: impl FnOnce(&mut T)) {
        let place = place.unwrap_or_else(|place| {
            self.0.insert(place, (key(), T::default()));
            place
        });
        change(&mut self.0[place].1);
        if self.0[place].1 == T::default() {
            self.0.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn what_is_added_and_taken_away_adds_up_in_order() {
        let mut dice = ChaCha8Rng::seed_from_u64(1);
        let (mut totals, mut expected) = (Totals::default(), BTreeMap::new());
        for _ in 0..2_000 {
            let (key, more): (i32, i64) = (dice.random_range(0..40), dice.random_range(-2..=2));
            totals.change(key, |sum| *sum += more);
            *expected.entry(key).or_insert(0) += more;
            expected.retain(|_, sum| *sum != 0);
            assert!(totals.iter().map(|(key, sum)| (key, sum)).eq(&expected));
            assert_eq!(totals.get(&key), expected.get(&key));
        }
        assert_eq!(totals.is_empty(), expected.is_empty());
    }
}
