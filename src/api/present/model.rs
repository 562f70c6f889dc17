//! What is said about the model, as messages.

use crate::{api::v1, score::Coverage};

/// How the channels are fed; version and revision are the caller's to add.
pub(in crate::api) fn model_check(coverage: &Coverage) -> v1::ModelCheck {
    let channels = coverage.channels.iter().map(|fed| v1::ChannelCoverage {
        name: fed.channel.name().to_owned(),
        measure: fed.channel.measure().name().to_owned(),
        observations: fed.observations,
        weight: fed.weight,
        proposed_weight: fed.proposed,
    });
    let reaches =
        coverage.reach.iter().map(|&(measure, value)| v1::Reach { measure: measure.name().to_owned(), value });
    v1::ModelCheck {
        channels: channels.collect(),
        reaches: reaches.collect(),
        findings: coverage.findings(),
        ..v1::ModelCheck::default()
    }
}
