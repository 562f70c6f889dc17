//! Another model is applied to history beside the live one.
//!
//! The rebuild folds relationship after relationship under the model that is being built, in steps that are transactions
//! of their own. From then on every write keeps that fold up to date too ([`crate::ledger`]), so what is left to fold only
//! becomes less. When nothing is left, one transaction switches: until then every score comes from the old model, and from
//! then on from the new one. What was folded under the old one is removed afterwards.
//!
//! Which relationships are folded is in the database. So a rebuild that was interrupted goes on where it was, by whichever
//! process is started next with that model.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::{
    event::{Relationship, Tenant},
    folds,
    interaction::Rules,
    model::ModelVersion,
    models::{Models, Progress},
    replay,
    store::{InUse, Store, StoreError, Write},
};

/// Relationships that one step folds, or clears away, at the most.
pub const STEP_RELATIONSHIPS: u32 = 256;
/// Events after which a step takes no further relationship: writers wait for as long as a step takes.
const STEP_EVENTS: i64 = 10_000;

/// The rebuild of one tenant under the model that this process was given.
pub struct Rebuild {
    store: Arc<dyn Store>,
    models: Arc<Models>,
    tenant: Tenant,
    /// The last relationship folded: only what follows can still be to do.
    after: Option<Relationship>,
    course: Arc<Course>,
}

/// How far a rebuild has come, for others to look at.
#[derive(Debug, Default)]
pub struct Course {
    folded: AtomicU64,
    relationships: AtomicU64,
}

impl Course {
    /// Relationships folded under the model that is being built, and all of them; both zero while none is being built.
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        (self.folded.load(Relaxed), self.relationships.load(Relaxed))
    }

    fn note(&self, folded: i64, relationships: i64) {
        self.folded.store(folded.try_into().unwrap_or_default(), Relaxed);
        self.relationships.store(relationships.try_into().unwrap_or_default(), Relaxed);
    }
}

/// What a step has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many relationships were folded.
    Folded(usize),
    /// The model is live from now on.
    Switched,
    /// What was folded under models no longer in use was removed from so many relationships.
    Cleared(usize),
    /// There is nothing to do any more.
    Done,
    /// Another process has announced another model since, and this one is not to be live any more.
    Overruled,
}

impl Rebuild {
    /// Announces the given model for a tenant. Steps do the rest.
    ///
    /// # Errors
    ///
    /// As [`Models::announce`].
    pub async fn announce(store: Arc<dyn Store>, models: Arc<Models>, tenant: Tenant) -> Result<Self, StoreError> {
        let mut tx = store.write(&tenant).await?;
        let before = tx.in_use().clone();
        if models.announce(tx.as_mut()).await? {
            let InUse { live, building } = tx.in_use().clone();
            tx.commit().await?;
            let dropped = before.building.filter(|it| building.as_ref() != Some(it) && live.as_ref() != Some(it));
            let [live, building, dropped] =
                [&live, &building, &dropped].map(|it| it.as_ref().map(ModelVersion::as_str));
            tracing::info!(tenant = tenant.0, live, building, dropped, "model announced");
        } else {
            drop(tx);
        }
        Ok(Self { store, models, tenant, after: None, course: Arc::default() })
    }

    /// Whose rebuild it is.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// How far it has come as it [runs](Self::run).
    #[must_use]
    pub fn course(&self) -> Arc<Course> {
        Arc::clone(&self.course)
    }

    /// Does one step: folds at most `most` relationships, or switches, or clears away what is no longer in use.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do: then nothing was done, or all of the step, and the next one goes on from there.
    pub async fn step(&mut self, most: u32) -> Result<Step, StoreError> {
        let tx = self.store.write(&self.tenant).await?;
        let given = &self.models.given().version;
        match tx.in_use() {
            InUse { building: Some(building), .. } if building == given => self.fold(tx, most).await,
            InUse { live: Some(live), building: None } if live == given => clear(tx, most).await,
            _ => Ok(Step::Overruled),
        }
    }

