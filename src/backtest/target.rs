//! What is predicted of a request, and the channel that predicts it.

use crate::{
    event::{Payload, RequestKind},
    interaction::{Finding, Fold, Pending},
    model::Model,
    names::named,
    observation::{Channel, Observation},
    score::lead_of,
    time::Timestamp,
};

named! {
    /// Something that a request comes to, yes or no. Its name is that on the command line and on the wire.
    pub enum Target {
        /// The first answer (or the delivery, where nothing was said) comes in time. Silence past the due time is a no.
        OnTime = "on_time",
        /// The last word is an answer rather than a refusal. Says nothing while nothing is said.
        Answered = "answered",
        /// The last word is a full yes, or a delivery: no refusal, no part, no counter-offer. Says nothing while nothing is
        /// said.
        Accepted = "accepted",
    }
}

impl Target {
    /// The channel that predicts it for a kind of request.
    #[must_use]
    pub fn channel(self, kind: RequestKind) -> Channel {
        match self {
            Self::OnTime => Channel::Timely,
            Self::Answered => Channel::Substantive,
            Self::Accepted if kind.asks_for_change() => Channel::Vision,
            Self::Accepted => Channel::Willingness,
        }
    }

    /// The channels that predict it.
    pub(super) fn predicting(self) -> Vec<Channel> {
        match self {
            Self::OnTime => vec![Channel::Timely],
            Self::Answered => vec![Channel::Substantive],
            Self::Accepted => vec![Channel::Willingness, Channel::Vision],
        }
    }

    /// Every channel that bears on a prediction.
    pub(super) fn channels(self) -> Vec<Channel> {
        let mut channels = self.predicting();
        if self.counts_silence() {
            channels.extend(channels.clone().into_iter().map(lead_of));
            channels.sort_unstable();
            channels.dedup();
        }
        channels
    }

    /// The model in whose eyes the channel is a plain yes or no: all answers are worth 1 and all else 0, where a score
    /// knows shades between them. Nothing else differs.
    #[must_use]
    pub fn view(self, model: &Model) -> Model {
        let mut view = model.clone();
        match self {
            Self::OnTime => {}
            Self::Answered => {
                let values = &mut view.substantive;
                values.response = 1.0;
                values.refusal_with_alternative = 0.0;
                values.refusal_with_reason = 0.0;
                values.bare_refusal = 0.0;
            }
            Self::Accepted => {
                let values = &mut view.willingness;
                (values.accepted, values.answered) = (1.0, 1.0);
                for value in [
                    &mut values.partial,
                    &mut values.counter_offer,
                    &mut values.not_now,
                    &mut values.no_capacity,
                    &mut values.price,
                    &mut values.policy,
                    &mut values.other,
                    &mut values.cannot_be_done,
                    &mut values.not_needed,
                    &mut values.not_interested,
                    &mut values.alternative_bonus,
                    &mut values.alternative_most,
                ] {
                    *value = 0.0;
                }
            }
        }
        view
    }

    /// Whether never being answered is an outcome.
    pub(super) fn counts_silence(self) -> bool {
        self == Self::OnTime
    }

    /// The settled observations that count: of the channels, and not of silence where that says nothing. An order that was
    /// confirmed by nothing but its delivery was on time if that was.
    pub(super) fn observations(self, fold: &Fold<'_>, channels: &[Channel]) -> Vec<Observation> {
        let counts = |finding: &&Finding<'_>| {
            let by_silence = matches!(finding.event.payload, Payload::Requested(_));
            channels.contains(&finding.observation.channel) && (self.counts_silence() || !by_silence)
        };
        let mut observed: Vec<Observation> = fold.settled.iter().filter(counts).map(|it| it.observation).collect();
        if self == Self::OnTime && observed.iter().all(|it| it.channel != Channel::Timely) {
            observed.extend(delivered_on_time(fold));
        }
        observed
    }

    /// What a request came to, as far as events say.
    pub(super) fn outcome(self, fold: &Fold<'_>, channel: Channel) -> Option<bool> {
        Some(self.observations(fold, &[channel]).first()?.value > 0)
    }

    /// When silence alone makes it a no.
    pub(super) fn fails_at(self, pending: &Pending) -> Option<Timestamp> {
        pending.reply.as_ref().filter(|_| self.counts_silence())?.due_at()
    }
}

/// Whether the first delivery was on its day, as if it were an answer in time.
fn delivered_on_time(fold: &Fold<'_>) -> Option<Observation> {
    let is_delivery = |finding: &&Finding<'_>| {
        finding.observation.channel == Channel::Trust && matches!(finding.event.payload, Payload::Delivered(_))
    };
    let first = fold.settled.iter().filter(is_delivery).min_by(|a, b| a.event.position().cmp(&b.event.position()))?;
    let in_time = if first.observation.value > 0 { 1.0 } else { 0.0 };
    Some(Observation::new(Channel::Timely, first.observation.day, in_time, 1.0))
}
