//! From TOML to the template of an event, led by the schema: every key must be a field, every value must suit it.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Time;
use prost_reflect::{Kind, MessageDescriptor};
use serde_json::Value;

use super::{
    compile::Compiler,
    leaf::{CellType, Form, Leaf, Piece, Take},
    schema,
    section::Section,
    template::{EventTemplate, Node, Object},
};

/// The most decimals a currency of ISO 4217 has.
const MAX_DECIMALS: usize = 4;
const DEFAULT_DECIMALS: usize = 2;

/// The keys that say how a leaf is read. Exactly one of them makes a table a leaf.
const FORMS: [&str; 5] = ["text", "date", "amount", "number", "lookup"];

impl Compiler {
    /// Reads one `[[event]]`.
    pub fn event(&mut self, schema: &MessageDescriptor, mut section: Section, grouped: bool) -> EventTemplate {
        let guard = section.section("when", &mut self.faults);
        let when = guard.and_then(|mut guard| {
            let condition = self.condition(&mut guard);
            guard.finish(&mut self.faults);
            condition
        });
        let path = section.path.clone();
        let body = self.object(schema, section, grouped);
        let given: HashSet<&str> = body.fields.iter().map(|(name, _)| name.as_str()).collect();
        for name in schema::REQUIRED.iter().filter(|name| !given.contains(**name)) {
            self.fault(&path, format!("`{name}` is missing"));
        }
        let payloads: Vec<_> = schema.fields().filter(|field| field.containing_oneof().is_some()).collect();
        let of_these = payloads.iter().filter(|field| given.contains(field.json_name())).count();
        if of_these != 1 {
            let names: Vec<_> = payloads.iter().map(|field| field.json_name().to_owned()).collect();
            self.fault(&path, format!("needs exactly one of {}", names.join(", ")));
        }
        EventTemplate { when, body }
    }

    fn object(&mut self, schema: &MessageDescriptor, mut section: Section, grouped: bool) -> Object {
        let optional = section.flag("optional", &mut self.faults).unwrap_or(false);
        let mut fields: Vec<(String, Node)> = vec![];
        for key in section.rest() {
            let path = section.path_of(&key);
            let Some(field) = schema::field(schema, &key) else { continue };
            if fields.iter().any(|(name, _)| name == field.json_name()) {
                self.fault(&path, "the field is already given under its other name");
            }
            let value = section.value(&key);
            let node = value.and_then(|value| match value {
                _ if !field.is_list() => self.field(&path, &field.kind(), value, grouped),
                toml::Value::Array(items) => self.list(&path, &field.kind(), items, grouped),
                _ => {
                    self.fault(&path, "must be a list");
                    None
                }
            });
            // A field at fault is kept as a null, so that it does not also count as missing.
            fields.push((field.json_name().to_owned(), node.unwrap_or(Node::Constant(Value::Null))));
        }
        for key in section.rest() {
            self.fault(&section.path_of(&key), format!("`{}` has no such field", schema.name()));
        }
        Object { fields, optional }
    }

    /// What one field holds, or one item of a field that holds several.
    fn field(&mut self, path: &str, kind: &Kind, value: toml::Value, grouped: bool) -> Option<Node> {
        match (schema::object(kind), value) {
            (Some(inner), toml::Value::Table(table)) => {
                Some(Node::Object(self.object(inner, Section::new(path, table), grouped)))
            }
            (Some(_), _) => {
                self.fault(path, "must be a table");
                None
            }
            (None, value) => self.value(path, kind, value, grouped),
        }
    }

    fn list(&mut self, path: &str, kind: &Kind, items: Vec<toml::Value>, grouped: bool) -> Option<Node> {
        let item = |(place, item)| self.field(&format!("{path}[{place}]"), kind, item, grouped);
        let items: Vec<Option<Node>> = items.into_iter().enumerate().map(item).collect();
        items.into_iter().collect::<Option<_>>().map(Node::List)
    }

    fn value(&mut self, path: &str, kind: &Kind, value: toml::Value, grouped: bool) -> Option<Node> {
        match value {
            toml::Value::Table(table) => self.leaf(kind, Section::new(path, table), grouped).map(Node::Leaf),
            toml::Value::String(text) => {
                let form = self.template(path, kind, &text)?;
                Some(Node::Leaf(Leaf { form, take: Take::First, optional: false }))
            }
            constant => self.constant(path, kind, constant).map(Node::Constant),
        }
    }

