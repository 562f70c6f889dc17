//! The rules, each as a function from sources to what is wrong with them.

use std::collections::BTreeSet;

use super::source::{Named, Source, Sources};

/// What the rooms may use: those before them in the list, and only those.
pub fn order(sources: &Sources, rooms: &[String]) -> BTreeSet<String> {
    let place = |room: &str| rooms.iter().position(|it| it == room);
    let mut faults: BTreeSet<String> = sources
        .modules
        .keys()
        .filter_map(|module| module.first())
        .filter(|room| place(room).is_none())
        .map(|room| format!("{room} is not in the list of rooms"))
        .collect();
    let is_gone = |room: &&String| !sources.files.iter().any(|file| file.room() == Some(room));
    faults
        .extend(rooms.iter().filter(is_gone).map(|room| format!("{room} is in the list of rooms, but there is none")));
    for (file, named) in everything_named(sources) {
        let (Some(own), Some(path)) = (file.room(), sources.absolute(named)) else { continue };
        if let (Some(own), Some(other)) = (place(own), path.first().and_then(|room| place(room)))
            && other > own
        {
            faults.insert(format!("{} uses {}, which comes after it in the list of rooms", file.path, path.join("::")));
        }
    }
    faults
}

/// Where a name may stand in a path: only in these rooms.
pub fn only_in(sources: &Sources, name: &str, rooms: &[&str]) -> BTreeSet<String> {
    everything_named(sources)
        .filter(|(file, named)| {
            named.segments.iter().any(|it| it == name) && file.room().is_some_and(|room| !rooms.contains(&room))
        })
        .map(|(file, named)| format!("{} names {}: only {rooms:?} may", file.path, named.segments.join("::")))
        .collect()
}

/// What these rooms may not name: what begins with one of the forbidden paths, or, of a single name, is it.
pub fn free_of(sources: &Sources, rooms: &[&str], forbidden: &[&str]) -> BTreeSet<String> {
    let forbidden: Vec<Vec<&str>> = forbidden.iter().map(|path| path.split("::").collect()).collect();
    everything_named(sources)
        .filter(|(file, _)| file.room().is_some_and(|room| rooms.contains(&room)))
        .filter_map(|(file, named)| {
            let segments = sources.absolute(named).unwrap_or_else(|| named.segments.clone());
            let is_it = |path: &&Vec<&str>| segments.windows(path.len()).any(|part| part == path.as_slice());
            let path = forbidden.iter().find(is_it)?;
            Some(format!("{} names {}: {} is not for it", file.path, named.segments.join("::"), path.join("::")))
        })
        .collect()
}

/// Every file of more lines than that.
pub fn length<'a>(files: impl IntoIterator<Item = (&'a str, usize)>, most: usize) -> BTreeSet<String> {
    let too_long = files.into_iter().filter(|(_, lines)| *lines > most);
    too_long.map(|(path, lines)| format!("{path} has {lines} lines, more than {most}")).collect()
}

/// Every `mod.rs` that is more than a door.
pub fn not_doors(sources: &Sources) -> BTreeSet<String> {
    let files = sources.files.iter().filter(|file| file.path.ends_with("mod.rs") || file.path == "lib.rs");
    files.filter(|file| !file.is_door).map(|file| file.path.clone()).collect()
}

fn everything_named(sources: &Sources) -> impl Iterator<Item = (&Source, &Named)> {
    sources.files.iter().flat_map(|file| file.named.iter().map(move |named| (file, named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn an_import_upwards_is_found() {
        let files =
            |lower, upper| Sources::made_up(&[("lower.rs", lower), ("upper/mod.rs", "mod a;"), ("upper/a.rs", upper)]);
        let list = rooms(&["lower", "upper"]);
        assert!(order(&files("", "use crate::lower;"), &list).is_empty());
        for lower in
            ["use crate::upper::A;", "use crate::{upper};", "use super::upper;", "fn f() { crate::upper::f() }"]
        {
            let faults = order(&files(lower, ""), &list);
            assert!(faults.len() == 1 && faults.first().unwrap().starts_with("lower.rs uses upper"), "{faults:?}");
        }
    }

    #[test]
    fn the_list_of_rooms_is_all_rooms() {
        let sources = Sources::made_up(&[("a.rs", ""), ("b/mod.rs", "")]);
        assert!(order(&sources, &rooms(&["b", "a"])).is_empty());
        assert_eq!(order(&sources, &rooms(&["a"])).first().unwrap(), "b is not in the list of rooms");
        let faults = order(&sources, &rooms(&["a", "b", "c"]));
        assert_eq!(faults.first().unwrap(), "c is in the list of rooms, but there is none");
    }

    #[test]
    fn a_name_out_of_its_rooms_is_found() {
        let text = "use crate::api::{self, v1::Score}; fn f(it: Score) { sqlx::query(it); }";
        let sources = Sources::made_up(&[("api/mod.rs", text), ("score.rs", text)]);
        assert_eq!(only_in(&sources, "v1", &["api"]).len(), 1);
        assert_eq!(only_in(&sources, "sqlx", &["api"]).len(), 1);
        assert!(only_in(&sources, "v1", &["api", "score"]).is_empty());
    }

    #[test]
    fn a_clock_or_a_file_in_a_pure_room_is_found() {
        let forbidden = ["std::fs", "tokio", "Instant", "time::SystemClock", "println"];
        for text in [
            "use std::fs::File;",
            "use std::{fmt, fs};",
            "fn f() { std::fs::read(1); }",
            "use tokio::spawn;",
            "use std::time::{Duration, Instant};",
            "use crate::time::{SystemClock, Day};",
            "fn f() { println!(\"it\"); }",
            "#[tokio::main] fn f() {}",
        ] {
            let sources = Sources::made_up(&[("pure.rs", text), ("other.rs", text), ("time.rs", "")]);
            assert_eq!(free_of(&sources, &["pure"], &forbidden).len(), 1, "{text}");
        }
        let sources = Sources::made_up(&[("pure.rs", "use std::fmt; use crate::time::Day; fn fs(println: Day) {}")]);
        assert!(free_of(&sources, &["pure"], &forbidden).is_empty());
    }

    #[test]
    fn a_long_file_is_found() {
        assert!(length([("a.rs", 400)], 400).is_empty());
        assert_eq!(length([("a.rs", 400), ("b.rs", 401)], 400).first().unwrap(), "b.rs has 401 lines, more than 400");
    }

    #[test]
    fn code_in_a_door_is_found() {
        let door = "//! A room.\n#[macro_use]\nmod a;\npub(crate) use a::A;\npub mod v1 { include!(\"it\"); }";
        for (text, is_door) in [
            (door, true),
            ("mod a; fn f() {}", false),
            ("mod a; const ROOM: u32 = 1;", false),
            ("mod a { pub struct A; }", false),
            ("mod a; #[cfg(test)] mod tests;", true),
        ] {
            let sources = Sources::made_up(&[("room/mod.rs", text), ("room/a.rs", "fn f() {}")]);
            assert_eq!(not_doors(&sources).is_empty(), is_door, "{text}");
        }
    }
}
