//! Explanations as messages.

use crate::{
    api::{
        convert::to_wire,
        query::Context,
        v1::{self, ContributionKind},
    },
    event::Relationship,
    score::{Cause, ChannelPoints, Contribution, Explanation, Improvement, Part, Suggestion, SuggestionKind},
};

/// An explanation.
pub(in crate::api) fn explanation(relationship: Relationship, it: Explanation, context: Context) -> v1::Explanation {
    let mut parts = it.parts.into_iter().map(part);
    v1::Explanation {
        customer: relationship.customer,
        supplier: relationship.supplier,
        responsiveness: parts.next(),
        partnership: parts.next(),
        customership: parts.next(),
        suggestions: it.suggestions.into_iter().map(suggestion).collect(),
        improvements: it.improvements.into_iter().map(improvement).collect(),
        as_of: Some(to_wire(context.moment.as_of)),
        known_at: context.moment.known_at.map(to_wire),
        revision: context.revision,
        model_version: context.model_version,
    }
}

fn part(it: Part) -> v1::Part {
    v1::Part {
        value: it.value.value(),
        baseline: it.baseline.value(),
        contributions: it.contributions.into_iter().map(contribution).collect(),
        channels: it.channels.iter().map(channel).collect(),
    }
}

fn channel(it: &ChannelPoints) -> v1::ChannelContribution {
    v1::ChannelContribution {
        channel: it.channel.name().to_owned(),
        weight: it.share,
        value: it.value,
        prior: it.prior,
        points: it.points.value(),
        raw_share: it.raw,
        beside: it.beside.clone(),
    }
}

fn contribution(it: Contribution) -> v1::Contribution {
    let wire = v1::Contribution {
        channel: it.channel.name().to_owned(),
        points: it.points.value(),
        sentence: it.sentence,
        ..v1::Contribution::default()
    };
    match it.cause {
        Cause::Event { event, open, without } => v1::Contribution {
            kind: if open { ContributionKind::Open } else { ContributionKind::Event }.into(),
            without: Some(without.value()),
            event_id: event.identity.event_id,
            source: event.identity.source,
            interaction_id: event.interaction.unwrap_or_default(),
            occurred_at: Some(to_wire(event.occurred_at)),
            ..wire
        },
        Cause::Rest { events } => v1::Contribution {
            kind: ContributionKind::Rest.into(),
            event_count: i64::try_from(events).unwrap_or(i64::MAX),
            ..wire
        },
        Cause::Others => v1::Contribution { kind: ContributionKind::Others.into(), ..wire },
        Cause::Reciprocity => v1::Contribution { kind: ContributionKind::Reciprocity.into(), ..wire },
    }
}

fn suggestion(it: Suggestion) -> v1::Suggestion {
    let kind = match it.kind {
        SuggestionKind::NextAnswer => v1::SuggestionKind::NextAnswer,
        SuggestionKind::NextDelivery => v1::SuggestionKind::NextDelivery,
        SuggestionKind::AnswerOldest => v1::SuggestionKind::AnswerOldest,
        SuggestionKind::DeliverOldest => v1::SuggestionKind::DeliverOldest,
        SuggestionKind::DayWithoutAnswer => v1::SuggestionKind::DayWithoutAnswer,
        SuggestionKind::DayWithoutDelivery => v1::SuggestionKind::DayWithoutDelivery,
    };
    let [responsiveness, partnership, customership] = it.points.map(crate::score::Points::value);
    v1::Suggestion {
        kind: kind.into(),
        sentence: it.sentence,
        responsiveness,
        partnership,
        customership,
        interaction_id: it.interaction.unwrap_or_default(),
    }
}

fn improvement(it: Improvement) -> v1::Improvement {
    v1::Improvement { channel: it.channel.name().to_owned(), room: it.room.value(), sentence: it.sentence }
}
