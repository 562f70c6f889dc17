//! Parties on the wire.

use crate::{
    api::v1,
    party::{Party, PartyKind},
};

/// A party.
pub fn party(it: Party) -> v1::Party {
    v1::Party {
        party: it.id,
        display_name: it.display_name,
        parent: it.parent.unwrap_or_default(),
        category: it.category.unwrap_or_default(),
        kind: it.kind.map_or(0, PartyKind::to_wire),
    }
}
