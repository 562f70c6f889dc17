//! `rapport history`: how the scores of one relationship went.

use clap::{Args, ValueEnum};

use super::{
    args::{OutputArgs, ServerArgs, moment},
    client,
    failure::Failure,
    print::print_json,
    text,
};
use crate::{
    api::{
        v1::{GetScoreHistoryRequest, HistoryStep, Score, ScoreView, Standing},
        wire_time,
    },
    time::Timestamp,
};

/// How far the points lie apart.
#[derive(Clone, Copy, ValueEnum)]
enum Every {
    /// Every midnight (UTC).
    Day,
    /// The beginning of every Monday.
    Week,
    /// The beginning of every month.
    Month,
}

impl From<Every> for HistoryStep {
    fn from(every: Every) -> Self {
        match every {
            Every::Day => Self::Day,
            Every::Week => Self::Week,
            Every::Month => Self::Month,
        }
    }
}

#[derive(Args)]
pub(super) struct HistoryArgs {
    /// The party that asks.
    customer: String,
    /// The party that is asked.
    supplier: String,
    /// The first moment; a year before the last if not given.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    from: Option<Timestamp>,
    /// The last moment; now if not given.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    until: Option<Timestamp>,
    /// How far the points between them lie apart.
    #[arg(long, value_enum, default_value = "month")]
    step: Every,
    /// What could be known by then: leave out what was recorded later, and count what was taken back later.
    #[arg(long, value_parser = moment, value_name = "TIME")]
    known_at: Option<Timestamp>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: HistoryArgs) -> Result<(), Failure> {
    let request = GetScoreHistoryRequest {
        customer: args.customer,
        supplier: args.supplier,
        as_of_from: args.from.map(wire_time),
        as_of_until: args.until.map(wire_time),
        step: HistoryStep::from(args.step).into(),
        view: ScoreView::Basic.into(),
        known_at: args.known_at.map(wire_time),
        at_least_as_fresh: String::new(),
    };
    let history = client::scores(&args.server).await?.get_score_history(request).await?.into_inner();
    if args.output.json {
        history.points.iter().try_for_each(|score| print_json("Score", score, true))
    } else {
        put!("{}", drawn(&history.points));
        Ok(())
    }
}

/// A line for each point, and what became of the scores between the first and the last.
fn drawn(points: &[Score]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let before = [first].into_iter().chain(points);
    let rows = points.iter().zip(before).map(|(point, before)| {
        let [responsiveness, partnership] = values(point);
        vec![
            when(point),
            format!("{responsiveness:.1}"),
            bar(responsiveness),
            format!("{partnership:.1}"),
            bar(partnership),
            format!("{} {}", mark(before.standing(), point.standing()), standing(point)),
        ]
    });
    let header = ["AS OF", "RESPONSIVE", "", "PARTNER", "", "  STANDING"];
    let table = text::table(&header, &[1, 3], rows.collect());
    let went = |name: &str, from: f64, to: f64| format!("{name} {from:.1} -> {to:.1} ({:+.1})", to - from);
    let ([from, from_partner], [to, to_partner]) = (values(first), values(last));
    format!(
        "{} buys from {}, model {}\n\n{table}\n\n{}, {}\n",
        first.customer,
        first.supplier,
        first.model_version,
        went("responsiveness", from, to),
        went("partnership", from_partner, to_partner),
    )
}

fn values(score: &Score) -> [f64; 2] {
    [&score.responsiveness, &score.partnership].map(|it| it.as_ref().map_or(0.0, |measure| measure.value))
}

/// The date alone where the point is at midnight, and the minute where it is not.
fn when(score: &Score) -> String {
    let moment = score.as_of.as_ref().map(ToString::to_string).unwrap_or_default();
    match moment.split_once('T') {
        Some((date, "00:00:00Z")) => date.to_owned(),
        Some((date, time)) => format!("{date} {}", time.chars().take(5).collect::<String>()),
        None => moment,
    }
}

/// Characters in a full bar.
const BAR_WIDTH: usize = 20;
/// Nothing, an eighth of a character, and so on.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A score as a bar that is full at 100, always as wide as a full one.
fn bar(score: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is held between 0 and 160")]
    let eighths = (score.clamp(0.0, 100.0) / 100.0 * (BAR_WIDTH * 8) as f64).round() as usize;
    let drawn = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    format!("{drawn:<BAR_WIDTH$}")
}

fn standing(score: &Score) -> String {
    let provisional = if score.provisional { ", provisional" } else { "" };
    let capped = if score.cap.is_some() { ", capped" } else { "" };
    format!("{}{provisional}{capped}", text::standing(score.standing()))
}

/// Whether the standing changed since the point before: for the better, for the worse, or to or from unproven.
fn mark(before: Standing, now: Standing) -> &'static str {
    let rank = |standing| match standing {
        Standing::Unspecified | Standing::Unproven => None,
        Standing::Failing => Some(0),
        Standing::AtRisk => Some(1),
        Standing::Reliable => Some(2),
        Standing::Preferred => Some(3),
    };
    match (rank(before), rank(now)) {
        _ if before == now => " ",
        (Some(before), Some(now)) if before < now => "▲",
        (Some(_), Some(_)) => "▼",
        _ => "●",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::v1::Measure;

    fn point(as_of: &str, value: f64, standing: Standing) -> Score {
        let measure = Measure { value, ..Measure::default() };
        Score {
            customer: "Acme".to_owned(),
            supplier: "Bolt".to_owned(),
            responsiveness: Some(measure.clone()),
            partnership: Some(Measure { value: 100.0 - value, ..measure }),
            standing: standing.into(),
            provisional: standing == Standing::Reliable,
            as_of: Some(wire_time(as_of.parse().unwrap())),
            model_version: "1a2b".to_owned(),
            ..Score::default()
        }
    }

    #[test]
    fn a_line_for_each_point_marks_where_the_standing_changed() {
        let points = [
            point("2025-01-15T09:30:00Z", 50.0, Standing::Unproven),
            point("2025-02-01", 63.4, Standing::Reliable),
            point("2025-03-01", 100.0, Standing::Preferred),
            point("2025-04-01", 100.0, Standing::Preferred),
            point("2025-05-01", 0.0, Standing::Failing),
        ];
        let drawn = drawn(&points);
        let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        Acme buys from Bolt, model 1a2b

         AS OF             RESPONSIVE                        PARTNER                          STANDING
         2025-01-15 09:30        50.0  ██████████               50.0  ██████████              unproven
         2025-02-01              63.4  ████████████▋            36.6  ███████▍              ● reliable, provisional
         2025-03-01             100.0  ████████████████████      0.0                        ▲ preferred
         2025-04-01             100.0  ████████████████████      0.0                          preferred
         2025-05-01               0.0                          100.0  ████████████████████  ▼ failing

        responsiveness 50.0 -> 0.0 (-50.0), partnership 50.0 -> 100.0 (+50.0)
        ");
    }
}
