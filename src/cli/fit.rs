//! `rapport fit`: which model would have predicted better?

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use indicatif::ProgressBar;

use super::{
    args::{TargetArg, moment},
    failure::Failure,
    import::{LocalArgs, as_occurred, read},
    model_file,
};
use crate::{
    backtest::{Fitted, Mean, Target, fit},
    time::Timestamp,
};

#[derive(Args)]
#[command(
    after_help = "The fit sees the first 70 % of the requests; judge it on the rest with `rapport backtest --model FILE`. It\n\
    follows what it finds no further than is borne out by the requests from 30 to 70 %, by fits to what came before them.\n\
    Exit codes: 0 done, 1 failed, 3 done, but some lines were refused."
)]
pub(super) struct FitArgs {
    #[command(flatten)]
    from: LocalArgs,
    /// What to predict better; may be given several times. All that the events say enough of if not given.
    #[arg(long, value_enum)]
    target: Vec<TargetArg>,
    /// Look only at the requests made before this time; what they came to may be later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    until: Option<Timestamp>,
    /// The model file to start from; the default model if not given.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Where the fitted model goes: what differs from the default, with the evidence.
    #[arg(long, default_value = "fitted.toml", value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn run(args: FitArgs) -> Result<ExitCode, Failure> {
    let start = model_file::load(args.model.as_deref())?;
    let (events, transferred) = read(args.from).await?;
    let named: Vec<Target> = args.target.into_iter().map(Target::from).collect();
    let targets = if named.is_empty() { Target::ALL.to_vec() } else { named };
    let spinner = ProgressBar::new_spinner();
    let said = spinner.clone();
    let work = move || {
        let tried = |models: usize| said.set_message(format!("{models} models tried"));
        fit(&as_occurred(events), &targets, &start, args.until, &|models| {
            tried(models);
            said.tick();
        })
    };
    let fitted = tokio::task::spawn_blocking(work).await.map_err(|_| Failure::new("the fit failed"))?;
    spinner.finish_and_clear();
    let fitted = fitted.ok_or_else(|| Failure::new("the events hold too few requests with an outcome to fit to"))?;
    let file = file(&fitted);
    std::fs::write(&args.output, &file)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", args.output.display())))?;
    put!("{file}");
    say!("\nwritten to {}; model {}", args.output.display(), fitted.model.version());
    Ok(transferred.totals.exit_code())
}

/// The model file: what differs from the default, each number with what it was, under the evidence for all of them.
fn file(fitted: &Fitted) -> String {
    let targets = fitted.targets.iter().map(|(target, count)| format!("{} ({count} requests)", target.name()));
    let (before, after) = fitted.losses;
    let mut file = format!(
        "# Fitted by `rapport fit` to the first 70 % of the requests: {}.\n\
         # {} models tried. The last 30 % were not looked at: judge it there with `rapport backtest --model`.\n#\n\
         # Log loss from 10 to 70 %: {before:.4} before, {after:.4} fitted, {}.\n\
         # Fits to the first 30, 40, 50 and 60 %, followed part of the way, each on the tenth that comes next:\n",
        targets.collect::<Vec<_>>().join(", "),
        fitted.tried,
        interval(&fitted.excess),
    );
    for step in &fitted.steps {
        let is_chosen = (step.share - fitted.followed).abs() < f64::EPSILON;
        let (excess, chosen) = (interval(&step.excess), if is_chosen { "  <- followed so far" } else { "" });
        file += &format!("#   {:>3.0} %  {:.4}  {excess}{chosen}\n", 100.0 * step.share, step.loss);
    }
    file += "\n";
    let mut table = String::new();
    for line in fitted.model.changes().lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut table);
        }
        let key = line.split_once(" = ").map(|(key, _)| format!("{table}.{key}"));
        let was = fitted.numbers.iter().find(|(name, ..)| Some(name) == key.as_ref()).map(|(_, was, _)| *was);
        file += &was.map_or_else(|| format!("{line}\n"), |was| format!("{line:<32}# was {was}\n"));
    }
    file
}

fn interval(excess: &Mean) -> String {
    format!("{:+.4} (95 %: {:+.4} to {:+.4})", excess.mean, excess.low, excess.high)
}
