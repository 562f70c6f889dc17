//! Every command, and what runs it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{
    backtest, cache, chain, check, client, demo, explain, failure::Failure, fit, history, import, model, parties, read,
    serve, value, verify,
};

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
