//! `resolvers!`.

use crate::relation::model::Resolver;

/// Declares computed fields of an entity, each under its description in the schema. A field reads the columns and relationships
/// behind `from`, and its expression finds them under their names.
///
/// ```
#[doc = include_str!("example/rows.txt")]
#[doc = include_str!("example/link.txt")]
#[doc = include_str!("example/entities.txt")]
/// # join_table! { HeroPower: hero_powers }
/// # relationships! { Team { has_many { heroes, heroes_connection: Hero, back_populates team; } } }
/// # relationships! { Hero {
/// #     belongs_to { team: Team, back_populates heroes; }
/// #     many_to_many { powers, powers_connection: Power, through HeroPower by rank, back_populates heroes; }
/// # } }
/// # relationships! { Power {
/// #     many_to_many { heroes, heroes_connection: Hero, through HeroPower, back_populates powers; }
/// # } }
/// use doorway::{db::{DbError, Reader}, error::Failure, resolvers};
///
/// resolvers! { Hero {
///     /// The hero's name, and what the hero can do.
///     introduction(
///         /// What stands between them.
///         separator: String = ": ".to_owned(),
///     ): String, from [name, powers { name }] => format!("{name}{separator}{}", powers.join(", "));
///
///     /// How many powers the hero has, if any.
///     strength: Option<i64>, from [powers count] => Some(powers).filter(|powers| *powers > 0);
///
///     /// How many heroes have the same name, this one included.
///     namesakes: i64, from [name] through reader => namesakes(&reader, name).await;
/// } }
///
/// /// One number for each of the names, by one statement.
/// async fn namesakes(reader: &Reader, names: Vec<String>) -> Result<Vec<i64>, DbError> {
///     let of_any = heroes::table.filter(heroes::name.eq_any(names.clone())).group_by(heroes::name);
///     let counts: Vec<(String, i64)> = reader.rows(of_any.select((heroes::name, diesel::dsl::count_star()))).await?;
///     let of = |name: &String| counts.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count);
///     Ok(names.iter().map(of).collect())
/// }
///
/// fn main() {
///     use doorway::relation::Entity;
///     let fields: Vec<_> = Hero::shape().resolvers.iter().map(|one| one.field).collect();
///     assert_eq!(fields, ["introduction", "strength", "namesakes"]);
/// }
/// ```
///
/// | input | what the expression finds |
/// |---|---|
/// | `name` | the value of the column |
/// | `powers { name }` | a list with the column of each row that the relationship leads to, also of one to a single row; of several columns, `powers { id, name }`, tuples |
/// | `powers count` | how many rows it leads to |
///
/// Relationships are read with the other fields of the operation, by one statement each, in their default order and without rows that
/// are hidden. Up to 1,000 rows of each list are read; where there are more, the field fails.
///
/// An expression behind `=>` makes the value of one row. Behind `through reader =>` it runs once for all rows of a wave, up to 10,000:
/// its inputs are lists with an element for each row, it may wait for statements of its own, and it gives a list of as many values,
/// or why there is none (`Result<Vec<_>, E>`, with an error that [`Failure`](crate::error::Failure) can be made of). The
/// [`Reader`](crate::db::Reader) is the operation's; its statements see hidden rows as well.
///
/// The type of a field or argument is a scalar, an enum or a list of these; `Option` makes it nullable. The type of a field may also be
/// [`RowsOf<Hero>`](crate::relation::RowsOf) or [`RowOf<Hero>`](crate::relation::RowOf), whose expressions give ids (`Vec<Id>`,
/// `Option<Id>`): the engine reads what is selected of these rows, by one statement for all of them. A value may be a `Result`: an error makes the
/// field null, or what is around it where the field is not nullable.
#[macro_export]
macro_rules! resolvers {
    ($row:ident { $(
        $(#[doc = $doc:literal])* $field:ident
            $(($($(#[doc = $arg_doc:literal])* $arg:ident: $arg_ty:ty $(= $default:expr)?),* $(,)?))?
            : $ty:ty, from [$($from:ident $({ $($of:ident),+ })? $($count:ident)?),* $(,)?] $(through $reader:ident)? => $value:expr;
    )* }) => {
        const _: () = {
            $(
                assert!(
                    $crate::relation::declare::is_text(concat!($($doc),*)),
                    concat!("`", stringify!($field), "` needs a description: write `/// …` above it"),
                );
                $($(assert!(
                    $crate::relation::declare::is_text(concat!($($arg_doc),*)),
                    concat!("`", stringify!($arg), "` needs a description: write `/// …` above it"),
                );)*)?
                assert!(
                    $crate::relation::declare::is_new_field(
                        <$row as $crate::relation::Stored>::COLUMNS,
                        <$row as $crate::relation::HasRelationships>::RELATIONSHIPS,
                        $row::RESOLVED_FIELDS,
                        stringify!($field),
                    ),
                    concat!("`", stringify!($row), "` has another field `", stringify!($field), "`"),
                );
            )*
        };

        impl $row {
            #[doc(hidden)]
            pub const RESOLVED_FIELDS: &'static [$crate::relation::Resolver] = &[$($crate::relation::Resolver {
                field: stringify!($field),
                description: concat!($($doc, "\n"),*),
                ty: <$ty as $crate::relation::FieldType>::register,
                #[allow(unused_variables)]
                arguments: |registry| vec![$($($crate::relation::argument::<$arg_ty>(
                    registry,
                    stringify!($arg),
                    concat!($($arg_doc, "\n"),*),
                    None$(.or(Some((|| $default) as fn() -> $arg_ty)))?,
                )),*)?],
                inputs: &[$($crate::resolvers! { @input $row $from $({ $($of),+ })? $($count)? }),*],
                resolve: $crate::resolvers! { @resolve $row ($($($arg: $arg_ty [$($default)?],)*)?)
                    [$($from [$({ $($of),+ })? $($count)?],)*] $ty, $($reader)? => $value },
                rows: <$ty as $crate::relation::FieldType>::ROWS,
            }),*];
        }
    };

    (@input $row:ident $column:ident) => {
        $crate::relation::ResolverInput::Column($crate::relation::Column::named(
            <$row as $crate::relation::Stored>::COLUMNS, stringify!($column),
        ))
    };
    (@input $row:ident $field:ident count) => {
        $crate::relation::ResolverInput::Count({
            let _ = std::marker::PhantomData::<
                <$row as $crate::relation::LeadsTo<{ $crate::relation::key(stringify!($field)) }>>::Target,
            >;
            stringify!($field)
        })
    };
    (@input $row:ident $field:ident { $($column:ident),+ }) => {
        $crate::relation::ResolverInput::Rows(stringify!($field), &[$($crate::relation::Column::named(
            <<$row as $crate::relation::LeadsTo<{ $crate::relation::key(stringify!($field)) }>>::Target
                as $crate::relation::Stored>::COLUMNS,
            stringify!($column),
        )),+])
    };

    (@resolve $row:ident ($($arg:ident: $arg_ty:ty [$($default:expr)?],)*) [$($from:ident [$($of:tt)*],)*] $ty:ty, => $value:expr) => {
        $crate::relation::Resolve::Each(|inputs| {
            $(let $arg: $arg_ty = inputs.argument(
                stringify!($arg), None$(.or(Some((|| $default) as fn() -> $arg_ty)))?,
            )?;)*
            $(let $from = $crate::resolvers! { @read $row inputs $from $($of)* };)*
            $crate::relation::resolved::<$ty>($value)
        })
    };
    (@resolve $row:ident ($($arg:ident: $arg_ty:ty [$($default:expr)?],)*) [$($from:ident [$($of:tt)*],)*] $ty:ty, $reader:ident => $value:expr) => {
        $crate::relation::Resolve::Batch(|batch, $reader| {
            $(let $arg: $arg_ty = match batch.first() {
                Some(inputs) => inputs.argument(
                    stringify!($arg), None$(.or(Some((|| $default) as fn() -> $arg_ty)))?,
                )?,
                None => return Ok(Box::pin(async { Ok(Vec::new()) })),
            };)*
            $(let mut $from = Vec::with_capacity(batch.len());)*
            for mut inputs in batch {
                $($from.push($crate::resolvers! { @read $row inputs $from $($of)* });)*
            }
            Ok(Box::pin($crate::relation::resolved_together::<$ty, _, _>(async move { $value })))
        })
    };

    (@read $row:ident $inputs:ident $column:ident) => { $inputs.cell(|row: &$row| &row.$column)? };
    (@read $row:ident $inputs:ident $field:ident count) => { $inputs.count()? };
    (@read $row:ident $inputs:ident $field:ident { $($column:ident),+ }) => {
        $inputs.rows(|cells| {
            #[allow(unused_parens)]
            let row = ($(cells.cell(
                |row: &<$row as $crate::relation::LeadsTo<{ $crate::relation::key(stringify!($field)) }>>::Target| &row.$column,
            )?),+);
            Ok(row)
        })?
    };
}

/// That an entity has no `resolvers!`. Where there is one, its own constant comes before this.
#[doc(hidden)]
pub trait NoResolvers {
    /// None.
    const RESOLVED_FIELDS: &'static [Resolver] = &[];
}

impl<T> NoResolvers for T {}
