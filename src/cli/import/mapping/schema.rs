//! What the message `Event` allows in a template, so that a misspelt field is found before the first row.

use jiff::Timestamp;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::leaf::{CellType, Form};

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// The fields without which no event is ever accepted.
pub(super) const REQUIRED: [&str; 5] = ["eventId", "source", "customer", "supplier", "occurredAt"];

/// A field by its JSON name or its name in the schema; proto3 JSON knows both.
pub(in crate::cli::import) fn field(message: &MessageDescriptor, key: &str) -> Option<FieldDescriptor> {
    message.get_field_by_json_name(key).or_else(|| message.get_field_by_name(key))
}

/// The message a field holds, where that is an object in JSON.
pub(super) fn object(kind: &Kind) -> Option<&MessageDescriptor> {
    match kind {
        Kind::Message(message) if message.full_name() != TIMESTAMP => Some(message),
        _ => None,
    }
}

/// Whether a field can be filled by a form; the values of text and lookups are looked at one by one.
pub(super) fn suits(kind: &Kind, form: &Form) -> bool {
    match form {
        Form::Text(_) => !matches!(kind, Kind::Bool),
        Form::Cell { cell_type: CellType::Date { .. }, .. } => matches!(kind, Kind::Message(_)),
        Form::Cell { cell_type: CellType::Amount { .. }, .. } => matches!(kind, Kind::Int64),
        Form::Cell { cell_type: CellType::Number, .. } => matches!(kind, Kind::Double | Kind::Int32 | Kind::Int64),
        Form::Cell { cell_type: CellType::Lookup { .. }, .. } => true,
    }
}

/// Whether a field can hold a constant, or why not.
pub(super) fn check_constant(kind: &Kind, value: &Value) -> Result<(), String> {
    let text = value.as_str();
    match kind {
        Kind::Enum(words) => {
            let known: Vec<_> = words.values().map(|word| word.name().to_owned()).collect();
            let sound = text.is_some_and(|text| known.iter().any(|word| word == text));
            check(sound, || format!("{value} is none of {}", known.join(", ")))
        }
        Kind::String => check(text.is_some(), || format!("{value} is not a text")),
        Kind::Bool => check(value.is_boolean(), || format!("{value} is neither true nor false")),
        Kind::Double => check(value.is_number(), || format!("{value} is not a number")),
        Kind::Int32 | Kind::Int64 => {
            let sound = value.is_i64() || text.is_some_and(|text| text.parse::<i64>().is_ok());
            check(sound, || format!("{value} is not a whole number"))
        }
        Kind::Message(_) => {
            let sound = text.is_some_and(|text| text.parse::<Timestamp>().is_ok());
            check(sound, || format!("{value} is not an RFC 3339 time; a column is read by {{ date = \"…\" }}"))
        }
        _ => Err("fields of this type can't be mapped".to_owned()),
    }
}

fn check(sound: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if sound { Ok(()) } else { Err(fault()) }
}
