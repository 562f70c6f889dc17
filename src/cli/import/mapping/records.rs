//! Records: rows that belong together, and the events that are made of them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque, hash_map::Entry},
    io::{self, Read},
    sync::Arc,
    vec,
};

use serde_json::{Value, json};

use super::{
    leaf::RecordView,
    rules::{Mapping, MappingError},
};
use crate::cli::import::table::{self, Table, TableRow};

/// The reason under which rows are counted when no event's `when` holds for their record.
pub(super) const NO_EVENT_APPLIES: &str = "no event applies";

/// The events that a mapping makes of a table, each as JSON or with what stands in its way. Returns none if
/// the mapping or the header is at fault.
pub(crate) fn map_table(mapping: &str, table: &[u8]) -> Vec<Result<serde_json::Value, Vec<String>>> {
    let Ok(mapping) = Mapping::parse(mapping) else { return Vec::new() };
    let Ok(records) = mapping.read(table) else { return Vec::new() };
    records.map_while(Result::ok).map(|mapped| mapped.event).collect()
}

impl Mapping {
    /// Opens a table and checks its header, before any row is read.
    ///
    /// # Errors
    /// Lists every column that the mapping names and the header lacks or has twice, or says why the header can't be
    /// read.
    pub fn read<R: Read>(&self, input: R) -> Result<Records<'_, R>, MappingError> {
        Records::open(self, input).map_err(|faults| MappingError { faults })
    }
}

/// One event made of a table, or what stands in its way.
#[derive(Debug)]
pub struct Mapped {
    /// The line on which the first row of the record begins; the header begins on line 1.
    pub line: u64,
    /// The event as proto3 JSON of the message `Event`, or every fault in words.
    pub event: Result<Value, Vec<String>>,
    record: Arc<Record>,
}

#[derive(Debug)]
struct Record {
    names: Arc<[String]>,
    rows: Vec<TableRow>,
}

impl Mapped {
    /// The cells that the mapping uses, row by row: `[{"line": 2, "cells": {"Vendor": "…"}}]`.
    #[must_use]
    pub fn raw(&self) -> Value {
        let cells = |row: &TableRow| -> BTreeMap<&str, String> {
            let names = self.record.names.iter().enumerate();
            names.map(|(column, name)| (name.as_str(), row.cell(column).to_owned())).collect()
        };
        self.record.rows.iter().map(|row| json!({ "line": row.line, "cells": cells(row) })).collect()
    }
}

/// Turns the rows of a table into events, one record after the other.
///
/// Without `group_by` a row is a record, and memory stays constant. With it, the used cells of the whole file are held,
/// and events come after the last row, in the order in which their records begin. An item is an error only where the
/// file itself can't be read on; then nothing follows, because a record might lack rows.
pub struct Records<'m, R> {
    mapping: &'m Mapping,
    table: Table<R>,
    names: Arc<[String]>,
    groups: Groups,
    /// The records of a grouped file, once all of it has been read.
    grouped: vec::IntoIter<Vec<TableRow>>,
    ready: VecDeque<Mapped>,
    skipped: BTreeMap<String, u64>,
    ended: bool,
}

/// Rows by the key they share.
#[derive(Default)]
struct Groups {
    places: HashMap<Box<[Box<str>]>, usize>,
    records: Vec<Vec<TableRow>>,
}

impl Groups {
    fn add(&mut self, row: TableRow, key_columns: &[usize]) {
        let key = key_columns.iter().map(|&column| row.cell(column).into()).collect();
        match self.places.entry(key) {
            Entry::Occupied(place) => self.records[*place.get()].push(row),
            Entry::Vacant(place) => {
                place.insert(self.records.len());
                self.records.push(vec![row]);
            }
        }
    }
}

impl<'m, R: Read> Records<'m, R> {
    fn open(mapping: &'m Mapping, input: R) -> Result<Self, Vec<String>> {
        let table = Table::open(input, &mapping.dialect, |header| table::positions(header, &mapping.columns))?;
        Ok(Self {
            mapping,
            table,
            names: mapping.columns.as_slice().into(),
            groups: Groups::default(),
            grouped: vec![].into_iter(),
            ready: VecDeque::new(),
            skipped: BTreeMap::new(),
            ended: false,
        })
    }

    /// How many rows were left out, by reason. Complete once the last record has been read.
    #[must_use]
    pub fn skipped(&self) -> &BTreeMap<String, u64> {
        &self.skipped
    }

    /// Reads one more row, or takes one more record of a grouped file. False when there is nothing left.
    fn advance(&mut self) -> io::Result<bool> {
        if !self.ended {
            match self.table.next_row() {
                Ok(Some(row)) => self.sort(row),
                Ok(None) => {
                    self.ended = true;
                    self.grouped = std::mem::take(&mut self.groups).records.into_iter();
                }
                Err(error) => {
                    self.ended = true;
                    self.groups = Groups::default();
                    return Err(error);
                }
            }
            return Ok(true);
        }
        let Some(rows) = self.grouped.next() else { return Ok(false) };
        self.finish(rows);
        Ok(true)
    }

    /// Decides what becomes of a row. One whose cells are shifted belongs to no record: its key can't be trusted.
    fn sort(&mut self, row: TableRow) {
        if self.table.is_shifted() {
            return self.finish(vec![row]);
        }
        let mapping = self.mapping;
        if row.is_sound() {
            let skip = mapping.skips.iter().find(|skip| skip.condition.holds(&row, &mapping.conventions));
            if let Some(skip) = skip {
                return self.count_skipped(&skip.reason, 1);
            }
        }
        if mapping.group_by.is_empty() {
            self.finish(vec![row]);
        } else {
            self.groups.add(row, &mapping.group_by);
        }
    }

    /// Makes the events of a record. If a row is at fault as a whole, the record is, too: it would lack something.
    fn finish(&mut self, rows: Vec<TableRow>) {
        let line = rows.first().map_or(0, |row| row.line);
        let several = rows.len() > 1;
        let faults: Vec<_> = rows.iter().filter_map(|row| row.fault_in(several)).collect();
        let record = Arc::new(Record { names: Arc::clone(&self.names), rows });
        if !faults.is_empty() {
            return self.ready.push_back(Mapped { line, event: Err(faults), record });
        }
        let view = RecordView { names: &record.names, rows: &record.rows, conventions: &self.mapping.conventions };
        let events = self.mapping.events.iter().filter(|event| event.applies(&view)).map(|event| event.fill(&view));
        let events: Vec<_> = events.collect();
        if events.is_empty() {
            self.count_skipped(NO_EVENT_APPLIES, record.rows.len() as u64);
        }
        self.ready.extend(events.into_iter().map(|event| Mapped { line, event, record: Arc::clone(&record) }));
    }

    fn count_skipped(&mut self, reason: &str, rows: u64) {
        match self.skipped.get_mut(reason) {
            Some(count) => *count += rows,
            None => drop(self.skipped.insert(reason.to_owned(), rows)),
        }
    }
}

impl<R: Read> Iterator for Records<'_, R> {
    type Item = io::Result<Mapped>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(mapped) = self.ready.pop_front() {
                return Some(Ok(mapped));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
