//! `queries!`.

/// Declares the root fields that lead to an entity: the row by its id, or by its name as well, the list, and
/// the connection.
///
/// ```
#[doc = include_str!("example/team.txt")]
/// use async_graphql::{EmptyMutation, EmptySubscription, Schema};
/// use doorway::queries;
///
/// queries! { TeamQuery for Team {
///     /// The team with this id, or with this name; null if there is none.
///     team by id or name: "The team's whole name.";
///     /// All teams, by name.
///     teams, teams_connection;
/// } }
///
/// fn main() {
///     let schema = Schema::build(TeamQuery::default(), EmptyMutation, EmptySubscription).finish();
///     assert!(schema.sdl().contains("type TeamConnection {"));
/// }
/// ```
///
/// `or name` is for an entity that is `named`; without it, the line is `team by id;`.
#[macro_export]
macro_rules! queries {
    ($query:ident for $row:ident {
        $(#[doc = $doc1:literal])* $one:ident by id $(or $name:ident: $name_text:literal)?;
        $(#[doc = $doc2:literal])* $many:ident, $connection:ident;
    }) => {
        #[doc = concat!("The root fields that lead to `", stringify!($row), "`.")]
        pub type $query = $crate::relation::Queries<$row>;

        impl $crate::relation::Queried for $row {
            fn root_fields() -> $crate::relation::RootFields {
                use $crate::relation::declare::{first, is_connection_of};
                // A connection is called after its list.
                const _: () = assert!(is_connection_of(stringify!($connection), stringify!($many)));
                // Only what is declared as the name of the entity identifies one row.
                $(const _: &str = <$row as $crate::relation::Named>::NAME_COLUMN;
                let _ = |row: &$row| { let _ = &row.$name; };)?
                $crate::relation::RootFields {
                    shape: <$row as $crate::relation::Entity>::shape(),
                    one: stringify!($one),
                    one_text: concat!($($doc1, "\n"),*),
                    by_name: first(&[
                        $(Some($crate::relation::NamedBy { column: stringify!($name), text: $name_text }),)?
                        None,
                    ]),
                    list: stringify!($many),
                    list_text: concat!($($doc2, "\n"),*),
                }
            }
        }
    };
}
