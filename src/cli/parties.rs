//! `rapport parties`: saying what is known about parties, and reading it.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::{
    args::{OutputArgs, ServerArgs},
    calendar::{self, CalendarArgs},
    client::{self, page_size},
    failure::Failure,
    import::{self, ImportPartiesArgs},
    party_table::{print, print_calendars},
    rollup::{self, RollupArgs},
};
use crate::api::v1::{GetPartyRequest, ListPartiesRequest, PartyKind};

#[derive(Args)]
pub(super) struct PartiesArgs {
    #[command(subcommand)]
    command: PartiesCommand,
}

#[derive(Subcommand)]
enum PartiesCommand {
    /// Send parties from files to a server. What a line leaves empty is no longer known.
    Import(ImportPartiesArgs),
    /// Say when a party works: time that it is given and takes is counted by that.
    Calendar(CalendarArgs),
    /// Show the parties of which something is known.
    List(ListPartiesArgs),
    /// Show one party.
    Show(ShowArgs),
    /// Show the scores of a party with everything that is part of it, and its parts beside it.
    Score(RollupArgs),
}

#[derive(Args)]
struct ListPartiesArgs {
    /// Only those that are directly part of this party.
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// Only those of this category.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
    /// Only those of this kind.
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// Show at most so many; all if not given.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// What a party is.
#[derive(Clone, Copy, ValueEnum)]
enum KindArg {
    Company,
    Department,
    Team,
    Person,
}

impl From<KindArg> for PartyKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Company => Self::Company,
            KindArg::Department => Self::Department,
            KindArg::Team => Self::Team,
            KindArg::Person => Self::Person,
        }
    }
}

#[derive(Args)]
struct ShowArgs {
    /// The party's id.
    party: String,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: PartiesArgs) -> Result<ExitCode, Failure> {
    match args.command {
        PartiesCommand::Import(args) => import::parties(args).await,
        PartiesCommand::Calendar(args) => calendar::run(args).await.map(|()| ExitCode::SUCCESS),
        PartiesCommand::List(args) => list(args).await.map(|()| ExitCode::SUCCESS),
        PartiesCommand::Show(args) => show(args).await.map(|()| ExitCode::SUCCESS),
        PartiesCommand::Score(args) => rollup::run(args).await.map(|()| ExitCode::SUCCESS),
    }
}

async fn list(args: ListPartiesArgs) -> Result<(), Failure> {
    let mut request = ListPartiesRequest {
        parent: args.parent.unwrap_or_default(),
        category: args.category.unwrap_or_default(),
        kind: args.kind.map(PartyKind::from).unwrap_or_default().into(),
        ..ListPartiesRequest::default()
    };
    let mut client = client::parties(&args.server).await?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let mut parties = Vec::new();
    while parties.len() < limit {
        request.page_size = page_size(limit - parties.len());
        let page = client.list_parties(request.clone()).await?.into_inner();
        parties.extend(page.parties);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    print(&parties, args.output.json)
}

async fn show(args: ShowArgs) -> Result<(), Failure> {
    let request = GetPartyRequest { party: args.party, at_least_as_fresh: String::new() };
    let party = client::parties(&args.server).await?.get_party(request).await?.into_inner().party;
    let party = party.unwrap_or_default();
    print(std::slice::from_ref(&party), args.output.json)?;
    if args.output.json || party.calendars.is_empty() { Ok(()) } else { print_calendars(&party, false) }
}
