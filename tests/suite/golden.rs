//! The scores of a fixed history, figure by figure, and the number of the formulas that made them.
//!
//! What is folded under a version is never folded anew, and a version tells formulas apart by `model::FORMULAS` alone. So
//! whoever moves a figure in `golden/scores.txt` has to count that number up; then
//!
//! ```text
//! RAPPORT_WRITE_GOLDEN=1 cargo test --test suite golden
//! ```
//!
//! writes the file anew, and the change to it is seen in review. The model is not the default but the one beside the
//! scores, so that another default moves nothing here.

use std::{collections::BTreeMap, env, fmt::Write, fs, path::PathBuf, sync::Arc};

use rapport::{
    api::{to_json, wire_event},
    event::{Event, Relationship},
    model::{FORMULAS, Model},
    observation::Measure,
    score::{DaySummary, Demand, Known, Pool, Scores, score},
    simulation::{COMPANY, REFUSING, simulate},
    tally::State,
    time::{DAY, Day, Timestamp},
};
use sha2::{Digest as _, Sha256};

use crate::support::{
    events::{at, relationship},
    histories::standing,
};

/// What the history is made from.
const SEED: u64 = 2026;
const UNTIL: &str = "2026-07-01T12:00:00Z";

/// Whose scores are kept: a partner, one who is capped, one who is silent, one who is new, and both directions of a pair.
const KEPT: [(&str, &str); 6] = [
    (COMPANY, "demo: Prompt & Proper Packaging"),
    (COMPANY, REFUSING),
    (COMPANY, "demo: Mum's the Word Metals"),
    (COMPANY, "demo: Greenhorn Gears"),
    (COMPANY, "demo: Looking Glass Films"),
    ("demo: Looking Glass Films", COMPANY),
];

/// When the scores are read, in days from the end of the history: at once, with much open, and when all of it has lapsed.
const READ_AFTER_DAYS: [i64; 2] = [0, 40];

/// Figures that differ by less than this share are the same: another machine's powers and roots may round otherwise in
/// the last bit.
const SAME: f64 = 1e-12;

/// What says which scores these are: the first lines of the file.
const HEAD_LINES: usize = 3;

/// What a look at the file shows.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    /// The formulas, the model or the history are others than those of the file.
    Outdated,
    /// Scores of the same formulas, model and history that are others than in the file: a few of the lines.
    Moved(Vec<String>),
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/suite/golden")
}

fn judge(kept: &str, now: &str) -> Verdict {
    let (kept, now): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), now.lines().collect());
    let head = |lines: &[&str]| lines.iter().take(HEAD_LINES).map(ToString::to_string).collect::<Vec<_>>();
    if head(&kept) != head(&now) {
        return Verdict::Outdated;
    }
    let pairs =
        (0..kept.len().max(now.len())).map(|line| [&kept, &now].map(|it| it.get(line).copied().unwrap_or_default()));
    let moved: Vec<String> = pairs
        .filter(|[kept, now]| !are_same(kept, now))
        .map(|[kept, now]| format!("was  {kept}\nis   {now}"))
        .collect();
    if moved.is_empty() { Verdict::Same } else { Verdict::Moved(moved) }
}

/// Whether two lines say the same, word by word and figure by figure.
fn are_same(kept: &str, now: &str) -> bool {
    let is_same = |kept: &str, now: &str| match (kept.parse::<f64>(), now.parse::<f64>()) {
        (Ok(kept), Ok(now)) => (kept - now).abs() <= SAME * kept.abs().max(1.0),
        _ => kept == now,
    };
    let (kept, now): (Vec<&str>, Vec<&str>) = (kept.split_whitespace().collect(), now.split_whitespace().collect());
    kept.len() == now.len() && kept.iter().zip(&now).all(|(kept, now)| is_same(kept, now))
}

/// The history, its states, and all that is said of them, as text.
fn scores(model: &Model) -> String {
    let events = simulate(SEED, at(UNTIL));
    let mut text = format!("formulas {FORMULAS}\nmodel    {}\nhistory  {}\n", model.version(), fingerprint(&events));
    let mut by_relationship: BTreeMap<&Relationship, Vec<&Event>> = BTreeMap::new();
    for event in standing(&events) {
        by_relationship.entry(event.relationship()).or_default().push(event);
    }
    let states: BTreeMap<&Relationship, State> =
        by_relationship.into_iter().map(|(it, events)| (it, State::fold(events, model))).collect();
    for days in READ_AFTER_DAYS {
        let moment = at(UNTIL).plus(days * DAY);
        let heads = ["value", "low", "high", "forecast", "pool", "slow", "evidence", "share"];
        let heads = heads.map(|it| format!(" {it:<22}")).concat();
        let _ = write!(text, "\n== {moment}\n {:<14}{heads} observations\n", "channel");
        let summed_up: BTreeMap<&Relationship, Arc<DaySummary>> =
            states.iter().map(|(&it, state)| (it, Arc::new(DaySummary::of(state, moment.day(), model)))).collect();
        for (customer, supplier) in KEPT {
            let relationship = relationship(customer, supplier);
            text += &describe(&relationship, &read(&relationship, &states, &summed_up, moment, model));
        }
    }
    text
}

