//! Templates: the shape of an event, with leaves to be filled from a record.

use serde_json::{Map, Value};

use super::{
    cells::Condition,
    leaf::{Leaf, RecordView},
};

/// An event to be made of each record that meets the condition.
#[derive(Debug)]
pub(super) struct EventTemplate {
    pub when: Option<Condition>,
    pub body: Object,
}

/// A JSON object in the making.
#[derive(Debug)]
pub(super) struct Object {
    pub fields: Vec<(String, Node)>,
    /// Left out as a whole where one of its values is empty, or where nothing is left in it.
    pub optional: bool,
}

/// The value of a field in a template.
#[derive(Debug)]
pub(super) enum Node {
    Constant(Value),
    Leaf(Leaf),
    Object(Object),
    /// Empty values are left out of it, and where none is left, all of it.
    List(Vec<Node>),
}

/// What stands in the way of an event: cells that can't be read, and cells that are empty but needed.
#[derive(Default)]
struct Faults {
    unreadable: Vec<String>,
    empty: Vec<String>,
}

impl EventTemplate {
    /// Whether the event is to be made of this record.
    pub fn applies(&self, view: &RecordView<'_>) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds_in(view.rows, view.conventions))
    }

    /// Fills the template, or says everything that stands in the way.
    pub fn fill(&self, view: &RecordView<'_>) -> Result<Value, Vec<String>> {
        let mut faults = Faults::default();
        let filled = self.body.fill(view, &mut faults);
        let mut said = faults.unreadable;
        said.append(&mut faults.empty);
        // Several fields may read the same cell; saying it once is enough.
        let mut distinct: Vec<String> = vec![];
        for fault in said {
            if !distinct.contains(&fault) {
                distinct.push(fault);
            }
        }
        if distinct.is_empty() { Ok(Value::Object(filled.unwrap_or_default())) } else { Err(distinct) }
    }
}

impl Object {
    fn fill(&self, view: &RecordView<'_>, faults: &mut Faults) -> Option<Map<String, Value>> {
        let empty_before = faults.empty.len();
        let mut filled = Map::new();
        for (name, node) in &self.fields {
            if let Some(value) = node.fill(view, faults) {
                filled.insert(name.clone(), value);
            }
        }
        if self.optional && (faults.empty.len() > empty_before || filled.is_empty()) {
            faults.empty.truncate(empty_before);
            return None;
        }
        Some(filled)
    }
}

impl Node {
    fn fill(&self, view: &RecordView<'_>, faults: &mut Faults) -> Option<Value> {
        match self {
            Node::Constant(value) => Some(value.clone()),
            Node::Object(object) => object.fill(view, faults).map(Value::Object),
            Node::List(items) => {
                let filled: Vec<Value> = items.iter().filter_map(|item| item.fill(view, faults)).collect();
                (!filled.is_empty()).then_some(Value::Array(filled))
            }
            Node::Leaf(leaf) => match leaf.value(view) {
                Ok(None) if !leaf.optional => {
                    faults.empty.push(leaf.emptiness(view));
                    None
                }
                Ok(value) => value,
                Err(fault) => {
                    faults.unreadable.push(fault);
                    None
                }
            },
        }
    }
}
