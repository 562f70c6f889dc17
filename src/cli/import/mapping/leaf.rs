//! Leaves of a template: one value each, read from the cells of a record.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::{Timestamp, civil::Time};
use serde_json::{Number, Value};

use super::cells::Conventions;
use crate::cli::import::table::TableRow;

/// Whole numbers up to here are exact in a double, and are written without a fraction.
const MAX_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

/// A value read from a record.
#[derive(Debug)]
pub(super) struct Leaf {
    pub form: Form,
    pub take: Take,
    /// An empty leaf is left out instead of being a fault.
    pub optional: bool,
}

/// How the value of one row is read.
#[derive(Debug)]
pub(super) enum Form {
    /// Text with the cells put in; empty as soon as one of them is.
    Text(Vec<Piece>),
    /// The first of the columns that is not empty, read as something.
    Cell { columns: Vec<usize>, cell_type: CellType },
}

/// A part of a text template.
#[derive(Debug)]
pub(super) enum Piece {
    Literal(String),
    Column(usize),
}

/// What a cell is read as.
#[derive(Debug)]
pub(super) enum CellType {
    Date { time: Time },
    Amount { decimals: usize },
    Number,
    Lookup { values: BTreeMap<String, Value>, default: Option<Value> },
}

/// Which row of a record speaks, or how the values of all of them become one. Rows without a value don't count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Take {
    #[default]
    First,
    Last,
    Min,
    Max,
    Sum,
}

/// The value of one row, still of a kind that can be compared and added.
enum Scalar {
    Moment(Timestamp),
    Minor(i64),
    Number(f64),
    Json(Value),
}

/// What a record says: names of the columns, and the rows with their cells.
#[derive(Debug)]
pub(super) struct RecordView<'a> {
    pub names: &'a [String],
    pub rows: &'a [TableRow],
    pub conventions: &'a Conventions,
}

impl Leaf {
    /// The value in a record, `None` if it is empty.
    pub fn value(&self, view: &RecordView<'_>) -> Result<Option<Value>, String> {
        let mut values = view.rows.iter().filter_map(|row| self.form.read(row, view).transpose());
        let scalar = match self.take {
            Take::First => values.next().transpose()?,
            Take::Last => view.rows.iter().rev().find_map(|row| self.form.read(row, view).transpose()).transpose()?,
            Take::Min | Take::Max | Take::Sum => {
                let first = values.next().transpose()?;
                first.map(|first| values.try_fold(first, |sum, next| sum.combine(next?, self.take))).transpose()?
            }
        };
        scalar.map(Scalar::into_json).transpose()
    }

    /// Says that the value is empty, and which columns would have held it.
    pub fn emptiness(&self, view: &RecordView<'_>) -> String {
        let (columns, are) = match &self.form {
            Form::Cell { columns, .. } => (columns.clone(), "all empty"),
            Form::Text(pieces) => {
                let Some(row) = view.rows.first() else { return "there is no row".to_owned() };
                let empty = pieces.iter().filter_map(|piece| match piece {
                    Piece::Column(column) => view.conventions.cell(row, *column).is_none().then_some(*column),
                    Piece::Literal(_) => None,
                });
                (empty.collect(), "empty")
            }
        };
        match &columns[..] {
            [column] => format!("column `{}`: empty", view.names[*column]),
            many => {
                let names: Vec<_> = many.iter().map(|&column| format!("`{}`", view.names[column])).collect();
                format!("columns {}: {are}", names.join(", "))
            }
        }
    }
}

impl Form {
    fn read(&self, row: &TableRow, view: &RecordView<'_>) -> Result<Option<Scalar>, String> {
        match self {
            Form::Text(pieces) => Ok(render(pieces, row, view.conventions).map(|text| Scalar::Json(text.into()))),
            Form::Cell { columns, cell_type } => match view.conventions.first_cell(row, columns) {
                None => Ok(cell_type.default().map(Scalar::Json)),
                Some((column, text)) => cell_type.read(text, view.conventions).map(Some).map_err(|fault| {
                    let place = if view.rows.len() > 1 { format!("line {}, ", row.line) } else { String::new() };
                    format!("{place}column `{}`: {fault}", view.names[column])
                }),
            },
        }
    }
}

fn render(pieces: &[Piece], row: &TableRow, conventions: &Conventions) -> Option<String> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Column(column) => conventions.cell(row, *column),
        })
        .collect()
}

impl CellType {
    fn read(&self, text: &str, conventions: &Conventions) -> Result<Scalar, String> {
        match self {
            CellType::Date { time } => conventions.timestamp(text, *time).map(Scalar::Moment),
            CellType::Amount { decimals } => conventions.minor_units(text, *decimals).map(Scalar::Minor),
            CellType::Number => conventions.number(text).map(Scalar::Number),
            CellType::Lookup { values, default } => {
                values.get(text).or(default.as_ref()).cloned().map(Scalar::Json).ok_or_else(|| {
                    let words: Vec<_> = values.keys().map(|word| format!("`{word}`")).collect();
                    format!("`{text}` is none of {}", words.join(", "))
                })
            }
        }
    }

    fn default(&self) -> Option<Value> {
        match self {
            CellType::Lookup { default, .. } => default.clone(),
            _ => None,
        }
    }
}

impl Take {
    /// The words a mapping may use, and what they mean.
    pub const WORDS: [(&'static str, Take); 5] =
        [("first", Take::First), ("last", Take::Last), ("min", Take::Min), ("max", Take::Max), ("sum", Take::Sum)];

    /// Whether values of this form can be taken in this way: text has no order and no sum, a date no sum.
    pub fn suits(self, form: &Form) -> bool {
        match form {
            Form::Text(_) | Form::Cell { cell_type: CellType::Lookup { .. }, .. } => {
                matches!(self, Take::First | Take::Last)
            }
            Form::Cell { cell_type: CellType::Date { .. }, .. } => self != Take::Sum,
            Form::Cell { .. } => true,
        }
    }
}

impl Scalar {
    fn combine(self, other: Self, take: Take) -> Result<Self, String> {
        match (take, &self, &other) {
            (Take::Sum, Scalar::Minor(a), Scalar::Minor(b)) => {
                a.checked_add(*b).map(Scalar::Minor).ok_or_else(|| "the sum is too large an amount".to_owned())
            }
            (Take::Sum, Scalar::Number(a), Scalar::Number(b)) => Ok(Scalar::Number(a + b)),
            (Take::Min, a, b) if a.order(b).is_gt() => Ok(other),
            (Take::Max, a, b) if a.order(b).is_lt() => Ok(other),
            _ => Ok(self),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Scalar::Moment(a), Scalar::Moment(b)) => a.cmp(b),
            (Scalar::Minor(a), Scalar::Minor(b)) => a.cmp(b),
            (Scalar::Number(a), Scalar::Number(b)) => a.total_cmp(b),
            _ => Ordering::Equal,
        }
    }

    fn into_json(self) -> Result<Value, String> {
        Ok(match self {
            Scalar::Moment(moment) => Value::from(moment.to_string()),
            // proto3 JSON writes an int64 as text, so that no reader rounds it.
            Scalar::Minor(amount) => Value::from(amount.to_string()),
            #[expect(clippy::cast_possible_truncation, reason = "whole and within the range, as just checked")]
            Scalar::Number(number) if number.fract() == 0.0 && number.abs() <= MAX_EXACT_INTEGER => {
                Value::from(number as i64)
            }
            Scalar::Number(number) => Value::Number(Number::from_f64(number).ok_or("the sum is too large a number")?),
            Scalar::Json(value) => value,
        })
    }
}
