//! `rapport import`: files in, batches to the server, refused lines into a file of their own.
//!
//! A thread reads and decodes ([`input`], [`records`]); batches go to the server, a few at a time ([`send`]); what is
//! refused, here or there, is written with its reasons ([`rejects`]).

mod input;
mod mapping;
mod records;
mod rejects;
mod send;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Failure, OutputArgs, SOME_REJECTED, ServerArgs, client};
use crate::api::MAX_BATCH;
use input::Progress;
use mapping::Mapping;
use records::{Batch, Reading};
use rejects::Rejects;
use send::Sent;

#[derive(Args)]
#[command(
    after_help = "Each line is one event as proto3 JSON; with --mapping, each row becomes events (see docs/import.md).\n\
    Exit codes: 0 everything is recorded, 1 the import failed, 3 some lines were refused."
)]
pub(super) struct ImportArgs {
    /// Files of events, plain or gzip; - reads standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the columns of CSV or TSV files become events.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Where refused lines go, with the reasons.
    #[arg(long, default_value = "import.rejected.ndjson", value_name = "FILE")]
    rejects: PathBuf,
    /// Events in one call, 1 to 1000.
    #[arg(long, default_value_t = MAX_BATCH, value_parser = batch_size, value_name = "N")]
    batch: usize,
    /// Calls at the same time, 1 to 64.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64), value_name = "N")]
    in_flight: u8,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

fn batch_size(text: &str) -> Result<usize, String> {
    let size = text.parse().map_err(|_| "is not a number".to_owned())?;
    if (1..=MAX_BATCH).contains(&size) { Ok(size) } else { Err(format!("must be from 1 to {MAX_BATCH}")) }
}

/// What an import did.
#[derive(Clone, Copy, Default)]
struct Totals {
    recorded: u64,
    duplicates: u64,
    rejected: u64,
}

pub(super) async fn run(args: ImportArgs) -> Result<ExitCode, Failure> {
    let mapping = args.mapping.as_deref().map(load_mapping).transpose()?;
    let progress = Progress::over(&args.files)?;
    let client = client::events(&args.server).await?;
    let in_flight = usize::from(args.in_flight);
    let (to_send, batches) = mpsc::channel::<Result<Batch, Failure>>(in_flight);
    let reading = Reading { files: args.files, mapping, batch: args.batch, progress: progress.clone() };
    let reader = tokio::task::spawn_blocking(move || reading.run(&to_send));
    let mut sent = ReceiverStream::new(batches)
        .map(|batch| {
            let client = client.clone();
            async move { send::send(client, batch?).await }
        })
        .buffer_unordered(in_flight);
    let mut totals = Totals::default();
    let mut rejects = Rejects::at(args.rejects);
    while let Some(result) = sent.next().await {
        let Sent { recorded, duplicates, rejected } = result.map_err(|failure| interrupted(&failure, totals))?;
        totals.recorded += recorded;
        totals.duplicates += duplicates;
        totals.rejected += rejected.len() as u64;
        progress.count(recorded + duplicates + rejected.len() as u64);
        rejected.into_iter().try_for_each(|reject| rejects.write(&reject))?;
    }
    drop(sent);
    let skipped = reader.await.map_err(|_| Failure::new("the reader of the files failed"))?;
    progress.finish();
    let rejects = rejects.finish()?;
    report(totals, &skipped, rejects.as_deref(), args.output.json);
    Ok(if totals.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}

fn load_mapping(file: &std::path::Path) -> Result<Mapping, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    Mapping::parse(&text).map_err(|error| Failure::new(format!("{} is not a mapping:\n{error}", file.display())))
}

fn interrupted(failure: &Failure, totals: Totals) -> Failure {
    Failure::new(format!(
        "{failure}\nbefore that, {} events were recorded and {} known; run the import again, what is recorded is not \
         recorded twice",
        totals.recorded, totals.duplicates
    ))
}

fn report(totals: Totals, skipped: &[(String, u64)], rejects: Option<&std::path::Path>, json: bool) {
    let Totals { recorded, duplicates, rejected } = totals;
    if json {
        let skipped: serde_json::Map<_, _> = skipped.iter().map(|(why, rows)| (why.clone(), (*rows).into())).collect();
        println!(
            "{}",
            serde_json::json!({
                "recorded": recorded, "duplicates": duplicates, "rejected": rejected,
                "skippedRows": skipped, "rejects": rejects,
            })
        );
        return;
    }
    println!("{recorded} recorded, {duplicates} duplicates, {rejected} rejected");
    for (why, rows) in skipped {
        println!("{rows} rows skipped: {why}");
    }
    if let Some(file) = rejects {
        println!("the rejected lines are in {} with the reasons", file.display());
    }
}