/// The events in one word: what the figures rest on.
fn fingerprint(events: &[Event]) -> String {
    let mut digest = Sha256::new();
    for event in events {
        digest.update(to_json("Event", &wire_event(event.clone()), false).unwrap());
        digest.update("\n");
    }
    let digest: String = digest.finalize()[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}, {} events", events.len())
}

fn read(
    relationship: &Relationship,
    states: &BTreeMap<&Relationship, State>,
    summed_up: &BTreeMap<&Relationship, Arc<DaySummary>>,
    moment: Timestamp,
    model: &Model,
) -> Scores {
    let today: Day = moment.day();
    let pool = |is_member: &dyn Fn(&Relationship) -> bool| {
        let members = summed_up.iter().filter(|(it, _)| is_member(it)).map(|(_, summary)| &**summary);
        Arc::new(Pool::of(members, today, model))
    };
    let reverse = states.get(&relationship.reverse()).map(|state| Demand::of(&state.flows, today, model));
    let known = Known {
        own: summed_up[relationship].clone(),
        supplier: pool(&|it| it.supplier == relationship.supplier),
        customer: pool(&|it| it.customer == relationship.customer),
        reverse: reverse.unwrap_or_default(),
    };
    score(&known, moment, model)
}

fn describe(relationship: &Relationship, scores: &Scores) -> String {
    let placement = &scores.placement;
    let (name, cap) = (placement.standing.name(), placement.strikes.len());
    let (uncapped, provisional) = (placement.uncapped.name(), if placement.provisional { ", provisional" } else { "" });
    let Relationship { customer, supplier } = relationship;
    let mut text = format!("\n{customer} -> {supplier}\n{name}, uncapped {uncapped}, {cap} strikes{provisional}\n");
    for measure in Measure::ALL {
        let score = scores.of(measure);
        let figures = [score.value, score.low, score.high, score.evidence, score.trend];
        let _ = writeln!(text, "{:<15}{}", measure.name(), figures.map(|it| format!("{it:>9.3}")).concat());
        for (share, it) in &score.channels {
            let levels = [it.value, it.low, it.high, it.forecast, it.pool.mean, it.slow.mean, it.evidence, *share];
            let figures = levels.map(|it| format!(" {it:<22?}")).concat();
            let _ = writeln!(text, " {:<14}{figures} {}", it.channel.name(), it.observations);
        }
    }
    text
}

#[test]
fn scores_move_only_with_the_number_of_the_formulas() {
    let model = Model::parse(&fs::read_to_string(folder().join("model.toml")).unwrap()).unwrap();
    let (file, now) = (folder().join("scores.txt"), scores(&model));
    let writes = env::var_os("RAPPORT_WRITE_GOLDEN").is_some();
    match judge(&fs::read_to_string(&file).unwrap_or_default(), &now) {
        Verdict::Same => {}
        Verdict::Outdated if writes => fs::write(&file, now).unwrap(),
        Verdict::Outdated => panic!(
            "the formulas, the keys of the model or the made-up history are others than those of golden/scores.txt: look at \
             what that moves with\n    RAPPORT_WRITE_GOLDEN=1 cargo test --test suite golden && git diff tests/suite/golden"
        ),
        Verdict::Moved(lines) => panic!(
            "scores have moved, in {} lines, but FORMULAS has not: count it up in src/model, so that what is stored is folded \
             anew, and write the file with\n    RAPPORT_WRITE_GOLDEN=1 cargo test --test suite golden\n{}",
            lines.len(),
            lines[..lines.len().min(10)].join("\n")
        ),
    }
}

#[test]
fn a_moved_figure_is_told_from_a_rounded_one_and_from_another_version() {
    let kept = "formulas 2\nmodel    a\nhistory  b\n\ntimely 0.25 3\nvision 0.5 4\n";
    assert_eq!(judge(kept, kept), Verdict::Same);
    assert_eq!(judge(kept, &kept.replace("0.25", "0.25000000000000006")), Verdict::Same);
    assert_eq!(
        judge(kept, &kept.replace("0.25", "0.2500001")),
        Verdict::Moved(vec!["was  timely 0.25 3\nis   timely 0.2500001 3".to_owned()])
    );
    for (old, new) in [("vision 0.5 4\n", ""), ("vision", "trust"), (" 4", " 5"), (" 4", "")] {
        assert!(matches!(judge(kept, &kept.replace(old, new)), Verdict::Moved(lines) if lines.len() == 1), "{old}");
    }
    for (old, new) in [("formulas 2", "formulas 3"), ("model    a", "model    c"), ("history  b", "history  c")] {
        assert_eq!(judge(kept, &kept.replace(old, new).replace("0.25", "0.3")), Verdict::Outdated);
    }
    assert_eq!(judge("", kept), Verdict::Outdated);
}
