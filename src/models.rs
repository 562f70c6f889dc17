//! Which models a tenant is scored under. That is data in the database, not a setting of the process: every transaction
//! says which versions are in use, and here they become models.
//!
//! A process announces the model it was given. It is live at once where nothing has to be folded for it, else it is being
//! built until [`crate::rebuild`] has folded everything under it. Where processes with different models share a database,
//! the last one to announce wins, and all score alike.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    calendar::WorkingTimes,
    interaction::Rules,
    model::{FORMULAS, Model, ModelVersion},
    store::{InUse, KeptModel, Read, StoreError, Write},
    working_times::KnownTimes,
};

/// A model and its version.
#[derive(Debug, PartialEq)]
pub struct Versioned {
    /// The model.
    pub model: Model,
    /// [`Model::version`].
    pub version: ModelVersion,
}

/// The model that this process was given, and those that it has met in the database.
pub struct Models {
    given: Arc<Versioned>,
    met: Mutex<HashMap<ModelVersion, Arc<Versioned>>>,
    times: KnownTimes,
}

/// What scores are read by.
pub struct Basis {
    under: Arc<Versioned>,
    times: Arc<WorkingTimes>,
    is_folded: bool,
}

/// The models that events are folded under.
pub struct ToFold {
    /// The one that scores come from, if there is one yet.
    pub live: Option<Arc<Versioned>>,
    /// The one that is being built, if one is.
    pub building: Option<Arc<Versioned>>,
    /// When parties work.
    pub times: Arc<WorkingTimes>,
}

impl ToFold {
    /// What events are judged by under one of the models.
    #[must_use]
    pub fn rules<'a>(&'a self, under: &'a Versioned) -> Rules<'a> {
        Rules { model: &under.model, times: &self.times }
    }
}

/// How far a tenant is on its way to another model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The versions in use.
    pub in_use: InUse,
    /// Relationships folded under the version that is being built; under the live one where none is, and that is all.
    pub folded: i64,
    /// All relationships.
    pub relationships: i64,
}

impl Progress {
    /// Counts.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn read(tx: &mut dyn Read) -> Result<Self, StoreError> {
        let in_use = tx.in_use().clone();
        let version = in_use.building.as_ref().or(in_use.live.as_ref());
        let (folded, relationships) = tx.count_folded(&version.cloned().unwrap_or_default()).await?;
        Ok(Self { in_use, folded, relationships })
    }
}

impl Basis {
    /// A model under which everything is folded, and when parties work.
    #[must_use]
    pub fn folded(under: Arc<Versioned>, times: Arc<WorkingTimes>) -> Self {
        Self { under, times, is_folded: true }
    }

    /// What events are judged by.
    #[must_use]
    pub fn rules(&self) -> Rules<'_> {
        Rules { model: &self.under.model, times: &self.times }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.under.model
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &ModelVersion {
        &self.under.version
    }

    /// Whether everything is folded under it. Otherwise scores are read off the events themselves.
    #[must_use]
    pub fn is_folded(&self) -> bool {
        self.is_folded
    }
}

impl Models {
    /// Knows no model yet but the given one.
    #[must_use]
    pub fn new(given: Model) -> Self {
        let version = given.version();
        Self {
            given: Arc::new(Versioned { model: given, version }),
            met: Mutex::default(),
            times: KnownTimes::default(),
        }
    }

    /// The model that this process was given.
    #[must_use]
    pub fn given(&self) -> &Arc<Versioned> {
        &self.given
    }

    /// What to read scores by: the live model. Before there is one, the given model, with nothing folded.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where the live model is one of another version of this program, and whatever the store
    /// cannot do.
    pub async fn for_reading(&self, tx: &mut dyn Read) -> Result<Basis, StoreError> {
        let (live, times) = (tx.in_use().live.clone(), self.times(tx).await?);
        let Some(live) = self.need(tx, live).await? else {
            return Ok(Basis { under: Arc::clone(&self.given), times, is_folded: false });
        };
        Ok(Basis::folded(live, times))
    }

