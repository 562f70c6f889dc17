//! The way from files to what takes their items: batches as they are read, a few at a time, and what became of them all.

use std::{path::PathBuf, process::ExitCode};

use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    feed::Feed,
    records::{FileReader, ItemBatch},
    rejects::Rejects,
    send::{BatchResult, send},
};
use crate::cli::failure::Failure;

/// Exit code of an import that refused some of its input.
const SOME_REJECTED: u8 = 3;

/// What an import did.
#[derive(Clone, Copy, Default)]
pub(in crate::cli) struct ImportTotals {
    /// Items that were taken.
    pub taken: u64,
    /// Items that were known already.
    pub known: u64,
    /// Lines that were refused.
    pub rejected: u64,
}

/// What became of the lines of some files.
pub(in crate::cli) struct Transferred {
    pub totals: ImportTotals,
    /// Rows that the mapping leaves out, by reason.
    pub skipped: Vec<(String, u64)>,
    /// The file of refused lines, if there are any.
    pub rejects: Option<PathBuf>,
}

impl ImportTotals {
    pub(in crate::cli) fn exit_code(self) -> ExitCode {
        if self.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) }
    }
}

/// Reads files and hands their items on, at most `in_flight` batches at a time.
pub(super) async fn transfer<F: Feed + 'static>(
    feed: F,
    reader: FileReader,
    in_flight: usize,
    rejects: PathBuf,
) -> Result<Transferred, Failure> {
    let (to_send, batches) = mpsc::channel::<Result<ItemBatch<F::Item>, Failure>>(in_flight);
    let progress = reader.progress.clone();
    let read = tokio::task::spawn_blocking(move || reader.run::<F>(&to_send));
    let mut sent = ReceiverStream::new(batches)
        .map(|batch| {
            let feed = feed.clone();
            async move { send(feed, batch?).await }
        })
        .buffer_unordered(in_flight);
    let mut totals = ImportTotals::default();
    let mut rejects = Rejects::at(rejects);
    while let Some(result) = sent.next().await {
        let BatchResult { taken, known, rejected } = result.map_err(|failure| interrupted::<F>(&failure, totals))?;
        totals.taken += taken;
        totals.known += known;
        totals.rejected += rejected.len() as u64;
        progress.count(taken + known + rejected.len() as u64, F::WORDS.items);
        rejected.into_iter().try_for_each(|reject| rejects.write(&reject))?;
    }
    drop(sent);
    let skipped = read.await.map_err(|_| Failure::new("the reader of the files failed"))?;
    progress.finish();
    Ok(Transferred { totals, skipped, rejects: rejects.finish()? })
}

fn interrupted<F: Feed>(failure: &Failure, totals: ImportTotals) -> Failure {
    Failure::new(format!(
        "{failure}\nbefore that, {} {} were {} and {} known; run the import again, it is safe",
        totals.taken,
        F::WORDS.items,
        F::WORDS.taken,
        totals.known
    ))
}