    fn leaf(&mut self, kind: &Kind, mut section: Section, grouped: bool) -> Option<Leaf> {
        let forms: Vec<_> = FORMS.into_iter().filter(|form| section.has(form)).collect();
        let [form] = forms[..] else {
            self.fault(&section.path, format!("needs exactly one of {}", FORMS.join(", ")));
            return None;
        };
        let read = match form {
            "text" => {
                let text = section.text("text", &mut self.faults);
                text.and_then(|text| self.template(&section.path, kind, &text))
            }
            _ => self.columns(&mut section, form).and_then(|columns| {
                let cell_type = self.cell_type(form, kind, &mut section)?;
                Some(Form::Cell { columns, cell_type })
            }),
        };
        let take = self.take(&mut section, grouped);
        let optional = section.flag("optional", &mut self.faults).unwrap_or(false);
        let path = section.path.clone();
        section.finish(&mut self.faults);
        let read = read?;
        if !schema::suits(kind, &read) {
            self.fault(&path, format!("`{form}` does not suit a field of type {kind:?}"));
        }
        if !take.suits(&read) {
            self.fault(&path, format!("`{form}` can't be taken in this way"));
        }
        Some(Leaf { form: read, take, optional })
    }

    fn cell_type(&mut self, form: &str, kind: &Kind, section: &mut Section) -> Option<CellType> {
        match form {
            "date" => {
                let text = section.text("time", &mut self.faults);
                let time = text.map_or(Ok(Time::midnight()), |text| text.parse());
                time.map(|time| CellType::Date { time })
                    .map_err(|error| self.fault(&section.path_of("time"), error))
                    .ok()
            }
            "amount" => {
                let decimals = section.integer("decimals", &mut self.faults);
                let decimals = decimals.map_or(Some(DEFAULT_DECIMALS), |given| usize::try_from(given).ok());
                let sound = decimals.filter(|&decimals| decimals <= MAX_DECIMALS);
                if sound.is_none() {
                    self.fault(&section.path_of("decimals"), format!("must be 0 to {MAX_DECIMALS}"));
                }
                sound.map(|decimals| CellType::Amount { decimals })
            }
            "number" => Some(CellType::Number),
            _ => self.lookup(kind, section),
        }
    }

    fn lookup(&mut self, kind: &Kind, section: &mut Section) -> Option<CellType> {
        let default = section.value("default");
        let default = default.and_then(|value| self.constant(&section.path_of("default"), kind, value));
        let Some(mut words) = section.section("values", &mut self.faults) else {
            self.fault(&section.path, "`lookup` needs a table of `values`");
            return None;
        };
        let mut values = BTreeMap::new();
        for word in words.rest() {
            let path = words.path_of(&word);
            self.check_word(&path, &word);
            let value = words.value(&word).and_then(|value| self.constant(&path, kind, value));
            values.insert(word, value.unwrap_or_default());
        }
        Some(CellType::Lookup { values, default })
    }

    fn take(&mut self, section: &mut Section, grouped: bool) -> Take {
        let Some(word) = section.text("take", &mut self.faults) else { return Take::First };
        if !grouped {
            self.fault(&section.path_of("take"), "has no meaning without `group_by`");
        }
        let known = Take::WORDS.iter().find(|(name, _)| *name == word);
        if known.is_none() {
            let words: Vec<_> = Take::WORDS.iter().map(|(name, _)| *name).collect();
            self.fault(&section.path_of("take"), format!("must be one of {}", words.join(", ")));
        }
        known.map_or(Take::First, |(_, take)| *take)
    }

    fn constant(&mut self, path: &str, kind: &Kind, value: toml::Value) -> Option<Value> {
        let value = match value {
            toml::Value::Datetime(moment) => Value::from(moment.to_string()),
            other => serde_json::to_value(other).unwrap_or_default(),
        };
        let checked = schema::check_constant(kind, &value);
        checked.map_err(|fault| self.fault(path, fault)).ok().map(|()| value)
    }

    fn template(&mut self, path: &str, kind: &Kind, text: &str) -> Option<Form> {
        let pieces = match pieces(text, |name| self.column(name)) {
            Ok(pieces) => pieces,
            Err(fault) => {
                self.fault(path, fault);
                return None;
            }
        };
        let literal: Option<String> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => Some(text.as_str()),
                Piece::Column(_) => None,
            })
            .collect();
        if let Some(Err(fault)) = literal.map(|text| schema::check_constant(kind, &Value::from(text))) {
            self.fault(path, fault);
        }
        Some(Form::Text(pieces))
    }
}

/// Cuts `"{PO}/{Line}"` into literals and columns. `{{` and `}}` stand for the braces themselves.
fn pieces(text: &str, mut column: impl FnMut(&str) -> usize) -> Result<Vec<Piece>, String> {
    let mut pieces = vec![];
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
        } else if brace == "{" {
            let (name, after) = after.split_once('}').ok_or("`{` is not closed; write `{{` for the brace itself")?;
            if name.trim().is_empty() {
                return Err("`{}` names no column".to_owned());
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Column(column(name)));
            rest = after;
        } else {
            return Err("`}` closes nothing; write `}}` for the brace itself".to_owned());
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}
