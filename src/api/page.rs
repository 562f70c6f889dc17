//! Page tokens: opaque, and bound to the query they continue and the database it was put to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    Fault,
    limits::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE},
};
use crate::event::Violation;

/// Where a page ends, and of which query.
#[derive(Serialize, Deserialize)]
struct Token<C> {
    query: String,
    cursor: C,
}

/// What a query is recognised by. Everything that decides which entries there are must be in `query`.
fn fingerprint(datastore: &str, query: &impl Message) -> String {
    let digest = Sha256::new().chain_update(datastore).chain_update([0]).chain_update(query.encode_to_vec()).finalize();
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

pub(super) fn encode<C: Serialize>(datastore: &str, query: &impl Message, cursor: C) -> Result<String, Fault> {
    let token = Token { query: fingerprint(datastore, query), cursor };
    let json = serde_json::to_vec(&token).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// None for the first page.
pub(super) fn decode<C: DeserializeOwned>(
    datastore: &str,
    query: &impl Message,
    token: &str,
) -> Result<Option<C>, Fault> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Fault::page_token())?;
    let token: Token<C> = serde_json::from_slice(&bytes).map_err(|_| Fault::page_token())?;
    if token.query == fingerprint(datastore, query) { Ok(Some(token.cursor)) } else { Err(Fault::page_token()) }
}

/// How many entries a page has: 0 asks for the default, too many are lowered, fewer than none is a violation.
pub(super) fn size(page_size: i32, faults: &mut Vec<Violation>) -> u32 {
    match u32::try_from(page_size) {
        Ok(0) => DEFAULT_PAGE_SIZE,
        Ok(size) => size.min(MAX_PAGE_SIZE),
        Err(_) => {
            faults.push(Violation::new("page_size", "must not be negative; 0 asks for the default"));
            DEFAULT_PAGE_SIZE
        }
    }
}

/// Reads text as a token, and as what a token holds.
pub(super) fn probe(datastore: &str, text: &str) {
    let query = super::v1::ListEventsRequest::default();
    let _ = decode::<serde_json::Value>(datastore, &query, text);
    if let Ok(cursor) = serde_json::from_str::<serde_json::Value>(text)
        && let Ok(token) = encode(datastore, &query, &cursor)
    {
        assert_eq!(decode(datastore, &query, &token).ok().flatten(), Some(cursor).filter(|it| !it.is_null()));
    }
}
