//! `relationships!`, and the functions that check both sides of a relationship while compiling.

use crate::relation::model::{HasRelationships, Kind, Relationship, same_text};

/// Declares an entity's relationships, one line each, under its description in the schema. The kinds come
/// in this order; those it has none of are left out.
///
/// ```
#[doc = include_str!("example/rows.txt")]
#[doc = include_str!("example/link.txt")]
#[doc = include_str!("example/entities.txt")]
/// # join_table! { HeroPower: hero_powers }
/// relationships! { Team {
///     has_many {
///         /// The team's heroes, by name.
///         heroes, heroes_connection: Hero, back_populates team;
///     }
/// } }
///
/// relationships! { Hero {
///     belongs_to {
///         /// The hero's team.
///         team: Team, back_populates heroes;
///     }
///     many_to_many {
///         /// What the hero can do, the strongest power first.
///         powers, powers_connection: Power, through HeroPower by rank, back_populates heroes;
///     }
/// } }
///
/// relationships! { Power {
///     many_to_many {
///         /// The heroes who have this power, by name.
///         heroes, heroes_connection: Hero, through HeroPower, back_populates powers;
///     }
/// } }
///
/// fn main() {
///     use doorway::relation::HasRelationships;
///     let fields: Vec<_> = Hero::RELATIONSHIPS.iter().map(|one| one.field).collect();
///     assert_eq!(fields, ["team", "powers"]);
/// }
/// ```
///
/// `has_one` is written as `belongs_to` is, on the side without the foreign key, which must be unique.
///
/// `back_populates` names the field of the target that leads back. It does not compile unless that field exists, goes
/// along the same foreign key or join table, and names this one in turn; nor does a relationship without a foreign
/// key. `by` orders a list by a column of the join table; without it the list has the target's own order. To-many
/// relationships have two fields, the list and the connection.
#[macro_export]
macro_rules! relationships {
    ($row:ident {
        $(belongs_to { $($(#[$doc1:meta])* $one:ident: $one_row:ident, back_populates $one_back:ident;)* })?
        $(has_one { $($(#[$doc2:meta])* $maybe:ident: $maybe_row:ident, back_populates $maybe_back:ident;)* })?
        $(has_many { $($(#[$doc3:meta])* $many:ident, $many_connection:ident: $many_row:ident,
            back_populates $many_back:ident;)* })?
        $(many_to_many { $($(#[$doc4:meta])* $linked:ident, $linked_connection:ident: $linked_row:ident,
            through $link:ident $(by $position:ident)?, back_populates $linked_back:ident;)* })?
    }) => {
        // What both kinds of to-many relationships need, in one form.
        $crate::relationships! { @fields $row {
            one { $($({ $(#[$doc1])* } $one: $one_row;)*)? }
            maybe { $($({ $(#[$doc2])* } $maybe: $maybe_row;)*)? }
            many {
                $($({ $(#[$doc3])* } $many, $many_connection: $many_row,
                    $crate::relation::Direct, $crate::relation::Source::has::<$row, $many_row>();)*)?
                $($({ $(#[$doc4])* } $linked, $linked_connection: $linked_row,
                    $crate::relation::Through<$row, $link>,
                    $crate::relation::Source::through::<$row, $link, $linked_row>({
                        use $crate::relation::{Entity, OrderBy};
                        // The join table's order if the line names one.
                        const ORDERS: &[&[OrderBy]] = &[
                            $(&[OrderBy::link($crate::relation::Column::named(
                                <$link as $crate::relation::Stored>::COLUMNS,
                                stringify!($position),
                            ))],)?
                            <$linked_row as Entity>::ORDER,
                        ];
                        $crate::relation::declare::first(ORDERS)
                    });)*)?
            }
        } }

        // A column that is not there is the compiler's to report: it points at the name.
        $($($(const _: fn(&$link) = |link| {
            let _ = &link.$position;
        };)?)*)?

        $($(impl $crate::relation::LinkTo<$linked_row> for $link {
            fn fetch(
                reader: &$crate::db::Reader,
                request: $crate::relation::PageRequest,
                keys: $crate::relation::Values,
            ) -> impl Future<Output = $crate::relation::Fetched<($linked_row, Self)>> + Send {
                use diesel::Table;
                use $crate::relation::{Fetch, Stored};
                let target = <<$linked_row as Stored>::Table as Table>::all_columns();
                let link = <<$link as Stored>::Table as Table>::all_columns();
                reader.rows(Fetch::new(<$linked_row as Stored>::TABLE, (target, link), request, keys))
            }
        })*)?

        impl $crate::relation::HasRelationships for $row {
            const RELATIONSHIPS: &'static [$crate::relation::Relationship] = {
                use $crate::relation::{Entity, Join, Kind, Relationship};
                &[
                    $($(Relationship {
                        field: stringify!($one), back_populates: stringify!($one_back), kind: Kind::BelongsTo,
                        join: Join::belongs_to::<$row, $one_row>(), target: <$one_row as Entity>::shape, link: None, position: None,
                    },)*)?
                    $($(Relationship {
                        field: stringify!($maybe), back_populates: stringify!($maybe_back), kind: Kind::HasOne,
                        join: Join::has::<$row, $maybe_row>(), target: <$maybe_row as Entity>::shape, link: None, position: None,
                    },)*)?
                    $($(Relationship {
                        field: stringify!($many), back_populates: stringify!($many_back), kind: Kind::HasMany,
                        join: Join::has::<$row, $many_row>(), target: <$many_row as Entity>::shape, link: None, position: None,
                    },)*)?
                    $($(Relationship {
                        field: stringify!($linked), back_populates: stringify!($linked_back),
                        kind: Kind::ManyToMany, join: Join::through::<$row, $link, $linked_row>(),
                        target: <$linked_row as Entity>::shape, link: Some(<$link as $crate::relation::JoinTable>::shape),
                        position: $crate::relation::declare::first(&[$(Some(stringify!($position)),)? None]),
                    },)*)?
                ]
            };
        }

        $crate::relationships! { @back_populates $row
            $($($one: $one_row, $one_back;)*)?
            $($($maybe: $maybe_row, $maybe_back;)*)?
            $($($many: $many_row, $many_back;)*)?
            $($($linked: $linked_row, $linked_back;)*)?
        }
    };

    // Apart from RELATIONSHIPS, whose value must not depend on that of the other side.
    (@back_populates $row:ident $($field:ident: $target:ident, $back:ident;)*) => {
        $(const _: () = {
            use $crate::relation::declare::{leads_back, names_back};
            // A field that is not there is the compiler's to report: it points at the name.
            let _ = $target::$back;
            assert!(
                leads_back::<$row, $target>(stringify!($field), stringify!($back)),
                concat!(
                    "`", stringify!($row), ".", stringify!($field), "` says `back_populates ", stringify!($back), "`, but `",
                    stringify!($target), ".", stringify!($back), "` is not a relationship back to it along the same \
                     foreign key or join table",
                ),
            );
            assert!(
                names_back::<$target>(stringify!($back), stringify!($field)),
                concat!(
                    "`", stringify!($row), ".", stringify!($field), "` says `back_populates ", stringify!($back), "`, but `",
                    stringify!($target), ".", stringify!($back), "` does not say `back_populates ", stringify!($field), "`",
                ),
            );
        };)*
    };

    (@fields $row:ident {
        one { $({ $(#[$doc1:meta])* } $one:ident: $one_row:ident;)* }
        maybe { $({ $(#[$doc2:meta])* } $maybe:ident: $maybe_row:ident;)* }
        many { $($many:tt)* }
    }) => {
        $crate::list_fields! { { #[async_graphql::ComplexObject] impl $row } {
            $($(#[$doc1])*
            pub(crate) async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<std::sync::Arc<$one_row>> {
                $crate::relation::belongs_to::<$row, $one_row>(ctx, self).await
            })*

            $($(#[$doc2])*
            pub(crate) async fn $maybe(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<async_graphql::Result<std::sync::Arc<$maybe_row>>> {
                $crate::relation::has_one::<$row, $maybe_row>(ctx, self.id).await.transpose()
            })*
        } |row| row.id; $($many)* }
    };
}

/// Whether the field `back` of `T` is a relationship back to the field `field` of `P`: along the same foreign key or
/// join table, the other way.
#[doc(hidden)]
pub const fn leads_back<P: HasRelationships, T: HasRelationships>(field: &str, back: &str) -> bool {
    match (relationship(P::RELATIONSHIPS, field), relationship(T::RELATIONSHIPS, back)) {
        (Some(here), Some(there)) => {
            let kinds = match here.kind {
                Kind::BelongsTo => matches!(there.kind, Kind::HasOne | Kind::HasMany),
                Kind::HasOne | Kind::HasMany => matches!(there.kind, Kind::BelongsTo),
                Kind::ManyToMany => matches!(there.kind, Kind::ManyToMany),
            };
            kinds && here.join.is_reverse_of(&there.join)
        }
        _ => false,
    }
}

/// Whether the relationship `back` of `T` says `back_populates field`.
#[doc(hidden)]
pub const fn names_back<T: HasRelationships>(back: &str, field: &str) -> bool {
    match relationship(T::RELATIONSHIPS, back) {
        Some(there) => same_text(there.back_populates, field),
        None => false,
    }
}

/// The relationship of this name.
const fn relationship(all: &'static [Relationship], field: &str) -> Option<&'static Relationship> {
    let mut nth = 0;
    while nth < all.len() {
        if same_text(all[nth].field, field) {
            return Some(&all[nth]);
        }
        nth += 1;
    }
    None
}
