//! `rapport parties score`: a party with everything that is part of it.

use clap::{Args, ValueEnum};

use super::{
    args::{LifeArgs, MomentArgs, OutputArgs, ServerArgs},
    client,
    failure::Failure,
    print::print_json,
    read::OrderBy,
    text,
};
use crate::api::{
    v1::{GetPartyScoreRequest, Lens, PartyPart, PartyRole, PartyScore, ScoreView},
    wire_time,
};

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Customer,
    Supplier,
}

#[derive(Args)]
pub(super) struct RollupArgs {
    /// The party's id.
    party: String,
    /// What to look at it as.
    #[arg(long = "as", value_enum, default_value = "supplier")]
    role: Role,
    /// Only what it does with this party and everything that is part of it.
    #[arg(long, value_name = "ID")]
    with: Option<String>,
    /// What its parts and peers are compared by.
    #[arg(long, value_enum, default_value = "partnership")]
    order_by: OrderBy,
    /// With --order-by value-exchanged or potential: the currency to go by; the party's main one if not given.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    #[command(flatten)]
    life: LifeArgs,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: RollupArgs) -> Result<(), Failure> {
    let role = match args.role {
        Role::Customer => PartyRole::Customer,
        Role::Supplier => PartyRole::Supplier,
    };
    let order_by = args.order_by.to_possible_value().map(|name| name.get_name().to_owned()).unwrap_or_default();
    let request = GetPartyScoreRequest {
        party: args.party,
        role: role.into(),
        counterparty: args.with.unwrap_or_default(),
        view: ScoreView::Full.into(),
        order_by: Lens::from(args.order_by).into(),
        currency_code: args.currency.unwrap_or_default(),
        as_of: args.moment.as_of.map(wire_time),
        at_least_as_fresh: String::new(),
        known_at: args.moment.known_at.map(wire_time),
        include: args.life.wire(),
    };
    let answer = client::scores(&args.server).await?.get_party_score(request).await?.into_inner();
    let party = answer.party_score.unwrap_or_default();
    if args.output.json {
        print_json("PartyScore", &party, true)
    } else {
        put!("{}", page(&party, &order_by));
        Ok(())
    }
}

fn page(party: &PartyScore, order_by: &str) -> String {
    let score = party.score.clone().unwrap_or_default();
    let mut page = text::score_card(&score);
    page += &format!("{:<16}{}\n", "relationships", relationships(party.relationships, party.capped));
    if let Some(peers) = &party.peers {
        let without = match peers.left_out {
            0 => String::new(),
            count => format!(", {count} left out that live no more"),
        };
        let rank = format!("{} of {} in {}, by {order_by}{without}", peers.rank, peers.count, peers.category);
        page += &format!("{:<16}{rank}\n", "rank");
    }
    if !party.parts.is_empty() {
        let header = ["  PART", "NAME", "RESPONSIVE", "PARTNER", "CUSTOMER", "EVIDENCE", "STANDING", "RELATIONSHIPS"];
        let table = text::table(&header, &[2, 3, 4, 5, 7], party.parts.iter().map(row).collect());
        page += &format!("\nPARTS, weakest first by {order_by}\n{table}\n");
    }
    page
}

fn row(part: &PartyPart) -> Vec<String> {
    let score = part.score.clone().unwrap_or_default();
    let own = if part.own { " (itself)" } else { "" };
    let mut row = vec![format!("  {}{own}", part.party), part.display_name.clone()];
    let measures = [&score.responsiveness, &score.partnership, &score.customership];
    row.extend(measures.map(|measure| format!("{:.1}", measure.as_ref().map_or(0.0, |measure| measure.value))));
    row.push(format!("{:.1}", text::evidence(&score)));
    row.push(text::standing(score.standing()).to_owned());
    row.push(relationships(part.relationships, part.capped));
    row
}

fn relationships(count: i64, capped: i64) -> String {
    if capped == 0 { count.to_string() } else { format!("{count}, {capped} of them capped") }
}
