//! What mutations return: ids, whose rows are loaded when they are asked for, after the transaction.

use super::changes::WrittenRow;
use super::input::moved_name;
use super::user_error::UserError;
use crate::db::Id;
use crate::engine::{Given, Operation};
use crate::relation::{
    Entity, Fields, Stored, Value as Cell, add_field,
    names::{first_lower, first_upper},
    register_entity, register_object,
};
use async_graphql::{
    ContextSelectionSet, ID, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};
use std::{borrow::Cow, marker::PhantomData};

/// What a mutation does; the name of its payload begins with it.
pub trait Verb: Send + Sync + 'static {
    /// The payload's name, for the name of what is written.
    fn payload(of: &str) -> String;
    /// Whether it deletes.
    const DELETES: bool = false;
    /// Whether it is a program's own, whose payload shows a row only if all went well.
    const IS_OWN: bool = false;
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident = $word:literal $(, deletes $deletes:literal)?;)*) => {
        $($(#[$doc])*
        pub struct $verb;

        impl Verb for $verb {
            fn payload(of: &str) -> String {
                format!(concat!($word, "{}Payload"), of)
            }

            $(const DELETES: bool = $deletes;)?
        })*
    };
}
verbs! {
    /// `createUser`.
    Created = "Create";
    /// `updateUser`.
    Updated = "Update";
    /// `upsertUser`.
    Upserted = "Upsert";
    /// `deleteUser`.
    Deleted = "Delete", deletes true;
}

/// `moveBlogPostTag`.
pub struct Moved<P, T, const LIST: u64>(PhantomData<fn() -> (P, T)>);

impl<P: Entity, T: Entity, const LIST: u64> Verb for Moved<P, T, LIST> {
    fn payload(_: &str) -> String {
        format!("Move{}Payload", moved_name(&P::shape(), &T::shape(), LIST))
    }
}

/// What a mutation of one row returns.
pub struct Payload<V, T> {
    pub(super) verb: PhantomData<fn() -> (V, T)>,
    /// The row as it is now.
    pub(super) row: Option<Id>,
    pub(super) deleted: Option<Id>,
    pub(super) written: Vec<WrittenRow>,
    pub(super) errors: Vec<UserError>,
}

/// What a bulk mutation returns.
pub struct Many<V, T> {
    pub(super) verb: PhantomData<fn() -> (V, T)>,
    pub(super) rows: Vec<Id>,
    pub(super) deleted: Vec<Id>,
    pub(super) written: Vec<WrittenRow>,
    pub(super) errors: Vec<UserError>,
}

fn errors(fields: &mut Fields, registry: &mut Registry) {
    let text = "Mistakes in the input. If there are any, nothing was written.";
    add_field(fields, "userErrors", Vec::<UserError>::create_type_info(registry), text);
}

/// The mutation that returns the payload of this name: `createUser`.
fn mutation(payload: &str) -> String {
    first_lower(payload.trim_end_matches("Payload"))
}

/// The rows of an entity's own table that were written: they need not be read.
fn known<T: Stored>(written: &[WrittenRow]) -> Vec<(Id, Vec<Cell>)> {
    let own = written.iter().filter(|row| row.shape.table == T::TABLE);
    own.map(|row| (row.id, row.values.clone())).collect()
}

fn ids(ids: &[Id]) -> Value {
    Value::List(ids.iter().map(|id| Value::from(id.to_string())).collect())
}

impl<V: Verb, T: Entity> OutputType for Payload<V, T> {
    fn type_name() -> Cow<'static, str> {
        V::payload(<T as Stored>::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let text = format!("The result of `{}`.", mutation(&Self::type_name()));
        register_object(registry, &Self::type_name(), text, |registry| {
            let shape = T::shape();
            let (noun, mut fields) = (shape.noun(), Fields::new());
            let text = match V::DELETES {
                true => format!("After a CONFLICT, the {noun} as it is now. Otherwise null."),
                false if V::IS_OWN => format!("The {noun} as it is now. Null after an error."),
                false => {
                    format!("The {noun} as it is now, also after a CONFLICT. Null after any other error.")
                }
            };
            add_field(&mut fields, shape.variable(), register_entity(&shape, registry), text);
            if V::DELETES {
                ID::create_type_info(registry);
                let text = format!("The id of the deleted {noun}. Null if it was not deleted.");
                add_field(&mut fields, "deletedId", "ID", text);
            }
            errors(&mut fields, registry);
            fields
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let given = Given {
            rows: self.row.into_iter().collect(),
            known: known::<T>(&self.written),
            event: None,
            values: vec![
                ("userErrors", UserError::list(&self.errors)),
                ("deletedId", self.deleted.map_or(Value::Null, |id| Value::from(id.to_string()))),
            ],
        };
        Operation::give_field(ctx, field, given).await
    }
}

impl<V: Verb, T: Entity> OutputType for Many<V, T> {
    fn type_name() -> Cow<'static, str> {
        V::payload(&first_upper(&T::shape().list())).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let text = format!(
            "The result of `{}`: all of its inputs were written, or none.",
            mutation(&Self::type_name())
        );
        register_object(registry, &Self::type_name(), text, |registry| {
            let shape = T::shape();
            let mut fields = Fields::new();
            let text = match V::DELETES {
                true => "After a CONFLICT, the conflicting rows as they are now. Otherwise empty.",
                false => {
                    "The written rows as they are now, in the order of the inputs. After a CONFLICT, the conflicting rows. \
                     Empty after any other error."
                }
            };
            let ty = format!("[{}!]!", register_entity(&shape, registry));
            add_field(&mut fields, shape.list(), ty, text);
            if V::DELETES {
                ID::create_type_info(registry);
                let text =
                    "The ids of the deleted rows, in the order of the inputs. Empty if nothing was deleted.";
                add_field(&mut fields, "deletedIds", "[ID!]!", text);
            }
            errors(&mut fields, registry);
            fields
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let given = Given {
            rows: self.rows.clone(),
            known: known::<T>(&self.written),
            event: None,
            values: vec![("userErrors", UserError::list(&self.errors)), ("deletedIds", ids(&self.deleted))],
        };
        Operation::give_field(ctx, field, given).await
    }
}
