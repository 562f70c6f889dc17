//! Rows of a delimited text file, with line numbers that an editor agrees with.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use csv::ByteRecord;

/// The longest row, in bytes. A quote that is never closed would otherwise swallow the file into memory.
pub(super) const MAX_ROW_BYTES: usize = 1 << 20;

/// How the fields of a row are set apart.
#[derive(Debug)]
pub(super) struct Dialect {
    pub delimiter: u8,
    /// Whether `"` encloses a field; without it a quote is a character like any other.
    pub quoting: bool,
}

/// The used cells of one row, trimmed. One allocation of text per row keeps a grouped file small in memory.
#[derive(Debug)]
pub(super) struct TableRow {
    pub line: u64,
    text: Box<str>,
    ends: Box<[u32]>,
    /// What is wrong with the row as a whole; its cells are then only what could be made out.
    fault: Option<Box<str>>,
}

impl TableRow {
    /// The text of a used column, empty where the row has no such cell.
    pub fn cell(&self, column: usize) -> &str {
        let start = column.checked_sub(1).map_or(0, |before| self.end(before));
        self.text.get(start..self.end(column)).unwrap_or_default()
    }

    pub fn is_sound(&self) -> bool {
        self.fault.is_none()
    }

    /// What is wrong with the row, with its line where it is one of several.
    pub fn fault_in(&self, several: bool) -> Option<String> {
        let fault = self.fault.as_ref()?;
        Some(if several { format!("line {}: {fault}", self.line) } else { fault.to_string() })
    }

    fn end(&self, column: usize) -> usize {
        self.ends.get(column).map_or(self.text.len(), |&end| end as usize)
    }
}

/// A used column.
pub(super) struct TableColumn {
    pub name: String,
    /// Where it stands in the file.
    pub position: usize,
}

/// A table whose header has been read.
pub(super) struct Table<R> {
    reader: csv::Reader<EndedLines<R>>,
    fields: ByteRecord,
    width: usize,
    columns: Vec<TableColumn>,
}

impl<R: Read> Table<R> {
    /// Reads the header, in which `choose` finds the used columns, or says what is wrong with it.
    pub fn open(
        input: R,
        dialect: &Dialect,
        choose: impl FnOnce(&[&str]) -> Result<Vec<TableColumn>, Vec<String>>,
    ) -> Result<Self, Vec<String>> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .quoting(dialect.quoting)
            .from_reader(EndedLines::new(input));
        let mut table = Self { reader, fields: ByteRecord::new(), width: 0, columns: vec![] };
        match table.advance() {
            Ok(true) => {}
            Ok(false) => return Err(vec!["the file is empty: there is no header".to_owned()]),
            Err(error) => return Err(vec![format!("the header can't be read: {error}")]),
        }
        table.width = table.fields.len();
        table.columns = choose(&header(&table.fields)?)?;
        Ok(table)
    }

    /// The next row; `None` at the end of the file. After an error there is nothing more to read.
    pub fn next_row(&mut self) -> io::Result<Option<TableRow>> {
        if !self.advance()? {
            return Ok(None);
        }
        let breaks = self.fields.as_slice().split(|&byte| byte == b'\n').skip(1).count() as u64;
        // Every row ends with one line end (`EndedLines` sees to the last), after those inside its quoted fields.
        let line = self.reader.position().line().saturating_sub(1 + breaks);
        let mut row = self.used_cells(line);
        if self.fields.len() != self.width {
            row.fault = Some(wrong_width(self.fields.len(), self.width, breaks).into());
        }
        Ok(Some(row))
    }

    /// Whether a row has the wrong number of fields, so that its cells may stand under the wrong columns.
    pub fn is_shifted(&self) -> bool {
        self.fields.len() != self.width
    }

    fn advance(&mut self) -> io::Result<bool> {
        self.reader.get_mut().allow(MAX_ROW_BYTES);
        self.reader.read_byte_record(&mut self.fields).map_err(|error| {
            let line = self.fields.position().map_or(0, csv::Position::line);
            let error = io::Error::from(error);
            io::Error::new(error.kind(), format!("in the row that begins on line {line}: {error}"))
        })
    }

    fn used_cells(&self, line: u64) -> TableRow {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(self.columns.len());
        let mut faults = vec![];
        for TableColumn { name, position } in &self.columns {
            let cell = self.fields.get(*position).unwrap_or_default();
            if std::str::from_utf8(cell).is_err() {
                faults.push(format!("column `{name}`: not UTF-8 text; save the file as UTF-8"));
            }
            text.push_str(String::from_utf8_lossy(cell).trim());
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        let fault = (!faults.is_empty()).then(|| faults.join("; ").into());
        TableRow { line, text: text.into(), ends: ends.into(), fault }
    }
}

