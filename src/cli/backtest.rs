//! `rapport backtest`: does the score predict?

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};

use super::{
    Failure, OutputArgs,
    import::{self, LocalArgs},
    model, moment,
    read::print_json,
    text,
};
use crate::{
    api::{v1, wire_quality},
    backtest::{EventLog, Heard, Target, Window, judge},
    event::Event,
    time::Timestamp,
};

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

#[derive(Args)]
#[command(
    after_help = "Every request is predicted from what was known before it: events count from when they occurred, a \
    breach from when the time was up.\n\
    Exit codes: 0 done, 1 failed, 3 done, but some lines were refused."
)]
pub(super) struct BacktestArgs {
    #[command(flatten)]
    from: LocalArgs,
    /// What to predict.
    #[arg(long, value_enum, default_value = "on_time")]
    target: TargetArg,
    /// Predict only the requests made before this time; what they came to may be later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    until: Option<Timestamp>,
    /// The part of the requests to score, in percent of them all. The last 30 % are what nothing was fitted to.
    #[arg(long, value_parser = window, default_value = "70-100", value_name = "FROM-TO")]
    scored: Window,
    /// The model file; the default model if not given.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) async fn run(args: BacktestArgs) -> Result<ExitCode, Failure> {
    let model = model::load(args.model.as_deref())?;
    let (events, read) = import::read(args.from).await?;
    let target = args.target.into();
    let work = move || judge(&EventLog::of(&as_occurred(events), target, &model), &model, args.until, args.scored);
    let report = tokio::task::spawn_blocking(work).await.map_err(|_| Failure::new("the backtest failed"))?;
    let report = report.ok_or_else(|| {
        let read = read.totals.taken;
        Failure::new(format!("{read} events hold no request with an outcome to predict ({})", target.name()))
    })?;
    if args.output.json {
        print_json("ModelQuality", &wire_quality(&report), true)?;
    } else {
        put!("{}", told(&wire_quality(&report)));
    }
    Ok(read.totals.exit_code())
}

/// A window of the requests, as two percentages.
fn window(text: &str) -> Result<Window, String> {
    let percentages = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let window = percentages.and_then(|(from, to): (f64, f64)| Window::new(from / 100.0, to / 100.0));
    window.ok_or_else(|| "is two percentages, the smaller first, such as 70-100".to_owned())
}

/// In a file the order in which events occurred stands for the order in which they became known.
pub(super) fn as_occurred(events: Vec<Event>) -> Vec<Heard> {
    events.into_iter().map(|event| Heard { at: event.occurred_at, event }).collect()
}

/// A report in words and tables.
pub(super) fn told(quality: &v1::ModelQuality) -> String {
    let date =
        |at: &Option<prost_types::Timestamp>| at.map_or(String::new(), |at| at.to_string().chars().take(10).collect());
    let target = quality.target().as_str_name().trim_start_matches("FORECAST_TARGET_").to_lowercase();
    let mut told = format!(
        "{target} of requests: model {} on {} of {}, {} to {}, {} relationships, {:.1} % yes\n\n",
        quality.model_version,
        quality.scored,
        quality.predicted,
        date(&quality.scored_from),
        date(&quality.scored_to),
        quality.relationships,
        100.0 * quality.rate,
    );
    told += &format!("{}\n\n", text::forecasts(quality));
    told += &format!("{}\n", text::calibration(quality));
    told
}
