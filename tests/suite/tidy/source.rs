//! Source files, parsed, and every path that the code in them names. Tests do not count: they may use what they like.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, iter,
    path::Path,
};

use syn::{
    Attribute, Item, ItemMod, ItemUse, Macro, Meta, UseTree, Visibility,
    visit::{self, Visit},
};

use crate::support::files::{files_below, has_extension};

/// The place of a module: `["score", "explain"]` for `crate::score::explain`, nothing for the crate itself.
pub type Module = Vec<String>;

/// A path as it is written somewhere: in a `use`, an expression, a type, a macro.
#[derive(Clone, Debug)]
pub struct Named {
    /// The module that it stands in.
    pub within: Module,
    pub segments: Vec<String>,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Where something is used.
    Plain,
    /// A `use`, and the name that it gives; `public` where it hands the name on.
    Use { name: String, public: bool },
    /// A `use` of everything in a module.
    Glob { public: bool },
}

impl Named {
    /// Whether it only hands on what is used elsewhere.
    pub fn is_reexport(&self) -> bool {
        matches!(self.kind, Kind::Use { public: true, .. } | Kind::Glob { public: true })
    }
}

/// One source file.
pub struct Source {
    /// The path from the folder of sources: `score/mod.rs`.
    pub path: String,
    pub module: Module,
    pub named: Vec<Named>,
    /// The names of its items.
    pub declares: BTreeSet<String>,
    /// Whether it holds nothing but modules, uses, and modules of what is generated.
    pub is_door: bool,
}

impl Source {
    /// The room that it belongs to: the first part of its module. The crate's own file belongs to none.
    pub fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }
}

/// The sources of a crate without its tests.
pub struct Sources {
    pub files: Vec<Source>,
    /// The file that each module stands in, whether it has one of its own or not.
    pub modules: BTreeMap<Module, usize>,
}

impl Sources {
    /// Those of a folder, but for the program: what counts is the library.
    pub fn of(folder: &Path) -> Self {
        let paths = files_below(folder).into_iter().filter(|path| has_extension(path, "rs") && path != "main.rs");
        Self::parse(paths.map(|path| {
            let text = fs::read_to_string(folder.join(&path)).unwrap();
            (path, text)
        }))
    }

    /// Files by their path and text.
    pub fn parse(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let parsed: Vec<(String, Vec<Item>)> = files
            .into_iter()
            .map(|(path, text)| {
                let items = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}")).items;
                (path, items)
            })
            .collect();
        let is_test = |item: &&ItemMod| item.content.is_none() && is_for_tests(&item.attrs);
        let of_tests = |path: &str, item: &ItemMod| below(&module_of(path), &item.ident.to_string());
        let tests: BTreeSet<Module> = parsed
            .iter()
            .flat_map(|(path, items)| modules_in(items).filter(is_test).map(move |item| of_tests(path, item)))
            .collect();
        let mut sources = Self { files: Vec::new(), modules: BTreeMap::new() };
        for (path, items) in parsed {
            let module = module_of(&path);
            if (1..=module.len()).any(|length| tests.contains(&module[..length])) {
                continue;
            }
            let mut names = Names { within: module.clone(), modules: vec![module.clone()], named: Vec::new() };
            for item in &items {
                names.visit_item(item);
            }
            sources.modules.extend(names.modules.into_iter().zip(iter::repeat(sources.files.len())));
            let declares = items.iter().filter_map(name).collect();
            let is_door = items.iter().all(is_of_a_door);
            sources.files.push(Source { path, module, named: names.named, declares, is_door });
        }
        sources
    }

    /// Made-up files.
    #[cfg(test)]
    pub fn made_up(files: &[(&str, &str)]) -> Self {
        Self::parse(files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())))
    }
}

fn module_of(path: &str) -> Module {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

fn below(module: &[String], name: &str) -> Module {
    [module, &[name.to_owned()]].concat()
}

fn modules_in(items: &[Item]) -> impl Iterator<Item = &ItemMod> {
    items.iter().filter_map(|item| if let Item::Mod(module) = item { Some(module) } else { None })
}

/// Whether something is compiled for tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && list.tokens.to_string() == "test"
    })
}

/// Walks through a file and notes what it names.
struct Names {
    within: Module,
    modules: Vec<Module>,
    named: Vec<Named>,
}

impl Names {
    fn note(&mut self, segments: Vec<String>, kind: Kind) {
        self.named.push(Named { within: self.within.clone(), segments, kind });
    }

