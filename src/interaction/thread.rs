//! Threads: interactions that are tied together by requests that ask an earlier one again.
//!
//! What a request weighs depends on what was refused before. So what is folded in one go is a thread: every interaction
//! that is tied to another, directly or not. Nearly every thread is one interaction. Events of no interaction stand alone,
//! but for the ends of the relationship, which are a part of every thread: few, and they close what began before them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::moves::Asked;
use crate::event::{Event, Payload, Relationship};

/// The events of a relationship by interaction, and which interactions are tied together.
pub struct Threads<'a> {
    interactions: BTreeMap<&'a str, Vec<&'a Event>>,
    ties: HashMap<&'a str, Vec<&'a str>>,
    endings: Vec<&'a Event>,
}

impl<'a> Threads<'a> {
    /// Finds the threads among events of one relationship.
    #[must_use]
    pub fn of(events: &[&'a Event]) -> Self {
        let mut ties: HashMap<&str, Vec<&str>> = HashMap::new();
        for event in events {
            let (Some(here), Some(earlier)) = (event.in_interaction(), event.revisits()) else { continue };
            ties.entry(here).or_default().push(earlier);
            ties.entry(earlier).or_default().push(here);
        }
        let endings = events.iter().copied().filter(|event| event.is_ending()).collect();
        Self { interactions: by_interaction(events), ties, endings }
    }

    /// All events that must be folded together with `event`, itself included.
    #[must_use]
    pub fn around(&self, event: &'a Event) -> Vec<&'a Event> {
        match event.in_interaction() {
            Some(interaction) => self.of_interaction(interaction),
            None if event.is_ending() => self.interactions.values().flatten().chain(&self.endings).copied().collect(),
            None => vec![event],
        }
    }

    /// All events of the interactions that are tied to this one, its own included, and the ends of the relationship.
    #[must_use]
    pub fn of_interaction(&self, interaction: &str) -> Vec<&'a Event> {
        let Some((&first, _)) = self.interactions.get_key_value(interaction) else { return Vec::new() };
        let (mut seen, mut open, mut thread) = (HashSet::from([first]), vec![first], Vec::new());
        while let Some(id) = open.pop() {
            thread.extend(self.interactions.get(id).into_iter().flatten().copied());
            open.extend(self.ties.get(id).into_iter().flatten().copied().filter(|&id| seen.insert(id)));
        }
        thread.extend(&self.endings);
        thread
    }
}

/// Takes the events of a relationship apart into threads, and events of no interaction one by one; the ends of the
/// relationship are in every thread, and one of their own. What is tied together by any of the events is in one thread, so
/// each can be folded by itself, also without its later events.
#[must_use]
pub fn threads<'a>(events: &[&'a Event]) -> Vec<Vec<&'a Event>> {
    let found = Threads::of(events);
    let alone = events.iter().filter(|event| event.in_interaction().is_none() && !event.is_ending());
    let mut threads: Vec<Vec<&Event>> = alone.map(|&event| vec![event]).collect();
    threads.extend((!found.endings.is_empty()).then(|| found.endings.clone()));
    let mut taken = HashSet::new();
    for &interaction in found.interactions.keys() {
        if !taken.contains(interaction) {
            let thread = found.of_interaction(interaction);
            taken.extend(thread.iter().filter_map(|event| event.in_interaction()));
            threads.push(thread);
        }
    }
    threads
}

/// The two interactions that a request ties together; empty if it asks no earlier one again.
#[must_use]
pub fn tied_by(event: &Event) -> Vec<(Relationship, String)> {
    let (Some(key), Some(earlier)) = (event.interaction_key(), event.revisits()) else { return Vec::new() };
    vec![(key.0.clone(), earlier.to_owned()), key]
}

/// Whether a recorded event counts, or waits for what it belongs to, given all events of its interaction.
#[must_use]
pub fn is_waiting(event: &Event, interaction: &[&Event]) -> bool {
    Beginnings::of(interaction).missing_for(event).is_some()
}

/// What an event waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The request, or the idea, that opens its interaction.
    Opening,
    /// A quantity of the request in the unit of the delivery.
    Quantity,
}

/// What the events of an interaction belong to: looked up once, however many events there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beginnings<'a> {
    request: Option<&'a Event>,
    idea: bool,
}

impl<'a> Beginnings<'a> {
    /// Finds them among the events of an interaction that count, in any order.
    #[must_use]
    pub fn of(interaction: &[&'a Event]) -> Self {
        let requests = interaction.iter().filter(|event| matches!(event.payload, Payload::Requested(_)));
        let idea = interaction.iter().any(|event| matches!(event.payload, Payload::Proposed(_)));
        Self { request: requests.min_by(|a, b| a.position().cmp(&b.position())).copied(), idea }
    }

    /// What an event of the interaction waits for. Returns `None` if it counts.
    #[must_use]
    pub fn missing_for(&self, event: &Event) -> Option<Missing> {
        let request = self.request.and_then(|request| match &request.payload {
            Payload::Requested(request) => Some(request),
            _ => None,
        });
        match (&event.payload, request) {
            (
                Payload::Acknowledged {}
                | Payload::ClarificationAsked(_)
                | Payload::Clarified(_)
                | Payload::Responded(_)
                | Payload::Refused(_)
                | Payload::Withdrawn(_)
                | Payload::Delivered(_)
                | Payload::Amended(_)
                | Payload::Returned(_)
                | Payload::Merged(_),
                None,
            ) => Some(Missing::Opening),
            (Payload::Delivered(delivered), Some(request)) => {
                (!Asked::by(request).counts(delivered)).then_some(Missing::Quantity)
            }
            (Payload::Resolved(_), _) => (!self.idea).then_some(Missing::Opening),
            _ => None,
        }
    }
}

/// The events of each interaction, the ends of the relationship left out, in the order in which they are read.
pub(super) fn by_interaction<'a>(events: &[&'a Event]) -> BTreeMap<&'a str, Vec<&'a Event>> {
    let mut interactions: BTreeMap<&'a str, Vec<&'a Event>> = BTreeMap::new();
    for &event in events {
        if let Some(id) = event.in_interaction() {
            interactions.entry(id).or_default().push(event);
        }
    }
    for events in interactions.values_mut() {
        events.sort_unstable_by_key(|event| event.position());
    }
    interactions
}
