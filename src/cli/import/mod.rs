//! `rapport import` and `rapport parties import`: files in, batches to the server, refused lines into a file of their own.
//!
//! A thread reads and decodes ([`input`], [`records`]); batches go to the server, a few at a time ([`send`]); what is
//! refused, here or there, is written with its reasons ([`rejects`]). What is imported, and what takes it, is a [`feed`];
//! events go up in one stream ([`event_stream`]).

mod columns;
mod event_stream;
mod feed;
mod input;
mod local;
mod mapping;
mod patience;
mod records;
mod rejects;
mod send;
mod table;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Failure, OutputArgs, SOME_REJECTED, ServerArgs, client, model};
use crate::api::{MAX_BATCH, party_descriptor};
use event_stream::EventStream;
use feed::Feed;
use input::Progress;
pub(super) use local::{LocalArgs, read};
use mapping::Mapping;
use records::{Batch, Form, Reading};
use rejects::Rejects;
use send::Sent;

/// The events that a mapping makes of a table, each as JSON or with what stands in its way; none where the mapping or the
/// header is at fault.
pub(crate) fn map_table(mapping: &str, table: &[u8]) -> Vec<Result<serde_json::Value, Vec<String>>> {
    let Ok(mapping) = Mapping::parse(mapping) else { return Vec::new() };
    let Ok(records) = mapping.read(table) else { return Vec::new() };
    records.map_while(Result::ok).map(|mapped| mapped.event).collect()
}

#[derive(Args)]
#[command(
    after_help = "Each line is one event as proto3 JSON; with --mapping, each row becomes events (see docs/import.md).\n\
    Exit codes: 0 everything is recorded, 1 the import failed, 3 some lines were refused."
)]
pub(super) struct ImportArgs {
    /// How the columns of CSV or TSV files become events.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Batches sent ahead of the server's answers, 1 to 64.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64), value_name = "N")]
    in_flight: u8,
    #[command(flatten)]
    from: FromArgs,
}

#[derive(Args)]
#[command(
    after_help = "Each line is one party as proto3 JSON, or each row of a CSV or TSV file whose header names the fields: \
    party, display_name, parent, category, kind (see docs/import.md).\n\
    Exit codes: 0 everything is stored, 1 the import failed, 3 some lines were refused."
)]
pub(super) struct ImportPartiesArgs {
    #[command(flatten)]
    from: FromArgs,
}

/// What every import is told.
#[derive(Args)]
struct FromArgs {
    /// Files to import, plain or gzip; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where refused lines go, with the reasons.
    #[arg(long, default_value = "import.rejected.ndjson", value_name = "FILE")]
    rejects: PathBuf,
    /// How many go in one message, 1 to 1000.
    #[arg(long, default_value_t = MAX_BATCH, value_parser = batch_size, value_name = "N")]
    batch: usize,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

fn batch_size(text: &str) -> Result<usize, String> {
    let size = text.parse().map_err(|_| "is not a number".to_owned())?;
    if (1..=MAX_BATCH).contains(&size) { Ok(size) } else { Err(format!("must be from 1 to {MAX_BATCH}")) }
}

/// Imports events.
pub(super) async fn run(args: ImportArgs) -> Result<ExitCode, Failure> {
    let form = args.mapping.as_deref().map_or(Ok(Form::Lines), load_mapping)?;
    let progress = Progress::over(&args.from.files)?;
    let stream = EventStream::open(client::events(&args.from.server).await?);
    let (server, json) = (args.from.server.clone(), args.from.output.json);
    let totals = carry(stream, args.from, form, args.in_flight.into(), progress).await?;
    if totals.taken > 0 && !json {
        note_unfed(&server).await;
    }
    Ok(totals.exit_code())
}

/// Says what the recorded events never feed. The import has done its work; a server that cannot tell is no fault of it.
async fn note_unfed(server: &ServerArgs) {
    let Ok(check) = model::check(server).await else { return };
    if !check.findings.is_empty() {
        check.findings.iter().for_each(|finding| say!("{finding}"));
        say!("`rapport model check` proposes weights");
    }
}

/// Imports parties. One call after the other: of two lines about one party the later one counts.
pub(super) async fn parties(args: ImportPartiesArgs) -> Result<ExitCode, Failure> {
    let progress = Progress::over(&args.from.files)?;
    let client = client::parties(&args.from.server).await?;
    let form = Form::LinesOrColumns(party_descriptor(), "party");
    Ok(carry(client, args.from, form, 1, progress).await?.exit_code())
}

fn load_mapping(file: &std::path::Path) -> Result<Form, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let mapping = Mapping::parse(&text)
        .map_err(|error| Failure::new(format!("{} is not a mapping:\n{error}", file.display())))?;
    Ok(Form::Mapped(Box::new(mapping)))
}

