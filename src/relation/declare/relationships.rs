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
/// The foreign key of `belongs_to` is that of Diesel's association (`#[diesel(belongs_to(…))]`). Where there are several keys to one
/// table, or one to the row's own table, Diesel has no association, and the line names the column: `author: Person by author_id,
/// back_populates messages;`. So does a join table whose two keys lead to one table: `through Follow from followed_id to follower_id`.
/// A field whose key may be null is nullable.
///
/// At its end, the line may say `on delete cascade`, `on delete set_null` or `on delete restrict`: what becomes of this row when the one
/// that it belongs to is deleted. Where it says nothing, a row is deleted as well, unless its key may be null, which then becomes null.
/// The migration says the same.
///
/// `back_populates` names the field of the target that leads back. It does not compile unless that field exists, goes
/// along the same foreign key or join table, and names this one in turn; nor does a relationship without a foreign
/// key. `by` orders a list by a column of the join table; without it the list has the target's own order. To-many
/// relationships have two fields, the list and the connection.
#[macro_export]
macro_rules! relationships {
    ($row:ident {
        $(belongs_to { $($(#[doc = $doc1:literal])* $one:ident: $one_row:ident $(by $key:ident)?,
            back_populates $one_back:ident $(, on delete $on_delete:ident)?;)* })?
        $(has_one { $($(#[doc = $doc2:literal])* $maybe:ident: $maybe_row:ident, back_populates $maybe_back:ident;)* })?
        $(has_many { $($(#[doc = $doc3:literal])* $many:ident, $many_connection:ident: $many_row:ident,
            back_populates $many_back:ident;)* })?
        $(many_to_many { $($(#[doc = $doc4:literal])* $linked:ident, $linked_connection:ident: $linked_row:ident,
            through $link:ident $(from $near:ident to $far:ident)? $(by $position:ident)?,
            back_populates $linked_back:ident;)* })?
    }) => {
        // A column that is not there is the compiler's to report: it points at the name.
        $($($(const _: fn(&$row) = |row| {
            let _ = &row.$key;
        };)?)*)?
        $($($(const _: fn(&$link) = |link| {
            let _ = (&link.$near, &link.$far);
        };)?)*)?
        $($($(const _: fn(&$link) = |link| {
            let _ = &link.$position;
        };)?)*)?

        // A connection is called after its list.
        const _: () = {
            $($(assert!($crate::relation::declare::is_connection_of(
                stringify!($many_connection), stringify!($many),
            ));)*)?
            $($(assert!($crate::relation::declare::is_connection_of(
                stringify!($linked_connection), stringify!($linked),
            ));)*)?
        };

        $($(impl $crate::relation::Refers<$one_row, { $crate::relation::key(stringify!($one)) }> for $row {
            const KEY: $crate::relation::Column = $crate::relationships! { @key $row $one_row $($key)? };
        })*)?

        $($($crate::relationships! { @leads_to $row $one $one_row })*)?
        $($($crate::relationships! { @leads_to $row $maybe $maybe_row })*)?
        $($($crate::relationships! { @leads_to $row $many $many_row })*)?
        $($($crate::relationships! { @leads_to $row $linked $linked_row })*)?

        impl $crate::relation::HasRelationships for $row {
            const RELATIONSHIPS: &'static [$crate::relation::Relationship] = {
                use $crate::relation::{Entity, Join, Kind, OnDelete, Relationship};
                &[
                    $($({
                        const KEY: $crate::relation::Column = <$row as $crate::relation::Refers<
                            $one_row, { $crate::relation::key(stringify!($one)) },
                        >>::KEY;
                        Relationship {
                            field: stringify!($one), back_populates: stringify!($one_back), kind: Kind::BelongsTo,
                            join: Join::belongs_to::<$row, $one_row>(KEY), key: KEY.kind, nullable: KEY.nullable,
                            on_delete: $crate::relationships! { @on_delete KEY $($on_delete)? },
                            target: <$one_row as Entity>::shape, link: None, position: None,
                            description: concat!($($doc1, "\n"),*),
                        }
                    },)*)?
                    $($({
                        const KEY: $crate::relation::Column = <$maybe_row as $crate::relation::Refers<
                            $row, { $crate::relation::key(stringify!($maybe_back)) },
                        >>::KEY;
                        Relationship {
                            field: stringify!($maybe), back_populates: stringify!($maybe_back), kind: Kind::HasOne,
                            join: Join::has::<$row, $maybe_row>(KEY), key: KEY.kind, nullable: KEY.nullable,
                            on_delete: OnDelete::by_default(KEY),
                            target: <$maybe_row as Entity>::shape, link: None, position: None,
                            description: concat!($($doc2, "\n"),*),
                        }
                    },)*)?
                    $($({
                        const KEY: $crate::relation::Column = <$many_row as $crate::relation::Refers<
                            $row, { $crate::relation::key(stringify!($many_back)) },
                        >>::KEY;
                        Relationship {
                            field: stringify!($many), back_populates: stringify!($many_back), kind: Kind::HasMany,
                            join: Join::has::<$row, $many_row>(KEY), key: KEY.kind, nullable: KEY.nullable,
                            on_delete: OnDelete::by_default(KEY),
                            target: <$many_row as Entity>::shape, link: None, position: None,
                            description: concat!($($doc3, "\n"),*),
                        }
                    },)*)?
                    $($({
                        const KEYS: ($crate::relation::Column, $crate::relation::Column) =
                            $crate::relationships! { @keys $row $link $linked_row $($near $far)? };
                        Relationship {
                            field: stringify!($linked), back_populates: stringify!($linked_back),
                            kind: Kind::ManyToMany, join: Join::through::<$row, $link, $linked_row>(KEYS.0, KEYS.1),
                            key: <$row as $crate::relation::Stored>::KEY_KIND,
                            nullable: false, on_delete: OnDelete::Cascade,
                            target: <$linked_row as Entity>::shape, link: Some(<$link as $crate::relation::JoinTable>::shape),
                            position: $crate::relation::declare::first(&[$(Some(stringify!($position)),)? None]),
                            description: concat!($($doc4, "\n"),*),
                        }
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

    (@leads_to $row:ident $field:ident $target:ident) => {
        impl $crate::relation::LeadsTo<{ $crate::relation::key(stringify!($field)) }> for $row {
            type Target = $target;
        }
    };

    // The foreign key of a row, by Diesel's association or by its name.
    (@key $row:ident $target:ident) => { $crate::relation::association::<$row, $target>() };
    (@key $row:ident $target:ident $key:ident) => { $crate::relation::key_of::<$row, $target>(stringify!($key)) };

    // Those of a join table: to this side, and to the other.
    (@keys $row:ident $link:ident $target:ident) => {
        ($crate::relation::association::<$link, $row>(), $crate::relation::association::<$link, $target>())
    };
    (@keys $row:ident $link:ident $target:ident $near:ident $far:ident) => {
        (
            $crate::relation::key_of::<$link, $row>(stringify!($near)),
            $crate::relation::key_of::<$link, $target>(stringify!($far)),
        )
    };

    (@on_delete $key:ident) => { OnDelete::by_default($key) };
    (@on_delete $key:ident cascade) => { OnDelete::Cascade };
    (@on_delete $key:ident restrict) => { OnDelete::Restrict };
    (@on_delete $key:ident set_null) => {{
        assert!($key.nullable, "`on delete set_null` needs a foreign key that may be null");
        OnDelete::SetNull
    }};

    // Apart from RELATIONSHIPS, whose value must not depend on that of the other side.
    (@back_populates $row:ident $($field:ident: $target:ident, $back:ident;)*) => {
        $(const _: () = {
            use $crate::relation::declare::{leads_back, names_back};
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
