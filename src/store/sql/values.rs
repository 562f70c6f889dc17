//! The values that go into statements.

use crate::{event::Relationship, model::ModelVersion, store::Revision};

/// A value for a statement.
pub enum Value<'a> {
    Text(&'a str),
    OptionalText(Option<&'a str>),
    Integer(i64),
    /// A list of rows, by column. Each backend has its own way with these.
    Rows(Vec<Column<'a>>),
}

/// A column of a list of rows.
pub enum Column<'a> {
    Text(Vec<&'a str>),
    OptionalText(Vec<Option<&'a str>>),
    Integer(Vec<i64>),
    Number(Vec<i32>),
    OptionalNumber(Vec<Option<i32>>),
    Bytes(Vec<&'a [u8]>),
}

impl<'a> Value<'a> {
    /// The keys of relationships.
    pub fn keys(relationships: impl IntoIterator<Item = &'a Relationship>) -> Self {
        Self::Rows(Column::keys(relationships))
    }

    /// A list of single texts.
    pub fn texts(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Rows(vec![Column::texts(texts)])
    }
}

impl<'a> Column<'a> {
    /// The keys of relationships: two columns.
    pub fn keys(relationships: impl IntoIterator<Item = &'a Relationship>) -> Vec<Self> {
        let parties = |it: &'a Relationship| (it.customer.as_str(), it.supplier.as_str());
        let (customers, suppliers) = relationships.into_iter().map(parties).unzip();
        vec![Self::Text(customers), Self::Text(suppliers)]
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::OptionalText(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
            Self::OptionalNumber(cells) => cells.len(),
            Self::Bytes(cells) => cells.len(),
        }
    }

    pub fn texts(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Text(texts.into_iter().collect())
    }

    pub fn optional_texts(texts: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        Self::OptionalText(texts.into_iter().collect())
    }

    pub fn integers(integers: impl IntoIterator<Item = i64>) -> Self {
        Self::Integer(integers.into_iter().collect())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::OptionalText(text)
    }
}

impl<'a> From<&'a ModelVersion> for Value<'a> {
    fn from(version: &'a ModelVersion) -> Self {
        Self::Text(version.as_str())
    }
}

impl<'a> From<Option<&'a ModelVersion>> for Value<'a> {
    fn from(version: Option<&'a ModelVersion>) -> Self {
        Self::OptionalText(version.map(ModelVersion::as_str))
    }
}

impl From<Revision> for Value<'_> {
    fn from(revision: Revision) -> Self {
        Self::Integer(revision.number())
    }
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}
