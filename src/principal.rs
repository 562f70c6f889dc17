//! Who makes a call.

use crate::event::Tenant;

/// Who makes a call. Until identities come there is one: whoever reaches the port runs the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Whoever runs the service. May read and write everything of the default tenant.
    LocalOperator,
}

impl Principal {
    /// Whose data the principal works on.
    #[must_use]
    pub fn tenant(&self) -> Tenant {
        match self {
            Self::LocalOperator => Tenant::default(),
        }
    }
}
