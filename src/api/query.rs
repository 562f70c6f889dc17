//! A question to the reader, and what it returned: an answer is only made of what is as fresh as it must be.

use super::{Fault, call::Call, revision};
use crate::{
    event::Tenant,
    model::ModelVersion,
    reader::{Moment, Read, Reader, Scored},
    registry::Registry,
    store::{Revision, StoreError},
};

/// A request whose fields are in order: the way to the reader.
pub(super) struct Query<'a> {
    call: &'a Call,
    /// What is to be read.
    pub moment: Moment,
}

/// What was read. It is as fresh as it must be.
pub(super) struct Fresh<T> {
    /// What was read.
    pub value: T,
    /// The revision that it was read at.
    pub revision: Revision,
    /// What is said beside it.
    pub context: Context,
}

/// What all parts of an answer have in common. Only [`Query::read`] makes one.
pub(super) struct Context {
    /// The moment that was read at.
    pub moment: Moment,
    /// The token of the revision that was read at.
    pub revision: String,
    /// The model that scores were made with; empty where there are none.
    pub model_version: String,
    _checked: (),
}

impl<'a> Query<'a> {
    /// A request of `call` for what holds at `moment`.
    pub fn of(call: &'a Call, moment: Moment) -> Self {
        Self { call, moment }
    }

    /// The same, but at least as fresh as what was read before.
    pub fn no_older_than<T>(&self, answer: &Fresh<T>) -> Self {
        Self { moment: Moment { at_least: answer.revision, ..self.moment }, ..*self }
    }

    /// Reads, and refuses what is older than it must be.
    pub async fn read<F, R>(
        &self,
        read: impl FnOnce(&'a Reader, &'a Tenant, Moment) -> F,
    ) -> Result<Fresh<R::Content>, Fault>
    where
        F: Future<Output = Result<R, StoreError>>,
        R: Dated,
    {
        self.answer(read(self.call.reader(), &self.call.tenant, self.moment).await?)
    }

    /// The same, of what is known about parties.
    pub async fn look_up<F, R>(
        &self,
        read: impl FnOnce(&'a Registry, &'a Tenant) -> F,
    ) -> Result<Fresh<R::Content>, Fault>
    where
        F: Future<Output = Result<R, StoreError>>,
        R: Dated,
    {
        self.answer(read(self.call.registry(), &self.call.tenant).await?)
    }

    fn answer<R: Dated>(&self, read: R) -> Result<Fresh<R::Content>, Fault> {
        let (value, revision, version) = read.parts();
        revision::check(revision, self.moment.at_least)?;
        let model_version = version.map_or_else(String::new, |version| version.to_string());
        let context = Context { moment: self.moment, revision: self.call.token(revision), model_version, _checked: () };
        Ok(Fresh { value, revision, context })
    }
}

/// What the reader returns: something, the revision that it was read at, and the model where it was scored.
pub(super) trait Dated {
    /// What was read.
    type Content;
    /// Takes it apart.
    fn parts(self) -> (Self::Content, Revision, Option<ModelVersion>);
}

impl<T> Dated for Scored<T> {
    type Content = T;

    fn parts(self) -> (T, Revision, Option<ModelVersion>) {
        (self.value, self.revision, Some(self.model_version))
    }
}

impl<T> Dated for Read<T> {
    type Content = T;

    fn parts(self) -> (T, Revision, Option<ModelVersion>) {
        (self.value, self.revision, None)
    }
}
