//! `rapport demo`: a made-up company, served.

use std::{net::SocketAddr, path::Path};

use clap::Args;

use super::{args::ServerArgs, client, failure::Failure, read, serve, text};
use crate::{
    api::{
        MAX_BATCH,
        v1::{Lens, ListScoresRequest, RecordEventsRequest},
        wire_event,
    },
    model::Model,
    server,
    simulation::{COMPANY, REFUSING, simulate},
    time::{Clock, SystemClock},
};

/// Every demo shows the same events.
const SEED: u64 = 2026;

#[derive(Args)]
pub(super) struct DemoArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:50051", value_name = "ADDRESS")]
    listen: SocketAddr,
}

pub(super) async fn run(args: DemoArgs) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new("the demo listens on loopback addresses only"));
    }
    let folder = std::env::temp_dir().join(format!("rapport-demo-{:08x}", rand::random::<u32>()));
    std::fs::create_dir(&folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    let database = folder.join("demo.db");
    let setup = serve::setup(&format!("sqlite:{}", database.display()), Model::default())?;
    let listener = serve::bind(args.listen).await?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    let serving = tokio::spawn(server::serve(setup, listener, serve::told_to_stop()?));
    let shown = show(&ServerArgs { server: format!("http://{address}") }).await;
    let ended = match shown {
        Ok(()) => {
            say!("{}", what_next(address, &database));
            serving.await.map_err(|error| Failure::new(error.to_string()))
        }
        Err(failure) => {
            serving.abort();
            Err(failure)
        }
    };
    let _ = std::fs::remove_dir_all(&folder);
    ended?.map_err(|error| Failure::new(error.to_string()))
}

/// Feeds the server and prints what it makes of it.
async fn show(server: &ServerArgs) -> Result<(), Failure> {
    client::wait_until_serving(server).await?;
    let events: Vec<_> = simulate(SEED, SystemClock.now()).into_iter().map(wire_event).collect();
    say!("Two years of {COMPANY}, which does not exist: {} made-up events.", events.len());
    let mut client = client::events(server).await?;
    for batch in events.chunks(MAX_BATCH) {
        client.record_events(RecordEventsRequest { events: batch.to_vec() }).await?;
    }
    let request = ListScoresRequest {
        customer: COMPANY.to_owned(),
        order_by: Lens::Partnership.into(),
        ..ListScoresRequest::default()
    };
    let scores = read::ranked(server, request, usize::MAX).await?.scores;
    say!("Its suppliers as they stand today, best partner first:\n\n{}\n", text::ranking(&scores));
    Ok(())
}

fn what_next(address: SocketAddr, database: &Path) -> String {
    format!(
        "Serving on http://{address} from {}; Ctrl-C ends the demo and removes the file.\n\
         Try in another terminal:\n  \
           rapport list --order-by responsiveness\n  \
           rapport explain '{COMPANY}' '{REFUSING}'\n  \
           rapport check '{COMPANY}' '{REFUSING}' --purpose order\n  \
           rapport events --customer '{COMPANY}' --supplier '{REFUSING}' --limit 20\n\
         Then: `rapport serve` keeps your own events, `rapport import FILE` feeds it.",
        database.display()
    )
}
