//! Which file uses which, through whatever door a name comes, and the circles in that.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Kind, Module, Named, Sources};

/// How many doors a name may come through: more are a circle of re-exports.
const MOST_DOORS: usize = 20;

impl Sources {
    /// The path from the crate's root that a path means; none where it does not begin in this crate.
    pub fn absolute(&self, named: &Named) -> Option<Module> {
        let mut segments = named.segments.iter().peekable();
        let first = segments.peek()?.as_str();
        let mut path = match first {
            "crate" => Module::new(),
            "self" | "super" => named.within.clone(),
            _ if self.modules.contains_key(&[&named.within[..], &[first.to_owned()]].concat()) => named.within.clone(),
            _ => return None,
        };
        while let Some(segment) = segments.next_if(|segment| ["crate", "self", "super"].contains(&segment.as_str())) {
            if segment == "super" {
                path.pop();
            }
        }
        path.extend(segments.cloned());
        Some(path)
    }

    /// The files that what a path means may stand in: two where a module and what it hands on have one name.
    pub fn stands_in(&self, absolute: &[String]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        self.look_up(absolute, MOST_DOORS, &mut found);
        found
    }

    fn look_up(&self, absolute: &[String], doors: usize, found: &mut BTreeSet<usize>) {
        let is_module = |length: &usize| self.modules.contains_key(&absolute[..*length]);
        let (Some(length), Some(doors)) = ((0..=absolute.len()).rev().find(is_module), doors.checked_sub(1)) else {
            return;
        };
        let is_itself_one = length == absolute.len();
        if is_itself_one {
            found.insert(self.modules[absolute]);
        }
        let (module, name) = absolute.split_at(if is_itself_one { length.saturating_sub(1) } else { length });
        let Some((name, rest)) = name.split_first() else { return };
        let through = self.passed_on(module, name);
        if through.is_empty() && !is_itself_one {
            found.insert(self.modules[module]);
        }
        for path in through {
            self.look_up(&[&path[..], rest].concat(), doors, found);
        }
    }

    /// Where a name of a module comes from, if it comes from elsewhere.
    fn passed_on(&self, module: &[String], name: &str) -> Vec<Module> {
        let Some(&file) = self.modules.get(module) else { return Vec::new() };
        let declares =
            |module: &Module| self.modules.get(module).is_some_and(|&file| self.files[file].declares.contains(name));
        let here = self.files[file].named.iter().filter(|named| named.within == module);
        let mut paths = Vec::new();
        for named in here {
            match &named.kind {
                Kind::Use { name: given, .. } if given == name => paths.extend(self.absolute(named)),
                Kind::Glob { public: true } => {
                    let all_of = self.absolute(named).filter(|all_of| declares(all_of));
                    paths.extend(all_of.map(|all_of| [&all_of[..], &[name.to_owned()]].concat()));
                }
                Kind::Use { .. } | Kind::Glob { .. } | Kind::Plain => {}
            }
        }
        paths.retain(|path| !(path.len() == module.len() + 1 && path.starts_with(module)));
        paths
    }

    /// Which files of its own room each file uses. Handing on is not using.
    fn uses(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut graph: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (place, file) in self.files.iter().enumerate() {
            let counts = |other: &usize| *other != place && self.files[*other].room() == file.room();
            let named = file.named.iter().filter(|named| !named.is_reexport()).filter_map(|named| self.absolute(named));
            graph.insert(place, named.flat_map(|path| self.stands_in(&path)).filter(counts).collect());
        }
        graph
    }

    /// The circles of files within a room: each as the files of which every one uses, at last, every other.
    pub fn circles(&self) -> BTreeSet<Vec<String>> {
        let uses = self.uses();
        let reached: BTreeMap<usize, BTreeSet<usize>> =
            uses.keys().map(|&file| (file, reachable(file, &uses))).collect();
        let together = |file: usize| -> Vec<String> {
            let others = reached[&file].iter().filter(|other| reached[*other].contains(&file));
            let paths: BTreeSet<&String> = others.map(|&other| &self.files[other].path).collect();
            paths.into_iter().cloned().collect()
        };
        reached.keys().map(|&file| together(file)).filter(|circle| !circle.is_empty()).collect()
    }
}

/// What is used from a file on: the file itself only if a circle leads back to it.
fn reachable(from: usize, uses: &BTreeMap<usize, BTreeSet<usize>>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<usize> = uses[&from].iter().copied().collect();
    while let Some(file) = ahead.pop() {
        if reached.insert(file) {
            ahead.extend(&uses[&file]);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        Sources::made_up(files).circles().into_iter().map(|circle| circle.join(" ")).collect()
    }

    #[test]
    fn two_files_that_use_each_other_are_a_circle_through_any_door() {
        let door = ("room/mod.rs", "mod a; mod b; mod c; pub use a::A; pub use b::{B, b}; use c::C;");
        let b = ("room/b.rs", "use super::a; pub struct B(a::A); pub fn b() {}");
        let c = ("room/c.rs", "pub struct C;");
        let circle = ["room/a.rs room/b.rs"];
        for a in [
            "use super::B; pub struct A;",
            "use super::b::B; pub struct A;",
            "use crate::room::B; pub struct A;",
            "use crate::room::{self}; pub struct A(room::B); fn f(b: crate::room::B) {}",
            "pub struct A; fn f() { super::b(); }",
            "pub struct A; fn f() { g(vec![super::b::B]); }",
        ] {
            assert_eq!(circles(&[door, ("room/a.rs", a), b, c]), circle, "{a}");
        }
        for a in ["use super::C; pub struct A;", "pub struct A; #[cfg(test)] mod tests { use super::super::B; }"] {
            assert!(circles(&[door, ("room/a.rs", a), b, c]).is_empty(), "{a}");
        }
    }

    #[test]
    fn a_room_used_by_its_own_files_is_in_a_circle_only_where_it_has_code() {
        let child = ("room/a.rs", "use super::Kept; pub struct A;");
        let code = ("room/mod.rs", "mod a; use a::A; pub struct Kept; fn f(a: A) {}");
        assert_eq!(circles(&[code, child]), ["room/a.rs room/mod.rs"]);
        let door = ("room/mod.rs", "mod a; mod kept; pub use a::A; pub use kept::Kept;");
        assert!(circles(&[door, child, ("room/kept.rs", "pub struct Kept;")]).is_empty());
    }

    #[test]
    fn a_longer_way_round_is_one_circle() {
        let files = [
            ("room/mod.rs", "pub mod a; mod b; mod c;"),
            ("room/a.rs", "use super::b::B;"),
            ("room/b.rs", "use super::c::C; pub struct B;"),
            ("room/c.rs", "use super::a; pub struct C;"),
            ("other.rs", "use crate::room::a;"),
        ];
        assert_eq!(circles(&files), ["room/a.rs room/b.rs room/c.rs"]);
    }
}
