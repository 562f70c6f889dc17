//! `rapport check`: may this supplier be asked, or ordered from?

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{
    args::{MomentArgs, OutputArgs, ServerArgs},
    client,
    failure::Failure,
    print::print_json,
    text,
};
use crate::api::{
    v1::{Advice, CheckStandingRequest, Purpose},
    wire_time,
};

/// What the customer is about to do.
#[derive(Clone, Copy, ValueEnum)]
enum Intent {
    /// Ask for something.
    Request,
    /// Place an order.
    Order,
}

#[derive(Args)]
#[command(after_help = "Exit codes: 0 prefer or allow, 1 the check failed, 4 warn, 5 block.")]
pub(super) struct CheckArgs {
    /// The party that would ask.
    customer: String,
    /// The party that would be asked.
    supplier: String,
    /// What the customer is about to do.
    #[arg(long, value_enum, default_value = "request")]
    purpose: Intent,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// Exit code of an advice to warn.
const WARN: u8 = 4;
/// Exit code of an advice to block.
const BLOCK: u8 = 5;

pub(super) async fn run(args: CheckArgs) -> Result<ExitCode, Failure> {
    let purpose = match args.purpose {
        Intent::Request => Purpose::Request,
        Intent::Order => Purpose::Order,
    };
    let request = CheckStandingRequest {
        customer: args.customer,
        supplier: args.supplier,
        purpose: purpose.into(),
        as_of: args.moment.as_of.map(wire_time),
        known_at: args.moment.known_at.map(wire_time),
        at_least_as_fresh: String::new(),
    };
    let answer = client::scores(&args.server).await?.check_standing(request).await?.into_inner();
    let check = answer.check.unwrap_or_default();
    if args.output.json {
        print_json("StandingCheck", &check, true)?;
    } else {
        say!("{}: {} is {}", text::advice(check.advice()), check.supplier, text::standing(check.standing()));
        check.reasons.iter().for_each(|reason| say!("  - {reason}"));
    }
    Ok(match check.advice() {
        Advice::Warn => ExitCode::from(WARN),
        Advice::Block => ExitCode::from(BLOCK),
        Advice::Prefer | Advice::Allow | Advice::Unspecified => ExitCode::SUCCESS,
    })
}
