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

/// Takes the events of a relationship apart into threads, and events of no interaction one by one. What is tied together
/// by any of the events is in one thread, so each can be folded by itself, also without its later events.
#[must_use]
pub fn threads<'a>(events: &[&'a Event]) -> Vec<Vec<&'a Event>> {
    let ties = Ties::of(events);
    let alone = events.iter().filter(|event| event.interaction.is_none());
    let mut threads: Vec<Vec<&Event>> = alone.map(|&event| vec![event]).collect();
    let mut taken = HashSet::new();
    for &interaction in ties.interactions.keys() {
        if !taken.contains(interaction) {
            let thread = ties.thread(interaction);
            taken.extend(thread.iter().filter_map(|event| event.interaction.as_deref()));
            threads.push(thread);
        }
    }
    threads
}
