//! What is stored of a relationship, held against what its events lead to.

use std::{collections::BTreeMap, fmt::Debug};

use super::{
    difference::{Difference, Kind},
    look::{Stored, StoredState},
    words,
};
use crate::{
    event::{PartyRole, Relationship},
    interaction::Rules,
    model::ModelVersion,
    models::ToFold,
    store::{Revision, StoredEvent},
    tally::State,
};

/// Every difference of a relationship.
pub(super) fn differences(relationship: &Relationship, stored: &Stored, in_use: &ToFold) -> Vec<Difference> {
    let mut found = Found { relationship, model: None, differences: Vec::new() };
    for event in &stored.events {
        found.in_event(event, stored.tenant_revision);
    }
    found.in_head(stored);
    if let Some(live) = in_use.live.as_deref() {
        found.in_fold((&live.version, in_use.rules(live)), stored.live.as_ref(), stored);
    }
    if let Some(building) = in_use.building.as_deref().filter(|_| stored.events.is_empty() || stored.is_built()) {
        found.in_fold((&building.version, in_use.rules(building)), stored.building.as_ref(), stored);
    }
    found.differences
}

struct Found<'a> {
    relationship: &'a Relationship,
    model: Option<&'a ModelVersion>,
    differences: Vec<Difference>,
}

impl<'a> Found<'a> {
    fn note(&mut self, kind: Kind, name: impl Into<String>, stored: Option<String>, expected: Option<String>) {
        let (relationship, model) = (self.relationship.clone(), self.model.cloned());
        self.differences.push(Difference { relationship, model, kind, name: name.into(), stored, expected });
    }

    /// An event against itself: what it is found by must be what it says.
    fn in_event(&mut self, stored: &StoredEvent, tenant_revision: Revision) {
        let name = |what: &str| format!("{} of {}: {what}", stored.identity.event_id, stored.identity.source);
        match &stored.event {
            Err(why) => self.note(
                Kind::Event,
                name("payload"),
                Some(format!("what cannot be read ({why})")),
                Some("an event".to_owned()),
            ),
            Ok(event) => {
                for (what, column, said) in [
                    ("retracts", stored.retracts.as_deref(), event.retracts()),
                    ("revisits", stored.revisits.as_deref(), event.revisits()),
                    ("ended_by", stored.ended_by.as_deref(), event.ended_by().map(PartyRole::name)),
                ] {
                    if column != said {
                        self.note(Kind::Event, name(what), column.map(str::to_owned), said.map(str::to_owned));
                    }
                }
            }
        }
        if stored.revision > tenant_revision {
            let at_most = Some("at most that of the tenant's last write".to_owned());
            self.note(Kind::Event, name("revision"), Some(stored.revision.to_string()), at_most);
        }
    }

    fn in_head(&mut self, stored: &Stored) {
        let (head, expected) = match (&stored.head, stored.expected_head()) {
            (Some(head), Some(expected)) => (head, expected),
            (None, None) => return,
            (head, expected) => {
                let count = |events: i64| format!("{events} events");
                let [head, expected] = [head.as_ref().map(|it| count(it.events)), expected.map(|it| count(it.events))];
                return self.note(Kind::Relationship, "row", head, expected);
            }
        };
        for (name, is, should) in [
            ("events", head.events.to_string(), expected.events.to_string()),
            ("latest_at", head.latest_at.to_string(), expected.latest_at.to_string()),
        ] {
            if is != should {
                self.note(Kind::Relationship, name, Some(is), Some(should));
            }
        }
        // A repair may have come after the last event.
        if !(expected.revision..=stored.tenant_revision).contains(&head.revision) {
            let should = format!("{}, the write of the last event, or a later one", expected.revision);
            self.note(Kind::Relationship, "revision", Some(head.revision.to_string()), Some(should));
        }
    }

    fn in_fold(
        &mut self,
        (version, rules): (&'a ModelVersion, Rules<'_>),
        folded: Option<&StoredState>,
        stored: &Stored,
    ) {
        self.model = Some(version);
        let revision = stored.head.as_ref().map(|head| head.revision);
        match folded {
            None if stored.events.is_empty() => {}
            None => self.note(Kind::Fold, "row", None, Some("a state".to_owned())),
            Some(_) if stored.events.is_empty() => self.note(Kind::Fold, "row", Some("a state".to_owned()), None),
            Some(folded) => {
                if let Some(revision) = revision.filter(|&revision| revision != folded.revision) {
                    self.note(
                        Kind::Fold,
                        "revision",
                        Some(folded.revision.to_string()),
                        Some(format!("{revision}, as its row does")),
                    );
                }
                match (&folded.state, stored.fold(rules)) {
                    (Ok(state), Some(expected)) => self.in_state(state, &expected),
                    (Err(why), _) => {
                        let why = Some(format!("what cannot be read ({why})"));
                        self.note(Kind::Fold, "state", why, Some("a state".to_owned()));
                    }
                    // The event that cannot be read is a difference of its own.
                    (Ok(_), None) => {}
                }
            }
        }
        self.model = None;
    }

    fn in_state(&mut self, stored: &State, expected: &State) {
        if stored == expected {
            return;
        }
        let cells = |state: &State| -> BTreeMap<_, _> {
            state.tally.cells().map(|(channel, day, terms, cell)| ((channel, day, terms), cell)).collect()
        };
        self.in_each(
            Kind::Tally,
            &cells(stored),
            &cells(expected),
            |&(channel, day, terms)| words::cell_name(channel, day, terms),
            words::cell,
        );
        let counts = |state: &State| -> BTreeMap<_, _> { state.counts.iter().collect() };
        self.in_each(Kind::Counter, &counts(stored), &counts(expected), |&it| words::counter(it), i64::to_string);
        let flows = |state: &State| -> BTreeMap<_, _> {
            let sums = state.flows.iter();
            sums.map(|(flow, currency, day, sum)| ((flow, currency.to_owned(), day), sum)).collect()
        };
        self.in_each(Kind::Flow, &flows(stored), &flows(expected), words::flow_name, words::sum);
        self.in_each(Kind::Pending, &stored.pending, &expected.pending, String::clone, words::pending);
        let [is, should] = [&stored.ending, &expected.ending].map(|ending| ending.as_ref().map(words::ending));
        if stored.ending != expected.ending {
            self.note(Kind::Ending, "last", is, should);
        }
    }

    /// Every key under which the two hold different values, or only one holds any.
    fn in_each<K: Ord + Clone, V: PartialEq + Debug>(
        &mut self,
        kind: Kind,
        stored: &BTreeMap<K, V>,
        expected: &BTreeMap<K, V>,
        name: impl Fn(&K) -> String,
        words: impl Fn(&V) -> String,
    ) {
        let missing = expected.keys().filter(|&key| !stored.contains_key(key));
        for key in stored.keys().chain(missing) {
            let (is, should) = (stored.get(key), expected.get(key));
            if is == should {
                continue;
            }
            let mut said = [is, should].map(|value| value.map(&words));
            if said[0] == said[1] {
                // The words leave out what differs.
                said = [is, should].map(|value| value.map(|value| format!("{value:?}")));
            }
            let [is, should] = said;
            self.note(kind, name(key), is, should);
        }
    }
}