    /// The models to fold new events under. Where nobody has announced any for the tenant, the given one is.
    ///
    /// # Errors
    ///
    /// As [`Self::for_reading`].
    pub async fn for_writing(&self, tx: &mut dyn Write) -> Result<ToFold, StoreError> {
        if *tx.in_use() == InUse::default() {
            self.announce(tx).await?;
        }
        self.in_use(tx).await
    }

    /// The models that events are folded under; none where nobody has announced any for the tenant.
    ///
    /// # Errors
    ///
    /// As [`Self::for_reading`].
    pub async fn in_use(&self, tx: &mut dyn Read) -> Result<ToFold, StoreError> {
        let InUse { live, building } = tx.in_use().clone();
        let times = self.times(tx).await?;
        Ok(ToFold { live: self.need(tx, live).await?, building: self.need(tx, building).await?, times })
    }

    /// When the parties of the tenant work. Not for a write that has changed it.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn times(&self, tx: &mut dyn Read) -> Result<Arc<WorkingTimes>, StoreError> {
        self.times.read(tx).await
    }

    /// Makes the given model the one that is to be live, and returns whether that changed anything.
    ///
    /// A live model that this program cannot score by, since it has other keys or older formulas, is live no more.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] where a model in use is one of a newer version of this program, and whatever the store
    /// cannot do.
    pub async fn announce(&self, tx: &mut dyn Write) -> Result<bool, StoreError> {
        let before = tx.in_use().clone();
        let version = &self.given.version;
        for used in [&before.live, &before.building].into_iter().flatten() {
            let formulas = tx.kept_model(used).await?.map_or(0, |kept| kept.formulas);
            if formulas > i64::from(FORMULAS) {
                return Err(StoreError::Schema(format!(
                    "the model {used} is one of a newer version of this program; start that version, or restore a backup"
                )));
            }
        }
        tx.keep_model(version, &KeptModel { formulas: FORMULAS.into(), content: self.given.model.content() }).await?;
        let is_live = before.live.as_ref() == Some(version);
        let after = if is_live || tx.list_unfolded(version, None, 1).await?.is_empty() {
            InUse { live: Some(version.clone()), building: None }
        } else {
            let live = match before.live.clone() {
                Some(live) => self.find(tx, &live).await?.map(|_| live),
                None => None,
            };
            InUse { live, building: Some(version.clone()) }
        };
        if after == before {
            return Ok(false);
        }
        tx.use_versions(after).await?;
        Ok(true)
    }

    /// The model of a version that must be scored by.
    async fn need(
        &self,
        tx: &mut dyn Read,
        version: Option<ModelVersion>,
    ) -> Result<Option<Arc<Versioned>>, StoreError> {
        let Some(version) = version else { return Ok(None) };
        let model = self.find(tx, &version).await?.ok_or_else(|| {
            let by = "which another version of this program has put to use; start that version";
            StoreError::Schema(format!("events are folded under the model {version}, {by}"))
        })?;
        Ok(Some(model))
    }

    /// The model of a version; none where the tenant never had it, or this program cannot score by it.
    ///
    /// # Errors
    ///
    /// Whatever the store cannot do.
    pub async fn find(&self, tx: &mut dyn Read, version: &ModelVersion) -> Result<Option<Arc<Versioned>>, StoreError> {
        if *version == self.given.version {
            return Ok(Some(Arc::clone(&self.given)));
        }
        if let Some(met) = self.met().get(version) {
            return Ok(Some(Arc::clone(met)));
        }
        let kept = tx.kept_model(version).await?;
        let Some(model) = kept.and_then(|kept| Model::of_content(&kept.content, version)) else { return Ok(None) };
        let versioned = Arc::new(Versioned { model, version: version.clone() });
        self.met().insert(version.clone(), Arc::clone(&versioned));
        Ok(Some(versioned))
    }

    fn met(&self) -> std::sync::MutexGuard<'_, HashMap<ModelVersion, Arc<Versioned>>> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
