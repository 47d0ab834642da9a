//! Entities, join tables and relationships as data: what the generic code needs to know of them, without their
//! Rust types.

use super::columns::{Column, ColumnKind, Role};
use super::join::{Join, Stored};
use super::names::{camel_case, first_lower, is_camel_case_of, words};
use super::resolver::Resolver;
use async_graphql::{
    indexmap::IndexMap,
    registry::{MetaField, Registry},
};
use std::fmt;

/// How long the values of a column may be: texts and JSON in characters, bytes, and lists in elements.
#[derive(Debug, Clone, Copy)]
pub struct LengthRule {
    /// The column.
    pub column: &'static str,
    /// The least number of them.
    pub min: usize,
    /// The greatest number of them.
    pub max: usize,
}

impl LengthRule {
    /// Of texts or JSON. Does not compile for another column.
    #[allow(clippy::panic, reason = "while compiling")]
    pub const fn of_text(column: Column, min: usize, max: usize) -> LengthRule {
        match column.kind {
            ColumnKind::Text | ColumnKind::Json => LengthRule { column: column.name, min, max },
            _ => panic!("`text […]` is for columns of text or JSON"),
        }
    }

    /// Of bytes. Does not compile for another column.
    #[allow(clippy::panic, reason = "while compiling")]
    pub const fn of_bytes(column: Column, min: usize, max: usize) -> LengthRule {
        match column.kind {
            ColumnKind::Bytes => LengthRule { column: column.name, min, max },
            _ => panic!("`bytes […]` is for columns of bytes"),
        }
    }

    /// Of lists. Does not compile for another column.
    #[allow(clippy::panic, reason = "while compiling")]
    pub const fn of_list(column: Column, min: usize, max: usize) -> LengthRule {
        match column.kind {
            ColumnKind::List(_) => LengthRule { column: column.name, min, max },
            _ => panic!("`list […]` is for columns of lists"),
        }
    }
}

/// A CHECK constraint.
#[derive(Debug, Clone, Copy)]
pub struct CheckRule {
    /// What it is called, between the table's name and `_check`.
    pub name: &'static str,
    /// Its condition, which both databases understand.
    pub sql: &'static str,
    /// What is wrong with a row that does not satisfy it.
    pub message: &'static str,
}

/// The value of a column that a new row is not given.
#[derive(Debug, Clone, Copy)]
pub struct DefaultRule {
    /// The column.
    pub column: &'static str,
    /// The value.
    pub value: fn() -> DefaultValue,
}

/// A column that the database computes.
#[derive(Debug, Clone, Copy)]
pub struct GeneratedRule {
    /// The column.
    pub column: &'static str,
    /// What it is computed by: an expression over other columns of the row, which both databases understand.
    pub sql: &'static str,
}

/// A value that stands in a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// A text, or a value of an enum.
    Text(&'static str),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A list without elements.
    EmptyList,
}

impl From<[(); 0]> for DefaultValue {
    fn from(_: [(); 0]) -> DefaultValue {
        DefaultValue::EmptyList
    }
}

impl From<&'static str> for DefaultValue {
    fn from(text: &'static str) -> DefaultValue {
        DefaultValue::Text(text)
    }
}

impl From<i64> for DefaultValue {
    fn from(int: i64) -> DefaultValue {
        DefaultValue::Int(int)
    }
}

impl From<bool> for DefaultValue {
    fn from(truth: bool) -> DefaultValue {
        DefaultValue::Bool(truth)
    }
}

impl fmt::Display for DefaultValue {
    /// As in an input.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DefaultValue::Text(text) => write!(f, "{text:?}"),
            DefaultValue::Int(int) => int.fmt(f),
            DefaultValue::Bool(truth) => truth.fmt(f),
            DefaultValue::EmptyList => f.write_str("[]"),
        }
    }
}

/// One of the conditions that an entity's visible rows meet.
#[derive(Debug, Clone, Copy)]
pub struct ScopeRule {
    /// The column.
    pub column: Column,
    /// What its value must be.
    pub condition: fn() -> ScopeCondition,
}

/// What the value of a column must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeCondition {
    /// Null.
    IsNull,
    /// Not null.
    NotNull,
    /// This one.
    Is(DefaultValue),
    /// Another one, and not null.
    IsNot(DefaultValue),
}

/// One key of the order that lists have by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: Column,
    /// Greatest first.
    pub descending: bool,
}

impl SortKey {
    /// Least first. Does not compile for a column whose values have no order.
    pub const fn asc(column: Column) -> SortKey {
        SortKey { column: SortKey::ordered(column), descending: false }
    }

    /// Greatest first. Does not compile for a column whose values have no order.
    pub const fn desc(column: Column) -> SortKey {
        SortKey { column: SortKey::ordered(column), descending: true }
    }

    #[allow(clippy::panic, reason = "while compiling")]
    const fn ordered(column: Column) -> Column {
        match column.kind {
            ColumnKind::Json => panic!("lists cannot be ordered by a column of JSON"),
            ColumnKind::List(_) => panic!("lists cannot be ordered by a column of lists"),
            _ => column,
        }
    }
}

