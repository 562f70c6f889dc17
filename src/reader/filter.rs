//! Relationships selected by what is known about one of their parties.

use std::collections::HashSet;

use crate::{
    event::{PartyRole, Relationship},
    party::{Party, Tree},
    store::{Read, StoreError},
};

/// What must be known about the party in one role. All filters given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyFilter {
    /// Whose party it is about.
    pub role: PartyRole,
    /// Is this party, or part of it, however far down.
    pub parent: Option<String>,
    /// Is of this category.
    pub category: Option<String>,
}

impl PartyFilter {
    /// Passes every relationship.
    pub const ANYONE: Self = Self { role: PartyRole::Supplier, parent: None, category: None };

    /// Whether every relationship passes.
    pub(super) fn is_anyone(&self) -> bool {
        self.parent.is_none() && self.category.is_none()
    }

    /// The relationships that pass, in their order.
    pub(super) async fn pass(
        &self,
        tx: &mut dyn Read,
        mut relationships: Vec<Relationship>,
    ) -> Result<Vec<Relationship>, StoreError> {
        if let Some(parent) = &self.parent {
            let tree = Tree::of(&tx.parts(&[parent]).await?);
            self.keep(&mut relationships, tree.descendants(parent));
        }
        if let Some(category) = &self.category {
            let parties: HashSet<&str> = relationships.iter().map(|it| it.party(self.role)).collect();
            let known = tx.parties(&parties.into_iter().collect::<Vec<_>>()).await?;
            let of_category = known.into_iter().filter(|party| party.category.as_ref() == Some(category));
            self.keep(&mut relationships, of_category.map(|Party { id, .. }| id));
        }
        Ok(relationships)
    }

    fn keep(&self, relationships: &mut Vec<Relationship>, parties: impl IntoIterator<Item = String>) {
        let parties: HashSet<String> = parties.into_iter().collect();
        relationships.retain(|it| parties.contains(it.party(self.role)));
    }
}
