//! Finding threads among the events of one relationship.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::thread::by_interaction;
use crate::event::Event;

/// The events of a relationship by interaction, and which interactions are tied together.
pub struct Ties<'a> {
    interactions: BTreeMap<&'a str, Vec<&'a Event>>,
    links: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Ties<'a> {
    /// Ties events of one relationship.
    #[must_use]
    pub fn of(events: &[&'a Event]) -> Self {
        let mut links: HashMap<&str, Vec<&str>> = HashMap::new();
        for event in events {
            let (Some(here), Some(earlier)) = (event.interaction.as_deref(), event.revisits()) else { continue };
            links.entry(here).or_default().push(earlier);
            links.entry(earlier).or_default().push(here);
        }
        Self { interactions: by_interaction(events), links }
    }

    /// All events that must be folded together with `event`, itself included.
    #[must_use]
    pub fn thread_of(&self, event: &'a Event) -> Vec<&'a Event> {
        let Some(interaction) = event.interaction.as_deref() else { return vec![event] };
        self.thread(interaction)
    }

    /// All events of the interactions that are tied to this one, itself included.
    #[must_use]
    pub fn thread(&self, interaction: &str) -> Vec<&'a Event> {
        let Some((&first, _)) = self.interactions.get_key_value(interaction) else { return Vec::new() };
        let (mut seen, mut open, mut thread) = (HashSet::from([first]), vec![first], Vec::new());
        while let Some(id) = open.pop() {
            thread.extend(self.interactions.get(id).into_iter().flatten().copied());
            open.extend(self.links.get(id).into_iter().flatten().copied().filter(|&id| seen.insert(id)));
        }
        thread
    }
}
