//! `GetModelQuality`: how good a model's forecasts are.

use super::{
    Fault,
    call::Call,
    convert::to_wire,
    fields::Fields,
    query::Fresh,
    v1::{self, ForecastTarget},
};
use crate::{
    backtest::{Bin, Quality, Report, Target},
    event::Violation,
    model::ModelVersion,
    reader::{Judgement, MOST_JUDGED, QualityQuery},
};

pub(super) async fn get_model_quality(
    call: Call,
    request: v1::GetModelQualityRequest,
) -> Result<v1::GetModelQualityResponse, Fault> {
    let mut fields = Fields::of(&call);
    let wanted = QualityQuery {
        target: target(request.target, fields.violations()),
        since: fields.time("since", request.since),
        until: fields.time("until", request.until),
        as_occurred: request.as_occurred,
        version: Some(request.model_version).filter(|name| !name.is_empty()).map(ModelVersion::named),
    };
    let moment = fields.now(&request.at_least_as_fresh);
    let query = fields.done(moment)?;
    let Fresh { value, context, .. } = query.read(|reader, tenant, _| reader.quality(tenant, wanted)).await?;
    let quality = match value {
        Judgement::Judged(report) => Some(present(&report)),
        Judgement::Nothing => None,
        Judgement::TooMany => {
            let why = format!("must be later: more than {MOST_JUDGED} events occurred from then on");
            return Err(Fault::invalid_field("since", why));
        }
        Judgement::UnknownModel => {
            let why = "names no model that scores were ever made with here";
            return Err(Fault::invalid_field("model_version", why));
        }
    };
    Ok(v1::GetModelQualityResponse { quality, revision: context.revision })
}

fn target(wire: i32, faults: &mut Vec<Violation>) -> Target {
    match ForecastTarget::try_from(wire) {
        Ok(ForecastTarget::OnTime) => return Target::OnTime,
        Ok(ForecastTarget::Answered) => return Target::Answered,
        Ok(ForecastTarget::Accepted) => return Target::Accepted,
        Ok(ForecastTarget::Unspecified) => faults.push(Violation::new("target", "is required")),
        Err(_) => faults.push(Violation::new("target", format!("{wire} is not a value of ForecastTarget"))),
    }
    Target::OnTime
}

/// A backtest's report as a message.
pub(crate) fn present(report: &Report) -> v1::ModelQuality {
    let target = match report.target {
        Target::OnTime => ForecastTarget::OnTime,
        Target::Answered => ForecastTarget::Answered,
        Target::Accepted => ForecastTarget::Accepted,
    };
    v1::ModelQuality {
        model_version: report.model_version.to_string(),
        target: target.into(),
        predicted: count(report.predicted),
        scored: count(report.scored),
        relationships: count(report.relationships),
        scored_from: Some(to_wire(report.span.0)),
        scored_to: Some(to_wire(report.span.1)),
        rate: report.rate,
        model: Some(quality(&report.model)),
        baselines: report.baselines.iter().map(quality).collect(),
        calibration: report.calibration.iter().map(bin).collect(),
        too_little: report.too_little().unwrap_or_default(),
    }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn quality(it: &Quality) -> v1::ForecastQuality {
    v1::ForecastQuality {
        name: it.name.to_owned(),
        description: it.description.to_owned(),
        brier: it.brier,
        skill: it.skill,
        log_loss: it.log_loss,
        auc: it.auc,
        calibration_error: it.calibration_error,
        worse_by: it.worse_by.mean,
        worse_by_low: it.worse_by.low,
        worse_by_high: it.worse_by.high,
    }
}

fn bin(it: &Bin) -> v1::CalibrationBin {
    v1::CalibrationBin {
        low: it.low,
        high: it.high,
        count: count(it.count),
        predicted: it.predicted,
        happened: it.happened,
    }
}
