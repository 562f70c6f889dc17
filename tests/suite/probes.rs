//! What fuzzers look for, over what they begin with and whatever they have found: `fuzz/` has the targets.

use std::{fs, path::Path};

use rapport::probe;

/// Runs a probe over its seeds.
fn over_seeds(name: &str, probe: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(|it| fs::read(it.unwrap().path()).unwrap()).collect();
    assert!(!seeds.is_empty(), "{} has no seeds", folder.display());
    for seed in &seeds {
        probe(seed);
    }
}

#[test]
fn of_events() {
    over_seeds("events", probe::events);
}

#[test]
fn of_lines() {
    over_seeds("lines", probe::lines);
}

#[test]
fn of_tables() {
    over_seeds("tables", probe::tables);
}

#[test]
fn of_tokens() {
    over_seeds("tokens", probe::tokens);
}

#[test]
fn of_states() {
    over_seeds("states", probe::states);
}

#[test]
fn of_folds() {
    over_seeds("folds", probe::folds);
}