/// What an import did.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    pub taken: u64,
    known: u64,
    pub rejected: u64,
}

/// What became of the lines of some files.
pub(super) struct Transferred {
    pub totals: Totals,
    skipped: Vec<(String, u64)>,
    /// The file of refused lines, where there are any.
    pub rejects: Option<PathBuf>,
}

impl Totals {
    pub(super) fn exit_code(self) -> ExitCode {
        if self.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) }
    }
}

async fn carry<F: Feed + 'static>(
    feed: F,
    from: FromArgs,
    form: Form,
    in_flight: usize,
    progress: Progress,
) -> Result<Totals, Failure> {
    let reading = Reading { files: from.files, form, batch: from.batch, progress };
    let done = transfer(feed, reading, in_flight, from.rejects).await?;
    report::<F>(done.totals, &done.skipped, done.rejects.as_deref(), from.output.json);
    Ok(done.totals)
}

async fn transfer<F: Feed + 'static>(
    feed: F,
    reading: Reading,
    in_flight: usize,
    rejects: PathBuf,
) -> Result<Transferred, Failure> {
    let (to_send, batches) = mpsc::channel::<Result<Batch<F::Item>, Failure>>(in_flight);
    let progress = reading.progress.clone();
    let reader = tokio::task::spawn_blocking(move || reading.run::<F>(&to_send));
    let mut sent = ReceiverStream::new(batches)
        .map(|batch| {
            let feed = feed.clone();
            async move { send::send(feed, batch?).await }
        })
        .buffer_unordered(in_flight);
    let mut totals = Totals::default();
    let mut rejects = Rejects::at(rejects);
    while let Some(result) = sent.next().await {
        let Sent { taken, known, rejected } = result.map_err(|failure| interrupted::<F>(&failure, totals))?;
        totals.taken += taken;
        totals.known += known;
        totals.rejected += rejected.len() as u64;
        progress.count(taken + known + rejected.len() as u64, F::WORDS.items);
        rejected.into_iter().try_for_each(|reject| rejects.write(&reject))?;
    }
    drop(sent);
    let skipped = reader.await.map_err(|_| Failure::new("the reader of the files failed"))?;
    progress.finish();
    Ok(Transferred { totals, skipped, rejects: rejects.finish()? })
}

fn interrupted<F: Feed>(failure: &Failure, totals: Totals) -> Failure {
    Failure::new(format!(
        "{failure}\nbefore that, {} {} were {} and {} known; run the import again, it is safe",
        totals.taken,
        F::WORDS.items,
        F::WORDS.taken,
        totals.known
    ))
}

fn report<F: Feed>(totals: Totals, skipped: &[(String, u64)], rejects: Option<&std::path::Path>, json: bool) {
    let Totals { taken, known, rejected } = totals;
    if json {
        let skipped: serde_json::Map<_, _> = skipped.iter().map(|(why, rows)| (why.clone(), (*rows).into())).collect();
        say!(
            "{}",
            serde_json::json!({
                F::WORDS.taken: taken, F::WORDS.known: known, "rejected": rejected,
                "skippedRows": skipped, "rejects": rejects,
            })
        );
        return;
    }
    say!("{taken} {}, {known} {}, {rejected} rejected", F::WORDS.taken, F::WORDS.known);
    for (why, rows) in skipped {
        say!("{rows} rows skipped: {why}");
    }
    if let Some(file) = rejects {
        say!("the rejected lines are in {} with the reasons", file.display());
    }
}
