//! What is folded from the events.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use sqlx::FromRow;

use super::{
    Backend, Column, Transaction, Value,
    rows::{counted, relationships},
};
use crate::{
    event::Relationship,
    model::ModelVersion,
    store::{Blocks, Folded, ReadBlocks, Revision, StoreError, WriteBlocks},
};

/// Relationships `r` whose last event is not taken in under the version $2.
macro_rules! unfolded {
    ($select:literal, $where:literal) => {
        concat!(
            $select,
            " WHERE r.tenant = $1 AND NOT EXISTS (
                SELECT 1 FROM folds f WHERE f.tenant = r.tenant AND f.customer = r.customer
                    AND f.supplier = r.supplier AND f.model = $2 AND f.revision = r.revision
              ) AND ",
            $where
        )
    };
}
pub(in crate::store) use unfolded;

const LIST_UNFOLDED: &str = unfolded!(
    "SELECT r.customer, r.supplier, r.events FROM relationships r",
    "(r.customer, r.supplier) > ($3, $4) ORDER BY r.customer, r.supplier LIMIT $5"
);
const COUNT_FOLDED: &str = "
    SELECT count(f.revision), count(*) FROM relationships r
    LEFT JOIN folds f ON f.tenant = r.tenant AND f.customer = r.customer AND f.supplier = r.supplier AND f.model = $2
        AND f.revision = r.revision
    WHERE r.tenant = $1";

/// A block: of a head, which alone has a revision, the number is that of the block in it.
#[derive(FromRow)]
struct BlockRow {
    customer: String,
    supplier: String,
    revision: Option<i64>,
    part: Option<i32>,
    state: Vec<u8>,
}

/// What was read, by relationship.
fn folded(rows: Vec<BlockRow>) -> HashMap<Relationship, Folded> {
    let mut folded: HashMap<_, Folded> = HashMap::new();
    for BlockRow { customer, supplier, revision, part, state } in rows {
        let of = folded.entry(Relationship { customer, supplier }).or_default();
        match (revision, part) {
            (Some(revision), latest) => {
                of.revision = Revision::new(revision);
                (of.blocks.latest, of.blocks.head) = (latest, state);
            }
            (None, number) => of.blocks.earlier.extend(number.map(|number| (number, state))),
        }
    }
    folded
}

/// The earlier blocks of some relationships: their keys, numbers and bytes.
fn earlier_columns(blocks: &BTreeMap<Relationship, Blocks>) -> Vec<Column<'_>> {
    let each = || blocks.iter().flat_map(|(of, it)| it.earlier.iter().map(move |(number, block)| (of, *number, block)));
    let mut columns = Column::keys(each().map(|(of, ..)| of));
    columns.push(Column::Number(each().map(|(_, number, _)| number).collect()));
    columns.push(Column::Bytes(each().map(|(.., block)| block.as_slice()).collect()));
    columns
}

#[async_trait]
impl<B: Backend> ReadBlocks for Transaction<B> {
    async fn folded(
        &mut self,
        relationships: &[Relationship],
        version: &ModelVersion,
    ) -> Result<HashMap<Relationship, Folded>, StoreError> {
        let once: BTreeSet<_> = relationships.iter().collect();
        Ok(folded(self.fetch(B::FOLDED, [version.into(), Value::keys(once)]).await?))
    }

    async fn folded_in(
        &mut self,
        blocks: &BTreeMap<&Relationship, Vec<i32>>,
        version: &ModelVersion,
    ) -> Result<HashMap<Relationship, Folded>, StoreError> {
        let heads = Value::keys(blocks.keys().copied());
        let each = || blocks.iter().flat_map(|(of, numbers)| numbers.iter().map(|number| (*of, *number)));
        let mut earlier = Column::keys(each().map(|(of, _)| of));
        earlier.push(Column::Number(each().map(|(_, number)| number).collect()));
        Ok(folded(self.fetch(B::FOLDED_IN, [version.into(), heads, Value::Rows(earlier)]).await?))
    }

    async fn unfolded_of(
        &mut self,
        of: &[Relationship],
        version: &ModelVersion,
    ) -> Result<Vec<Relationship>, StoreError> {
        Ok(relationships(self.fetch(B::UNFOLDED_OF, [version.into(), Value::keys(of)]).await?))
    }

    async fn list_unfolded(
        &mut self,
        version: &ModelVersion,
        after: Option<&Relationship>,
        limit: u32,
    ) -> Result<Vec<(Relationship, i64)>, StoreError> {
        let (customer, supplier) = after.map_or(("", ""), |it| (&it.customer, &it.supplier));
        let values = [version.into(), customer.into(), supplier.into(), i64::from(limit).into()];
        Ok(counted(self.fetch(LIST_UNFOLDED, values).await?))
    }

    async fn count_folded(&mut self, version: &ModelVersion) -> Result<(i64, i64), StoreError> {
        let counts = self.fetch(COUNT_FOLDED, [version.into()]).await?;
        Ok(counts.into_iter().next().unwrap_or_default())
    }

    async fn leftovers(&mut self, limit: u32) -> Result<BTreeMap<ModelVersion, Vec<Relationship>>, StoreError> {
        let rows: Vec<(String, String, String)> = self.fetch(B::LEFTOVERS, [i64::from(limit).into()]).await?;
        let mut by_version: BTreeMap<_, Vec<Relationship>> = BTreeMap::new();
        for (version, customer, supplier) in rows {
            by_version.entry(ModelVersion::named(version)).or_default().push(Relationship { customer, supplier });
        }
        Ok(by_version)
    }
}

#[async_trait]
impl<B: Backend> WriteBlocks for Transaction<B> {
    async fn put_folded(
        &mut self,
        blocks: &BTreeMap<Relationship, Blocks>,
        version: &ModelVersion,
    ) -> Result<(), StoreError> {
        let mut heads = Column::keys(blocks.keys());
        heads.push(Column::OptionalNumber(blocks.values().map(|blocks| blocks.latest).collect()));
        heads.push(Column::Bytes(blocks.values().map(|blocks| blocks.head.as_slice()).collect()));
        let values = [version.into(), Value::Rows(heads), Value::Rows(earlier_columns(blocks))];
        self.execute(B::PUT_FOLDED, values).await?;
        Ok(())
    }

    async fn clear(&mut self, relationships: &[Relationship], version: &ModelVersion) -> Result<(), StoreError> {
        self.execute(B::CLEAR, [version.into(), Value::keys(relationships)]).await?;
        Ok(())
    }
}
