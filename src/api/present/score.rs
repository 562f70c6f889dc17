//! Scores and what goes with them, as messages.

use crate::{
    api::{convert::to_wire, query::Context, v1},
    event::Relationship,
    interaction::{Ending, Strike},
    model::{Advice, Purpose},
    observation::Measure,
    reader::RelationshipScores,
    score::{Estimate, Kpis, Placement, Score, Scores, Views, Warning, thousandths},
    time::{SECOND, Span},
};

/// A score, in full or only its figures.
pub(in crate::api) fn score(it: RelationshipScores, full: bool, context: &Context) -> v1::Score {
    let mut score = figures(it.relationship, &it.scores, &it.warnings, context);
    if full {
        let channels = |score: &Score| score.channels.iter().map(channel).collect();
        let measures = [&mut score.responsiveness, &mut score.partnership, &mut score.customership];
        for (measure, of) in measures.into_iter().zip(Measure::ALL) {
            measure.get_or_insert_default().channels = channels(it.scores.of(of));
        }
        (score.lenses, score.kpis) = (Some(lenses(it.views)), Some(kpis(&it.kpis)));
    }
    score
}

/// The figures of a score.
pub(in crate::api) fn figures(
    relationship: Relationship,
    scores: &Scores,
    warnings: &[Warning],
    context: &Context,
) -> v1::Score {
    let placement = &scores.placement;
    v1::Score {
        customer: relationship.customer,
        supplier: relationship.supplier,
        responsiveness: Some(measure(&scores.responsiveness)),
        partnership: Some(measure(&scores.partnership)),
        customership: Some(measure(&scores.customership)),
        standing: placement.standing.to_wire(),
        provisional: placement.provisional,
        request_advice: advice(placement.advice(Purpose::Request)).into(),
        order_advice: advice(placement.advice(Purpose::Order)).into(),
        cap: cap(placement),
        lenses: None,
        kpis: None,
        as_of: Some(to_wire(context.moment.as_of)),
        known_at: context.moment.known_at.map(to_wire),
        revision: context.revision.clone(),
        model_version: context.model_version.clone(),
        life: placement.life.to_wire(),
        ending: placement.ending.as_deref().cloned().map(ending),
        warnings: warnings.iter().map(warning).collect(),
    }
}

/// An early warning.
fn warning(it: &Warning) -> v1::Warning {
    let (now, then): (Vec<_>, Vec<_>) = it
        .amounts()
        .into_iter()
        .map(|(currency, [now, then])| ((currency.to_owned(), now), (currency.to_owned(), then)))
        .unzip();
    v1::Warning {
        kind: v1::WarningKind::FirstNo.into(),
        sentence: it.sentence(),
        strikes: it.strikes.iter().cloned().map(strike).collect(),
        partnership: it.partnership,
        standing: it.standing.to_wire(),
        probability_alive: it.at_risk.probability_alive,
        probability_alive_then: it.at_risk_then.probability_alive,
        at_risk: amounts(now),
        at_risk_then: amounts(then),
        taken_up_by: it.taken_up_by.iter().map(|taker| taker.supplier.clone()).collect(),
    }
}

fn ending(it: Ending) -> v1::Ending {
    v1::Ending {
        by: it.by.to_wire(),
        reason: it.reason.to_wire(),
        to: it.to.unwrap_or_default(),
        occurred_at: Some(to_wire(it.at)),
    }
}

fn advice(it: Advice) -> v1::Advice {
    match it {
        Advice::Prefer => v1::Advice::Prefer,
        Advice::Allow => v1::Advice::Allow,
        Advice::Warn => v1::Advice::Warn,
        Advice::Block => v1::Advice::Block,
    }
}

fn cap(placement: &Placement) -> Option<v1::StandingCap> {
    let strikes: Vec<v1::Strike> = placement.strikes.iter().cloned().map(strike).collect();
    (!strikes.is_empty()).then(|| v1::StandingCap { uncapped: placement.uncapped.to_wire(), strikes })
}

pub(super) fn strike(it: Strike) -> v1::Strike {
    v1::Strike { interaction_id: it.interaction, reason: it.reason.to_wire(), occurred_at: Some(to_wire(it.at)) }
}

/// The advice about a relationship, with the reasons.
pub(in crate::api) fn check(
    it: RelationshipScores,
    reasons: Vec<String>,
    purpose: Purpose,
    context: &Context,
) -> v1::StandingCheck {
    let warnings = it.warnings.iter().map(warning).collect();
    let placement = it.scores.placement;
    v1::StandingCheck {
        customer: it.relationship.customer,
        supplier: it.relationship.supplier,
        purpose: purpose.to_wire(),
        advice: advice(placement.advice(purpose)).into(),
        reasons,
        standing: placement.standing.to_wire(),
        provisional: placement.provisional,
        cap: cap(&placement),
        as_of: Some(to_wire(context.moment.as_of)),
        known_at: context.moment.known_at.map(to_wire),
        revision: context.revision.clone(),
        model_version: context.model_version.clone(),
        life: placement.life.to_wire(),
        ending: placement.ending.map(|it| ending(*it)),
        warnings,
    }
}

fn lenses(views: Views) -> v1::Lenses {
    v1::Lenses {
        value_exchanged: amounts(views.dealings.exchanged),
        potential: amounts(views.dealings.potential),
        advocacy: thousandths(views.dealings.advocacy),
        regard: thousandths(views.regard),
        evidence: thousandths(views.evidence),
    }
}

/// Decayed sums as whole minor units.
fn amounts(sums: Vec<(String, f64)>) -> Vec<v1::Money> {
    #[expect(clippy::cast_possible_truncation, reason = "the sums were added up from integers")]
    let money = |(currency_code, amount): (_, f64)| v1::Money { currency_code, amount_minor: amount.round() as i64 };
    sums.into_iter().map(money).collect()
}

fn measure(score: &Score) -> v1::Measure {
    v1::Measure {
        value: score.value,
        low: score.low,
        high: score.high,
        evidence: score.evidence,
        trend: score.trend,
        channels: Vec::new(),
    }
}

/// Rounds what depends on the order of additions in its last bits: a history adds up in another one.
fn billionths(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

fn channel((share, estimate): &(f64, Estimate)) -> v1::Channel {
    v1::Channel {
        name: estimate.channel.name().to_owned(),
        weight: *share,
        value: billionths(estimate.value),
        low: billionths(estimate.low),
        high: billionths(estimate.high),
        prior: estimate.prior,
        pool: billionths(estimate.pool.mean),
        forecast: billionths(estimate.forecast),
        evidence: billionths(estimate.evidence),
        observations: estimate.observations,
        raw_share: estimate.raw.map(billionths),
    }
}

fn kpis(it: &Kpis) -> v1::Kpis {
    let duration = |span: Span| prost_types::Duration {
        seconds: span.micros() / SECOND.micros(),
        nanos: i32::try_from(span.micros() % SECOND.micros() * 1_000).unwrap_or_default(),
    };
    v1::Kpis {
        requests: it.requests,
        answered: it.answered,
        on_time: it.on_time,
        withdrawn: it.withdrawn,
        open: it.open,
        overdue: it.overdue,
        lapsed: it.lapsed,
        oldest_open: it.oldest_open.map(to_wire),
        median_answer_time: it.median_answer_time.map(duration),
        p90_answer_time: it.p90_answer_time.map(duration),
        refusals: it
            .refusals
            .iter()
            .map(|&(reason, count)| v1::RefusalCount { reason: reason.to_wire(), count })
            .collect(),
    }
}
