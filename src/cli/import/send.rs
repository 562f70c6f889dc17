//! One batch to the server, and what became of it.

use super::{
    feed::{Fate, Feed},
    records::ItemBatch,
    rejects::{Origin, Reject},
};
use crate::{api::v1::Rejection, cli::failure::Failure};

/// What became of a batch.
pub(super) struct BatchResult {
    pub taken: u64,
    pub known: u64,
    pub rejected: Vec<Reject>,
}

/// Sends a batch, and sorts what became of its items.
pub(super) async fn send<F: Feed>(mut feed: F, batch: ItemBatch<F::Item>) -> Result<BatchResult, Failure> {
    let (items, origins): (Vec<_>, Vec<_>) = batch.items.into_iter().unzip();
    let mut result = BatchResult { taken: 0, known: 0, rejected: batch.rejected };
    if items.is_empty() {
        return Ok(result);
    }
    let fates = feed.send(items).await?;
    if fates.len() != origins.len() {
        return Err(Failure::new(format!("the server answered for fewer {} than it was sent", F::WORDS.items)));
    }
    for (fate, origin) in fates.into_iter().zip(origins) {
        match fate {
            Fate::Taken => result.taken += 1,
            Fate::Known => result.known += 1,
            Fate::Refused(rejection) => result.rejected.push(reject(&rejection, origin)),
        }
    }
    Ok(result)
}

fn reject(rejection: &Rejection, origin: Origin) -> Reject {
    let reason = rejection.reason().as_str_name().trim_start_matches("ERROR_REASON_");
    let violations = rejection.violations.iter().map(|it| format!("{}: {}", it.field, it.description));
    let faults = if rejection.violations.is_empty() { vec![rejection.message.clone()] } else { violations.collect() };
    Reject::new(origin, reason, faults)
}
