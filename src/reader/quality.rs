//! How well the service's own forecasts have come true.

use super::{answer::Read, session::Reader, surroundings::CHUNK};
use crate::{
    backtest::{EventLog, Heard, Report, Target, Window, judge},
    event::Tenant,
    interaction::Rules,
    model::ModelVersion,
    store::{self, Selection, StoreError},
    time::Timestamp,
};

/// Most events that are walked through at once: about a second's work and 200 MB.
pub const MOST_JUDGED: usize = 500_000;

/// What to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityQuery {
    /// What is predicted.
    pub target: Target,
    /// The version of the model that predicts; the live one where none is given.
    pub version: Option<ModelVersion>,
    /// Only events that occurred then or later, where given.
    pub since: Option<Timestamp>,
    /// Only requests that became known before then are predicted, where given.
    pub until: Option<Timestamp>,
    /// Takes events as known from when they occurred, not from when they were recorded: for a history that was imported.
    pub as_occurred: bool,
}

/// What there is to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// How well the forecasts did.
    Judged(Box<Report>),
    /// No request has an outcome to be predicted.
    Nothing,
    /// There are more than [`MOST_JUDGED`] events.
    TooMany,
    /// The tenant was never scored under that model.
    UnknownModel,
}

impl Reader {
    /// Walks through what is recorded and judges what a model said before each request, knowing only what was known then.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn quality(&self, tenant: &Tenant, query: QualityQuery) -> Result<Read<Judgement>, StoreError> {
        let mut tx = self.store.read(tenant).await?;
        let revision = tx.revision();
        let model = match &query.version {
            Some(version) => self.models.find(tx.as_mut(), version).await?.map(|it| it.model.clone()),
            None => Some(self.models.for_reading(tx.as_mut()).await?.model().clone()),
        };
        let times = self.models.times(tx.as_mut()).await?;
        let Some(model) = model else { return Ok(Read { value: Judgement::UnknownModel, revision }) };
        let Some(history) = history(tx.as_mut(), &query).await? else {
            return Ok(Read { value: Judgement::TooMany, revision });
        };
        drop(tx);
        // It takes the processor for a while, which others want too.
        let report =
            tokio::task::spawn_blocking(move || judged(&history, &query, Rules { model: &model, times: &times })).await;
        let value = report.map_err(|_| StoreError::failed("a walk through the events ended in a panic"))?;
        Ok(Read { value, revision })
    }
}

/// What was heard, and when; none where it is too much.
async fn history(tx: &mut dyn store::Read, query: &QualityQuery) -> Result<Option<Vec<Heard>>, StoreError> {
    let heads = tx.heads(&Selection::All).await?;
    let relationships: Vec<_> = heads.into_iter().map(|head| head.relationship).collect();
    let mut history = Vec::new();
    for chunk in relationships.chunks(CHUNK) {
        let events = tx.events(chunk).await?.into_iter();
        let wanted = events.filter(|it| query.since.is_none_or(|since| it.event.occurred_at >= since));
        history.extend(wanted.map(|it| Heard {
            at: if query.as_occurred { it.event.occurred_at } else { it.recorded_at },
            event: it.event,
        }));
        if history.len() > MOST_JUDGED {
            return Ok(None);
        }
    }
    Ok(Some(history))
}

fn judged(history: &[Heard], query: &QualityQuery, rules: Rules<'_>) -> Judgement {
    let report = judge(&EventLog::of(history, query.target, rules), rules.model, query.until, Window::LAST);
    report.map_or(Judgement::Nothing, |report| Judgement::Judged(Box::new(report)))
}
