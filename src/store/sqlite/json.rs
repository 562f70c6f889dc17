//! Lists of rows as JSON: an array of arrays, or where there is one column of what is in it.

use serde::Serialize;

use crate::store::{StoreError, sql::Column};

/// The rows as one parameter.
pub fn rows(columns: &[Column<'_>]) -> Result<String, StoreError> {
    let mut json = vec![b'['];
    for row in 0..columns.first().map_or(0, Column::len) {
        let (open, close): (&[u8], &[u8]) = if columns.len() == 1 { (b"", b"") } else { (b"[", b"]") };
        json.extend_from_slice(if row == 0 { b"" } else { b"," });
        json.extend_from_slice(open);
        for (place, column) in columns.iter().enumerate() {
            json.extend_from_slice(if place == 0 { b"" } else { b"," });
            put_cell(column, row, &mut json)?;
        }
        json.extend_from_slice(close);
    }
    json.push(b']');
    String::from_utf8(json).map_err(StoreError::failed)
}

fn put_cell(column: &Column<'_>, row: usize, json: &mut Vec<u8>) -> Result<(), StoreError> {
    match column {
        Column::Text(cells) => put(cells.get(row), json),
        Column::OptionalText(cells) => put(cells.get(row), json),
        Column::Integer(cells) => put(cells.get(row), json),
        Column::Number(cells) => put(cells.get(row), json),
        Column::OptionalNumber(cells) => put(cells.get(row), json),
        // JSON holds no bytes.
        Column::Bytes(cells) => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let bytes = cells.get(row).copied().unwrap_or_default();
            json.push(b'"');
            json.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
            json.push(b'"');
            Ok(())
        }
    }
}

fn put(cell: impl Serialize, json: &mut Vec<u8>) -> Result<(), StoreError> {
    serde_json::to_writer(json, &cell).map_err(StoreError::failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_arrays_unless_they_have_one_column() {
        let columns = [
            Column::Text(vec!["a \"b\"", "\n"]),
            Column::OptionalText(vec![None, Some("")]),
            Column::Integer(vec![i64::MIN, 0]),
            Column::OptionalNumber(vec![Some(-7), None]),
            Column::Bytes(vec![&[0, 255, 16], &[]]),
        ];
        let expected = r#"[["a \"b\"",null,-9223372036854775808,-7,"00ff10"],["\n","",0,null,""]]"#;
        assert_eq!(rows(&columns).unwrap(), expected);
        assert_eq!(rows(&[Column::Number(vec![1, 2])]).unwrap(), "[1,2]");
        assert_eq!(rows(&[Column::Text(vec![]), Column::Text(vec![])]).unwrap(), "[]");
    }
}
