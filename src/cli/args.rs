//! Arguments that several commands take.

use clap::{Args, ValueEnum};

use crate::{
    api::v1::{LeftOut, Life},
    backtest::Target,
    time::Timestamp,
};

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

/// Which relationships to show beside those that live.
#[derive(Args)]
pub(super) struct LifeArgs {
    /// Show what is left out otherwise: dormant or ended, or all of it; several with commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIFE")]
    include: Vec<Included>,
}

/// What is over, as people ask for it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Included {
    /// Whose customer has surely left.
    Dormant,
    /// Which one side has ended.
    Ended,
    /// Both.
    All,
}

impl LifeArgs {
    /// As a request says it.
    pub(super) fn wire(&self) -> Vec<i32> {
        let wants = |life| self.include.contains(&life) || self.include.contains(&Included::All);
        let lives = [(Included::Dormant, Life::Dormant), (Included::Ended, Life::Ended)];
        lives.into_iter().filter(|(wanted, _)| wants(*wanted)).map(|(_, life)| life.into()).collect()
    }
}

/// What was left out, and how to see it; none where nothing was.
pub(super) fn left_out(left_out: &LeftOut) -> Option<String> {
    let LeftOut { dormant, ended } = *left_out;
    match (dormant, ended) {
        (0, 0) => None,
        (_, 0) => Some(format!("{dormant} dormant left out; --include dormant shows what is")),
        (0, _) => Some(format!("{ended} ended left out; --include ended shows what is")),
        _ => Some(format!("{dormant} dormant and {ended} ended left out; --include all shows them")),
    }
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
