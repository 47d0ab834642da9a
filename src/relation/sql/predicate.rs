//! `where` as data: a small tree of conditions and expressions.
//!
//! Logic has two values. A comparison with NULL is not true, and `NOT` makes whatever is not true true.

use super::values::{Value, Values};
use crate::relation::model::{Column, ColumnKind, Join, ScopeCondition, Shape};

/// A condition on a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// Each of them holds; true of none.
    All(Vec<Predicate>),
    /// One of them holds; false of none.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// The expression compares with the value in this way.
    Compare(Expr, Comparison, Value),
    /// The text contains another one.
    Contains {
        /// The text.
        expr: Expr,
        /// Where in it the other one stands.
        part: Part,
        /// Whether upper and lower case are the same.
        fold: bool,
        /// The other one.
        text: Value,
    },
    /// The expression is one of the values.
    In(Expr, Values),
    /// The expression is NULL.
    IsNull(Expr),
    /// The list has one of the values, or all of them.
    Has {
        /// The list.
        expr: Expr,
        /// Whether it has all of them.
        all: bool,
        /// The values.
        values: Values,
    },
    /// The list is empty.
    IsEmpty(Expr),
    /// The relationship leads to a row of which the condition holds.
    Exists {
        /// The relationship.
        join: Join,
        /// The condition.
        filter: Box<Predicate>,
        /// PostgreSQL is to look for it row by row, and not to make a join of it.
        fenced: bool,
        /// The condition names the row by a unique column: it holds of one row at most.
        named: bool,
    },
}

/// What can be compared, and ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A column of the row.
    Column(Column),
    /// A column of the join table's row that led here.
    Link(Column),
    /// An expression on the one row that the relationship leads to and of which the condition holds, NULL where there is none.
    Across(Join, Option<Box<Predicate>>, Box<Expr>),
    /// The number of rows that the relationship leads to, of which the condition holds.
    Count(Join, Option<Box<Predicate>>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they say it")]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

/// Where in a text another text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they say it")]
pub enum Part {
    Anywhere,
    Start,
    End,
}

impl Part {
    /// The most characters that are looked for. Databases compare them at every place of a text, and nothing stops them within one.
    pub const MOST: usize = 1_000;
}

impl Comparison {
    /// Its operator.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Comparison::Eq => " = ",
            Comparison::Ne => " <> ",
            Comparison::Lt => " < ",
            Comparison::Lte => " <= ",
            Comparison::Gt => " > ",
            Comparison::Gte => " >= ",
        }
    }

    /// Whether it holds between two numbers.
    pub(super) fn holds(self, one: i64, other: i64) -> bool {
        match self {
            Comparison::Eq => one == other,
            Comparison::Ne => one != other,
            Comparison::Lt => one < other,
            Comparison::Lte => one <= other,
            Comparison::Gt => one > other,
            Comparison::Gte => one >= other,
        }
    }
}

impl Expr {
    /// An expression on the one row of `target` that the relationship leads to.
    pub fn across(target: &Shape, join: Join, expr: Expr) -> Expr {
        Expr::Across(join, Predicate::visible(target).unless_always_true().map(Box::new), Box::new(expr))
    }

    /// The number of rows of `target` that the relationship leads to, of which the condition holds.
    pub fn count(target: &Shape, join: Join, filter: Predicate) -> Expr {
        Expr::Count(join, filter.of_visible(target).unless_always_true().map(Box::new))
    }

    /// What it is.
    pub(crate) fn kind(&self) -> ColumnKind {
        match self {
            Expr::Column(column) | Expr::Link(column) => column.kind,
            Expr::Across(.., expr) => expr.kind(),
            Expr::Count(..) => ColumnKind::Int,
        }
    }

    /// As [`Predicate::fence`].
    pub(crate) fn fence(&mut self) {
        match self {
            Expr::Column(_) | Expr::Link(_) => {}
            Expr::Across(.., expr) => expr.fence(),
            Expr::Count(_, filter) => filter.iter_mut().for_each(|filter| filter.fence()),
        }
    }

    /// Whether it may be NULL.
    pub(crate) fn nullable(&self) -> bool {
        match self {
            Expr::Column(column) | Expr::Link(column) => column.nullable,
            Expr::Across(..) => true,
            Expr::Count(..) => false,
        }
    }

    /// Whether it can be read from the join table alone: its own columns, and the target's key, which is the
    /// link's far column.
    pub(super) fn in_link(&self) -> bool {
        match self {
            Expr::Column(column) => *column == Column::KEY,
            Expr::Link(_) => true,
            Expr::Across(join, ..) | Expr::Count(join, _) => join.from == Column::KEY.name,
        }
    }
}

impl Predicate {
    /// It holds of every row.
    pub(crate) const TRUE: Predicate = Predicate::All(Vec::new());

    /// Both hold.
    pub(crate) fn and(self, other: Predicate) -> Predicate {
        match (self, other) {
            (Predicate::All(none), one) | (one, Predicate::All(none)) if none.is_empty() => one,
            (Predicate::All(mut all), one) => {
                all.push(one);
                Predicate::All(all)
            }
            (one, other) => Predicate::All(vec![one, other]),
        }
    }

