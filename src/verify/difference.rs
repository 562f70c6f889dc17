//! A difference, in words and as data.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{event::Relationship, model::ModelVersion, names::named};

named! {
    /// What differs.
    pub enum Kind {
        /// An event against itself. Nothing can set that right but a backup.
        Event = "event",
        /// What a relationship's row says of its events.
        Relationship = "relationship",
        /// Whether, and up to which event, a relationship is folded.
        Fold = "fold",
        /// A sum of observations.
        Tally = "tally",
        /// A count for the KPIs.
        Counter = "counter",
        /// A sum of what flows.
        Flow = "flow",
        /// What an interaction waits for.
        Pending = "pending",
        /// The end of the relationship.
        Ending = "ending",
    }
}

impl Kind {
    /// Whether it follows from the events, so that it can be made anew.
    #[must_use]
    pub fn is_folded(self) -> bool {
        self != Self::Event
    }
}

/// Something stored that is not what the events lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The relationship.
    pub relationship: Relationship,
    /// The version of the model, where it is about something folded.
    pub model: Option<ModelVersion>,
    /// What differs.
    pub kind: Kind,
    /// Which of its kind: "timely 2026-01-05", "events", the name of an interaction.
    pub name: String,
    /// What is stored, in words; none where nothing is.
    pub stored: Option<String>,
    /// What the events lead to, in words; none where they lead to nothing.
    pub expected: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relationship { customer, supplier } = &self.relationship;
        write!(f, "{customer} -> {supplier}: {} {}", self.kind.name(), self.name)?;
        if let Some(model) = &self.model {
            write!(f, " (model {model})")?;
        }
        let words = |words: &Option<String>| words.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, ": stored {}, expected {}", words(&self.stored), words(&self.expected))
    }
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Difference", 7)?;
        object.serialize_field("customer", &self.relationship.customer)?;
        object.serialize_field("supplier", &self.relationship.supplier)?;
        object.serialize_field("model", &self.model.as_ref().map(ModelVersion::as_str))?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("stored", &self.stored)?;
        object.serialize_field("expected", &self.expected)?;
        object.end()
    }
}
