//! How long passing trouble of a server is borne: sending twice does no more than sending once.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// How often a batch is tried.
const TRIES: u32 = 7;
/// Before the second try; it doubles with every further one, so that a server may be away for half a minute.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The tries that are left, and the pause before the next.
pub(super) struct Patience {
    tries: u32,
    pause: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { tries: TRIES - 1, pause: FIRST_PAUSE }
    }

    /// Pauses where it makes sense to try again; else gives the trouble back.
    pub(super) async fn bear(&mut self, trouble: Status) -> Result<(), Status> {
        if self.tries == 0 || !is_passing(&trouble) {
            return Err(trouble);
        }
        tokio::time::sleep(self.pause).await;
        self.tries -= 1;
        self.pause *= 2;
        Ok(())
    }
}

/// What the service calls passing, and what the transport says by itself when a connection breaks.
fn is_passing(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => true,
        Code::Unknown | Code::Internal | Code::Cancelled => status.get_error_details().error_info().is_none(),
        _ => false,
    }
}
