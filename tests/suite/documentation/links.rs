//! Links within the repository, and pages that are named anywhere in it.

use std::{collections::BTreeSet, fs, path::Path};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::support::files::{files_below, has_extension};

/// Links of a page that lead nowhere: no such file, or no such heading in it.
pub fn broken(root: &Path, page: &str, text: &str) -> Vec<String> {
    let folder = root.join(page).parent().unwrap().to_owned();
    let mut broken = Vec::new();
    for link in links(text).into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
        let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
        let path = if file.is_empty() { root.join(page) } else { folder.join(file) };
        let has_heading = || fs::read_to_string(&path).is_ok_and(|text| headings(&text).contains(heading));
        if !path.exists() || (!heading.is_empty() && !has_heading()) {
            broken.push(format!("{page}: {link}"));
        }
    }
    broken
}

/// Pages below `docs/` that one of the files in a folder names, and that are not there.
pub fn missing_pages(root: &Path, folder: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for path in files_below(&root.join(folder)) {
        let Ok(text) = fs::read_to_string(root.join(folder).join(&path)) else { continue };
        missing.extend(missing_in(root, &text).into_iter().map(|page| format!("{folder}/{path}: {page}")));
    }
    missing
}

/// Pages that a text names, and that are not there.
pub fn missing_in(root: &Path, text: &str) -> Vec<String> {
    pages_named(text).into_iter().filter(|page| !root.join(page).exists()).collect()
}

fn pages_named(text: &str) -> BTreeSet<String> {
    let words = text.split(|it: char| !(it.is_ascii_alphanumeric() || "/_-.".contains(it)));
    let page = |word: &str| {
        let word = word[word.find("docs/")?..].trim_end_matches('.');
        has_extension(word, "md").then(|| word.to_owned())
    };
    words.filter_map(page).collect()
}

fn links(text: &str) -> Vec<String> {
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    };
    Parser::new(text).filter_map(link).collect()
}

/// The headings of a page as links name them.
fn headings(text: &str) -> BTreeSet<String> {
    let (mut found, mut heading) = (BTreeSet::new(), None);
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|it| *it += &text),
            Event::End(TagEnd::Heading(_)) => found.extend(heading.take().map(|it| anchor(&it))),
            _ => {}
        }
    }
    found
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|it| it.is_alphanumeric() || "-_".contains(*it)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nowhere_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        let other = "# Does it `really` predict?\n\n[back](../a.md) [here](#does-it-really-predict)";
        fs::write(folder.path().join("sub/b.md"), other).unwrap();
        let page = "[b](sub/b.md) [there](sub/b.md#does-it-really-predict) [out](https://x.example/sub/none.md)\n\
                    [c](sub/c.md) [nowhere](sub/b.md#nowhere) ![no picture](d.png) [e](#gone)";
        fs::write(folder.path().join("a.md"), page).unwrap();
        let found = ["sub/c.md", "sub/b.md#nowhere", "d.png", "#gone"].map(|link| format!("a.md: {link}"));
        assert_eq!(broken(folder.path(), "a.md", page), found);
        assert!(broken(folder.path(), "sub/b.md", other).is_empty());
    }

    #[test]
    fn a_page_that_is_named_but_gone_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let docs = folder.path().join("docs");
        fs::create_dir(&docs).unwrap();
        fs::write(docs.join("here.md"), "").unwrap();
        let text = ["// see `docs", "/here.md`, `../docs", "/nowhere.md`, docs/nowhere.txt"].concat();
        fs::write(docs.join("code.rs"), text).unwrap();
        let missing = missing_pages(folder.path(), "docs");
        assert!(missing.len() == 1 && missing[0].ends_with("/nowhere.md"), "{missing:?}");
    }
}