    /// Notes what a `use` names, which begins with `before`.
    fn note_use(&mut self, tree: &UseTree, before: &[String], public: bool) {
        match tree {
            UseTree::Path(path) => self.note_use(&path.tree, &below(before, &path.ident.to_string()), public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_use(tree, before, public)),
            UseTree::Glob(_) => self.note(before.to_vec(), Kind::Glob { public }),
            UseTree::Name(name) => self.note_name(before, &name.ident.to_string(), None, public),
            UseTree::Rename(rename) => {
                self.note_name(before, &rename.ident.to_string(), Some(rename.rename.to_string()), public);
            }
        }
    }

    fn note_name(&mut self, before: &[String], last: &str, renamed: Option<String>, public: bool) {
        // `use module::{self}` names the module itself.
        let segments = if last == "self" && !before.is_empty() { before.to_vec() } else { below(before, last) };
        let name = renamed.unwrap_or_else(|| segments.last().cloned().unwrap_or_default());
        self.note(segments, Kind::Use { name, public });
    }

    /// Notes the paths in a piece of text that no parser knows the grammar of: what stands in a macro.
    fn note_tokens(&mut self, text: &str) {
        let text = text.replace(|it: char| !it.is_alphanumeric() && it != '_' && it != ':', " ").replace("::", " :: ");
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut place = 0;
        while place < words.len() {
            let mut end = place + 1;
            while words.get(end) == Some(&"::") && words.get(end + 1).is_some_and(|word| is_name(word)) {
                end += 2;
            }
            if end > place + 1 && is_name(words[place]) {
                let segments = words[place..end].iter().step_by(2).map(|&word| word.to_owned()).collect();
                self.note(segments, Kind::Plain);
            }
            place = end;
        }
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).is_some_and(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if let Some((_, items)) = &item.content {
            let inner = below(&self.within, &item.ident.to_string());
            let outer = std::mem::replace(&mut self.within, inner);
            self.modules.push(self.within.clone());
            for item in items {
                self.visit_item(item);
            }
            self.within = outer;
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_use(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.note(path.segments.iter().map(|segment| segment.ident.to_string()).collect(), Kind::Plain);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
        self.note_tokens(&item.tokens.to_string());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.visit_path(attribute.path());
        if let Meta::List(list) = &attribute.meta {
            self.note_tokens(&list.tokens.to_string());
        }
    }

    /// `pub(in crate::room)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn attributes(item: &Item) -> Option<&[Attribute]> {
    Some(match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => return None,
    })
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn is_of_a_door(item: &Item) -> bool {
    let is_generated = |items: &[Item]| items.iter().all(|item| matches!(item, Item::Macro(_)));
    match item {
        Item::Use(_) => true,
        Item::Mod(module) => module.content.as_ref().is_none_or(|(_, items)| is_generated(items)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let sources = Sources::made_up(&[("room/file.rs", text)]);
        sources.files[0].named.iter().map(|named| named.segments.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(named("use crate::{a::{self, B as C}, d::*};"), ["crate::a", "crate::a::B", "crate::d"]);
        for code in [
            "fn f() -> crate::x::Y { todo() }",
            "fn f(it: &Vec<crate::x::Y>) {}",
            "fn f() { let it = crate::x::Y::of(1); }",
            "fn f() { print(format!(\"{}\", g(1, crate::x::Y))); }",
            "impl<T: crate::x::Y> Z for T {}",
            "#[derive(crate::x::Y)] struct Z;",
            "macro_rules! m { () => { $crate::x::Y } }",
            "mod inner { pub use crate::x::Y; }",
        ] {
            assert!(named(code).iter().any(|path| path.starts_with("crate::x::Y")), "{code}: {:?}", named(code));
        }
    }

    #[test]
    fn what_uses_nothing_is_not_found() {
        for code in [
            "/// As in [`crate::x::Y`].\nstruct Z;",
            "pub(in crate::x) struct Z;",
            "#[cfg(test)] mod tests { use crate::x::Y; }",
            "#[cfg(test)] fn f() { crate::x::y(); }",
            "const TEXT: &str = \"crate::x::Y\";",
        ] {
            assert!(!named(code).iter().any(|path| path.starts_with("crate::x")), "{code}: {:?}", named(code));
        }
        let files =
            [("room/mod.rs", "#[cfg(test)] mod tests;"), ("room/tests/mod.rs", "mod a;"), ("room/tests/a.rs", "")];
        let left: Vec<String> = Sources::made_up(&files).files.into_iter().map(|file| file.path).collect();
        assert_eq!(left, ["room/mod.rs"]);
    }
}
