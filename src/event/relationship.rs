//! Whose data it is, and who deals with whom.

use super::vocabulary::PartyRole;

/// Whose data it is. Until authentication comes there is one tenant, [`Tenant::default`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(pub String);

impl Default for Tenant {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// A directed relationship: `customer` asks, `supplier` is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relationship {
    /// The party that asks: an opaque id.
    pub customer: String,
    /// The party that is asked: an opaque id.
    pub supplier: String,
}

impl Relationship {
    /// The opposite direction: the supplier as the customer.
    #[must_use]
    pub fn reverse(&self) -> Self {
        Self { customer: self.supplier.clone(), supplier: self.customer.clone() }
    }

    /// Who has a role in it.
    #[must_use]
    pub fn party(&self, role: PartyRole) -> &str {
        match role {
            PartyRole::Customer => &self.customer,
            PartyRole::Supplier => &self.supplier,
        }
    }
}
