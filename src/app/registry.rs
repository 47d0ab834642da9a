//! `registry!`.

/// Lists the entities and join tables of an application, and makes its three root types, its graph and the lists that tests go
/// through. Each entity is named by its module, its row type and its table, with the types that its `queries!` and `mutations!`
/// declare. `changed` has a subscription for each entity whose events clients may ask for; `by` names the rows that they may ask for
/// the events of: the row itself (`id`), or those that it is related to. After `links`, `own_mutations { merge: MergeMutation; }` names
/// what [`own_mutations!`](crate::own_mutations) declares, by its module.
///
/// ```ignore
/// registry! {
///     entities {
///         hero: Hero, heroes, HeroQuery, HeroMutation;
///     }
///     links {}
///     changed {
///         /// An event for each hero that a mutation creates, updates or deletes, in commit order.
///         hero_changed: Hero as HeroEvent, "A change to a hero.", "The hero at the time of delivery.", by {
///             team_id "Only heroes of this team.";
///         }
///     }
/// }
/// ```
#[macro_export]
macro_rules! registry {
    (
        entities { $($entity:ident: $row:ident, $rows:ident, $query:ident, $mutation:ident;)+ }
        links { $($link_file:ident: $link:ident, $links:ident;)* }
        $(own_mutations { $($own:ident: $own_mutation:ident;)* })?
        changed { $(
            $(#[$doc:meta])* $changed:ident: $of:ident as $event:ident, $text:literal, $row_text:literal,
                by { $($by:ident $by_text:literal;)* }
        )+ }
    ) => {
        $(pub use $entity::$row;)+
        $(pub use $link_file::$link;)*

        /// The entities.
        #[derive(Debug)]
        pub struct Registry;

        impl $crate::app::Entities for Registry {
            fn shapes() -> Vec<$crate::relation::Shape> {
                shapes()
            }
        }

        /// Every entity, as the generic code knows it.
        pub fn shapes() -> Vec<$crate::relation::Shape> {
            vec![$(<$row as $crate::relation::Entity>::shape()),+]
        }

        /// The query root: single rows and lists of every type.
        #[derive(async_graphql::MergedObject, Default)]
        pub struct Query($crate::app::Nodes<Registry>, $($entity::$query),+);

        /// The mutation root. Each field is one transaction. Several fields run in order, and a failed one does not undo those
        /// before it.
        #[derive(async_graphql::MergedObject, Default)]
        pub struct Mutation($($entity::$mutation,)+ $($($own::$own_mutation,)*)?);

        $(impl $crate::app::Changes for $of {
            const EVENT: &'static str = stringify!($event);
            const TEXT: &'static str = $text;
            const ROW_TEXT: &'static str = $row_text;
        })+

        /// The subscription root. A subscriber that falls more than 4,096 events behind gets a TOO_SLOW error, and its
        /// subscription ends.
        #[derive(Debug, Default)]
        pub struct SubscriptionRoot;

        /// The subscription root. A subscriber that falls more than 4,096 events behind gets a TOO_SLOW error, and its
        /// subscription ends.
        #[async_graphql::Subscription(name = "Subscription")]
        impl SubscriptionRoot {
            $($(#[$doc])*
            async fn $changed(
                &self,
                ctx: &async_graphql::Context<'_>,
                $(#[graphql(desc = $by_text)] $by: Option<async_graphql::ID>,)*
            ) -> async_graphql::Result<
                impl $crate::app::Stream<Item = async_graphql::Result<$crate::app::Changed<$of>>>,
            > {
                $crate::app::changes::<$of, _>(ctx, [$((stringify!($by), $by)),*]).await
            })+
        }

        /// What operations lead to.
        pub fn graph() -> $crate::engine::Graph {
            const TABLES: &[$crate::relation::NodeTable] = &[$($crate::relation::NodeTable::of::<$row>()),+];
            $crate::engine::Graph {
                entities: vec![$(<$row as $crate::relation::Queried>::root_fields()),+],
                tables: TABLES,
            }
        }

        /// Every relationship field there is, by entity.
        pub const RELATIONSHIPS: &[&[$crate::relation::Relationship]] =
            &[$(<$row as $crate::relation::HasRelationships>::RELATIONSHIPS),+];

        /// Every table, with its columns in order, as the code knows them.
        pub fn tables() -> Vec<(&'static str, Vec<String>)> {
            use $crate::{db::column_names, relation::Stored};
            vec![
                $((<$row as Stored>::TABLE, column_names::<$entity::$rows::table>()),)+
                $((<$link as Stored>::TABLE, column_names::<$link_file::$links::table>()),)*
            ]
        }

        /// The builder of the schema, for programs that add extensions or data of their own
        /// (`App::extended`).
        pub fn schema() -> async_graphql::SchemaBuilder<Query, Mutation, SubscriptionRoot> {
            async_graphql::Schema::build(Query::default(), Mutation::default(), SubscriptionRoot)
        }

        /// The application with these migrations.
        pub fn app_with(history: $crate::db::History) -> $crate::app::App {
            $crate::app::App::new(schema(), graph(), history)
        }
    };
}
