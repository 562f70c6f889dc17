//! From TOML to a checked mapping: the settings of the file, and what to skip. Every fault is collected with its place.

use std::collections::HashSet;

use jiff::{civil, fmt::strtime, tz::TimeZone};

use super::{
    cells::{Condition, Conventions, Test},
    rules::{Mapping, MappingError, Skip},
    section::Section,
};
use crate::{api::event_descriptor, cli::import::table::Dialect};

const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
const DEFAULT_DATE_FORMAT: &str = "%Y-%m-%d";
const ENCODING: &str = "UTF-8";

/// What is known while a mapping is being read.
pub(super) struct Compiler {
    pub faults: Vec<String>,
    columns: Vec<String>,
    null_values: HashSet<String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// Lists every fault: TOML that does not parse (then only that), unknown keys, impossible values, and fields that
    /// the message `Event` does not have.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        compile(text).map_err(|faults| MappingError { faults })
    }
}

/// Reads a mapping file, or lists everything that is wrong with it.
fn compile(text: &str) -> Result<Mapping, Vec<String>> {
    let table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string().trim_end().to_owned()])?;
    let event = event_descriptor();
    let mut file = Section::new("", table);
    let mut faults = vec![];
    let null_values = file.texts("null_values", &mut faults).unwrap_or_default();
    let null_values = null_values.iter().map(|word| word.trim().to_owned()).collect();
    let mut compiler = Compiler { faults, columns: vec![], null_values };

    let dialect = compiler.dialect(&mut file);
    let group_by = compiler.columns(&mut file, "group_by").unwrap_or_default();
    let skips = file.sections("skip", &mut compiler.faults);
    let skips = skips.into_iter().filter_map(|section| compiler.skip(section)).collect();
    let sections = file.sections("event", &mut compiler.faults);
    if sections.is_empty() {
        compiler.faults.push("event: at least one [[event]] is needed".to_owned());
    }
    let events = sections.into_iter().map(|section| compiler.event(&event, section, !group_by.is_empty())).collect();
    let conventions = compiler.conventions(&mut file);
    file.finish(&mut compiler.faults);

    let Compiler { faults, columns, .. } = compiler;
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Mapping { dialect, conventions, columns, skips, group_by, events })
}

impl Compiler {
    pub fn fault(&mut self, path: &str, fault: impl std::fmt::Display) {
        self.faults.push(format!("{path}: {fault}"));
    }

    /// The index of a column among those the mapping uses.
    pub fn column(&mut self, name: &str) -> usize {
        let name = name.trim();
        self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        })
    }

    pub fn columns(&mut self, section: &mut Section, key: &str) -> Option<Vec<usize>> {
        let names = section.texts(key, &mut self.faults)?;
        Some(names.iter().map(|name| self.column(name)).collect())
    }

    /// Words that are compared with cells: one that means nothing would never be found.
    pub fn check_word(&mut self, path: &str, word: &str) {
        if word.is_empty() || self.null_values.contains(word) {
            self.fault(path, format!("`{word}` is an empty cell, so it is never met here"));
        }
    }

    /// A condition: `column` with `equals` or `empty`.
    pub fn condition(&mut self, section: &mut Section) -> Option<Condition> {
        let columns = self.columns(section, "column");
        let equals = section.texts("equals", &mut self.faults);
        let empty = section.flag("empty", &mut self.faults);
        for word in equals.iter().flatten() {
            self.check_word(&section.path_of("equals"), word);
        }
        match (columns, equals, empty) {
            (Some(columns), Some(words), None) => Some(Condition { columns, test: Test::Equals(words) }),
            (Some(columns), None, Some(empty)) => Some(Condition { columns, test: Test::Empty(empty) }),
            _ => {
                self.fault(&section.path, "needs `column`, and either `equals` or `empty`");
                None
            }
        }
    }

    fn dialect(&mut self, file: &mut Section) -> Dialect {
        let delimiter = file.character("delimiter", &mut self.faults).unwrap_or(',');
        if !DELIMITERS.contains(&delimiter) {
            self.fault("delimiter", format!("must be one of {DELIMITERS:?}"));
        }
        if file.text("encoding", &mut self.faults).is_some_and(|name| !name.eq_ignore_ascii_case(ENCODING)) {
            self.fault("encoding", format!("only {ENCODING} is read; convert the file first"));
        }
        let quoting = file.flag("quoting", &mut self.faults).unwrap_or(true);
        Dialect { delimiter: u8::try_from(delimiter).unwrap_or(b','), quoting }
    }

    fn skip(&mut self, mut section: Section) -> Option<Skip> {
        let condition = self.condition(&mut section);
        let reason = section.text("reason", &mut self.faults);
        section.finish(&mut self.faults);
        let condition = condition?;
        let reason = reason.unwrap_or_else(|| self.describe(&condition));
        Some(Skip { condition, reason })
    }

    /// A condition in words, for a skip without a reason.
    fn describe(&self, condition: &Condition) -> String {
        let names: Vec<_> = condition.columns.iter().map(|&column| format!("`{}`", self.columns[column])).collect();
        let is = match &condition.test {
            Test::Empty(true) => "empty".to_owned(),
            Test::Empty(false) => "not empty".to_owned(),
            Test::Equals(words) => format!("one of {}", words.join(", ")),
        };
        format!("{} is {is}", names.join(", "))
    }

    fn conventions(&mut self, file: &mut Section) -> Conventions {
        let date_formats = file.texts("date_formats", &mut self.faults);
        let date_formats = date_formats.unwrap_or_else(|| vec![DEFAULT_DATE_FORMAT.to_owned()]);
        for format in &date_formats {
            if let Err(why) = check_date_format(format) {
                self.fault("date_formats", format!("`{format}` {why}"));
            }
        }
        let zone = file.text("time_zone", &mut self.faults);
        let time_zone = zone.map_or(Ok(TimeZone::UTC), |name| TimeZone::get(&name)).unwrap_or_else(|error| {
            self.fault("time_zone", error);
            TimeZone::UTC
        });
        let decimal_separator = file.character("decimal_separator", &mut self.faults).unwrap_or('.');
        let thousands_separator = file.character("thousands_separator", &mut self.faults);
        if thousands_separator == Some(decimal_separator) {
            self.fault("thousands_separator", "is the decimal separator, too");
        }
        for (key, mark) in
            [("decimal_separator", Some(decimal_separator)), ("thousands_separator", thousands_separator)]
        {
            if mark.is_some_and(|mark| mark.is_alphanumeric() || mark == '-') {
                self.fault(key, "must not be a letter, a digit or a minus sign");
            }
        }
        let null_values = self.null_values.clone();
        Conventions { null_values, date_formats, time_zone, decimal_separator, thousands_separator }
    }
}

/// A format is sound if a date written with it can be read back.
fn check_date_format(format: &str) -> Result<(), String> {
    let sample = civil::date(2024, 2, 3).at(4, 5, 6, 0).to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
    let written = strtime::format(format, &sample).map_err(|error| format!("is not a date format: {error}"))?;
    let read = strtime::parse(format, written).map_err(|error| format!("is not a date format: {error}"))?;
    if read.iana_time_zone().is_some() {
        return Err("names a time zone; only offsets (%z) are read".to_owned());
    }
    if read.timestamp().is_some() {
        return Ok(());
    }
    read.to_date().map(drop).map_err(|_| "does not give a full date".to_owned())
}
