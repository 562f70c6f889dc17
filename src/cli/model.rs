//! `rapport model`: the default model, the check of a model file, the live model held against what is recorded, and the one
//! that is to take its place.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    args::{OutputArgs, ServerArgs},
    client,
    failure::Failure,
    model_file,
    print::print_json,
    quality::{self, QualityArgs},
    text::table,
};
use crate::{
    api::v1::{GetModelStatusRequest, ModelCheck, ModelStatus},
    model::DEFAULT_FILE,
};

#[derive(Args)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Subcommand)]
enum ModelCommand {
    /// Print the default model: every key, with the reason for its value. A file to start from.
    Show,
    /// Check a model file, naming every fault; or, without a file, ask a server which channels its events never feed.
    Check(CheckModelArgs),
    /// Ask a server how well its own forecasts have come true.
    Quality(QualityArgs),
    /// Ask a server which model its scores come from, and how far another one is on its way to take its place.
    Status {
        #[command(flatten)]
        output: OutputArgs,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Args)]
struct CheckModelArgs {
    /// The model file. Nothing else is needed to check it.
    #[arg(conflicts_with = "json")]
    file: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: ModelArgs) -> Result<(), Failure> {
    match args.command {
        ModelCommand::Show => put!("{DEFAULT_FILE}"),
        ModelCommand::Check(CheckModelArgs { file: Some(file), .. }) => {
            say!("valid; version {}", model_file::load(Some(&file))?.version());
        }
        ModelCommand::Check(CheckModelArgs { file: None, output, server }) => {
            let check = client::check_model(&server).await?;
            if output.json {
                print_json("ModelCheck", &check, true)?;
            } else {
                put!("{}", page(&check));
            }
        }
        ModelCommand::Quality(args) => quality::run(args).await?,
        ModelCommand::Status { output, server } => {
            let answer = client::scores(&server).await?.get_model_status(GetModelStatusRequest {}).await?;
            let status = answer.into_inner().status.unwrap_or_default();
            if output.json {
                print_json("ModelStatus", &status, true)?;
            } else {
                put!("{}", in_use(&status));
            }
        }
    }
    Ok(())
}

/// How each channel is fed, what the scores can reach, and what would mend it.
fn page(check: &ModelCheck) -> String {
    let rows = check.channels.iter().map(|channel| {
        let weights = [channel.weight, channel.proposed_weight].map(|weight| format!("{weight:.2}"));
        let mut row = vec![format!("  {}", channel.name), channel.measure.clone(), channel.observations.to_string()];
        row.extend(weights);
        row
    });
    let header = ["  CHANNEL", "OF", "OBSERVATIONS", "WEIGHT", "PROPOSED"];
    let mut page = format!("model {}\n\n{}\n\n", check.model_version, table(&header, &[2, 3, 4], rows.collect()));
    for reach in &check.reaches {
        page += &format!("{} can come close to {:.1}\n", reach.measure, reach.value);
    }
    check.findings.iter().for_each(|finding| page += &format!("\n{finding}"));
    let dropped = || check.channels.iter().filter(|it| it.proposed_weight < it.weight);
    if dropped().next().is_some() {
        page += "\n\nTo score by what is fed, put this into the model file and serve with --model FILE:\n";
        dropped().for_each(|it| page += &format!("\n[channels.{}]\nweight = {:?}\n", it.name, it.proposed_weight));
    }
    page
}

/// Which model is live, and how far the next one is.
fn in_use(status: &ModelStatus) -> String {
    let ModelStatus { live_version, building_version, folded_relationships, relationships, .. } = status;
    let live = if live_version.is_empty() { "none yet" } else { live_version };
    if building_version.is_empty() {
        return format!("live           {live}\nrelationships  {relationships}\n");
    }
    let folded = format!("{folded_relationships} of {relationships}");
    format!("live           {live}\nbuilding       {building_version}\nrelationships  {folded}\n")
}
