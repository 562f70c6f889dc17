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
    v1::{Chain, ChainLink, GetChainRequest, WeakestLink},
    wire_time,
};

/// Relationships listed at the most, of those that may be the weakest link and of those of which nothing is known.
const LISTED: usize = 5;

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
    let asked = format!("of what {} asks of {}", link.customer, link.supplier);
    let mut page = if is_known(&link) {
        let (low, high) = (chain.end_to_end_low, chain.end_to_end_high);
        let known = if chain.unknown.is_empty() { "" } else { " as far as is known" };
        let comes = format!("{} comes as it should{known}, {}", percent(chain.end_to_end), between(low, high));
        format!("{asked}, {comes}, evidence {:.1}\n", chain.evidence)
    } else {
        format!("{asked}, how much comes as it should is unknown\n")
    };
    let as_of = chain.as_of.as_ref().map(ToString::to_string).unwrap_or_default();
    page += &format!("as of {as_of}, model {}\n", chain.model_version);
    page += &verdict(chain, is_known(&link));
    page += &unknown(chain);
    let mut rows = Vec::new();
    draw(&link, String::new(), "", &mut rows);
    let header = [
        "SUPPLIER",
        "EXCHANGE",
        "SERVICE",
        "90 %",
        "EVIDENCE",
        "SEEN",
        "END TO END",
        "SHORTFALL",
        "RESPONSIVE",
        "PARTNER",
        "STANDING",
    ];
    page + &format!("\n{}\n", text::table(&header, &[1, 2, 3, 4, 6, 7, 8, 9], rows))
}

/// Where most is lost, as far as that can be told.
fn verdict(chain: &Chain, is_known: bool) -> String {
    let mended = |it: &WeakestLink| {
        let (low, high) = (chain.end_to_end + it.gain_low, (chain.end_to_end + it.gain_high).min(1.0));
        format!("mended, {} would come, {}", percent(it.end_to_end_if_mended), between(low, high))
    };
    let describe = |it: &WeakestLink| {
        let part = percent(it.shortfall_share);
        format!("{} buys from {}, {part} of the shortfall; {}", it.customer, it.supplier, mended(it))
    };
    if let Some(weakest) = &chain.weakest {
        return format!("weakest link: {}\n", describe(weakest));
    }
    if chain.candidates.is_empty() {
        return if is_known { "nothing that was observed is lacking\n".to_owned() } else { String::new() };
    }
    let mut lines = "no link is surely the weakest; of what was seen to lack anything, it may be\n".to_owned();
    for it in chain.candidates.iter().take(LISTED) {
        lines += &format!("  {}, evidence {:.1}\n", describe(it), it.evidence);
    }
    if chain.candidates.len() > LISTED {
        lines += &format!("  ({} more)\n", chain.candidates.len() - LISTED);
    }
    lines
}

/// Of which links nothing is known.
fn unknown(chain: &Chain) -> String {
    if chain.unknown.is_empty() {
        return String::new();
    }
    let listed = chain.unknown.iter().take(LISTED).map(|it| format!("{} buys from {}", it.customer, it.supplier));
    let mut listed: Vec<String> = listed.collect();
    if chain.unknown.len() > LISTED {
        listed.push(format!("{} more", chain.unknown.len() - LISTED));
    }
    format!("unknown, {} of the chain: {}\n", percent(chain.unknown_share), listed.join(", "))
}

/// Adds a link and what is upstream of it. Its own line begins with `before`, those below it with `below`.
fn draw(link: &ChainLink, before: String, below: &str, rows: &mut Vec<Vec<String>>) {
    let known = |is_known: bool, figure: String| if is_known { figure } else { "-".to_owned() };
    rows.push(vec![
        before + &link.supplier,
        percent(link.exchange_share),
        if link.unknown { "unknown".to_owned() } else { percent(link.service_level) },
        known(!link.unknown, format!("{:.0}-{:.0}", 100.0 * link.service_low, 100.0 * link.service_high)),
        known(!link.unknown, format!("{:.1}", link.evidence)),
        seen(&link.observed_channels),
        if is_known(link) { percent(link.end_to_end) } else { "unknown".to_owned() },
        known(!link.unknown, percent(link.shortfall_share)),
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

/// Whether anything is known of a link or of what is upstream of it.
fn is_known(link: &ChainLink) -> bool {
    !link.unknown || link.upstream.iter().any(is_known)
}

/// What a service level was seen in.
fn seen(channels: &[String]) -> String {
    let words = channels.iter().map(|channel| match channel.as_str() {
        "timely" => "answers",
        "commitments" => "deliveries",
        other => other,
    });
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn between(low: f64, high: f64) -> String {
    format!("90 % between {:.1} and {:.1} %", 100.0 * low, 100.0 * high)
}
