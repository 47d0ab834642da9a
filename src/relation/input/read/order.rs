//! Orders.

use super::reader::{ArgumentReader, Step};
use crate::relation::model::{LinkShape, Shape};
use crate::relation::sql::{Expr, OrderBy, Predicate};
use async_graphql::{Error, Value as InputValue};

impl<'a> ArgumentReader<'a> {
    /// One key of an order: an object of one field.
    pub(super) fn order(
        &mut self,
        shape: &Shape,
        link: Option<&LinkShape>,
        value: &'a InputValue,
    ) -> Result<OrderBy, Error> {
        let (name, value) = self.only_field(value)?;
        self.at(Step::Field(name), |reader| {
            let by = |expr, descending| OrderBy { expr, descending };
            if let Some(column) = shape.columns.iter().find(|column| column.is_called(name)) {
                return Ok(by(Expr::Column(*column), reader.descending(value)?));
            }
            if let Some(relationship) = shape.relationships.iter().find(|one| one.is_called(name)) {
                let (target, join) = ((relationship.target)(), relationship.join);
                if relationship.is_to_one() {
                    let inner = reader.through(|reader| reader.order(&target, None, value))?;
                    return Ok(by(Expr::across(&target, join, inner.expr), inner.descending));
                }
                let object = reader.object(value)?;
                let filter = match object.get("where") {
                    None | Some(InputValue::Null) => Predicate::TRUE,
                    Some(filter) => reader.at(Step::Field("where"), |reader| {
                        let link = relationship.link.map(|link| link());
                        reader.through(|reader| reader.filter(&target, link.as_ref(), filter))
                    })?,
                };
                let count = object.get("count").unwrap_or(&InputValue::Null);
                let descending = reader.at(Step::Field("count"), |reader| reader.descending(count))?;
                return Ok(by(Expr::count(&target, join, filter), descending));
            }
            let counted = name.strip_suffix("Count").unwrap_or_default();
            if let Some(relationship) = shape.relationships.iter().find(|one| one.is_called(counted)) {
                let expr = Expr::count(&(relationship.target)(), relationship.join, Predicate::TRUE);
                return Ok(by(expr, reader.descending(value)?));
            }
            let link = reader.link(link)?;
            let (name, value) = reader.only_field(value)?;
            reader.at(Step::Field(name), |reader| {
                let column = reader.column(&link.columns, name)?;
                Ok(by(Expr::Link(column), reader.descending(value)?))
            })
        })
    }

    fn only_field(&self, value: &'a InputValue) -> Result<(&'a str, &'a InputValue), Error> {
        let object = self.object(value)?;
        match object.first() {
            Some((name, value)) if object.len() == 1 => Ok((name.as_str(), value)),
            _ => Err(self.bad("must have exactly one field")),
        }
    }

    fn descending(&self, value: &InputValue) -> Result<bool, Error> {
        match value {
            InputValue::Enum(name) if name == "ASC" => Ok(false),
            InputValue::Enum(name) if name == "DESC" => Ok(true),
            InputValue::String(name) if name == "ASC" => Ok(false),
            InputValue::String(name) if name == "DESC" => Ok(true),
            _ => Err(self.bad("must be ASC or DESC")),
        }
    }
}
