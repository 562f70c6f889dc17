//! `rapport chain`: everyone behind a supplier, as a tree.

use clap::Args;

use super::{
    args::{MomentArgs, OutputArgs, ServerArgs},
    client,
    failure::Failure,
    print::print_json,
    text,
};
use crate::api::{
    v1::{Chain, ChainLink, GetChainRequest},
    wire_time,
};

#[derive(Args)]
pub(super) struct ChainArgs {
    /// The party at the end of the chain.
    customer: String,
    /// The party it buys from.
    supplier: String,
    /// How many levels of suppliers to look at behind the supplier, at most 6; 3 if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    depth: Option<i32>,
    /// How many suppliers of one party to look at, those with the most recent exchange, at most 20; 5 if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    width: Option<i32>,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: ChainArgs) -> Result<(), Failure> {
    let request = GetChainRequest {
        customer: args.customer,
        supplier: args.supplier,
        depth: args.depth.unwrap_or_default(),
        width: args.width.unwrap_or_default(),
        as_of: args.moment.as_of.map(wire_time),
        known_at: args.moment.known_at.map(wire_time),
        at_least_as_fresh: String::new(),
    };
    let answer = client::scores(&args.server).await?.get_chain(request).await?.into_inner();
    let chain = answer.chain.unwrap_or_default();
    if args.output.json {
        print_json("Chain", &chain, true)
    } else {
        put!("{}", page(&chain));
        Ok(())
    }
}

fn page(chain: &Chain) -> String {
    let link = chain.link.clone().unwrap_or_default();
    let weakest = chain.weakest.clone().unwrap_or_default();
    let mut page = format!(
        "of what {} asks of {}, {} comes as it should\n",
        link.customer,
        link.supplier,
        percent(chain.end_to_end)
    );
    let as_of = chain.as_of.as_ref().map(ToString::to_string).unwrap_or_default();
    page += &format!("as of {as_of}, model {}\n", chain.model_version);
    page += &format!(
        "weakest link: {} buys from {}, {} of the shortfall; mended, {} would come\n\n",
        weakest.customer,
        weakest.supplier,
        percent(weakest.shortfall_share),
        percent(weakest.end_to_end_if_mended)
    );
    let mut rows = Vec::new();
    draw(&link, String::new(), "", &mut rows);
    let header = ["SUPPLIER", "EXCHANGE", "SERVICE", "END TO END", "SHORTFALL", "RESPONSIVE", "PARTNER", "STANDING"];
    page + &format!("{}\n", text::table(&header, &[1, 2, 3, 4, 5, 6], rows))
}

/// Adds a link and what is upstream of it. Its own line begins with `before`, those below it with `below`.
fn draw(link: &ChainLink, before: String, below: &str, rows: &mut Vec<Vec<String>>) {
    rows.push(vec![
        before + &link.supplier,
        percent(link.exchange_share),
        percent(link.service_level),
        percent(link.end_to_end),
        percent(link.shortfall_share),
        format!("{:.1}", link.responsiveness),
        format!("{:.1}", link.partnership),
        text::standing(link.standing()).to_owned(),
    ]);
    let omitted = link.upstream_omitted > 0;
    for (number, upstream) in link.upstream.iter().enumerate() {
        let last = number + 1 == link.upstream.len() && !omitted;
        let (branch, stem) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        draw(upstream, format!("{below}{branch}"), &format!("{below}{stem}"), rows);
    }
    if omitted {
        rows.push(vec![format!("{below}└─ ({} more)", link.upstream_omitted)]);
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