/// An entity.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The GraphQL type's name.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// The table's columns.
    pub columns: &'static [Column],
    /// Its relationship fields.
    pub relationships: &'static [Relationship],
    /// Its computed fields.
    pub resolvers: &'static [Resolver],
    /// The unique text column that also identifies a row.
    pub named: Option<&'static str>,
    /// How long its texts, bytes and lists may be.
    pub lengths: &'static [LengthRule],
    /// The columns whose values are unique together, besides its name and the foreign keys of one-to-one relationships.
    pub uniques: &'static [&'static [Column]],
    /// What its rows must satisfy.
    pub checks: &'static [CheckRule],
    /// The values of columns that new rows are not given.
    pub defaults: &'static [DefaultRule],
    /// The columns that inputs do not set.
    pub read_only: &'static [&'static str],
    /// The columns that the database computes.
    pub generated: &'static [GeneratedRule],
    /// What its visible rows satisfy. Clients never see, find, count or change the others.
    pub scope: &'static [ScopeRule],
    /// The order of its lists where nothing else is asked for. The primary key breaks the last tie.
    pub order: &'static [SortKey],
    /// Registers its GraphQL type, with the fields of its columns.
    pub register: fn(&mut Registry),
}

/// A join table.
#[derive(Debug, Clone)]
pub struct LinkShape {
    /// The row type's name.
    pub name: &'static str,
    /// The two foreign keys, in the order of the primary key.
    pub keys: &'static [Column],
    /// The columns besides the two foreign keys.
    pub columns: Vec<Column>,
    /// The fields for these columns on edges.
    pub fields: fn(&mut Registry) -> IndexMap<String, MetaField>,
}

/// What a relationship field returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The one row that this row's foreign key refers to.
    BelongsTo,
    /// At most one row, whose unique foreign key refers to this row.
    HasOne,
    /// The rows whose foreign key refers to this row.
    HasMany,
    /// The rows on the other side of a join table.
    ManyToMany,
}

/// What becomes of a row when the row that its foreign key names is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// It is deleted as well.
    Cascade,
    /// Its foreign key becomes null.
    SetNull,
    /// The other row cannot be deleted.
    Restrict,
}

impl OnDelete {
    /// What is done where nothing is said: a row goes with the one that it cannot be without.
    pub const fn by_default(key: Column) -> OnDelete {
        if key.nullable { OnDelete::SetNull } else { OnDelete::Cascade }
    }
}

/// A declared relationship field.
#[derive(Debug, Clone, Copy)]
pub struct Relationship {
    /// The field's name in Rust: `blog_posts`.
    pub field: &'static str,
    /// The target's field that leads back.
    pub back_populates: &'static str,
    /// What it returns.
    pub kind: Kind,
    /// The columns it joins on.
    pub join: Join,
    /// What the key is that leads along it: the target's, or, where the target refers to this entity, this one's.
    pub key: ColumnKind,
    /// Whether its foreign key may be null. Of a join table, none may.
    pub nullable: bool,
    /// What becomes of the row that holds the foreign key when the row that it names is deleted. Of no meaning on the other side.
    pub on_delete: OnDelete,
    /// The entity it leads to.
    pub target: fn() -> Shape,
    /// The join table it leads through.
    pub link: Option<fn() -> LinkShape>,
    /// The join table's column that orders this side's list.
    pub position: Option<&'static str>,
    /// Its description in the schema.
    pub description: &'static str,
}

/// A row type with relationships. Written by [`relationships!`](crate::relationships).
#[diagnostic::on_unimplemented(
    message = "the relationships of `{Self}` are not declared",
    label = "no relationships are declared for this type",
    note = "write `relationships! {{ {Self} {{ … }} }}`; `relationships! {{ {Self} {{}} }}` if there are none"
)]
pub trait HasRelationships: Stored {
    /// One for each field.
    const RELATIONSHIPS: &'static [Relationship];
}

impl Relationship {
    /// Whether it returns at most one row.
    pub fn is_to_one(&self) -> bool {
        matches!(self.kind, Kind::BelongsTo | Kind::HasOne)
    }

    /// Whether its one row may be missing, or hidden by the scope of its entity.
    pub fn is_nullable(&self) -> bool {
        let is_hidden = || !(self.target)().scope.is_empty();
        self.kind == Kind::HasOne || (self.kind == Kind::BelongsTo && (self.nullable || is_hidden()))
    }

