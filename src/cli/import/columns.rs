//! Tables that need no mapping: their header names the fields of the message.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, Cursor, Read},
    path::Path,
};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::{
    mapping::field,
    table::{Dialect, MAX_ROW_BYTES, Table, TableColumn, TableRow},
};

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads ahead far enough to tell a table from lines of JSON, by its name or else by how it begins, and how its header
/// is delimited. Returns what was read ahead with the rest.
pub(super) fn recognise(file: &Path, mut input: Box<dyn BufRead>) -> io::Result<(Option<Dialect>, Box<dyn BufRead>)> {
    let mut head = Vec::new();
    let mut limited = (&mut input).take(MAX_ROW_BYTES as u64);
    while head.trim_ascii().is_empty() && limited.read_until(b'\n', &mut head)? > 0 {}
    let first = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head).trim_ascii_start();
    let first = first.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    let is_table = is_table_by_name(file).unwrap_or(!first.is_empty() && !first.starts_with(b"{"));
    let count = |delimiter: u8| first.split(|byte| *byte == delimiter).count();
    // The first of those that are as frequent.
    let delimiter = DELIMITERS.into_iter().rev().max_by_key(|it| count(*it)).unwrap_or(b',');
    let dialect = is_table.then_some(Dialect { delimiter, quoting: true });
    Ok((dialect, Box::new(Cursor::new(head).chain(input))))
}

/// Whether a file's name says that it is a table. Returns `None` if the name says nothing.
fn is_table_by_name(file: &Path) -> Option<bool> {
    let name = file.to_str()?.to_ascii_lowercase();
    let (_, ending) = name.trim_end_matches(".gz").rsplit_once('.')?;
    match ending {
        "csv" | "tsv" => Some(true),
        "ndjson" | "jsonl" | "json" => Some(false),
        _ => None,
    }
}

/// The rows of such a table.
pub(super) struct Columns<R> {
    table: Table<R>,
    fields: Vec<FieldDescriptor>,
}

/// One row, as proto3 JSON or with every fault of it.
pub(super) struct Item {
    pub line: u64,
    pub json: Result<Value, Vec<String>>,
    /// The cells by column.
    pub raw: Value,
}

impl<R: Read> Columns<R> {
    /// Reads the header. Fields may be left out, save `needed`, and columns stand in any order; one that is no field is a
    /// fault.
    pub(super) fn open(
        input: R,
        dialect: &Dialect,
        message: &MessageDescriptor,
        needed: &str,
    ) -> Result<Self, Vec<String>> {
        let mut fields = vec![];
        let table = Table::open(input, dialect, |header| {
            fields = choose(header, message, needed)?;
            let column = |(position, name): (usize, &&str)| TableColumn { name: (*name).to_owned(), position };
            Ok(header.iter().enumerate().map(column).collect())
        })?;
        Ok(Self { table, fields })
    }

    fn item(&self, row: &TableRow) -> Item {
        let cells = || self.fields.iter().enumerate().map(|(column, field)| (field, row.cell(column)));
        let mut faults: Vec<String> = row.fault_in(false).into_iter().collect();
        let mut json = serde_json::Map::new();
        for (field, cell) in cells().filter(|(_, cell)| !cell.is_empty()) {
            match value(field, cell) {
                Ok(value) => drop(json.insert(field.json_name().to_owned(), value)),
                Err(fault) => faults.push(fault),
            }
        }
        let raw: BTreeMap<&str, &str> = cells().map(|(field, cell)| (field.json_name(), cell)).collect();
        Item {
            line: row.line,
            json: if faults.is_empty() { Ok(json.into()) } else { Err(faults) },
            raw: raw.into_iter().collect(),
        }
    }
}

impl<R: Read> Iterator for Columns<R> {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.table.next_row().transpose()?;
        Some(row.map(|row| self.item(&row)))
    }
}

/// The field that each column holds, or everything that is wrong with the header.
fn choose(header: &[&str], message: &MessageDescriptor, needed: &str) -> Result<Vec<FieldDescriptor>, Vec<String>> {
    let mut known = BTreeSet::new();
    let mut faults = vec![];
    let mut fields = vec![];
    for name in header {
        match field(message, name) {
            None => faults.push(format!("column `{name}`: there is no such field")),
            Some(field) if known.insert(field.number()) => fields.push(field),
            Some(field) => faults.push(format!("column `{name}`: a second column for `{}`", field.name())),
        }
    }
    if !fields.iter().any(|it| it.name() == needed) {
        faults.push(format!("column `{needed}`: the file has no such column"));
    }
    if faults.is_empty() {
        return Ok(fields);
    }
    let names: Vec<_> = message.fields().map(|it| it.name().to_owned()).collect();
    faults.push(format!("the columns of a table are named after the fields: {}", names.join(", ")));
    Err(faults)
}

/// The JSON of a cell; of a field with several values it must be written as such. A value of an enumeration may be written without what all of them begin with, in any case.
fn value(field: &FieldDescriptor, cell: &str) -> Result<Value, String> {
    if field.is_list() {
        return serde_json::from_str(cell).map_err(|error| format!("column `{}`: {error}", field.name()));
    }
    let Kind::Enum(words) = field.kind() else { return Ok(cell.into()) };
    let wanted = cell.to_ascii_uppercase();
    let word = words.values().find(|it| it.name() == cell || short(&words, it.name()) == wanted);
    word.map(|it| it.name().into()).ok_or_else(|| {
        let known: Vec<_> = words.values().map(|it| short(&words, it.name()).to_ascii_lowercase()).collect();
        format!("column `{}`: {cell:?} is none of {}", field.name(), known.join(", "))
    })
}

/// A value without what all values of its enumeration begin with, which the one that says nothing shows.
fn short<'a>(words: &EnumDescriptor, name: &'a str) -> &'a str {
    let unspecified = words.default_value();
    let prefix = unspecified.name().trim_end_matches("UNSPECIFIED");
    name.strip_prefix(prefix).unwrap_or(name)
}
