//! `text_enum!`.

/// Declares a GraphQL enum whose values are kept as texts, with the SQL type that `table!` names it by. The table's migration has a
/// CHECK for them; inputs take no others.
///
/// ```
/// use doorway::text_enum;
///
/// text_enum! {
///     /// How a hero feels.
///     pub enum Mood as MoodText {
///         /// Ready to fight.
///         Brave = "BRAVE",
///         /// Better left alone.
///         Tired = "TIRED",
///     }
/// }
///
/// diesel::table! {
///     use diesel::sql_types::*;
///     use doorway::db::Guid;
///     use super::MoodText;
///
///     heroes (id) {
///         id -> Guid,
///         mood -> MoodText,
///     }
/// }
///
/// fn main() {
///     assert_eq!(Mood::Brave.text(), "BRAVE");
/// }
/// ```
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $vis:vis enum $name:ident as $sql:ident {
        $($(#[$value_doc:meta])* $value:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = $sql)]
        $vis enum $name {
            $($(#[$value_doc])* #[graphql(name = $text)] $value),+
        }

        #[doc = concat!("The SQL type of [`", stringify!($name), "`]: a text.")]
        #[derive(Debug, Clone, Copy, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
        #[diesel(postgres_type(oid = 25, array_oid = 1009))]
        #[diesel(sqlite_type(name = "Text"))]
        $vis struct $sql;

        impl $name {
            /// What the database has for it, and GraphQL.
            pub const fn text(self) -> &'static str {
                match self {
                    $($name::$value => $text),+
                }
            }

            fn of(text: &str) -> diesel::deserialize::Result<Self> {
                match text {
                    $($text => Ok($name::$value),)+
                    other => Err(format!("{other:?} is no {}", stringify!($name)).into()),
                }
            }
        }

        impl $crate::relation::ColumnType for $sql {
            const KIND: $crate::relation::ColumnKind = {
                const SHAPE: &$crate::relation::EnumShape = &$crate::relation::EnumShape {
                    name: stringify!($name),
                    values: &[$($text),+],
                    register: |registry| <$name as async_graphql::InputType>::create_type_info(registry),
                };
                $crate::relation::ColumnKind::Enum(SHAPE)
            };
        }

        impl $crate::relation::ElementType for $sql {}

        impl $crate::db::ListElement for $name {}

        impl $crate::db::ElementOf<$sql> for $name {
            fn of_element(element: $crate::db::Element<'_>) -> Option<Self> {
                Self::of(&element.text()?).ok()
            }

            fn to_json(&self) -> Option<$crate::db::ElementJson> {
                Some(self.text().into())
            }
        }

        impl $crate::relation::FromJson for $name {
            fn from_json(json: &[u8]) -> Option<Self> {
                Self::of(&<String as $crate::relation::FromJson>::from_json(json)?).ok()
            }
        }

        impl $crate::relation::Literal<$sql> for &'static str {}

        impl diesel::serialize::ToSql<$sql, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Text, diesel::pg::Pg>::to_sql(
                    self.text(), &mut out.reborrow(),
                )
            }
        }

        impl diesel::serialize::ToSql<$sql, diesel::sqlite::Sqlite> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>,
            ) -> diesel::serialize::Result {
                out.set_value(self.text());
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<$sql, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                Self::of(std::str::from_utf8(value.as_bytes())?)
            }
        }

        impl diesel::deserialize::FromSql<$sql, diesel::sqlite::Sqlite> for $name {
            fn from_sql(mut value: diesel::sqlite::SqliteValue<'_, '_, '_>) -> diesel::deserialize::Result<Self> {
                Self::of(value.read_text())
            }
        }
    };
}
