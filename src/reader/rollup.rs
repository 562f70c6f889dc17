//! A party as the sum of its parts: what may be asked, and what there is to say.

use super::answer::RelationshipScores;
use crate::{
    event::PartyRole,
    score::{Lens, Lives},
};

/// Whose roll-up, and how its parts and peers are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupQuery {
    /// The party.
    pub party: String,
    /// As what.
    pub role: PartyRole,
    /// Only what it does with this party and its parts; with anyone where none is given.
    pub counterparty: Option<String>,
    /// What parts and peers are compared by.
    pub lens: Lens,
    /// The currency that the lens goes by, where it is about money; the party's main one where none is given.
    pub currency: Option<String>,
    /// Which peers it is compared with.
    pub include: Lives,
}

/// A party as the sum of its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// All of it.
    pub whole: Sum,
    /// The currency that parts and peers are compared in; empty where the lens is not about money.
    pub currency: String,
    /// What it directly consists of, the weakest first. Parts that have no relationship in this role are left out.
    pub parts: Vec<Part>,
    /// Where it stands among its peers; none where it has no category, or no relationship in this role.
    pub peers: Option<PeerRank>,
}

/// Some relationships, summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// The scores. Its relationship names whom it was asked for; a side that is anyone is empty.
    pub scores: RelationshipScores,
    /// How many relationships there are.
    pub relationships: usize,
    /// How many of them are held down by a chain of strikes. The sum is not.
    pub capped: usize,
}

/// A part of a party.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its id.
    pub party: String,
    /// What people call it; empty where its id serves.
    pub display_name: String,
    /// Whether this is what the party does under its own id, beside its parts.
    pub own: bool,
    /// The part, with all that it consists of.
    pub sum: Sum,
}

/// A rank among the parties of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRank {
    /// The category.
    pub category: String,
    /// 1 for the best; equals share a rank.
    pub rank: usize,
    /// How many of the category have a relationship in this role and are compared, the party included.
    pub count: usize,
    /// How many were left out, because they are not among those asked for by how they live.
    pub left_out: usize,
}
