//! Page tokens: opaque, and bound to the query they continue and the database it was put to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::Fault;

/// A page that is asked for.
pub(super) struct Page<C> {
    /// How many entries it has at the most.
    pub size: u32,
    /// Where the page before it ended; none for the first.
    pub after: Option<C>,
    /// What the query is recognised by.
    pub query: String,
}

impl<C: Serialize> Page<C> {
    /// The token of the page that follows one that ends at `last`.
    pub fn next_token(&self, last: &C) -> Result<String, Fault> {
        encode(&self.query, last)
    }
}

/// Where a page ends, and of which query.
#[derive(Serialize, Deserialize)]
struct Token<C> {
    query: String,
    cursor: C,
}

/// What a query is recognised by. Everything that decides which entries there are must be in `query`.
pub(super) fn fingerprint(datastore: &str, query: &impl Message) -> String {
    let digest = Sha256::new().chain_update(datastore).chain_update([0]).chain_update(query.encode_to_vec()).finalize();
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

fn encode<C: Serialize>(query: &str, cursor: &C) -> Result<String, Fault> {
    let token = Token { query: query.to_owned(), cursor };
    let json = serde_json::to_vec(&token).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Where a page of the query ends; none for the first page, which needs no token.
pub(super) fn decode<C: DeserializeOwned>(query: &str, token: &str) -> Result<Option<C>, Fault> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Fault::page_token())?;
    let token: Token<C> = serde_json::from_slice(&bytes).map_err(|_| Fault::page_token())?;
    if token.query == query { Ok(Some(token.cursor)) } else { Err(Fault::page_token()) }
}

/// Reads text as a token, and as what a token holds.
pub(super) fn probe(datastore: &str, text: &str) {
    let query = fingerprint(datastore, &super::v1::ListEventsRequest::default());
    let _ = decode::<serde_json::Value>(&query, text);
    if let Ok(cursor) = serde_json::from_str::<serde_json::Value>(text)
        && let Ok(token) = encode(&query, &cursor)
    {
        assert_eq!(decode(&query, &token).ok().flatten(), Some(cursor).filter(|it| !it.is_null()));
    }
}
