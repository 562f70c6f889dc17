//! The worked example of `docs/model.md`, digit by digit.

use rapport::{
    event::{Disposition, Event, RefusalReason, RequestKind},
    model::Model,
    observation::Measure,
    tally::State,
};

use crate::support::{
    events::{at, event, refused, requested, responded},
    histories::alone,
};

const PAGE: &str = include_str!("../../docs/model.md");

fn events() -> [Event; 4] {
    let quote = || requested(RequestKind::Quote);
    [
        event("Acme", "Bolt", "first", "1", at("2026-03-02T09:00:00Z"), quote()),
        event("Acme", "Bolt", "first", "2", at("2026-03-02T15:00:00Z"), responded(Disposition::Answered, None)),
        event("Acme", "Bolt", "second", "3", at("2026-03-02T09:00:00Z"), quote()),
        event("Acme", "Bolt", "second", "4", at("2026-03-02T21:00:00Z"), refused(RefusalReason::Price, true)),
    ]
}

#[test]
fn the_page_shows_what_the_model_makes_of_two_quotes() {
    let model = Model::default();
    let scores = alone(&State::fold(&events(), &model), at("2026-04-01T09:00:00Z"), &model);
    let score = scores.of(Measure::Responsiveness);
    let mut lines: Vec<String> = Vec::new();
    for (share, it) in &score.channels {
        let (name, prior) = (it.channel.name(), it.prior);
        let levels = [it.pool.mean, it.slow.mean, it.value].map(|mean| format!("{mean:.5}")).join(" | ");
        let points = 100.0 * share * (it.value - prior);
        lines.push(format!("| {name} | {prior:.2} | {levels} | {share:.2} | {points:+.3} |"));
    }
    let (value, low, high, evidence) = (score.value, score.low, score.high, score.evidence);
    lines.push(format!("responsiveness {value:.3}, 90 % between {low:.1} and {high:.1}, evidence {evidence:.3}"));
    let missing: Vec<&String> = lines.iter().filter(|line| !PAGE.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "docs/model.md lacks\n{missing:#?}");
}
