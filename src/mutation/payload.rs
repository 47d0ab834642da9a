//! What mutations return: ids, whose rows are loaded when they are asked for, after the transaction.

use super::user_error::UserError;
use crate::db::Id;
use crate::relation::{
    Entity, List, Stored, by_id,
    names::{first_lower, first_upper},
};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::Field,
    registry::{MetaField, MetaTypeId, ObjectBuilder, Registry},
    resolver_utils::resolve_container,
};
use futures_util::future::try_join_all;
use std::{borrow::Cow, marker::PhantomData, sync::Arc};

/// What a mutation does; the name of its payload begins with it.
pub trait Verb: Send + Sync + 'static {
    /// The payload's name, for the name of what is written.
    fn payload(of: &str) -> String;
    /// Whether it deletes.
    const DELETES: bool = false;
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
pub struct Moved<T>(PhantomData<fn() -> T>);

impl<T: Entity> Verb for Moved<T> {
    fn payload(of: &str) -> String {
        format!("Move{of}{}Payload", <T as Stored>::NAME)
    }
}

/// What a mutation of one row returns.
pub struct Payload<V, T> {
    pub(super) verb: PhantomData<fn() -> (V, T)>,
    /// The row as it is now.
    pub(super) row: Option<Id>,
    pub(super) deleted: Option<Id>,
    pub(super) errors: Vec<UserError>,
}

/// What a bulk mutation returns.
pub struct Many<V, T> {
    pub(super) verb: PhantomData<fn() -> (V, T)>,
    pub(super) rows: Vec<Id>,
    pub(super) deleted: Vec<Id>,
    pub(super) errors: Vec<UserError>,
}

fn field(fields: &mut IndexMap<String, MetaField>, name: &str, ty: String, description: String) {
    let mut field = MetaField::new(name, ty);
    field.description = Some(description);
    fields.insert(name.to_owned(), field);
}

fn errors(fields: &mut IndexMap<String, MetaField>, registry: &mut Registry) {
    let text = "Mistakes in the input. If there are any, nothing was written.";
    field(fields, "userErrors", Vec::<UserError>::create_type_info(registry), text.into());
}

/// The mutation that returns the payload of this name: `createUser`.
fn mutation(payload: &str) -> String {
    first_lower(payload.trim_end_matches("Payload"))
}

async fn resolve<T: OutputType>(ctx: &Context<'_>, value: &T) -> ServerResult<Option<Value>> {
    let ctx_of_value = ctx.with_selection_set(&ctx.item.node.selection_set);
    OutputType::resolve(value, &ctx_of_value, ctx.item).await.map(Some)
}

impl<V: Verb, T: Entity> OutputType for Payload<V, T> {
    fn type_name() -> Cow<'static, str> {
        V::payload(<T as Stored>::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let shape = T::shape();
            let (noun, mut fields) = (shape.noun(), IndexMap::new());
            T::create_type_info(registry);
            let text = match V::DELETES {
                true => format!("After a CONFLICT, the {noun} as it is now. Otherwise null."),
                false => {
                    format!("The {noun} as it is now, also after a CONFLICT. Null after any other error.")
                }
            };
            field(&mut fields, &shape.variable(), <T as OutputType>::type_name().into(), text);
            if V::DELETES {
                let id = Id::create_type_info(registry).trim_end_matches('!').to_owned();
                field(
                    &mut fields,
                    "deletedId",
                    id,
                    format!("The id of the deleted {noun}. Null if it was not deleted."),
                );
            }
            errors(&mut fields, registry);
            let text = format!("The result of `{}`.", mutation(&Self::type_name()));
            ObjectBuilder::new(Self::type_name(), fields)
                .description(Some(text))
                .rust_typename(std::any::type_name::<Self>())
                .build()
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<V: Verb, T: Entity> ContainerType for Payload<V, T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match ctx.item.node.name.node.as_str() {
            "userErrors" => resolve(ctx, &List::from(self.errors.clone())).await,
            "deletedId" => resolve(ctx, &self.deleted).await,
            _ => {
                let row = match self.row {
                    Some(id) => by_id::<T>(ctx, id).await.transpose(),
                    None => None,
                };
                resolve(ctx, &row).await
            }
        }
    }
}

impl<V: Verb, T: Entity> ObjectType for Payload<V, T> {}

impl<V: Verb, T: Entity> OutputType for Many<V, T> {
    fn type_name() -> Cow<'static, str> {
        V::payload(&first_upper(&T::shape().list())).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let (list, mut fields) = (T::shape().list(), IndexMap::new());
            let rows = Vec::<T>::create_type_info(registry);
            let text = match V::DELETES {
                true => "After a CONFLICT, the conflicting rows as they are now. Otherwise empty.",
                false => "The written rows as they are now, in the order of the inputs. After a CONFLICT, the conflicting rows. Empty after any other error.",
            };
            field(&mut fields, &list, rows, text.into());
            if V::DELETES {
                let ids = Vec::<Id>::create_type_info(registry);
                let text = "The ids of the deleted rows, in the order of the inputs. Empty if nothing was deleted.";
                field(&mut fields, "deletedIds", ids, text.into());
            }
            errors(&mut fields, registry);
            let text = format!("The result of `{}`: all of its inputs were written, or none.", mutation(&Self::type_name()));
            ObjectBuilder::new(Self::type_name(), fields)
                .description(Some(text))
                .rust_typename(std::any::type_name::<Self>())
                .build()
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<V: Verb, T: Entity> ContainerType for Many<V, T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match ctx.item.node.name.node.as_str() {
            "userErrors" => resolve(ctx, &List::from(self.errors.clone())).await,
            "deletedIds" => resolve(ctx, &List::from(self.deleted.clone())).await,
            _ => {
                let rows = try_join_all(self.rows.iter().map(|id| by_id::<T>(ctx, *id))).await;
                let rows = rows.map_err(|error| ctx.set_error_path(error.into_server_error(ctx.item.pos)))?;
                // One that was deleted meanwhile is not there to be shown.
                resolve(ctx, &List::<Arc<T>>::from(rows.into_iter().flatten().collect::<Vec<_>>())).await
            }
        }
    }
}

impl<V: Verb, T: Entity> ObjectType for Many<V, T> {}
