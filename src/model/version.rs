//! Which model is which: by its values, and by the formulas that read them.

use std::{fmt, sync::Arc};

use sha2::{Digest, Sha256};

use super::parameters::Model;
use crate::fingerprint::fingerprint;

/// The number of the formulas. What is folded under a version is never folded anew, so whoever changes what events add up
/// to, or what a score makes of that, without a new key in the model, counts it up: it is a part of every version.
pub const FORMULAS: u32 = 4;

/// The version of a model: which one it is. It is cheap to clone; the default is that of none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelVersion(Arc<str>);

impl ModelVersion {
    /// The version of that name, as a store has kept it or a request asks for it: there need not be such a model. The
    /// version of a model comes from [`Model::version`].
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Model {
    /// All values as JSON, always in the same order.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it never panics: numbers always serialize")]
    pub fn content(&self) -> String {
        serde_json::to_string(self).expect("a model is plain data")
    }

    /// The model of a version with this [`Self::content`]. Returns `None` if this program would not make the same of it:
    /// it has other keys or other formulas.
    #[must_use]
    pub fn of_content(content: &str, version: &ModelVersion) -> Option<Self> {
        let model: Self = serde_json::from_str(content).ok()?;
        (model.version() == *version).then_some(model)
    }

    /// The fingerprint of the model's values and of the formulas: 12 hexadecimal digits. Equal models have equal versions.
    #[must_use]
    pub fn version(&self) -> ModelVersion {
        let mut digest = Sha256::new_with_prefix(FORMULAS.to_be_bytes());
        digest.update(self.content());
        ModelVersion::named(fingerprint(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_its_name() {
        let version = Model::default().version();
        assert_eq!(version, ModelVersion::named(version.to_string()));
        assert_eq!((version.as_str().len(), ModelVersion::default().as_str()), (12, ""));
        assert!(ModelVersion::named("one") < ModelVersion::named("two"));
    }
}
