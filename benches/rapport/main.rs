//! How fast Rapport is, as ratios: against what its parts can do by themselves, in the same run on the same machine.
//!
//! ```text
//! cargo bench --bench rapport -- [--quick] [--only NAME,...] [--events N] [--repeats N] [--json FILE] [--duckdb]
//! ```
//!
//! The service is the release binary in a process of its own, as its users run it, and is talked to over a socket.
//! PostgreSQL is a private one with `fsync` on. Each room below measures what its name says.

mod client;
mod disk;
mod duckdb;
mod echo;
mod figure;
mod import;
mod memory;
mod metrics;
mod peer;
mod postgres;
mod rank;
mod read;
mod service;
mod start;
mod stock;
mod workload;
mod write;

use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use comfy_table::{Table, presets::NOTHING};
use mimalloc::MiMalloc;

use figure::{Figure, HEADS, Name};
use postgres::Postgres;
use stock::Stock;
use workload::Workload;

/// As the service has it, so that what is compared with it is served alike.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Relationships of the full run.
const RELATIONSHIPS: usize = 10_000;
/// Events of the full run, and of `--quick`.
const EVENTS: usize = 1_000_000;
const QUICK_EVENTS: usize = 20_000;
/// How often everything is measured, and in `--quick`.
const REPEATS: usize = 3;
const QUICK_REPEATS: usize = 1;
/// How long calls are made whose number is not given by the events, and in `--quick`.
const PERIOD: Duration = Duration::from_secs(10);
const QUICK_PERIOD: Duration = Duration::from_secs(1);
/// How much more is stored where more must make no difference.
const MORE: usize = 5;

/// Measures Rapport against its parts.
#[derive(Parser)]
struct Arguments {
    /// A small run, to see that everything works; its figures say little.
    #[arg(long)]
    quick: bool,
    /// Only these figures.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<Name>,
    /// How many events are written, read and imported; five times as many where more must make no difference.
    #[arg(long, value_name = "N")]
    events: Option<usize>,
    /// How often everything is measured.
    #[arg(long, value_name = "N")]
    repeats: Option<usize>,
    /// Customers that the relationships are spread over.
    #[arg(long, default_value_t = 100, value_name = "N")]
    customers: usize,
    /// Compare rankings with DuckDB too, which is installed with pip.
    #[arg(long)]
    duckdb: bool,
    /// Where everything that was measured goes, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Said by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is to be measured, and how much of it.
struct Plan {
    workload: Workload,
    only: Vec<Name>,
    events: usize,
    repeats: usize,
    period: Duration,
    duckdb: bool,
}

impl Plan {
    fn of(arguments: &Arguments) -> Self {
        let either = |full, quick| if arguments.quick { quick } else { full };
        let events = arguments.events.unwrap_or(either(EVENTS, QUICK_EVENTS)).max(1_000);
        // As many events for each relationship in a small run as in a large one.
        let relationships = RELATIONSHIPS.min(events / (EVENTS / RELATIONSHIPS));
        Self {
            workload: Workload::new(relationships, arguments.customers.clamp(1, relationships)),
            only: arguments.only.clone(),
            events,
            repeats: arguments.repeats.unwrap_or(either(REPEATS, QUICK_REPEATS)).max(1),
            period: if arguments.quick { QUICK_PERIOD } else { PERIOD },
            duckdb: arguments.duckdb,
        }
    }

    fn wants(&self, name: Name) -> bool {
        self.only.is_empty() || self.only.contains(&name)
    }

    fn wants_any(&self, names: &[Name]) -> bool {
        names.iter().any(|&name| self.wants(name))
    }
}

#[tokio::main]
async fn main() -> Outcome<ExitCode> {
    if std::env::args().any(|argument| argument == echo::ARGUMENT) {
        echo::serve().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    let plan = Plan::of(&arguments);
    let mut figures = Vec::new();
    let whole = measure(&plan, &mut figures).await;
    println!("{}\n\n{}", table(&figures), conditions(&plan));
    if let Some(file) = arguments.json {
        let figures = figures.iter().map(Figure::json).collect::<Result<Vec<_>, _>>()?;
        let json = serde_json::json!({ "conditions": conditions(&plan), "figures": figures });
        std::fs::write(file, serde_json::to_string_pretty(&json)?)?;
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures what is wanted; returns whether all of it could be.
async fn measure(plan: &Plan, figures: &mut Vec<Figure>) -> bool {
    let postgres = Postgres::start();
    let mut whole = done(&write::measure(plan, &postgres, figures).await);
    whole &= done(&import::measure(plan, figures).await);
    if plan.wants_any(&Name::READING) {
        whole &= done(&measure_reading(plan, &postgres, figures).await);
    }
    whole
}

/// Measures what needs a database full of events.
async fn measure_reading(plan: &Plan, postgres: &Postgres, figures: &mut Vec<Figure>) -> Outcome<()> {
    let stock = Stock::fill(plan, postgres, plan.events).await?;
    disk::measure(plan, postgres, &stock, figures).await?;
    read::measure(plan, &stock, figures).await?;
    metrics::measure(plan, &stock, figures).await?;
    memory::measure(plan, postgres, &stock, figures).await?;
    if plan.wants_any(&[Name::Start, Name::Rank]) {
        let more = Stock::fill(plan, postgres, plan.events * MORE).await?;
        start::measure(plan, postgres, &more, figures).await?;
        rank::measure(plan, &stock, &more, figures).await?;
    }
    Ok(())
}

/// What was measured before a failure took hours, maybe: the rest goes on, and the table is shown all the same.
fn done(outcome: &Outcome<()>) -> bool {
    if let Err(error) = outcome {
        eprintln!("this ended early: {error}");
    }
    outcome.is_ok()
}

fn table(figures: &[Figure]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(HEADS);
    table.add_rows(figures.iter().map(Figure::row));
    table
}

/// What the figures hold for.
fn conditions(plan: &Plan) -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kind = if cfg!(debug_assertions) { ", NOT optimised" } else { "" };
    format!(
        "{} events in {} relationships; median of {}; client, service and database share {cores} cores{kind}",
        plan.events,
        plan.workload.relationships.len(),
        plan.repeats
    )
}
