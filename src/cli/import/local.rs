//! Files read on the spot, for the commands that need no server: the same lines, judged by the same rules.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;

use super::{
    feed::{Fate, Feed, Words},
    input::ImportProgress,
    records::{FileFormat, FileReader},
    transfer::{Transferred, transfer},
};
use crate::{
    api::{MAX_BATCH, event_from_json, event_from_wire, v1},
    backtest::Heard,
    cli::failure::Failure,
    event::Event,
    time::{Clock, SystemClock, Timestamp},
};

#[derive(Args)]
pub(in crate::cli) struct LocalArgs {
    /// Files of events, plain or gzip, as for import; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the columns of CSV or TSV files become events (see docs/import.md).
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Where refused lines go, with the reasons.
    #[arg(long, default_value = "import.rejected.ndjson", value_name = "FILE")]
    rejects: PathBuf,
}

/// Reads all events of some files. What was refused is said on standard error.
pub(in crate::cli) async fn read(args: LocalArgs) -> Result<(Vec<Event>, Transferred), Failure> {
    let format = FileFormat::of(args.mapping.as_deref())?;
    let progress = ImportProgress::over(&args.files)?;
    let shelf = Shelf { events: Arc::default(), now: SystemClock.now() };
    let reader = FileReader { files: args.files, format, batch: MAX_BATCH, progress };
    let transferred = transfer(shelf.clone(), reader, 1, args.rejects).await?;
    if let Some(file) = &transferred.rejects {
        let (count, file) = (transferred.totals.rejected, file.display());
        eprintln!("{count} lines are refused and left out; they are in {file} with the reasons");
    }
    let events = std::mem::take(&mut *shelf.events.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((events, transferred))
}

/// In a file the order in which events occurred stands for the order in which they became known.
pub(in crate::cli) fn as_occurred(events: Vec<Event>) -> Vec<Heard> {
    events.into_iter().map(|event| Heard { at: event.occurred_at, event }).collect()
}

/// Takes events into memory, in place of a server.
#[derive(Clone)]
struct Shelf {
    events: Arc<Mutex<Vec<Event>>>,
    now: Timestamp,
}

impl Feed for Shelf {
    type Item = v1::Event;
    const WORDS: Words = Words { items: "events", taken: "read", known: "duplicates" };

    fn read(json: &str) -> Result<v1::Event, String> {
        event_from_json(json)
    }

    async fn send(&mut self, events: Vec<v1::Event>) -> Result<Vec<Fate>, Failure> {
        let mut kept = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut put = |wire| match event_from_wire(wire, self.now) {
            Ok(event) => {
                kept.push(event);
                Fate::Taken
            }
            Err(rejection) => Fate::Refused(rejection),
        };
        Ok(events.into_iter().map(&mut put).collect())
    }
}
