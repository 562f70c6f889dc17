//! `rapport cache`: how well a server's memory serves its reads.

use clap::Args;

use super::{
    args::{OutputArgs, ServerArgs},
    client,
    failure::Failure,
    print::print_json,
};
use crate::api::v1::{CacheStatus, GetCacheStatusRequest};

#[derive(Args)]
pub(super) struct CacheArgs {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: CacheArgs) -> Result<(), Failure> {
    let answer = client::scores(&args.server).await?.get_cache_status(GetCacheStatusRequest {}).await?;
    let cache = answer.into_inner().cache.unwrap_or_default();
    if args.output.json {
        return print_json("CacheStatus", &cache, true);
    }
    put!("{}", page(&cache));
    Ok(())
}

fn page(cache: &CacheStatus) -> String {
    let CacheStatus { bytes, max_bytes, relationships, hits, misses, refreshes } = cache;
    let mib = |bytes: i64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    format!(
        "relationships  {relationships}\nmemory         {} of {}\nreads          {hits} from memory, {misses} after \
         asking the database\nrefreshes      {refreshes}\n",
        mib(*bytes),
        mib(*max_bytes)
    )
}
