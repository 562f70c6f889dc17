//! The two commands that send files to a server.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::{
    event_stream::EventStream,
    feed::Feed,
    input::ImportProgress,
    records::{FileFormat, FileReader},
    transfer::{ImportTotals, transfer},
};
use crate::{
    api::{MAX_BATCH, party_descriptor},
    cli::{
        args::{OutputArgs, ServerArgs},
        client,
        failure::Failure,
    },
};

#[derive(Args)]
#[command(
    after_help = "Each line is one event as proto3 JSON; with --mapping, each row becomes events (see docs/import.md).\n\
    Exit codes: 0 everything is recorded, 1 the import failed, 3 some lines were refused."
)]
pub(in crate::cli) struct ImportArgs {
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
pub(in crate::cli) struct ImportPartiesArgs {
    #[command(flatten)]
    from: FromArgs,
}

/// What both commands take.
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
pub(in crate::cli) async fn run(args: ImportArgs) -> Result<ExitCode, Failure> {
    let format = FileFormat::of(args.mapping.as_deref())?;
    let progress = ImportProgress::over(&args.from.files)?;
    let stream = EventStream::open(client::events(&args.from.server).await?);
    let (server, json) = (args.from.server.clone(), args.from.output.json);
    let totals = carry(stream, args.from, format, args.in_flight.into(), progress).await?;
    if totals.taken > 0 && !json {
        note_unfed(&server).await;
    }
    Ok(totals.exit_code())
}

/// Says what the recorded events never feed. The import has done its work; a server that cannot say is no fault of it.
async fn note_unfed(server: &ServerArgs) {
    let Ok(check) = client::check_model(server).await else { return };
    if !check.findings.is_empty() {
        check.findings.iter().for_each(|finding| say!("{finding}"));
        say!("`rapport model check` proposes weights");
    }
}

/// Imports parties. One call after the other: of two lines about one party the later one counts.
pub(in crate::cli) async fn parties(args: ImportPartiesArgs) -> Result<ExitCode, Failure> {
    let progress = ImportProgress::over(&args.from.files)?;
    let client = client::parties(&args.from.server).await?;
    let format = FileFormat::LinesOrColumns(party_descriptor(), "party");
    Ok(carry(client, args.from, format, 1, progress).await?.exit_code())
}

async fn carry<F: Feed + 'static>(
    feed: F,
    from: FromArgs,
    format: FileFormat,
    in_flight: usize,
    progress: ImportProgress,
) -> Result<ImportTotals, Failure> {
    let reader = FileReader { files: from.files, format, batch: from.batch, progress };
    let done = transfer(feed, reader, in_flight, from.rejects).await?;
    report::<F>(done.totals, &done.skipped, done.rejects.as_deref(), from.output.json);
    Ok(done.totals)
}

fn report<F: Feed>(totals: ImportTotals, skipped: &[(String, u64)], rejects: Option<&Path>, json: bool) {
    let ImportTotals { taken, known, rejected } = totals;
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
