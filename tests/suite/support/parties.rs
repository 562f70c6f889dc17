//! Parties for the tests.

use std::sync::Arc;

use rapport::{calendar::Calendars, model::Model, models::Models, party::Party, registry::Registry, store::Store};

/// The registry of a store whose tenants are scored under the default model.
pub fn registry(store: Arc<dyn Store>) -> Registry {
    Registry::new(store, Arc::new(Models::new(Model::default())))
}

/// A party of which only the parent is known; "" where it has none.
pub fn party(id: &str, parent: &str) -> Party {
    Party {
        id: id.to_owned(),
        display_name: String::new(),
        parent: Some(parent.to_owned()).filter(|id| !id.is_empty()),
        category: None,
        kind: None,
        calendars: Calendars::default(),
    }
}