fn header(fields: &ByteRecord) -> Result<Vec<&str>, Vec<String>> {
    fields.iter().map(|name| std::str::from_utf8(name).map(str::trim)).collect::<Result<_, _>>().map_err(|_| {
        let utf16 =
            fields.get(0).is_some_and(|first| first.starts_with(&[0xFF, 0xFE]) || first.starts_with(&[0xFE, 0xFF]));
        let looks = if utf16 { " (it looks like UTF-16)" } else { "" };
        vec![format!("the header is not UTF-8 text{looks}: save the file as UTF-8")]
    })
}

/// Where each of `names` stands in the header, in their order; they must all be there, once.
pub(super) fn positions(header: &[&str], names: &[String]) -> Result<Vec<TableColumn>, Vec<String>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, name) in header.iter().enumerate() {
        places.entry(name).or_default().push(position);
    }
    let mut faults = vec![];
    let mut found = vec![];
    for name in names {
        match places.get(name.as_str()).map_or(&[][..], Vec::as_slice) {
            [position] => found.push(TableColumn { name: name.clone(), position: *position }),
            [] => faults.push(format!("column `{name}`: the file has no such column")),
            _ => faults.push(format!("column `{name}`: the file has more than one column of this name")),
        }
    }
    if faults.is_empty() {
        return Ok(found);
    }
    if header.len() == 1 {
        faults.push("the header has a single column: is `delimiter` right for this file?".to_owned());
    }
    Err(faults)
}

fn wrong_width(fields: usize, width: usize, breaks: u64) -> String {
    let hint = if breaks > 0 {
        format!(
            "; it runs over {} lines, so a quote may be left open (`quoting = false` takes quotes as they are)",
            breaks + 1
        )
    } else {
        String::new()
    };
    format!("the row has {fields} fields, the header has {width}{hint}")
}

/// A reader that turns every line end (CR, LF, CRLF) into LF, so that line numbers are right even in files with CR alone,
/// ends the last line if the file does not, and refuses to read on without an allowance.
struct EndedLines<R> {
    inner: R,
    after_cr: bool,
    last: u8,
    allowance: usize,
}

impl<R> EndedLines<R> {
    fn new(inner: R) -> Self {
        Self { inner, after_cr: false, last: b'\n', allowance: MAX_ROW_BYTES }
    }

    /// How many bytes may be read until the next call.
    fn allow(&mut self, bytes: usize) {
        self.allowance = bytes;
    }

    /// Rewrites the line ends of what was read, in place, and gives the length that remains.
    fn rewrite(&mut self, bytes: &mut [u8]) -> usize {
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = bytes[at];
            if !(self.after_cr && byte == b'\n') {
                bytes[kept] = if byte == b'\r' { b'\n' } else { byte };
                self.last = bytes[kept];
                kept += 1;
            }
            self.after_cr = byte == b'\r';
        }
        kept
    }
}

impl<R: Read> Read for EndedLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.allowance == 0 {
            let text = format!("a row is longer than {MAX_ROW_BYTES} bytes; a quote may be left open");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        loop {
            let read = self.inner.read(buffer)?;
            self.allowance = self.allowance.saturating_sub(read);
            if read == 0 && self.last != b'\n' {
                self.last = b'\n';
                buffer[0] = b'\n';
                return Ok(1);
            }
            let kept = self.rewrite(&mut buffer[..read]);
            // A lone LF after a CR leaves nothing, which would read as the end of the file.
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}
