//! From files to batches of items. A line that cannot be read is refused with its reason; the rest goes on.

use std::{
    io::{self, BufRead, Read},
    path::{Path, PathBuf},
};

use prost::Message;
use prost_reflect::MessageDescriptor;
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::{
    columns::{self, Columns},
    feed::Feed,
    input::{self, ImportProgress},
    mapping::Mapping,
    rejects::{Origin, Reject},
};
use crate::{api::MAX_MESSAGE_BYTES, cli::failure::Failure};

/// Longest line of JSON; a longer one is refused without being held in memory.
const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// A batch is sent before it grows beyond this, well below what the server takes.
const MAX_BATCH_BYTES: usize = MAX_MESSAGE_BYTES / 2;
const UNREADABLE: &str = "UNREADABLE_LINE";

/// Items with their origins, and the lines that were refused.
pub(super) struct ItemBatch<T> {
    pub items: Vec<(T, Origin)>,
    pub rejected: Vec<Reject>,
    bytes: usize,
}

impl<T> Default for ItemBatch<T> {
    fn default() -> Self {
        Self { items: Vec::new(), rejected: Vec::new(), bytes: 0 }
    }
}

/// How files hold items.
pub(super) enum FileFormat {
    /// One a line, as JSON.
    Lines,
    /// In the rows of a table, as a mapping reads them.
    Mapped(Box<Mapping>),
    /// One a line, as JSON, or one a row of a table whose columns are fields of the message, the named one among them.
    LinesOrColumns(MessageDescriptor, &'static str),
}

impl FileFormat {
    /// As a mapping file says, or one item a line if there is none.
    pub(super) fn of(mapping: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = mapping else { return Ok(Self::Lines) };
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
        let mapping = Mapping::parse(&text)
            .map_err(|error| Failure::new(format!("{} is not a mapping:\n{error}", file.display())))?;
        Ok(Self::Mapped(Box::new(mapping)))
    }
}

/// What to read, and how.
pub(super) struct FileReader {
    pub files: Vec<PathBuf>,
    pub format: FileFormat,
    pub batch: usize,
    pub progress: ImportProgress,
}

/// The receiver has gone: somebody else has failed, and says so.
struct Gone;

impl FileReader {
    /// Reads all files and sends batches. Returns the rows that the mapping leaves out, by reason.
    pub(super) fn run<F: Feed>(self, to_send: &Sender<Result<ItemBatch<F::Item>, Failure>>) -> Vec<(String, u64)> {
        let mut batches = Batches::<F> { to_send, file: String::new(), batch: ItemBatch::default(), most: self.batch };
        let mut skipped = Vec::new();
        for file in &self.files {
            batches.file = file.display().to_string();
            match self.file(file, &mut batches, &mut skipped) {
                Ok(Ok(())) => {}
                Ok(Err(Gone)) => return skipped,
                Err(failure) => {
                    let _ = batches.flush();
                    let _ = to_send.blocking_send(Err(Failure::new(format!("{}: {failure}", batches.file))));
                    return skipped;
                }
            }
        }
        let _ = batches.flush();
        skipped
    }

    fn file<F: Feed>(
        &self,
        file: &Path,
        batches: &mut Batches<'_, F>,
        skipped: &mut Vec<(String, u64)>,
    ) -> io::Result<Result<(), Gone>> {
        let input = input::open(file, &self.progress)?;
        match &self.format {
            FileFormat::Lines => lines(input, batches),
            FileFormat::Mapped(mapping) => mapped(mapping, input, batches, skipped),
            FileFormat::LinesOrColumns(message, needed) => match columns::recognise(file, input)? {
                (None, input) => lines(input, batches),
                (Some(dialect), input) => {
                    let columns = Columns::open(input, &dialect, message, needed);
                    rows(columns.map_err(|faults| io::Error::other(faults.join("\n")))?, batches)
                }
            },
        }
    }
}

/// One item a line.
fn lines<F: Feed>(mut input: impl BufRead, batches: &mut Batches<'_, F>) -> io::Result<Result<(), Gone>> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        number += 1;
        if (&mut input).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(Ok(()));
        }
        let too_long = line.len() as u64 == MAX_LINE_BYTES && line.last() != Some(&b'\n');
        if too_long {
            skip_line(&mut input)?;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let item = if too_long {
            Err(format!("longer than {MAX_LINE_BYTES} bytes"))
        } else if std::str::from_utf8(&line).is_err() {
            Err("not UTF-8".to_owned())
        } else {
            F::read(text)
        };
        if batches.add(item.map_err(|fault| vec![fault]), number, Value::String(text.to_owned())).is_err() {
            return Ok(Err(Gone));
        }
    }
}

/// Rows of a table, as the mapping reads them.
fn mapped<F: Feed>(
    mapping: &Mapping,
    input: impl BufRead,
    batches: &mut Batches<'_, F>,
    skipped: &mut Vec<(String, u64)>,
) -> io::Result<Result<(), Gone>> {
    let mut records = mapping.read(input).map_err(io::Error::other)?;
    for mapped in &mut records {
        let mapped = mapped?;
        if batches.add_json(mapped.event.as_ref(), mapped.line, mapped.raw()).is_err() {
            return Ok(Err(Gone));
        }
    }
    skipped.extend(records.skipped().iter().map(|(why, rows)| (why.clone(), *rows)));
    Ok(Ok(()))
}

/// Rows of a table whose columns are fields.
fn rows<F: Feed>(columns: Columns<impl Read>, batches: &mut Batches<'_, F>) -> io::Result<Result<(), Gone>> {
    for item in columns {
        let item = item?;
        if batches.add_json(item.json.as_ref(), item.line, item.raw).is_err() {
            return Ok(Err(Gone));
        }
    }
    Ok(Ok(()))
}

/// Reads on to the end of a line without keeping it.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (skipped, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(skipped);
        if ended {
            return Ok(());
        }
    }
}

/// Collects the items of a file until a batch is full.
struct Batches<'a, F: Feed> {
    to_send: &'a Sender<Result<ItemBatch<F::Item>, Failure>>,
    file: String,
    batch: ItemBatch<F::Item>,
    most: usize,
}

impl<F: Feed> Batches<'_, F> {
    /// Adds what a row says as JSON, or the row's faults.
    fn add_json(&mut self, json: Result<&Value, &Vec<String>>, line: u64, raw: Value) -> Result<(), Gone> {
        let item = match json {
            Ok(json) => F::read(&json.to_string()).map_err(|fault| vec![fault]),
            Err(faults) => Err(faults.clone()),
        };
        self.add(item, line, raw)
    }

    fn add(&mut self, item: Result<F::Item, Vec<String>>, line: u64, raw: Value) -> Result<(), Gone> {
        let origin = Origin { file: self.file.clone(), line, raw };
        match item {
            Err(faults) => self.batch.rejected.push(Reject::new(origin, UNREADABLE, faults)),
            Ok(item) => {
                let bytes = item.encoded_len();
                if self.batch.bytes + bytes > MAX_BATCH_BYTES {
                    self.flush()?;
                }
                self.batch.bytes += bytes;
                self.batch.items.push((item, origin));
            }
        }
        if self.batch.items.len() + self.batch.rejected.len() >= self.most { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        let batch = std::mem::take(&mut self.batch);
        if batch.items.is_empty() && batch.rejected.is_empty() {
            return Ok(());
        }
        self.to_send.blocking_send(Ok(batch)).map_err(|_| Gone)
    }
}
