//! What is imported, and what takes it: events, or parties.

use prost::Message;
use tonic::transport::Channel;

use super::{event_stream::EventStream, patience::Patience};
use crate::{
    api::{
        event_from_json, party_from_json,
        v1::{
            Event, EventResult, Party, PartyResult, RecordStatus, Rejection, UpsertPartiesRequest, UpsertStatus,
            party_service_client::PartyServiceClient,
        },
    },
    cli::failure::Failure,
};

/// A service that takes items out of files, in batches. Sending a batch twice does no more than sending it once.
pub(super) trait Feed: Clone {
    /// What a line holds.
    type Item: Message + Default + Clone + 'static;
    /// How to speak of it.
    const WORDS: Words;

    /// An item from one line of JSON, or what is wrong with the line.
    fn read(json: &str) -> Result<Self::Item, String>;

    /// Sends a batch, again where there is passing trouble; returns what became of each item, in their order.
    async fn send(&mut self, items: Vec<Self::Item>) -> Result<Vec<Fate>, Failure>;
}

/// The words for what an import did.
pub(super) struct Words {
    pub items: &'static str,
    /// What became of an item that the server took.
    pub taken: &'static str,
    /// What an item was that the server knew already.
    pub known: &'static str,
}

/// What became of one item.
pub(super) enum Fate {
    Taken,
    Known,
    Refused(Rejection),
}

impl Feed for EventStream {
    type Item = Event;
    const WORDS: Words = Words { items: "events", taken: "recorded", known: "duplicates" };

    fn read(json: &str) -> Result<Event, String> {
        event_from_json(json)
    }

    async fn send(&mut self, events: Vec<Event>) -> Result<Vec<Fate>, Failure> {
        let fate = |result: EventResult| match result.status() {
            RecordStatus::Recorded => Fate::Taken,
            RecordStatus::Duplicate => Fate::Known,
            RecordStatus::Rejected | RecordStatus::Unspecified => {
                let EventResult { reason, message, violations, .. } = result;
                Fate::Refused(Rejection { reason, message, violations })
            }
        };
        Ok(self.record(events).await?.into_iter().map(fate).collect())
    }
}

impl Feed for PartyServiceClient<Channel> {
    type Item = Party;
    const WORDS: Words = Words { items: "parties", taken: "stored", known: "unchanged" };

    fn read(json: &str) -> Result<Party, String> {
        party_from_json(json)
    }

    async fn send(&mut self, parties: Vec<Party>) -> Result<Vec<Fate>, Failure> {
        let mut patience = Patience::new();
        let response = loop {
            match self.upsert_parties(UpsertPartiesRequest { parties: parties.clone() }).await {
                Ok(response) => break response.into_inner(),
                Err(status) => patience.bear(status).await?,
            }
        };
        let fate = |result: PartyResult| match result.status() {
            UpsertStatus::Stored => Fate::Taken,
            UpsertStatus::Unchanged => Fate::Known,
            UpsertStatus::Rejected | UpsertStatus::Unspecified => {
                let PartyResult { reason, message, violations, .. } = result;
                Fate::Refused(Rejection { reason, message, violations })
            }
        };
        Ok(response.results.into_iter().map(fate).collect())
    }
}
