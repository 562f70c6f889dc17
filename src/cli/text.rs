//! Results as aligned tables.

use comfy_table::{CellAlignment, Table, presets};

use crate::{
    api::v1::{self, Advice, Life, RefusalReason, Score, Standing},
    time::{DAY, HOUR, MINUTE, Span},
};

/// A table without a frame; the columns in `right` hold numbers.
pub(super) fn table(header: &[&str], right: &[usize], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().copied());
    table.add_rows(rows);
    for &index in right {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A ranking; how each lives where some do not.
pub(super) fn ranking(scores: &[Score]) -> Table {
    let all_live = scores.iter().all(|score| score.life() == Life::Active);
    let rows = scores.iter().enumerate().map(|(index, score)| {
        let mut row = vec![(index + 1).to_string(), score.customer.clone(), score.supplier.clone()];
        for measure in [&score.responsiveness, &score.partnership] {
            let measure = measure.clone().unwrap_or_default();
            row.push(format!("{:.1}", measure.value));
            row.push(format!("{:.0}-{:.0}", measure.low, measure.high));
        }
        row.push(format!("{:.1}", evidence(score)));
        row.push(standing(score.standing()).to_owned());
        row.push(life(score.life()).to_owned());
        row.truncate(if all_live { row.len() - 1 } else { row.len() });
        row
    });
    let header = ["#", "CUSTOMER", "SUPPLIER", "RESPONSIVE", "90 %", "PARTNER", "90 %", "EVIDENCE", "STANDING", "LIFE"];
    let header = if all_live { &header[..header.len() - 1] } else { &header };
    table(header, &[0, 3, 4, 5, 6, 7], rows.collect())
}

/// A life in words.
pub(super) fn life(life: Life) -> &'static str {
    match life {
        Life::Unspecified => "-",
        Life::Active => "active",
        Life::Dormant => "dormant",
        Life::Ended => "ended",
    }
}

/// How much is known, over both scores.
pub(super) fn evidence(score: &Score) -> f64 {
    let of = |measure: &Option<v1::Measure>| measure.as_ref().map_or(0.0, |measure| measure.evidence);
    f64::midpoint(of(&score.responsiveness), of(&score.partnership))
}

/// An advice in words.
pub(super) fn advice(advice: Advice) -> &'static str {
    match advice {
        Advice::Unspecified => "-",
        Advice::Prefer => "prefer",
        Advice::Allow => "allow",
        Advice::Warn => "warn",
        Advice::Block => "block",
    }
}

/// A standing in words.
pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Unspecified => "-",
        Standing::Unproven => "unproven",
        Standing::Preferred => "preferred",
        Standing::Reliable => "reliable",
        Standing::AtRisk => "at risk",
        Standing::Failing => "failing",
    }
}

/// One relationship in full.
pub(super) fn score_card(score: &Score) -> String {
    let name = |id: &str| if id.is_empty() { "anyone".to_owned() } else { id.to_owned() };
    let (customer, supplier) = (name(&score.customer), name(&score.supplier));
    let mut text = format!("{customer} buys from {supplier}: {}\n", standing(score.standing()));
    let as_of = score.as_of.as_ref().map(ToString::to_string).unwrap_or_default();
    let known_at = score.known_at.as_ref().map(|moment| format!(", as far as known at {moment}"));
    text += &format!("as of {as_of}{}, model {}\n", known_at.unwrap_or_default(), score.model_version);
    match &score.ending {
        Some(ending) => text += &ended(ending),
        None if score.life() != Life::Active => text += &format!("{}\n", life(score.life())),
        None => {}
    }
    text += &standing_lines(score);
    for (name, measure) in [
        ("RESPONSIVENESS", &score.responsiveness),
        ("PARTNERSHIP", &score.partnership),
        ("CUSTOMERSHIP", &score.customership),
    ] {
        let Some(measure) = measure else { continue };
        text += &format!(
            "{name} {:.3}, 90 % between {:.1} and {:.1}, evidence {:.1}, trend {:+.1}\n",
            measure.value, measure.low, measure.high, measure.evidence, measure.trend
        );
        let rows = measure.channels.iter().map(|channel| {
            vec![
                format!("  {}", channel.name),
                format!("{:.0} %", channel.weight * 100.0),
                format!("{:.3}", channel.value),
                format!("{:.2}-{:.2}", channel.low, channel.high),
                format!("{:.2}", channel.prior),
                format!("{:.2}", channel.pool),
                format!("{:.1}", channel.evidence),
                channel.observations.to_string(),
            ]
        });
        let header = ["  CHANNEL", "SHARE", "VALUE", "90 %", "PRIOR", "POOL", "EVIDENCE", "OBSERVATIONS"];
        text += &format!("{}\n", table(&header, &[1, 2, 3, 4, 5, 6, 7], rows.collect()));
        for (channel, raw) in measure.channels.iter().filter_map(|channel| Some((channel, channel.raw_share?))) {
            text += &format!("  {}: {:.1} % as it happened, whoever was to blame\n", channel.name, raw * 100.0);
        }
        text += "\n";
    }
    if let Some(kpis) = &score.kpis {
        text += &kpi_lines(kpis);
    }
    text
}

/// How a relationship ended.
fn ended(ending: &v1::Ending) -> String {
    let word = |name: &str| name.rsplit('_').next().unwrap_or_default().to_lowercase();
    let reason = ending.reason().as_str_name().trim_start_matches("END_REASON_").to_lowercase().replace('_', " ");
    let at = ending.occurred_at.as_ref().map(ToString::to_string).unwrap_or_default();
    let to = if ending.to.is_empty() { String::new() } else { format!(" to {}", ending.to) };
    format!("ended at {at} by the {}: {reason}{to}\n", word(ending.by().as_str_name()))
}

