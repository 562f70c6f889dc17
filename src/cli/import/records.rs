//! From files to batches of events. A line that cannot be read is refused with its reason; the rest goes on.

use std::{
    io::{self, BufRead, Read},
    path::PathBuf,
};

use prost::Message;
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::{
    input::{self, Progress},
    mapping::Mapping,
    rejects::{Origin, Reject},
};
use crate::{
    api::{MAX_MESSAGE_BYTES, event_from_json, v1::Event},
    cli::Failure,
};

/// Longest line of events; a longer one is refused without being held in memory.
const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// A batch is sent before it grows beyond this, well below what the server takes.
const MAX_BATCH_BYTES: usize = MAX_MESSAGE_BYTES / 2;
const UNREADABLE: &str = "UNREADABLE_LINE";

/// Events with where they came from, and lines that are none.
#[derive(Default)]
pub(super) struct Batch {
    pub events: Vec<(Event, Origin)>,
    pub rejected: Vec<Reject>,
    bytes: usize,
}

/// What to read, and how.
pub(super) struct Reading {
    pub files: Vec<PathBuf>,
    pub mapping: Option<Mapping>,
    pub batch: usize,
    pub progress: Progress,
}

/// The receiver has gone: somebody else has failed, and says so.
struct Gone;

impl Reading {
    /// Reads all files and sends batches. Returns the rows that the mapping leaves out, by reason.
    pub(super) fn run(self, to_send: &Sender<Result<Batch, Failure>>) -> Vec<(String, u64)> {
        let mut batches = Batches { to_send, batch: Batch::default(), most: self.batch };
        let mut skipped = Vec::new();
        for file in &self.files {
            let name = file.display().to_string();
            let read = match &self.mapping {
                None => self.lines(file, &name, &mut batches),
                Some(mapping) => self.rows(mapping, file, &name, &mut batches, &mut skipped),
            };
            match read {
                Ok(Ok(())) => {}
                Ok(Err(Gone)) => return skipped,
                Err(failure) => {
                    let _ = batches.flush();
                    let _ = to_send.blocking_send(Err(Failure::new(format!("{name}: {failure}"))));
                    return skipped;
                }
            }
        }
        let _ = batches.flush();
        skipped
    }

    /// One event a line.
    fn lines(&self, file: &std::path::Path, name: &str, batches: &mut Batches<'_>) -> io::Result<Result<(), Gone>> {
        let mut input = input::open(file, &self.progress)?;
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
            let event = if too_long {
                Err(format!("longer than {MAX_LINE_BYTES} bytes"))
            } else if std::str::from_utf8(&line).is_err() {
                Err("not UTF-8".to_owned())
            } else {
                event_from_json(text)
            };
            let origin = Origin { file: name.to_owned(), line: number, raw: Value::String(text.to_owned()) };
            if batches.add(event.map_err(|fault| vec![fault]), origin).is_err() {
                return Ok(Err(Gone));
            }
        }
    }

    /// Rows of a table, as the mapping reads them.
    fn rows(
        &self,
        mapping: &Mapping,
        file: &std::path::Path,
        name: &str,
        batches: &mut Batches<'_>,
        skipped: &mut Vec<(String, u64)>,
    ) -> io::Result<Result<(), Gone>> {
        let input = input::open(file, &self.progress)?;
        let mut records = mapping.read(input).map_err(io::Error::other)?;
        for mapped in &mut records {
            let mapped = mapped?;
            let event = match &mapped.event {
                Ok(json) => event_from_json(&json.to_string()).map_err(|fault| vec![fault]),
                Err(faults) => Err(faults.clone()),
            };
            let origin = Origin { file: name.to_owned(), line: mapped.line, raw: mapped.raw() };
            if batches.add(event, origin).is_err() {
                return Ok(Err(Gone));
            }
        }
        skipped.extend(records.skipped().iter().map(|(why, rows)| (why.clone(), *rows)));
        Ok(Ok(()))
    }
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

/// Collects events until a batch is full.
struct Batches<'a> {
    to_send: &'a Sender<Result<Batch, Failure>>,
    batch: Batch,
    most: usize,
}

impl Batches<'_> {
    fn add(&mut self, event: Result<Event, Vec<String>>, origin: Origin) -> Result<(), Gone> {
        match event {
            Err(faults) => self.batch.rejected.push(Reject::new(origin, UNREADABLE, faults)),
            Ok(event) => {
                let bytes = event.encoded_len();
                if self.batch.bytes + bytes > MAX_BATCH_BYTES {
                    self.flush()?;
                }
                self.batch.bytes += bytes;
                self.batch.events.push((event, origin));
            }
        }
        if self.batch.events.len() + self.batch.rejected.len() >= self.most { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        let batch = std::mem::take(&mut self.batch);
        if batch.events.is_empty() && batch.rejected.is_empty() {
            return Ok(());
        }
        self.to_send.blocking_send(Ok(batch)).map_err(|_| Gone)
    }
}
