//! Orders.

use super::{Reading, Step};
use crate::relation::order::OrderBy;
use crate::relation::predicate::{Expr, Predicate};
use crate::relation::shape::{LinkShape, Shape};
use async_graphql::{Error, Value as Sent};

impl<'a> Reading<'a> {
    /// One key of an order: an object of one field.
    pub(super) fn order(
        &mut self,
        shape: &Shape,
        link: Option<&LinkShape>,
        value: &'a Sent,
    ) -> Result<OrderBy, Error> {
        let (name, value) = self.only_field(value)?;
        self.at(Step::Field(name), |sent| {
            let by = |expr, descending| OrderBy { expr, descending };
            if let Some(column) = shape.columns.iter().find(|column| column.is_called(name)) {
                return Ok(by(Expr::Column(*column), sent.descending(value)?));
            }
            if let Some(relationship) = shape.relationships.iter().find(|one| one.is_called(name)) {
                let (target, rel) = ((relationship.target)(), relationship.rel);
                if relationship.is_to_one() {
                    let inner = sent.through(|sent| sent.order(&target, None, value))?;
                    return Ok(by(Expr::Across(rel, Box::new(inner.expr)), inner.descending));
                }
                let object = sent.object(value)?;
                let only = match object.get("where") {
                    None | Some(Sent::Null) => None,
                    Some(only) => Some(sent.at(Step::Field("where"), |sent| {
                        let link = relationship.link.map(|link| link());
                        sent.through(|sent| sent.filter(&target, link.as_ref(), only))
                    })?),
                };
                let count = object.get("count").unwrap_or(&Sent::Null);
                let descending = sent.at(Step::Field("count"), |sent| sent.descending(count))?;
                let only = only.and_then(Predicate::unless_always_true).map(Box::new);
                return Ok(by(Expr::Count(rel, only), descending));
            }
            let counted = name.strip_suffix("Count").unwrap_or_default();
            if let Some(relationship) = shape.relationships.iter().find(|one| one.is_called(counted)) {
                return Ok(by(Expr::Count(relationship.rel, None), sent.descending(value)?));
            }
            let link = sent.link(link)?;
            let (name, value) = sent.only_field(value)?;
            sent.at(Step::Field(name), |sent| {
                let column = sent.column(&link.columns, name)?;
                Ok(by(Expr::Link(column), sent.descending(value)?))
            })
        })
    }

    fn only_field(&self, value: &'a Sent) -> Result<(&'a str, &'a Sent), Error> {
        let object = self.object(value)?;
        match object.first() {
            Some((name, value)) if object.len() == 1 => Ok((name.as_str(), value)),
            _ => Err(self.bad("must have exactly one field")),
        }
    }

    fn descending(&self, value: &Sent) -> Result<bool, Error> {
        match value {
            Sent::Enum(name) if name == "ASC" => Ok(false),
            Sent::Enum(name) if name == "DESC" => Ok(true),
            Sent::String(name) if name == "ASC" => Ok(false),
            Sent::String(name) if name == "DESC" => Ok(true),
            _ => Err(self.bad("must be ASC or DESC")),
        }
    }
}
