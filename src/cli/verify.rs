//! `rapport verify`: is what is stored what the events lead to?

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::{args::DatabaseArgs, failure::Failure};
use crate::{
    event::Tenant,
    model::Model,
    models::{Models, Progress},
    store::{self, Store, StoreError},
    verify::{Chunk, Difference, Verification},
};

#[derive(Args)]
#[command(
    after_help = "Needs no server, and runs beside a live one without keeping it from its work. Events are never changed: \
    where one is damaged, restore a backup.\n\
    Exit codes: 0 nothing differs (with --repair: nothing does any more), 1 something does, or it could not be found out."
)]
pub(super) struct VerifyArgs {
    /// Set right what differs: fold it anew from the events, and look again.
    #[arg(long)]
    repair: bool,
    /// Print JSON, one difference a line and a summary at the end.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// What a verification came to.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct VerificationSummary {
    relationships: usize,
    events: usize,
    /// Differences found, repaired or not.
    differences: usize,
    repaired: usize,
}

/// A difference, as JSON.
#[derive(Serialize)]
struct DifferenceLine<'a> {
    tenant: &'a str,
    #[serde(flatten)]
    difference: &'a Difference,
    repaired: bool,
}

pub(super) async fn run(args: VerifyArgs) -> Result<ExitCode, Failure> {
    let store: Arc<dyn Store> = Arc::from(store::open(&args.database.database_url)?);
    store.check_schema().await?;
    // It only reads by models that the database keeps.
    let models = Arc::new(Models::new(Model::default()));
    let (mut summary, tenants) = (VerificationSummary::default(), store.tenants().await?);
    let progress = progress(store.as_ref(), &tenants).await?;
    for tenant in &tenants {
        let mut verification = Verification::new(store.clone(), models.clone(), tenant.clone(), args.repair);
        while let Some(chunk) = verification.next().await? {
            progress.suspend(|| summary.take(tenant, &chunk, args.json));
            progress.inc(chunk.relationships as u64);
            progress.set_message(format!("{} events, {} differences", summary.events, summary.differences));
        }
    }
    progress.finish_and_clear();
    if args.json {
        print_line(&summary);
    } else {
        say!("{}", summary.render(args.repair));
    }
    store.close().await;
    Ok(if summary.differences == summary.repaired { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.in_full())
    }
}

/// A bar over the relationships of all tenants, shown where somebody looks.
async fn progress(store: &dyn Store, tenants: &[Tenant]) -> Result<ProgressBar, StoreError> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
    }
    let mut relationships = 0;
    for tenant in tenants {
        let counted = Progress::read(store.read(tenant).await?.as_mut()).await?;
        relationships += u64::try_from(counted.relationships).unwrap_or_default();
    }
    let bar = ProgressBar::new(relationships);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {elapsed} gone, {eta} left") {
        bar.set_style(style);
    }
    Ok(bar)
}

fn print_line(line: &impl Serialize) {
    say!("{}", serde_json::to_string(line).unwrap_or_default());
}

impl VerificationSummary {
    /// Counts a chunk and prints what differs in it.
    fn take(&mut self, tenant: &Tenant, chunk: &Chunk, json: bool) {
        self.relationships += chunk.relationships;
        self.events += chunk.events;
        self.differences += chunk.repaired.len() + chunk.left.len();
        self.repaired += chunk.repaired.len();
        for (differences, repaired) in [(&chunk.repaired, true), (&chunk.left, false)] {
            for difference in differences {
                if json {
                    print_line(&DifferenceLine { tenant: &tenant.0, difference, repaired });
                } else {
                    say!("{}{}: {difference}", if repaired { "repaired: " } else { "" }, tenant.0);
                }
            }
        }
    }

    fn render(self, repair: bool) -> String {
        let Self { relationships, events, differences, repaired } = self;
        let found = match (differences, differences - repaired) {
            (0, _) => "nothing differs".to_owned(),
            (_, 0) => format!("{differences} differences, all repaired"),
            (_, left) if repair => format!("{differences} differences, {left} of them not repaired"),
            _ => format!("{differences} differences"),
        };
        format!("{relationships} relationships with {events} events: {found}")
    }
}