/// What to do, what holds the standing down, and what may go wrong.
fn standing_lines(score: &Score) -> String {
    let provisional = if score.provisional { ", provisional" } else { "" };
    let (request, order) = (advice(score.request_advice()), advice(score.order_advice()));
    let mut lines = format!("advice: {request} to ask, {order} to order{provisional}\n");
    if let Some(cap) = &score.cap {
        let strikes = cap.strikes.iter().map(|strike| {
            let at = strike.occurred_at.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} in {} at {at}", reason_name(strike.reason()), strike.interaction_id)
        });
        let strikes = strikes.collect::<Vec<_>>().join(", then ");
        lines += &format!("capped: refused as {strikes}; the scores alone say {}\n", standing(cap.uncapped()));
    }
    lines.extend(score.warnings.iter().map(|warning| format!("early warning: {}\n", warning.sentence)));
    lines + "\n"
}

/// A reason in words.
pub(super) fn reason_name(reason: RefusalReason) -> String {
    reason.as_str_name().trim_start_matches("REFUSAL_REASON_").to_lowercase()
}

fn kpi_lines(kpis: &v1::Kpis) -> String {
    let time = |duration: &Option<prost_types::Duration>| duration.as_ref().map_or("-".to_owned(), duration_text);
    let refusals: Vec<String> =
        kpis.refusals.iter().map(|it| format!("{} {}", it.count, reason_name(it.reason()))).collect();
    let oldest = kpis.oldest_open.as_ref().map(|since| format!(", the oldest since {since}"));
    let rows = [
        ("requests", format!("{}, withdrawn {}", kpis.requests, kpis.withdrawn)),
        ("answered", format!("{}, on time {}", kpis.answered, kpis.on_time)),
        ("answer time", format!("median {}, p90 {}", time(&kpis.median_answer_time), time(&kpis.p90_answer_time))),
        ("refused", if refusals.is_empty() { "0".to_owned() } else { refusals.join(", ") }),
        ("open", format!("{}, overdue {}{}", kpis.open, kpis.overdue, oldest.unwrap_or_default())),
        ("never answered", kpis.lapsed.to_string()),
    ];
    rows.iter().map(|(name, value)| format!("{name:<16}{value}\n")).collect()
}

fn duration_text(duration: &prost_types::Duration) -> String {
    let span = Span::seconds(duration.seconds) + Span::from_micros(i64::from(duration.nanos) / 1_000);
    match span {
        _ if span < HOUR => format!("{:.1} min", span / MINUTE),
        _ if span < DAY => format!("{:.1} h", span.as_hours()),
        _ => format!("{:.1} d", span.as_days()),
    }
}

/// How well a model predicted, in words and tables.
pub(super) fn model_quality(quality: &v1::ModelQuality) -> String {
    let date =
        |at: &Option<prost_types::Timestamp>| at.map_or(String::new(), |at| at.to_string().chars().take(10).collect());
    let target = quality.target().as_str_name().trim_start_matches("FORECAST_TARGET_").to_lowercase();
    let mut text = format!(
        "{target} of requests: model {} on {} of {}, {} to {}, {} relationships, {:.1} % yes\n\n",
        quality.model_version,
        quality.scored,
        quality.predicted,
        date(&quality.scored_from),
        date(&quality.scored_to),
        quality.relationships,
        100.0 * quality.rate,
    );
    if !quality.too_little.is_empty() {
        return text + &quality.too_little + "\n";
    }
    text += &format!("{}\n\n", forecasts(quality));
    text += &format!("{}\n", calibration(quality));
    text
}

/// How well each way of predicting did.
fn forecasts(quality: &v1::ModelQuality) -> Table {
    let rows = quality.model.iter().chain(&quality.baselines).map(|forecast| {
        let interval = format!("{:+.4} to {:+.4}", forecast.worse_by_low, forecast.worse_by_high);
        vec![
            forecast.name.replace('_', " "),
            format!("{:.4}", forecast.brier),
            format!("{:+.3}", forecast.skill),
            format!("{:.4}", forecast.log_loss),
            forecast.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}")),
            format!("{:.3}", forecast.calibration_error),
            if forecast.name == "model" { "-".to_owned() } else { format!("{:+.4}", forecast.worse_by) },
            if forecast.name == "model" { "-".to_owned() } else { interval },
        ]
    });
    let header = ["FORECAST", "BRIER", "SKILL", "LOG LOSS", "AUC", "CALIBRATION", "WORSE BY", "95 %"];
    table(&header, &[1, 2, 3, 4, 5, 6, 7], rows.collect())
}

/// How the model's probabilities compare with what happened.
fn calibration(quality: &v1::ModelQuality) -> Table {
    let filled = quality.calibration.iter().filter(|bin| bin.count > 0);
    let rows = filled.map(|bin| {
        vec![
            format!("{:.1} to {:.1}", bin.low, bin.high),
            bin.count.to_string(),
            format!("{:.3}", bin.predicted),
            format!("{:.3}", bin.happened),
            format!("{:+.3}", bin.happened - bin.predicted),
        ]
    });
    table(&["PREDICTED", "REQUESTS", "MEAN", "HAPPENED", "MISSED BY"], &[1, 2, 3, 4], rows.collect())
}