    /// The same relationship from its other side.
    pub(crate) fn back(&self) -> Option<&'static Relationship> {
        (self.target)().relationships.iter().find(|other| other.field == self.back_populates)
    }

    /// Whether inputs change its list: one that a column of the join table orders, or one that none orders from either side.
    pub(crate) fn is_written(&self) -> bool {
        let is_free = || self.back().is_some_and(|back| back.position.is_none());
        self.kind == Kind::ManyToMany && (self.position.is_some() || is_free())
    }

    /// The columns of its join table that inputs set: all but those that order a list or say when the row was made.
    pub(crate) fn link_columns(&self) -> Vec<Column> {
        let back = self.back().and_then(|back| back.position);
        let own = self.link.map(|link| link().columns).unwrap_or_default();
        let is_kept = |column: &Column| {
            let orders = self.position == Some(column.name) || back == Some(column.name);
            orders || ["created_at", "added_at"].contains(&column.name)
        };
        own.into_iter().filter(|column| !is_kept(column)).collect()
    }

    /// The field's name in GraphQL.
    pub fn field_name(&self) -> String {
        camel_case(self.field)
    }

    /// Whether `field` is its name in GraphQL.
    pub(crate) fn is_called(&self, field: &str) -> bool {
        is_camel_case_of(field, self.field)
    }
}

impl LinkShape {
    /// The field for it in filters and orders: `postTagLink`.
    pub(crate) fn field(&self) -> String {
        first_lower(self.name)
    }
}

impl Shape {
    /// Its primary key.
    pub(crate) fn key(&self) -> Column {
        self.columns.iter().find(|column| **column == Column::KEY).copied().unwrap_or(Column::KEY)
    }

    /// The entity's name in a sentence: `blog post`.
    pub(crate) fn noun(&self) -> String {
        words(self.name)
    }

    /// The name of a field that holds one row: `blogPost`.
    pub(crate) fn variable(&self) -> String {
        first_lower(self.name)
    }

    /// The name of a field that holds several rows, after its table: `blogPosts`.
    pub(crate) fn list(&self) -> String {
        camel_case(self.table)
    }

    /// The join tables that lead to the entity, each with the fields through which they do, in words.
    pub(crate) fn links(&self) -> Vec<(LinkShape, String)> {
        let many =
            self.relationships.iter().filter_map(|relationship| Some((relationship, relationship.link?)));
        let mut links: Vec<(LinkShape, String)> = Vec::new();
        for (relationship, link) in many {
            let (link, source) = (link(), (relationship.target)().name);
            let place =
                format!("in `{source}.{}` and its connection", camel_case(relationship.back_populates));
            // A join table of an entity with itself leads to it from both sides.
            match links.iter_mut().find(|(known, _)| known.name == link.name) {
                Some((_, places)) => *places += &format!(", {place}"),
                None => links.push((link, place)),
            }
        }
        links
    }

    /// The relationship whose foreign key is `column`.
    pub(crate) fn belongs_to(&self, column: &Column) -> Option<&'static Relationship> {
        self.relationships.iter().find(|one| one.kind == Kind::BelongsTo && one.join.from == column.name)
    }

    /// A column's field in inputs. A foreign key is named after its relationship: `authorId`.
    pub(crate) fn input_field(&self, column: &Column) -> String {
        match self.belongs_to(column) {
            Some(relationship) => relationship.field_name() + "Id",
            None => column.graphql_name(),
        }
    }

    /// How long the values of a column may be, if that is declared.
    pub(crate) fn length_of(&self, column: &Column) -> Option<&'static LengthRule> {
        self.lengths.iter().find(|rule| rule.column == column.name)
    }

    /// What the database computes a column by, if it does.
    pub(crate) fn generated_by(&self, column: &Column) -> Option<&'static str> {
        self.generated.iter().find(|rule| rule.column == column.name).map(|rule| rule.sql)
    }

    /// The columns that inputs set: all but those that the server or the database maintains.
    pub(crate) fn writable(&self) -> impl Iterator<Item = &'static Column> + use<> {
        let shape = *self;
        let is_writable = move |column: &&Column| {
            let is_kept = shape.read_only.contains(&column.name) || shape.generated_by(column).is_some();
            column.role() == Role::Data && !is_kept
        };
        self.columns.iter().filter(is_writable)
    }

    /// The columns whose values are unique, besides the primary key.
    pub(crate) fn unique(&self) -> impl Iterator<Item = &'static Column> + use<> {
        let shape = *self;
        self.columns.iter().filter(move |column| {
            let one_to_one = |relationship: &Relationship| {
                relationship.back().is_some_and(|other| other.kind == Kind::HasOne)
            };
            shape.named == Some(column.name)
                || shape.belongs_to(column).is_some_and(one_to_one)
                || shape.uniques.iter().any(|unique| unique == &[**column])
        })
    }

    /// What a column of a new row is where nothing is given for it.
    pub(crate) fn default_of(&self, column: &Column) -> Option<DefaultValue> {
        let rule = self.defaults.iter().find(|rule| rule.column == column.name)?;
        Some((rule.value)())
    }

    /// Whether its rows count their changes.
    pub(crate) fn has_version(&self) -> bool {
        self.columns.iter().any(|column| column.role() == Role::Version)
    }

    /// The fields of inputs that set these columns, in words: `teamId and number`.
    pub(crate) fn input_fields(&self, columns: &[Column]) -> String {
        columns.iter().map(|column| self.input_field(column)).collect::<Vec<_>>().join(" and ")
    }
}
