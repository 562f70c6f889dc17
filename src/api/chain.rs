//! `GetChain`: everyone behind a supplier.

use super::{
    Fault,
    call::Call,
    fields::Fields,
    limits::{DEFAULT_CHAIN_DEPTH, DEFAULT_CHAIN_WIDTH, MAX_CHAIN_DEPTH, MAX_CHAIN_WIDTH},
    present,
    query::Fresh,
    v1,
};
use crate::reader::Reach;

pub(super) async fn get_chain(call: Call, request: v1::GetChainRequest) -> Result<v1::GetChainResponse, Fault> {
    let mut fields = Fields::of(&call);
    let relationship = fields.relationship(request.customer, request.supplier);
    let reach = Reach {
        depth: fields.bounded("depth", request.depth, DEFAULT_CHAIN_DEPTH, MAX_CHAIN_DEPTH),
        width: fields.bounded("width", request.width, DEFAULT_CHAIN_WIDTH, MAX_CHAIN_WIDTH),
    };
    let moment = fields.moment(request.as_of, request.known_at, &request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let read = query.read(|reader, tenant, moment| reader.chain(tenant, &relationship, reach, moment));
    let Fresh { value, context, .. } = read.await?;
    Ok(v1::GetChainResponse { chain: Some(present::chain(value, &context)) })
}
