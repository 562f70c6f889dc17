//! The command line: serve, and be a client of what is served; verify works on the database itself.

#[macro_use]
mod print;

mod backtest;
mod cache;
mod chain;
mod check;
mod client;
mod demo;
mod explain;
mod fit;
mod history;
mod import;
mod model;
mod parties;
mod quality;
mod read;
mod rollup;
mod serve;
mod text;
mod value;
mod verify;

pub(crate) use import::map_table;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::time::Timestamp;

/// Exit code of an import that refused some of its input.
const SOME_REJECTED: u8 = 3;

/// Why a command failed, in words for the person who gave it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Live supplier-partnership scores from interaction events, over gRPC.
///
/// Start with `rapport demo`: it serves a made-up company with two years of history. Then `rapport serve` runs the real
/// thing, `rapport import` feeds it, and `rapport list` ranks what it knows.
#[derive(Parser)]
#[command(name = "rapport", version, arg_required_else_help = true, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API on a database.
    Serve(serve::ServeArgs),
    /// Serve a made-up company on a fresh SQLite file, and show its suppliers ranked.
    Demo(demo::DemoArgs),
    /// Send events from files to a server. Running it again is safe: known events are duplicates.
    Import(import::ImportArgs),
    /// Show the scores of one relationship, with channels and KPIs.
    Score(read::ScoreArgs),
    /// Show what the scores of one relationship are made of, event by event, and what would raise them.
    Explain(explain::ExplainArgs),
    /// Rank the relationships of a customer, of a supplier, or all of them.
    List(read::ListArgs),
    /// Show how the scores of one relationship went, by day, week or month.
    History(history::HistoryArgs),
    /// Ask whether a supplier may be asked, or ordered from.
    Check(check::CheckArgs),
    /// Show what a supplier stands to lose where a customer turns away.
    Value(value::ValueArgs),
    /// Read events from files and see how well the model predicts what requests come to. Needs no server.
    Backtest(backtest::BacktestArgs),
    /// Read events from files and find the half-lives, priors and strengths that predict them better. Needs no server.
    Fit(fit::FitArgs),
    /// Show everyone behind a supplier as a tree, and the weakest link.
    Chain(chain::ChainArgs),
    /// Show recorded events, for an audit.
    Events(read::EventsArgs),
    /// Say what is known about parties: names, parents, categories, kinds; or show it.
    Parties(parties::PartiesArgs),
    /// Show the default model, check a model file, or hold the live model against what is recorded.
    Model(model::ModelArgs),
    /// Show how well a server's memory serves its reads.
    Cache(cache::CacheArgs),
    /// Fold all events of a database anew and compare what is stored with that; set it right with --repair.
    Verify(verify::VerifyArgs),
    /// Ask a server whether it is ready; exit code 0 if it is.
    Health(client::HealthArgs),
}

/// Where the server is.
#[derive(Clone, Args)]
struct ServerArgs {
    /// URL of the server.
    #[arg(long, env = "RAPPORT_SERVER", default_value = "http://127.0.0.1:50051", value_name = "URL")]
    server: String,
}

/// Where the database is.
#[derive(Args)]
struct DatabaseArgs {
    /// Database: sqlite:FILE (`serve` makes it if it is not there) or <postgres://USER:PASSWORD@HOST/DATABASE>.
    #[arg(
        long,
        env = "RAPPORT_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:rapport.db",
        value_name = "URL"
    )]
    database_url: String,
}

/// How to show results.
#[derive(Args)]
struct OutputArgs {
    /// Print proto3 JSON, one message a line, instead of a table.
    #[arg(long)]
    json: bool,
}

/// The moment to read at.
#[derive(Args)]
struct MomentArgs {
    /// The moment to read at, past or near future; now if not given.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// What could be known by then: leave out what was recorded later, and count what was taken back later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    known_at: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("{error}; write 2026-03-01 or 2026-03-01T12:00:00Z"))
}

/// Runs a command.
///
/// # Errors
///
/// What went wrong, in words.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(args) => serve::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Demo(args) => demo::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Import(args) => import::run(args).await,
        Command::Score(args) => read::score(args).await.map(|()| ExitCode::SUCCESS),
        Command::Explain(args) => explain::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::List(args) => read::list(args).await.map(|()| ExitCode::SUCCESS),
        Command::History(args) => history::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check::run(args).await,
        Command::Value(args) => value::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Backtest(args) => backtest::run(args).await,
        Command::Fit(args) => fit::run(args).await,
        Command::Chain(args) => chain::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Events(args) => read::events(args).await.map(|()| ExitCode::SUCCESS),
        Command::Parties(args) => parties::run(args).await,
        Command::Model(args) => model::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Cache(args) => cache::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Verify(args) => verify::run(args).await,
        Command::Health(args) => client::health(args).await.map(|()| ExitCode::SUCCESS),
    }
}
