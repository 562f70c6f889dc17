//! A TOML table being read: known keys are taken out, whatever is left at the end is unknown.

use toml::{Table, Value};

/// A table with its place in the mapping file.
pub(super) struct Section {
    pub path: String,
    table: Table,
}

impl Section {
    pub fn new(path: impl Into<String>, table: Table) -> Self {
        Self { path: path.into(), table }
    }

    /// The place of a key, as faults name it.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Takes whatever stands under the key.
    pub fn value(&mut self, key: &str) -> Option<Value> {
        self.table.remove(key)
    }

    pub fn text(&mut self, key: &str, faults: &mut Vec<String>) -> Option<String> {
        self.read(key, "a text", faults, |value| value.as_str().map(str::to_owned))
    }

    pub fn flag(&mut self, key: &str, faults: &mut Vec<String>) -> Option<bool> {
        self.read(key, "true or false", faults, Value::as_bool)
    }

    pub fn integer(&mut self, key: &str, faults: &mut Vec<String>) -> Option<i64> {
        self.read(key, "a whole number", faults, Value::as_integer)
    }

    /// A single character.
    pub fn character(&mut self, key: &str, faults: &mut Vec<String>) -> Option<char> {
        self.read(key, "a single character", faults, |value| {
            let mut characters = value.as_str()?.chars();
            characters.next().filter(|_| characters.next().is_none())
        })
    }

    /// A text or a list of texts, but not an empty list.
    pub fn texts(&mut self, key: &str, faults: &mut Vec<String>) -> Option<Vec<String>> {
        self.read(key, "a text or a list of texts", faults, |value| match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(list) if !list.is_empty() => {
                list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        })
    }

    pub fn section(&mut self, key: &str, faults: &mut Vec<String>) -> Option<Section> {
        let path = self.path_of(key);
        self.read(key, "a table", faults, |value| value.as_table().map(|table| Section::new(path, table.clone())))
    }

    /// The tables of an array of tables (`[[key]]`).
    pub fn sections(&mut self, key: &str, faults: &mut Vec<String>) -> Vec<Section> {
        let path = self.path_of(key);
        let sections = self.read(key, "an array of tables", faults, |value| {
            let tables = value.as_array()?.iter().enumerate();
            tables.map(|(at, table)| Some(Section::new(format!("{path}[{at}]"), table.as_table()?.clone()))).collect()
        });
        sections.unwrap_or_default()
    }

    /// The keys that have not been taken yet.
    pub fn rest(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// Reports every key that nothing has asked for.
    pub fn finish(self, faults: &mut Vec<String>) {
        faults.extend(self.table.keys().map(|key| format!("{}: unknown key", self.path_of(key))));
    }

    fn read<T>(
        &mut self,
        key: &str,
        wanted: &str,
        faults: &mut Vec<String>,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.table.remove(key)?;
        let read = read(&value);
        if read.is_none() {
            faults.push(format!("{}: must be {wanted}", self.path_of(key)));
        }
        read
    }
}
