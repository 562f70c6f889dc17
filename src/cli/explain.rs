//! `rapport explain`: what the scores are made of, as a page to read.

use clap::Args;
use comfy_table::Table;

use super::{
    args::{MomentArgs, OutputArgs, ServerArgs},
    client,
    failure::Failure,
    print::print_json,
    text,
};
use crate::api::{
    v1::{Contribution, ContributionKind, ExplainScoreRequest, Explanation, Part},
    wire_time,
};

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// The party that asks.
    customer: String,
    /// The party that is asked.
    supplier: String,
    #[command(flatten)]
    moment: MomentArgs,
    /// Tell at most so many events of each score, up to 100.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: ExplainArgs) -> Result<(), Failure> {
    let request = ExplainScoreRequest {
        customer: args.customer,
        supplier: args.supplier,
        as_of: args.moment.as_of.map(wire_time),
        known_at: args.moment.known_at.map(wire_time),
        at_least_as_fresh: String::new(),
        limit: i32::try_from(args.limit).unwrap_or_default(),
    };
    let answer = client::scores(&args.server).await?.explain_score(request).await?.into_inner();
    let explanation = answer.explanation.unwrap_or_default();
    if args.output.json {
        print_json("Explanation", &explanation, true)
    } else {
        put!("{}", page(&explanation));
        Ok(())
    }
}

fn page(explanation: &Explanation) -> String {
    let as_of = explanation.as_of.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut page = format!(
        "{} buys from {}\nas of {as_of}, model {}\n\n",
        explanation.customer, explanation.supplier, explanation.model_version
    );
    for (name, part) in [
        ("RESPONSIVENESS", &explanation.responsiveness),
        ("PARTNERSHIP", &explanation.partnership),
        ("CUSTOMERSHIP", &explanation.customership),
    ] {
        let part = part.clone().unwrap_or_default();
        page += &format!("{name} {:.3}{}\n{}\n\n", part.value, by_channel(&part), lines(&part));
    }
    page += "POINTS add up to the score. WITHOUT is what the score would be if the event were retracted: all else would weigh\n\
             more then, and what the event answered would be open again.\n\n";
    if !explanation.suggestions.is_empty() {
        page += &format!("WHAT WOULD CHANGE IT\n{}\n\n", suggestions(explanation));
    }
    if !explanation.improvements.is_empty() {
        page += &format!("WHAT {} COULD DO BETTER\n", explanation.customer);
        page += &explanation
            .improvements
            .iter()
            .map(|improvement| format!("  - {} (up to {:+.1})\n", improvement.sentence, improvement.room))
            .collect::<String>();
    }
    page
}

/// What each channel adds to the baseline or takes from it.
fn by_channel(part: &Part) -> String {
    let moved = part.channels.iter().filter(|it| it.points != 0.0);
    let moved: Vec<String> = moved.map(|it| format!("{} {:+.3}", it.channel, it.points)).collect();
    if moved.is_empty() {
        String::new()
    } else {
        let beside = part.channels.iter().filter(|it| !it.beside.is_empty());
        let beside = beside.map(|it| format!("\n{}, whoever was to blame: {}", it.channel, it.beside));
        format!(": {:.3} with nothing known, {}{}", part.baseline, moved.join(", "), beside.collect::<String>())
    }
}

/// One line for the baseline, each event, the rest of each channel and what others say; they add up to the score.
fn lines(part: &Part) -> Table {
    let line = |points: f64, without: Option<f64>, date: &str, channels: &str, what: &str| {
        vec![
            format!("  {points:+.3}"),
            without.map_or(String::new(), |it| format!("{it:.3}")),
            date.to_owned(),
            what.to_owned(),
            channels.to_owned(),
        ]
    };
    let mut rows = vec![line(part.baseline, None, "", "", "With nothing known")];
    for group in groups(&part.contributions) {
        let first = group[0];
        let points: f64 = group.iter().map(|it| it.points).sum();
        let channels: Vec<&str> = group.iter().map(|it| it.channel.as_str()).collect();
        let date = first.occurred_at.as_ref().map(|at| at.to_string().chars().take(10).collect::<String>());
        let id = if first.interaction_id.is_empty() { String::new() } else { format!(" [{}]", first.interaction_id) };
        let what = match first.kind() {
            ContributionKind::Rest => "All other events".to_owned(),
            _ => format!("{}{id}", first.sentence),
        };
        rows.push(line(points, first.without, &date.unwrap_or_default(), &channels.join(", "), &what));
    }
    rows.push(line(part.value, None, "", "", "The score"));
    text::table(&["  POINTS", "WITHOUT", "DATE", "WHAT", "CHANNELS"], &[0, 1], rows)
}

/// Contributions that are told in one line: those of one event, and those that say the same of several channels.
fn groups(contributions: &[Contribution]) -> Vec<Vec<&Contribution>> {
    let mut groups: Vec<Vec<&Contribution>> = Vec::new();
    let is_event = |it: &Contribution| matches!(it.kind(), ContributionKind::Event | ContributionKind::Open);
    for contribution in contributions {
        let same = |group: &&mut Vec<&Contribution>| {
            let other = group[0];
            let same_event = (&other.event_id, &other.source) == (&contribution.event_id, &contribution.source);
            if is_event(contribution) { is_event(other) && same_event } else { other.kind == contribution.kind }
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(contribution),
            None => groups.push(vec![contribution]),
        }
    }
    groups
}

fn suggestions(explanation: &Explanation) -> Table {
    let rows = explanation.suggestions.iter().map(|suggestion| {
        let points = [suggestion.responsiveness, suggestion.partnership, suggestion.customership]
            .map(|points| format!("{points:+.3}"));
        let [responsiveness, partnership, customership] = points;
        vec![format!("  {responsiveness}"), partnership, customership, suggestion.sentence.clone()]
    });
    text::table(&["  RESPONSIVE", "PARTNER", "CUSTOMER", "IF"], &[0, 1, 2], rows.collect())
}
