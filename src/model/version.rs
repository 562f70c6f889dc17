//! Which model is which: by its values, and by the formulas that read them.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::parameters::Model;

/// The number of the formulas. What is folded under a version is never folded anew, so whoever changes what events add up
/// to, or what a score makes of that, without a new key in the model, counts it up: it is a part of every version.
pub const FORMULAS: u32 = 4;

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
    pub fn of_content(content: &str, version: &str) -> Option<Self> {
        let model: Self = serde_json::from_str(content).ok()?;
        (model.version() == version).then_some(model)
    }

    /// The fingerprint of the model's values and of the formulas: 12 hexadecimal digits. Equal models have equal versions.
    #[must_use]
    pub fn version(&self) -> String {
        let mut digest = Sha256::new_with_prefix(FORMULAS.to_be_bytes());
        digest.update(self.content());
        let digest = digest.finalize();
        digest[..6].iter().fold(String::new(), |mut version, byte| {
            let _ = write!(version, "{byte:02x}");
            version
        })
    }
}
