//! Parties.

use async_trait::async_trait;
use sqlx::FromRow;

use super::{Backend, Column, Transaction, Value};
use crate::{
    calendar::Calendars,
    party::{Party, PartyKind},
    store::{PartyQuery, ReadParties, StoreError, WriteParties},
};

/// The columns of a [`PartyRow`], from parties `p`.
macro_rules! party_columns {
    () => {
        "SELECT p.party, p.display_name, p.parent, p.category, p.kind, p.calendars FROM "
    };
}
pub(in crate::store) use party_columns;

const LIST: &str = concat!(
    party_columns!(),
    "parties p
    WHERE p.tenant = $1 AND p.party > $2 AND (CAST($3 AS TEXT) IS NULL OR p.parent = $3)
        AND (CAST($4 AS TEXT) IS NULL OR p.category = $4) AND (CAST($5 AS TEXT) IS NULL OR p.kind = $5)
    ORDER BY p.party LIMIT $6"
);

const NOTE_CALENDARS: &str = "UPDATE tenants SET calendars = $2 WHERE tenant = $1";

#[derive(FromRow)]
struct PartyRow {
    party: String,
    display_name: String,
    parent: Option<String>,
    category: Option<String>,
    kind: Option<String>,
    calendars: Option<String>,
}

impl TryFrom<PartyRow> for Party {
    type Error = StoreError;

    fn try_from(row: PartyRow) -> Result<Self, StoreError> {
        let PartyRow { party: id, display_name, parent, category, kind, calendars } = row;
        let known =
            |kind: String| PartyKind::from_name(&kind).ok_or_else(|| StoreError::damaged("kind of party", kind));
        let read = |calendars: String| {
            serde_json::from_str(&calendars).map_err(|error| StoreError::damaged("calendars of a party", error))
        };
        let (kind, calendars) = (kind.map(known).transpose()?, calendars.map(read).transpose()?.unwrap_or_default());
        Ok(Self { id, display_name, parent, category, kind, calendars })
    }
}

/// The stored form of calendars; none where there are none.
fn stored(calendars: &Calendars) -> Result<Option<String>, StoreError> {
    let stored = (!calendars.is_empty()).then(|| serde_json::to_string(calendars));
    stored.transpose().map_err(|error| StoreError::damaged("calendars of a party", error))
}

impl<B: Backend> Transaction<B> {
    async fn fetch_parties(&mut self, statement: &'static str, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        parties(self.fetch(statement, [Value::texts(ids.iter().copied())]).await?)
    }
}

fn parties(rows: Vec<PartyRow>) -> Result<Vec<Party>, StoreError> {
    rows.into_iter().map(Party::try_from).collect()
}

#[async_trait]
impl<B: Backend> ReadParties for Transaction<B> {
    async fn parties(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        self.fetch_parties(B::PARTIES, ids).await
    }

    async fn lineage(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        self.fetch_parties(B::LINEAGE, ids).await
    }

    async fn parts(&mut self, ids: &[&str]) -> Result<Vec<Party>, StoreError> {
        self.fetch_parties(B::PARTS, ids).await
    }

    async fn under_calendars(&mut self) -> Result<Vec<Party>, StoreError> {
        parties(self.fetch(B::UNDER_CALENDARS, []).await?)
    }

    async fn list_parties(&mut self, query: &PartyQuery) -> Result<Vec<Party>, StoreError> {
        let values = [
            query.after.as_deref().unwrap_or_default().into(),
            query.parent.as_deref().into(),
            query.category.as_deref().into(),
            query.kind.map(PartyKind::name).into(),
            i64::from(query.limit).into(),
        ];
        parties(self.fetch(LIST, values).await?)
    }
}

#[async_trait]
impl<B: Backend> WriteParties for Transaction<B> {
    async fn upsert_parties(&mut self, parties: &[&Party]) -> Result<(), StoreError> {
        let calendars = parties.iter().map(|party| stored(&party.calendars)).collect::<Result<Vec<_>, _>>()?;
        let columns = vec![
            Column::texts(parties.iter().map(|party| party.id.as_str())),
            Column::texts(parties.iter().map(|party| party.display_name.as_str())),
            Column::optional_texts(parties.iter().map(|party| party.parent.as_deref())),
            Column::optional_texts(parties.iter().map(|party| party.category.as_deref())),
            Column::optional_texts(parties.iter().map(|party| party.kind.map(PartyKind::name))),
            Column::optional_texts(calendars.iter().map(Option::as_deref)),
        ];
        self.execute(&[B::UPSERT_PARTIES], [Value::Rows(columns)]).await?;
        Ok(())
    }

    async fn note_calendars(&mut self) -> Result<(), StoreError> {
        self.execute(&[NOTE_CALENDARS], [self.revision.into()]).await?;
        self.calendars = self.revision;
        Ok(())
    }
}
