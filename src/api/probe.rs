//! What must hold of tokens, whatever text comes back from a client.

use super::{page, revision};

/// Reads text as each kind of token: no token is refused with a panic, and one that is taken comes back.
pub(crate) fn tokens(text: &str) {
    const DATASTORE: &str = "one";
    let decode = |token: &str| revision::decode("at_least_as_fresh", DATASTORE, token).ok();
    if let Some(revision) = decode(text) {
        assert_eq!(decode(&revision::encode(DATASTORE, revision)), Some(revision));
    }
    page::probe(DATASTORE, text);
}
