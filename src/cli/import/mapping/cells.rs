//! Cells: which words mean nothing, and how dates and numbers are written in this file.

use std::collections::HashSet;

use jiff::{Timestamp, civil::Time, fmt::strtime, tz::TimeZone};

use crate::cli::import::table::TableRow;

/// How a file writes nothing, dates and numbers.
#[derive(Debug)]
pub(super) struct Conventions {
    pub null_values: HashSet<String>,
    pub date_formats: Vec<String>,
    pub time_zone: TimeZone,
    pub decimal_separator: char,
    pub thousands_separator: Option<char>,
}

/// A condition on the first of the columns that is not empty.
#[derive(Debug)]
pub(super) struct Condition {
    pub columns: Vec<usize>,
    pub test: Test,
}

/// What a condition asks.
#[derive(Debug)]
pub(super) enum Test {
    Empty(bool),
    Equals(Vec<String>),
}

impl Conventions {
    /// The text of a cell, `None` if it is empty or a word that means nothing.
    pub fn cell<'r>(&self, row: &'r TableRow, column: usize) -> Option<&'r str> {
        let text = row.cell(column);
        (!text.is_empty() && !self.null_values.contains(text)).then_some(text)
    }

    /// The first of the columns that is not empty, and its text.
    pub fn first_cell<'r>(&self, row: &'r TableRow, columns: &[usize]) -> Option<(usize, &'r str)> {
        columns.iter().find_map(|&column| Some((column, self.cell(row, column)?)))
    }

    /// The moment a text names; `time` counts where the format has no time of day.
    pub fn timestamp(&self, text: &str, time: Time) -> Result<Timestamp, String> {
        let parsed = self
            .date_formats
            .iter()
            .find_map(|format| strtime::parse(format, text).ok())
            .ok_or_else(|| format!("`{text}` matches none of the date formats {}", self.date_formats.join(", ")))?;
        let moment = if parsed.timestamp().is_some() {
            parsed.to_timestamp()
        } else {
            let time = if parsed.hour().is_some() { parsed.to_time() } else { Ok(time) };
            parsed.to_date().and_then(|date| Ok(date.to_datetime(time?))).and_then(|local| match parsed.offset() {
                Some(offset) => offset.to_timestamp(local),
                None => self.time_zone.to_timestamp(local),
            })
        };
        moment.map_err(|error| format!("`{text}` is not a moment in time: {error}"))
    }

    /// An exact amount in units of 10^-decimals.
    pub fn minor_units(&self, text: &str, decimals: usize) -> Result<i64, String> {
        let plain = self.plain_decimal(text)?;
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > decimals {
            return Err(format!("`{text}` has more than {decimals} decimals"));
        }
        format!("{whole}{fraction:0<decimals$}").parse().map_err(|_| format!("`{text}` is too large an amount"))
    }

    /// A number, as near as a double can hold it.
    pub fn number(&self, text: &str) -> Result<f64, String> {
        let number: f64 = self.plain_decimal(text)?.parse().map_err(|_| format!("`{text}` is not a number"))?;
        if number.is_finite() { Ok(number) } else { Err(format!("`{text}` is too large a number")) }
    }

    /// Rewrites a decimal to digits with a point, after an optional minus sign. Thousands must be whole groups of three,
    /// so that a decimal comma is never taken for a separator of thousands.
    fn plain_decimal(&self, text: &str) -> Result<String, String> {
        let fault = || format!("`{text}` is not a decimal number {}", self.spelling());
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once(self.decimal_separator).map_or((digits, None), |(w, f)| (w, Some(f)));
        let whole = match self.thousands_separator.filter(|&mark| whole.contains(mark)) {
            Some(mark) => ungroup(whole, mark).ok_or_else(fault)?,
            None => whole.to_owned(),
        };
        if !is_digits(&whole) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
            return Err(fault());
        }
        Ok(format!("{sign}{whole}{}{}", if fraction.is_some() { "." } else { "" }, fraction.unwrap_or_default()))
    }

    fn spelling(&self) -> String {
        let thousands = self.thousands_separator.map_or_else(
            || "without separators of thousands".to_owned(),
            |mark| format!("with `{mark}` between groups of three"),
        );
        format!("(decimal separator `{}`, {thousands})", self.decimal_separator)
    }
}

impl Condition {
    /// Whether the row meets the condition.
    pub fn holds(&self, row: &TableRow, conventions: &Conventions) -> bool {
        self.outcome(conventions.first_cell(row, &self.columns).map(|(_, text)| text))
    }

    /// Whether the first row of the record with a value, if any, meets the condition.
    pub fn holds_in(&self, rows: &[TableRow], conventions: &Conventions) -> bool {
        let first = rows.iter().find_map(|row| conventions.first_cell(row, &self.columns));
        self.outcome(first.map(|(_, text)| text))
    }

    fn outcome(&self, cell: Option<&str>) -> bool {
        match (&self.test, cell) {
            (Test::Empty(empty), cell) => *empty == cell.is_none(),
            (Test::Equals(words), Some(cell)) => words.iter().any(|word| word == cell),
            (Test::Equals(_), None) => false,
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn ungroup(text: &str, mark: char) -> Option<String> {
    let groups: Vec<&str> = text.split(mark).collect();
    let (first, rest) = groups.split_first()?;
    let sound = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    sound.then(|| groups.concat())
}
