//! Parties for the tests.

use rapport::party::Party;

/// A party of which only the parent is known; "" where it has none.
pub fn party(id: &str, parent: &str) -> Party {
    Party {
        id: id.to_owned(),
        display_name: String::new(),
        parent: Some(parent.to_owned()).filter(|id| !id.is_empty()),
        category: None,
        kind: None,
    }
}
