//! What may be known about one party, and what makes it valid.

use crate::{
    calendar::Calendars,
    event::{MAX_ID_BYTES, Violation, check_id, check_line},
    names::named,
};

/// Longest display name, in bytes of UTF-8.
pub const MAX_DISPLAY_NAME_BYTES: usize = 256;
/// Longest category, in bytes of UTF-8.
pub const MAX_CATEGORY_BYTES: usize = MAX_ID_BYTES;

/// What is known about one party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The id that events name it by.
    pub id: String,
    /// What people call it; empty where its id serves.
    pub display_name: String,
    /// The id of the party it is part of. That one need not be known itself.
    pub parent: Option<String>,
    /// What it is compared within: peers share a category.
    pub category: Option<String>,
    /// What it is, where that is known.
    pub kind: Option<PartyKind>,
    /// When it works; before the first of these, as what it is part of does.
    pub calendars: Calendars,
}

named! {
    /// What a party is, the largest first. Its name is that in the store and on the command line.
    pub enum PartyKind {
        /// A legal entity.
        Company = "company",
        /// A part of a company.
        Department = "department",
        /// A group of people who work together.
        Team = "team",
        /// One human being.
        Person = "person",
    }
}

/// Adds every fault that `party` has by itself. Whether it closes a circle only [`super::Tree::circle`] can tell.
pub fn check_party(party: &Party, faults: &mut Vec<Violation>) {
    check_id("party", &party.id, faults);
    check_line("display_name", &party.display_name, MAX_DISPLAY_NAME_BYTES, faults);
    if let Some(parent) = &party.parent {
        check_id("parent", parent, faults);
        if *parent == party.id {
            faults.push(Violation::new("parent", "must name another party: nobody is part of themselves"));
        }
    }
    if let Some(category) = &party.category {
        check_line("category", category, MAX_CATEGORY_BYTES, faults);
    }
}
