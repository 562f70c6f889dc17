//! `rapport backtest`: does the score predict?

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{
    args::{OutputArgs, TargetArg, moment},
    failure::Failure,
    import::{LocalArgs, as_occurred, read},
    model_file,
    print::print_json,
    text,
};
use crate::{
    api::wire_quality,
    backtest::{EventLog, Window, judge},
    time::Timestamp,
};

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
    let model = model_file::load(args.model.as_deref())?;
    let (events, transferred) = read(args.from).await?;
    let target = args.target.into();
    let work = move || judge(&EventLog::of(&as_occurred(events), target, &model), &model, args.until, args.scored);
    let report = tokio::task::spawn_blocking(work).await.map_err(|_| Failure::new("the backtest failed"))?;
    let report = report.ok_or_else(|| {
        let taken = transferred.totals.taken;
        Failure::new(format!("{taken} events hold no request with an outcome to predict ({})", target.name()))
    })?;
    if args.output.json {
        print_json("ModelQuality", &wire_quality(&report), true)?;
    } else {
        put!("{}", text::model_quality(&wire_quality(&report)));
        let refused = transferred.totals.rejected;
        if refused > 0 {
            put!("\nlines refused, and not in these figures: {refused}\n");
        }
    }
    Ok(transferred.totals.exit_code())
}

/// A window of the requests, as two percentages.
fn window(text: &str) -> Result<Window, String> {
    let percentages = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let window = percentages.and_then(|(from, to): (f64, f64)| Window::new(from / 100.0, to / 100.0));
    window.ok_or_else(|| "is two percentages, the smaller first, such as 70-100".to_owned())
}