    async fn fold(&mut self, mut tx: Box<dyn Write>, most: u32) -> Result<Step, StoreError> {
        let under = Arc::clone(self.models.given());
        let mut next = tx.list_unfolded(&under.version, self.after.as_ref(), most).await?;
        if next.is_empty() && self.after.take().is_some() {
            // Something before may have been left where another model was announced and withdrawn meanwhile.
            next = tx.list_unfolded(&under.version, None, most).await?;
        }
        if next.is_empty() {
            tx.use_versions(InUse { live: Some(under.version.clone()), building: None }).await?;
            tx.commit().await?;
            return Ok(Step::Switched);
        }
        let relationships = some_of(next);
        let times = self.models.times(tx.as_mut()).await?;
        let rules = Rules { model: &under.model, times: &times };
        let states = replay::fold_each(&tx.events(&relationships).await?, rules);
        let changes = states.into_iter().map(|(relationship, state)| (relationship, state.into())).collect();
        // There may be a fold from an earlier rebuild under the same model that others have not kept up to date.
        tx.clear(&relationships, &under.version).await?;
        folds::add(tx.as_mut(), &changes, &under.version).await?;
        tx.commit().await?;
        let folded = relationships.len();
        self.after = relationships.into_iter().next_back();
        Ok(Step::Folded(folded))
    }

    /// Steps until there is nothing to do any more, and says in the log how it goes.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do; it can be called again.
    pub async fn run(&mut self) -> Result<(), StoreError> {
        let progress = Progress::read(self.store.read(&self.tenant).await?.as_mut()).await?;
        let Progress { in_use, mut folded, relationships } = progress;
        let (tenant, version) = (self.tenant.0.clone(), self.models.given().version.clone());
        if in_use.building.is_some() {
            let live = in_use.live.as_ref().map(ModelVersion::as_str);
            tracing::info!(tenant, live, building = %version, folded, relationships, "rebuild begins");
            self.course.note(folded, relationships);
        }
        let mut tenths = 0;
        loop {
            match self.step(STEP_RELATIONSHIPS).await? {
                Step::Folded(more) => {
                    folded += i64::try_from(more).unwrap_or_default();
                    self.course.note(folded, relationships);
                    let now = folded * 10 / relationships.max(1);
                    if now > tenths {
                        tracing::info!(tenant, building = %version, folded, relationships, "rebuild goes on");
                    }
                    tenths = now;
                }
                Step::Switched => {
                    self.course.note(0, 0);
                    tracing::info!(tenant, live = %version, "switched to the model");
                }
                Step::Cleared(_) => {}
                Step::Done => return Ok(()),
                Step::Overruled => {
                    self.course.note(0, 0);
                    tracing::warn!(tenant, given = %version, "another model was announced since; it takes the place");
                    return Ok(());
                }
            }
        }
    }
}

/// As many of the relationships as have no more events than a step may fold, and at least one.
pub(crate) fn some_of(relationships: Vec<(Relationship, i64)>) -> Vec<Relationship> {
    let mut sum = 0_i64;
    let within = relationships.into_iter().take_while(|(_, events)| {
        let is_first = sum == 0;
        sum = sum.saturating_add(*events);
        is_first || sum <= STEP_EVENTS
    });
    within.map(|(relationship, _)| relationship).collect()
}

async fn clear(mut tx: Box<dyn Write>, most: u32) -> Result<Step, StoreError> {
    let leftovers = tx.leftovers(most).await?;
    for (version, relationships) in &leftovers {
        tx.clear(relationships, version).await?;
    }
    let cleared = leftovers.values().map(Vec::len).sum();
    if cleared == 0 {
        return Ok(Step::Done);
    }
    tx.commit().await?;
    Ok(Step::Cleared(cleared))
}
