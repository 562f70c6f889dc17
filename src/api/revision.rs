//! The revision token: opaque, versioned, and aware of its database.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Fault;
use crate::store::Revision;

/// The layout below: this byte, the revision in eight bytes, and the database's id.
const LAYOUT: u8 = 1;

/// The token of a revision of `datastore`.
pub(super) fn encode(datastore: &str, revision: Revision) -> String {
    let mut bytes = vec![LAYOUT];
    bytes.extend(revision.number().to_be_bytes());
    bytes.extend(datastore.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The revision that a token of `datastore` stands for, which came in `field`; [`Revision::ZERO`], which everything is as
/// fresh as, where it is empty.
pub(super) fn decode(field: &str, datastore: &str, token: &str) -> Result<Revision, Fault> {
    if token.is_empty() {
        return Ok(Revision::ZERO);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Fault::revision(field))?;
    let (number, id) = match bytes.split_first() {
        Some((&LAYOUT, rest)) => rest.split_first_chunk().ok_or_else(|| Fault::revision(field))?,
        _ => return Err(Fault::revision(field)),
    };
    let number = i64::from_be_bytes(*number);
    if id.is_empty() || number < 0 {
        Err(Fault::revision(field))
    } else if id == datastore.as_bytes() {
        Ok(Revision::new(number))
    } else {
        Err(Fault::foreign_revision(field))
    }
}

/// Refuses an answer that was read at `read`, where it must be at least as fresh as `wanted`.
pub(super) fn check(read: Revision, wanted: Revision) -> Result<(), Fault> {
    if read < wanted { Err(Fault::revision_ahead()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::v1::ErrorReason;

    #[test]
    fn a_token_comes_back_and_knows_its_database() {
        let decode = |datastore, token: &str| decode("at_least_as_fresh", datastore, token);
        let token = encode("one", Revision::new(42));
        assert_eq!(decode("one", &token).unwrap(), Revision::new(42));
        assert_eq!(decode("one", "").unwrap(), Revision::ZERO);
        assert_eq!(decode("two", &token).unwrap_err().reason, ErrorReason::ForeignRevision);
        for damaged in ["x", "!!", "AQ", "AgAAAAAAAAAqb25l"] {
            assert_eq!(decode("one", damaged).unwrap_err().reason, ErrorReason::InvalidRevision, "{damaged}");
        }
    }
}
