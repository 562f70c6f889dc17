//! How good a model's forecasts are, on the wire.

use super::{
    convert::to_wire,
    v1::{self, ForecastTarget},
};
use crate::backtest::{Bin, Quality, Report, Target};

/// A backtest's report as a message.
pub(crate) fn present(report: &Report) -> v1::ModelQuality {
    let target = match report.target {
        Target::OnTime => ForecastTarget::OnTime,
        Target::Answered => ForecastTarget::Answered,
        Target::Accepted => ForecastTarget::Accepted,
    };
    v1::ModelQuality {
        model_version: report.model_version.clone(),
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