    /// The row is within the entity's scope.
    pub(crate) fn visible(shape: &Shape) -> Predicate {
        let rules = shape.scope.iter().map(|rule| {
            let expr = Expr::Column(rule.column);
            let (comparison, value) = match (rule.condition)() {
                ScopeCondition::IsNull => return Predicate::IsNull(expr),
                ScopeCondition::NotNull => return Predicate::Not(Box::new(Predicate::IsNull(expr))),
                ScopeCondition::Is(value) => (Comparison::Eq, value),
                ScopeCondition::IsNot(value) => (Comparison::Ne, value),
            };
            Predicate::Compare(expr, comparison, Value::of_default(rule.column.kind, value))
        });
        rules.fold(Predicate::TRUE, Predicate::and)
    }

    /// It holds of a row that is within the entity's scope.
    pub(crate) fn of_visible(self, shape: &Shape) -> Predicate {
        Predicate::visible(shape).and(self)
    }

    /// The relationship leads to a row of `target` of which the condition holds.
    pub fn some(target: &Shape, join: Join, filter: Predicate) -> Predicate {
        let filter = filter.of_visible(target);
        let named = filter.names_one(target);
        Predicate::Exists { join, filter: Box::new(filter), fenced: false, named }
    }

    /// Keeps PostgreSQL from making joins of the relationships: there are too many to plan.
    pub(crate) fn fence(&mut self) {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter_mut().for_each(Predicate::fence),
            Predicate::Not(one) => one.fence(),
            Predicate::Compare(expr, ..)
            | Predicate::Contains { expr, .. }
            | Predicate::In(expr, _)
            | Predicate::Has { expr, .. }
            | Predicate::IsEmpty(expr)
            | Predicate::IsNull(expr) => expr.fence(),
            Predicate::Exists { filter, fenced, .. } => {
                *fenced = true;
                filter.fence();
            }
        }
    }

    /// The relationship leads to no row of `target` of which the condition holds.
    pub fn none(target: &Shape, join: Join, filter: Predicate) -> Predicate {
        Predicate::Not(Box::new(Predicate::some(target, join, filter)))
    }

    /// The condition holds of each row of `target` that the relationship leads to, also of none.
    pub fn every(target: &Shape, join: Join, filter: Predicate) -> Predicate {
        Predicate::none(target, join, Predicate::Not(Box::new(filter)))
    }

    /// Nothing where it holds of every row.
    pub(crate) fn unless_always_true(self) -> Option<Predicate> {
        if self == Predicate::TRUE { None } else { Some(self) }
    }

    /// Whether it holds of one row of `target` at most, whatever the rows: it compares a unique column.
    fn names_one(&self, target: &Shape) -> bool {
        let unique = |column: &Column| *column == Column::KEY || target.unique().any(|one| one == column);
        match self {
            Predicate::All(all) => all.iter().any(|one| one.names_one(target)),
            Predicate::Compare(Expr::Column(column), Comparison::Eq, _) => unique(column),
            Predicate::In(Expr::Column(column), values) => values.len() == 1 && unique(column),
            _ => false,
        }
    }

    /// Whether it is of a kind that usually holds of few rows: what is looked for is given.
    pub(super) fn is_selective(&self) -> bool {
        match self {
            Predicate::All(all) => all.iter().any(Predicate::is_selective),
            Predicate::Any(any) => any.iter().all(Predicate::is_selective),
            Predicate::Compare(_, comparison, _) => *comparison == Comparison::Eq,
            Predicate::Contains { .. } | Predicate::In(..) | Predicate::Has { .. } => true,
            Predicate::Exists { filter, .. } => filter.is_selective(),
            Predicate::Not(_) | Predicate::IsNull(_) | Predicate::IsEmpty(_) => false,
        }
    }

    /// Whether it reads the join table's row that led here.
    pub(super) fn reads_link(&self) -> bool {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter().any(Predicate::reads_link),
            Predicate::Not(one) => one.reads_link(),
            Predicate::Compare(expr, ..)
            | Predicate::Contains { expr, .. }
            | Predicate::In(expr, _)
            | Predicate::Has { expr, .. }
            | Predicate::IsEmpty(expr)
            | Predicate::IsNull(expr) => matches!(expr, Expr::Link(_)),
            Predicate::Exists { .. } => false,
        }
    }

    /// Whether the join table alone can answer it.
    pub(super) fn in_link(&self) -> bool {
        match self {
            Predicate::All(all) | Predicate::Any(all) => all.iter().all(Predicate::in_link),
            Predicate::Not(one) => one.in_link(),
            Predicate::Compare(expr, ..)
            | Predicate::Contains { expr, .. }
            | Predicate::In(expr, _)
            | Predicate::Has { expr, .. }
            | Predicate::IsEmpty(expr)
            | Predicate::IsNull(expr) => expr.in_link(),
            Predicate::Exists { join, .. } => join.from == Column::KEY.name,
        }
    }
}
