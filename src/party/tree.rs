//! Who is part of whom: each party has at most one parent, and none is, however far up, a part of itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Party;

/// The parts of parties. Parties that are only named as a parent belong to it too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    parents: BTreeMap<String, String>,
    parts: BTreeMap<String, BTreeSet<String>>,
}

impl Tree {
    /// The tree of some parties. Of several with one id the last one counts.
    pub fn of<'a>(parties: impl IntoIterator<Item = &'a Party>) -> Self {
        let mut tree = Self::default();
        for party in parties {
            tree.set_parent(&party.id, party.parent.as_deref());
        }
        tree
    }

    /// Makes `party` a part of `parent`, or of nobody, whatever it was a part of before. This may close a circle, which
    /// [`Self::circle`] then finds.
    pub fn set_parent(&mut self, party: &str, parent: Option<&str>) {
        if let Some(before) = self.parents.remove(party)
            && let Some(parts) = self.parts.get_mut(&before)
        {
            parts.remove(party);
        }
        if let Some(parent) = parent {
            self.parents.insert(party.to_owned(), parent.to_owned());
            self.parts.entry(parent.to_owned()).or_default().insert(party.to_owned());
        }
    }

    /// The party itself and all that it consists of: first its parts, in the order of their ids, then theirs.
    #[must_use]
    pub fn descendants(&self, party: &str) -> Vec<String> {
        let mut found = vec![party.to_owned()];
        let mut known = HashSet::from([party]);
        let mut next = 0;
        while let Some(parts) = found.get(next).map(|it| self.parts.get(it)) {
            found.extend(parts.into_iter().flatten().filter(|part| known.insert(part)).cloned());
            next += 1;
        }
        found
    }

    /// What the party directly consists of, in the order of their ids.
    pub fn parts(&self, party: &str) -> impl Iterator<Item = &str> {
        self.parts.get(party).into_iter().flatten().map(String::as_str)
    }

    /// What the party is part of, the nearest first.
    #[must_use]
    pub fn ancestors(&self, party: &str) -> Vec<&str> {
        let mut known = HashSet::from([party]);
        self.upwards(party).take_while(|above| known.insert(above)).collect()
    }

    /// The first circle on the way up from any of `parties`: a party, what it is part of, and so on until that is part of
    /// the first again. None where every way ends.
    pub fn circle<'a>(&'a self, parties: impl IntoIterator<Item = &'a str>) -> Option<Vec<&'a str>> {
        let mut sound = HashSet::new();
        for party in parties {
            let mut way = vec![];
            let mut places = HashMap::new();
            for above in std::iter::once(party).chain(self.upwards(party)) {
                if sound.contains(above) {
                    break;
                }
                if let Some(place) = places.insert(above, way.len()) {
                    return Some(way.split_off(place));
                }
                way.push(above);
            }
            sound.extend(way);
        }
        None
    }

    /// The parents upwards from `party`; without an end where there is a circle.
    fn upwards<'a>(&'a self, party: &str) -> impl Iterator<Item = &'a str> {
        let parent = |of: &str| self.parents.get(of).map(String::as_str);
        std::iter::successors(parent(party), move |above| parent(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendars;

    fn tree(edges: &[(&str, &str)]) -> Tree {
        let party = |&(id, parent): &(&str, &str)| Party {
            id: id.to_owned(),
            display_name: String::new(),
            parent: Some(parent.to_owned()),
            category: None,
            kind: None,
            calendars: Calendars::default(),
        };
        Tree::of(&edges.iter().map(party).collect::<Vec<_>>())
    }

    #[test]
    fn a_party_is_all_of_its_parts() {
        let tree = tree(&[("sales", "acme"), ("east", "sales"), ("west", "sales"), ("buying", "acme"), ("x", "y")]);
        assert_eq!(tree.descendants("acme"), ["acme", "buying", "sales", "east", "west"]);
        assert_eq!(tree.descendants("sales"), ["sales", "east", "west"]);
        assert_eq!(tree.parts("acme").collect::<Vec<_>>(), ["buying", "sales"]);
        assert_eq!(tree.descendants("east"), ["east"]);
        assert_eq!(tree.descendants("never heard of"), ["never heard of"]);
        assert_eq!(tree.ancestors("east"), ["sales", "acme"]);
        assert!(tree.ancestors("acme").is_empty() && tree.circle(["east", "x", "y"]).is_none());
    }

    #[test]
    fn a_party_that_moves_takes_its_parts_along() {
        let mut tree = tree(&[("sales", "acme"), ("east", "sales")]);
        tree.set_parent("sales", Some("apex"));
        assert_eq!((tree.descendants("acme").len(), tree.descendants("apex").len()), (1, 3));
        tree.set_parent("sales", None);
        assert_eq!((tree.descendants("apex").len(), tree.ancestors("east")), (1, vec!["sales"]));
    }

    #[test]
    fn circles_are_named_by_those_who_stand_in_them() {
        let tree = tree(&[("a", "b"), ("b", "c"), ("c", "a"), ("below", "a"), ("self", "self")]);
        assert_eq!(tree.circle(["b", "self"]).unwrap(), ["b", "c", "a"]);
        assert_eq!(tree.circle(["nobody", "self"]).unwrap(), ["self"]);
        assert_eq!(tree.circle(["below"]).unwrap(), ["a", "b", "c"]);
        assert_eq!(tree.circle([]), None);
        // Nothing runs for ever, whatever there is.
        assert_eq!(tree.descendants("a"), ["a", "below", "c", "b"]);
        assert_eq!(tree.ancestors("below"), ["a", "b", "c"]);
    }
}
