//! How the house is kept: what ARCHITECTURE.md and CONTRIBUTING.md say about it, held against the code.
//!
//! Each rule is a function that finds what breaks it, with tests on made-up sources; here it meets the real ones.

mod contract;
mod graph;
mod rules;
mod source;

use std::{collections::BTreeMap, sync::LazyLock};

use source::Sources;

use crate::support::files::{files_below, has_extension, read, root};

/// Lines of a file at the most; 100 to 300 is what to aim at.
const MOST_LINES: usize = 400;

/// What compiles to `rapport.v1` is named in these rooms only.
const WIRE_ROOMS: &[&str] = &["api", "cli", "server", "probe"];

/// The one room that speaks to a database.
const DATABASE_ROOM: &str = "store";

/// Rooms that do no I/O and read no clock.
const PURE_ROOMS: &[&str] = &[
    "backtest",
    "calendar",
    "counts",
    "event",
    "flows",
    "interaction",
    "model",
    "names",
    "observation",
    "party",
    "replay",
    "score",
    "tally",
    "totals",
];

/// The dependencies that a pure room may use: they turn values into other values.
const PURE_CRATES: &[&str] =
    &["jiff", "postcard", "rand", "rand_chacha", "serde", "serde_json", "sha2", "thiserror", "toml"];

/// What it may not name beside the other dependencies.
const IMPURE: &[&str] = &[
    "dbg",
    "eprint",
    "eprintln",
    "print",
    "println",
    "rand::random",
    "rand::rng",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::path",
    "std::process",
    "std::time",
    "time::Clock",
    "time::SystemClock",
];

static LIBRARY: LazyLock<Sources> = LazyLock::new(|| Sources::of(&root().join("src")));

/// The rooms in the order in which ARCHITECTURE.md lists them: the lines of a block that begin with `src/`.
fn rooms(page: &str) -> Vec<String> {
    let room = |line: &str| {
        let path = line.strip_prefix("src/")?.split_whitespace().next()?;
        Some(path.trim_end_matches('/').trim_end_matches(".rs").to_owned())
    };
    page.lines().filter_map(room).collect()
}

fn none<T: std::fmt::Debug>(faults: impl IntoIterator<Item = T>, rule: &str) {
    let faults: Vec<T> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{rule}\n{faults:#?}");
}

#[test]
fn rooms_use_only_rooms_above_them() {
    none(rules::order(&LIBRARY, &rooms(&read("ARCHITECTURE.md"))), "ARCHITECTURE.md lists the rooms, lower ones first");
}

#[test]
fn the_wire_format_is_known_in_few_rooms() {
    none(rules::only_in(&LIBRARY, "v1", WIRE_ROOMS), "the messages of proto/ end where the rooms begin");
}

#[test]
fn only_the_store_speaks_to_databases() {
    none(rules::only_in(&LIBRARY, "sqlx", &[DATABASE_ROOM]), "SQL is for the store alone");
}

#[test]
fn pure_rooms_do_no_io_and_read_no_clock() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let crates = manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_"));
    let crates: Vec<String> = crates.filter(|name| !PURE_CRATES.contains(&name.as_str())).collect();
    let forbidden: Vec<&str> = crates.iter().map(String::as_str).chain(IMPURE.iter().copied()).collect();
    none(rules::free_of(&LIBRARY, PURE_ROOMS, &forbidden), "what a score is made of is a pure function");
    let rooms = rooms(&read("ARCHITECTURE.md"));
    none(PURE_ROOMS.iter().filter(|room| !rooms.iter().any(|it| it == *room)), "these rooms are no more");
}

#[test]
fn files_are_short() {
    let mut lengths: BTreeMap<String, usize> = BTreeMap::new();
    for folder in ["benches", "examples", "fuzz/targets", "src", "tests"] {
        let paths = files_below(&root().join(folder)).into_iter().map(|path| format!("{folder}/{path}"));
        lengths.extend(paths.filter(|path| has_extension(path, "rs")).map(|path| {
            let lines = read(&path).lines().count();
            (path, lines)
        }));
    }
    let lengths = lengths.iter().map(|(path, &lines)| (path.as_str(), lines));
    none(rules::length(lengths, MOST_LINES), "a file holds one idea");
}

#[test]
fn no_files_use_each_other() {
    none(LIBRARY.circles(), "what two files need of each other belongs into a third");
}

#[test]
fn a_mod_rs_is_a_door() {
    none(rules::not_doors(&LIBRARY), "code has a file with a name");
}

#[test]
fn everything_on_the_wire_is_documented() {
    none(contract::undocumented(rapport::api::DESCRIPTORS, "rapport.v1"), "proto/ is the API's manual");
}
