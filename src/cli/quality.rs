//! `rapport model quality`: how well a server's own forecasts have come true.

use clap::Args;

use super::{
    args::{OutputArgs, ServerArgs, TargetArg, moment},
    client,
    failure::Failure,
    print::print_json,
    text,
};
use crate::{
    api::{
        v1::{ForecastTarget, GetModelQualityRequest},
        wire_time,
    },
    time::Timestamp,
};

#[derive(Args)]
pub(super) struct QualityArgs {
    /// What is predicted.
    #[arg(long, value_enum, default_value = "on_time")]
    target: TargetArg,
    /// The version of the model that predicts; the live one if not given.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Leave out events that occurred earlier.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Predict only the requests made before this time; what they came to may be later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Take events as known from when they occurred, not from when they were recorded: for a history that was imported.
    #[arg(long)]
    as_occurred: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: QualityArgs) -> Result<(), Failure> {
    let target = match args.target {
        TargetArg::OnTime => ForecastTarget::OnTime,
        TargetArg::Answered => ForecastTarget::Answered,
        TargetArg::Accepted => ForecastTarget::Accepted,
    };
    let request = GetModelQualityRequest {
        target: target.into(),
        model_version: args.version.unwrap_or_default(),
        since: args.since.map(wire_time),
        until: args.until.map(wire_time),
        as_occurred: args.as_occurred,
        at_least_as_fresh: String::new(),
    };
    let answer = client::scores(&args.server).await?.get_model_quality(request).await?.into_inner();
    let quality = answer.quality.ok_or_else(|| Failure::new(nothing(args.as_occurred)))?;
    if args.output.json {
        print_json("ModelQuality", &quality, true)
    } else {
        put!("{}", text::model_quality(&quality));
        Ok(())
    }
}

/// Why there is nothing to judge.
fn nothing(as_occurred: bool) -> &'static str {
    if as_occurred {
        "no recorded request has an outcome to predict"
    } else {
        "no recorded request has an outcome that could be predicted when it was recorded; a history that was imported can be \
         judged with --as-occurred"
    }
}
