//! The pages say what is so: the commands in README.md and docs/cli.md are run, in their order, on the demo's company,
//! whose two years end at a fixed moment, and print what the pages show; links lead somewhere; flags are there.
//!
//! Where a command prints something else by now,
//!
//! ```text
//! RAPPORT_WRITE_DOCS=1 cargo test --test suite documentation
//! ```
//!
//! writes it into the page, and the change is seen in review.

mod links;
mod page;
mod session;

use std::{collections::BTreeSet, env, fs, path::Path};

use rapport::api::{self, v1::ErrorReason};

use crate::support::{
    binary::{run, succeed},
    files::{files_below, has_extension, read, root},
};
use page::{Page, Step};
use session::Session;

/// Lines of the README at the most: it is read before anything else.
const MOST_README_LINES: usize = 160;

/// What a person reads, from the root of the repository.
fn pages() -> Vec<String> {
    let names = fs::read_dir(root()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let docs = files_below(&root().join("docs")).into_iter().map(|name| format!("docs/{name}"));
    names.chain(docs).filter(|name| has_extension(name, "md")).collect()
}

/// Runs everything on a page and compares; writes it anew where that is asked for.
async fn check(name: &str) {
    let text = read(name);
    let page = Page::parse(&text);
    let session = Session::start().await;
    let mut faults = Vec::new();
    let mut outputs = Vec::new();
    for block in page.blocks() {
        let ran = session.run(&block.steps);
        for (step, ran) in block.steps.iter().zip(&ran) {
            faults.extend(step.faults(ran).map(|fault| format!("$ {}\n{fault}", step.command)));
        }
        outputs.push(block.steps.iter().zip(ran).map(|(step, ran)| step.shortened(&ran.output)).collect());
    }
    if env::var_os("RAPPORT_WRITE_DOCS").is_some() {
        fs::write(root().join(name), page.with(&outputs)).unwrap();
        return;
    }
    let how = "RAPPORT_WRITE_DOCS=1 cargo test --test suite documentation";
    assert!(faults.is_empty(), "{name} is not what happens ({how} writes it anew)\n\n{}", faults.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_shows_what_happens() {
    check("README.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_commands_shows_what_happens() {
    check("docs/cli.md").await;
}

#[test]
fn every_command_has_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let pages = ["README.md", "docs/cli.md"].map(read);
    let steps: Vec<Step> = pages
        .iter()
        .flat_map(|text| Page::parse(text).blocks().flat_map(|block| block.steps.clone()).collect::<Vec<_>>())
        .collect();
    let has_example = |command: &str| {
        let shown = format!("rapport {command}");
        let is_it = |step: &Step| {
            step.command.strip_prefix(&shown).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        steps.iter().any(is_it)
    };
    let mut missing = Vec::new();
    for command in commands(folder.path(), &[]) {
        let inner = commands(folder.path(), &[&command]);
        let whole = inner.iter().map(|inner| format!("{command} {inner}"));
        missing.extend(whole.chain(inner.is_empty().then(|| command.clone())).filter(|command| !has_example(command)));
    }
    assert!(missing.is_empty(), "no example of {missing:?}");
}

/// The commands below a command, as its help lists them.
fn commands(folder: &Path, below: &[&str]) -> Vec<String> {
    let help = succeed(folder, &[below, &["--help"]].concat());
    let Some((_, listed)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let named = listed.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    named.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn commands_in_the_text_are_commands() {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = BTreeSet::new();
    for name in pages() {
        for (words, flags) in page::commands_in_text(&read(&name)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let help = run(folder.path(), &[&words[..], &["--help"]].concat());
            let said = String::from_utf8_lossy(&help.stdout).into_owned();
            if !help.status.success() {
                faults.insert(format!("{name}: rapport {}", words.join(" ")));
            }
            let unknown = flags.iter().filter(|flag| !has_word(&said, flag));
            faults.extend(unknown.map(|flag| format!("{name}: rapport {} {flag}", words.join(" "))));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn flags_on_the_page_of_commands_are_flags() {
    let folder = tempfile::tempdir().unwrap();
    let whole = |command: String| {
        let inner = commands(folder.path(), &[&command]);
        let inner = inner.into_iter().map(|inner| vec![command.clone(), inner]).collect::<Vec<_>>();
        [vec![vec![command]], inner].concat()
    };
    let help = |words: Vec<String>| {
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        succeed(folder.path(), &words)
    };
    let helps: String = commands(folder.path(), &[]).into_iter().flat_map(whole).map(help).collect();
    let unknown: Vec<String> =
        page::flags_in_text(&read("docs/cli.md")).into_iter().filter(|flag| !has_word(&helps, flag)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Whether a flag stands in a text, and not only as the beginning of a longer one.
fn has_word(text: &str, flag: &str) -> bool {
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '-').any(|word| word == flag)
}

#[test]
fn the_table_of_settings_is_what_serve_takes() {
    let folder = tempfile::tempdir().unwrap();
    let help = succeed(folder.path(), &["serve", "--help"]);
    let page = read("docs/operations.md");
    let words = |text: &str, start: &str| -> BTreeSet<String> {
        let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '-' && it != '_');
        words.filter(|word| word.starts_with(start)).map(str::to_owned).collect()
    };
    let rows: String = page.lines().filter(|line| line.starts_with("| `--")).map(|line| format!("{line}\n")).collect();
    let mut flags = words(&help, "--");
    flags.remove("--help");
    assert_eq!(
        words(&rows, "--").into_iter().filter(|flag| rows.contains(&format!("| `{flag}` |"))).collect::<BTreeSet<_>>(),
        flags
    );
    assert_eq!(words(&rows, "RAPPORT_"), words(&help, "RAPPORT_"));
}

#[test]
fn the_table_of_limits_is_what_the_service_takes() {
    let page = read("docs/api.md");
    let thousands = |number: usize| {
        let digits = number.to_string();
        let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|it| std::str::from_utf8(it).unwrap()).collect();
        groups.join(",")
    };
    for row in [
        format!("| items in one call | {} |", thousands(api::MAX_BATCH)),
        format!("| a message | {} MiB |", api::MAX_MESSAGE_BYTES >> 20),
        format!("| entries on a page | {} |", thousands(api::MAX_PAGE_SIZE as usize)),
        format!("| moments in a history | {} |", thousands(api::MAX_HISTORY_POINTS)),
        format!("| a call | {} s |", api::CALL_DEADLINE.as_secs()),
        format!("| calls at once | {} |", thousands(api::MAX_CALLS)),
        format!("| streams of events at once | {} |", thousands(api::MAX_EVENT_STREAMS)),
        format!("| events of a stream that wait for their answer | {} |", thousands(api::STREAM_WINDOW)),
        format!("| a stream on which nothing happens | {} h |", api::STREAM_IDLE.as_secs() / 3_600),
    ] {
        assert!(page.contains(&row), "docs/api.md lacks {row}");
    }
}

#[test]
fn every_reason_of_an_error_is_on_the_page() {
    let page = read("docs/api.md");
    let reasons = (1..).map_while(|number| ErrorReason::try_from(number).ok());
    let names = reasons.map(|reason| reason.as_str_name().trim_start_matches("ERROR_REASON_").to_owned());
    let missing: Vec<String> = names.filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/api.md lacks {missing:?}");
}

#[test]
fn links_lead_somewhere() {
    let mut faults = Vec::new();
    for name in pages() {
        faults.extend(links::broken(root(), &name, &read(&name)));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn pages_that_are_named_are_there() {
    let folders = ["benches", "docs", "examples", "proto", "src", "tests"];
    let mut faults: Vec<String> = folders.iter().flat_map(|folder| links::missing_pages(root(), folder)).collect();
    faults.extend(pages().iter().flat_map(|page| links::missing_in(root(), &read(page))));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= MOST_README_LINES, "{lines} lines");
}
