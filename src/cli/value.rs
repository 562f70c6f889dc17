//! `rapport value`: what would be lost with a customer.

use clap::Args;

use super::{
    args::{MomentArgs, OutputArgs, ServerArgs},
    client,
    failure::Failure,
    print::print_json,
    text,
};
use crate::api::{
    v1::{GetValueAtRiskRequest, Money, ValueAtRisk},
    wire_time,
};

#[derive(Args)]
pub(super) struct ValueArgs {
    /// The party that asks.
    customer: String,
    /// The party that stands to lose.
    supplier: String,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: ValueArgs) -> Result<(), Failure> {
    let request = GetValueAtRiskRequest {
        customer: args.customer,
        supplier: args.supplier,
        as_of: args.moment.as_of.map(wire_time),
        at_least_as_fresh: String::new(),
        known_at: args.moment.known_at.map(wire_time),
    };
    let answer = client::scores(&args.server).await?.get_value_at_risk(request).await?.into_inner();
    let value = answer.value_at_risk.unwrap_or_default();
    if args.output.json {
        print_json("ValueAtRisk", &value, true)
    } else {
        put!("{}", page(&value));
        Ok(())
    }
}

fn page(value: &ValueAtRisk) -> String {
    let alive = 100.0 * value.probability_alive;
    let mut page = format!("{} is still a customer of {} with {alive:.1} %\n", value.customer, value.supplier);
    let as_of = value.as_of.as_ref().map(ToString::to_string).unwrap_or_default();
    page += &format!("as of {as_of}, model {}\n", value.model_version);
    page +=
        &format!("expected, should it still be there: requests on {:.1} days a year\n", value.request_days_per_year);
    for strike in &value.strikes {
        let at = strike.occurred_at.as_ref().map(ToString::to_string).unwrap_or_default();
        page += &format!("strike: {} in {} at {at}\n", text::reason_name(strike.reason()), strike.interaction_id);
    }
    if value.values.is_empty() {
        return page + "no money is on record\n";
    }
    let rows = value.values.iter().map(|entry| {
        let (expected, at_risk) =
            (entry.expected_per_year.clone().unwrap_or_default(), entry.at_risk.clone().unwrap_or_default());
        vec![expected.currency_code.clone(), amount(&expected), amount(&at_risk)]
    });
    let at_risk = format!("AT RISK IN {} YEARS", value.horizon_years);
    let table = text::table(&["MINOR UNITS OF", "EXPECTED A YEAR", &at_risk], &[1, 2], rows.collect());
    let basis = if value.by_request_value { "by the value of what was asked for\n" } else { "" };
    page + &format!("\n{table}\n{basis}")
}

/// Minor units in groups of three digits. How many of them make a major unit is the currency's own.
fn amount(money: &Money) -> String {
    let digits = money.amount_minor.to_string();
    let grouped = digits.char_indices().map(|(place, digit)| {
        let starts_group = place > 0 && (digits.len() - place).is_multiple_of(3);
        if starts_group { format!(",{digit}") } else { digit.to_string() }
    });
    grouped.collect()
}
