//! Arguments that several commands take.

use clap::{Args, ValueEnum};

use crate::{backtest::Target, time::Timestamp};

/// Where the server is.
#[derive(Clone, Args)]
pub(super) struct ServerArgs {
    /// URL of the server.
    #[arg(long, env = "RAPPORT_SERVER", default_value = "http://127.0.0.1:50051", value_name = "URL")]
    pub(super) server: String,
}

/// Where the database is.
#[derive(Args)]
pub(super) struct DatabaseArgs {
    /// Database: sqlite:FILE (`serve` makes it if it is not there) or <postgres://USER:PASSWORD@HOST/DATABASE>.
    #[arg(
        long,
        env = "RAPPORT_DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:rapport.db",
        value_name = "URL"
    )]
    pub(super) database_url: String,
}

/// How to show results.
#[derive(Args)]
pub(super) struct OutputArgs {
    /// Print proto3 JSON, one message a line, instead of a table.
    #[arg(long)]
    pub(super) json: bool,
}

/// The moment to read at.
#[derive(Args)]
pub(super) struct MomentArgs {
    /// The moment to read at, past or near future; now if not given.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    pub(super) as_of: Option<Timestamp>,
    /// What could be known by then: leave out what was recorded later, and count what was taken back later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    pub(super) known_at: Option<Timestamp>,
}

/// Reads a moment as people write it.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("{error}; write 2026-03-01 or 2026-03-01T12:00:00Z"))
}

/// What to predict of a request.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TargetArg {
    /// The answer, or the delivery where nothing was said, comes in time.
    #[value(name = "on_time")]
    OnTime,
    /// The last word is an answer rather than a refusal.
    Answered,
    /// The last word is a full yes, or a delivery.
    Accepted,
}

impl From<TargetArg> for Target {
    fn from(target: TargetArg) -> Self {
        match target {
            TargetArg::OnTime => Self::OnTime,
            TargetArg::Answered => Self::Answered,
            TargetArg::Accepted => Self::Accepted,
        }
    }
}
