//! Fingerprints: short names of contents.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Bytes of a digest that a fingerprint has.
const BYTES: usize = 6;

/// The fingerprint of what was digested: 12 hexadecimal digits.
pub(crate) fn fingerprint(digest: Sha256) -> String {
    digest.finalize()[..BYTES].iter().fold(String::new(), |mut fingerprint, byte| {
        let _ = write!(fingerprint, "{byte:02x}");
        fingerprint
    })
}
