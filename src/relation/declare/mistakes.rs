//! Mistakes in declarations, and that they do not compile. Each case differs in one word from one that compiles.

/// Relationships with these fields after `back_populates`, this column after `by`, and another relationship of `Team`.
macro_rules! relationships {
    ($($case:ident $attribute:literal: $heroes:literal $team:literal $powers:literal $by:literal $owners:literal
        $fans:literal $fan_of:literal $another:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "\n",
            include_str!("example/rows.txt"),
            include_str!("example/link.txt"),
            include_str!("example/entities.txt"),
            "join_table! { HeroPower: hero_powers }
            diesel::table! {
                fans (hero_id, team_id) {
                    hero_id -> doorway::db::Guid,
                    team_id -> doorway::db::Guid,
                    since -> Integer,
                }
            }
            diesel::allow_tables_to_appear_in_same_query!(fans, teams);
            diesel::allow_tables_to_appear_in_same_query!(fans, heroes);

            #[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
            #[diesel(table_name = fans, primary_key(hero_id, team_id), belongs_to(Hero), belongs_to(Team))]
            pub struct Fan {
                #[graphql(skip)]
                pub hero_id: Id,
                #[graphql(skip)]
                pub team_id: Id,
                pub since: i32,
            }
            join_table! { Fan: fans }

            relationships! { Team {
                has_many { heroes, heroes_connection: Hero, back_populates ", $heroes, "; ", $another, " }
                many_to_many { fans, fans_connection: Hero, through Fan, back_populates ", $fans, "; }
            } }
            relationships! { Hero {
                belongs_to { team: Team, back_populates ", $team, "; }
                many_to_many {
                    powers, powers_connection: Power, through HeroPower by ", $by, ", back_populates ", $powers, ";
                    fan_of, fan_of_connection: Team, through Fan, back_populates ", $fan_of, ";
                }
            } }
            relationships! { Power {
                many_to_many { owners, owners_connection: Hero, through HeroPower, back_populates ", $owners, "; }
            } }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

relationships! {
    right                            "":             "team" "heroes" "owners" "rank" "powers" "fan_of" "fans" "";
    a_field_that_is_missing          "compile_fail": "tem"  "heroes" "owners" "rank" "powers" "fan_of" "fans" "";
    a_field_that_is_no_relationship  "compile_fail": "fan_of_connection" "heroes" "owners" "rank" "powers" "fan_of" "fans" "";
    a_relationship_to_another_entity "compile_fail": "team" "heroes" "owners" "rank" "team"   "fan_of" "fans" "";
    // Each names the other, but one goes along a foreign key and the other through a join table.
    a_relationship_along_another_key "compile_fail": "fan_of" "fans" "owners" "rank" "powers" "team" "heroes" "";
    a_relationship_taken_by_another  "compile_fail": "team" "heroes" "owners" "rank" "powers" "fan_of" "fans"
        "members, members_connection: Hero, back_populates team;";
    an_order_by_a_missing_column     "compile_fail": "team" "heroes" "owners" "rnk"  "powers" "fan_of" "fans" "";
}

/// An entity with this order and name, and with root fields that may need the name.
macro_rules! root_fields {
    ($($case:ident $attribute:literal: $order:literal $named:literal $by:literal $upsert:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "
            use async_graphql::SimpleObject;
            use diesel::prelude::*;
            use doorway::{db::{Guid, Id, Json, JsonValue}, entity, mutations, queries, relationships};

            diesel::table! {
                use super::{Guid, Json};
                use diesel::sql_types::Text;

                teams (id) {
                    id -> Guid,
                    name -> Text,
                    data -> Json,
                }
            }

            #[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
            pub struct Team {
                pub id: Id,
                pub name: String,
                pub data: JsonValue,
            }

            entity! { Team: teams, order [asc ", $order, "] ", $named, " }
            relationships! { Team {} }
            queries! { TeamQuery for Team {
                team by id ", $by, ";
                teams, teams_connection;
            } }
            mutations! { TeamMutation for Team, many \"teams\" {
                create { create_team, create_teams; }
                update { update_team, update_teams; }
                delete { delete_team, delete_teams; }
                ", $upsert, "
            } }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

root_fields! {
    named_and_asked_for_by_name "":             "name" ", named name" "or name: \"Its name.\"" "upsert { upsert, upsert_all by \"names\"; }";
    without_a_name              "":             "name" ""             ""                       "";
    computed                    "":             "name" ", generated [name \"'a' || 'b'\"]" "" "";
    computed_without_a_column   "compile_fail": "name" ", generated [nmae \"'a' || 'b'\"]" "" "";
    ordered_by_a_missing_column "compile_fail": "nmae" ""             ""                       "";
    ordered_by_json             "compile_fail": "data" ""             ""                       "";
    asked_for_by_no_name        "compile_fail": "name" ""             "or name: \"Its name.\"" "";
    upserted_by_no_name         "compile_fail": "name" ""             ""                       "upsert { upsert, upsert_all by \"names\"; }";
}

/// An entity with two keys to its own table, and a join table whose two keys lead to it.
macro_rules! keyed {
    ($($case:ident $attribute:literal: $mentor:literal $by:literal $back:literal $of_boss:literal $near:literal $far:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "
            use async_graphql::SimpleObject;
            use diesel::prelude::*;
            use doorway::{db::{Guid, Id}, entity, join_table, relationships};

            diesel::table! {
                use super::Guid;
                use diesel::sql_types::{Nullable, Text};

                people (id) {
                    id -> Guid,
                    name -> Text,
                    mentor_id -> Nullable<Guid>,
                    boss_id -> Guid,
                }
            }

            #[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
            #[diesel(table_name = people)]
            pub struct Person {
                pub id: Id,
                pub name: String,
                pub mentor_id: ", $mentor, ",
                pub boss_id: Id,
            }
            entity! { Person: people, order [asc name] }

            diesel::table! {
                use super::Guid;

                follows (follower_id, followed_id) {
                    follower_id -> Guid,
                    followed_id -> Guid,
                }
            }

            #[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
            #[diesel(table_name = follows, primary_key(follower_id, followed_id))]
            pub struct Follow {
                #[graphql(skip)]
                pub follower_id: Id,
                pub followed_id: Id,
            }
            join_table! { Follow: follows }

            relationships! { Person {
                belongs_to {
                    mentor: Person by ", $by, ", back_populates ", $back, ";
                    boss: Person by boss_id, back_populates team", $of_boss, ";
                }
                has_many {
                    mentees, mentees_connection: Person, back_populates mentor;
                    team, team_connection: Person, back_populates boss;
                }
                many_to_many {
                    followers, followers_connection: Person, through Follow from ", $near, " to ", $far, ", back_populates following;
                    following, following_connection: Person, through Follow from follower_id to followed_id, back_populates followers;
                }
            } }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

keyed! {
    right_by_keys               "":             "Option<Id>" "mentor_id" "mentees" ""                        "followed_id" "follower_id";
    restricted                  "":             "Option<Id>" "mentor_id" "mentees" ", on delete restrict"    "followed_id" "follower_id";
    a_field_that_is_not_null    "compile_fail": "Id"         "mentor_id" "mentees" ""                        "followed_id" "follower_id";
    a_key_that_is_missing       "compile_fail": "Option<Id>" "mentr_id"  "mentees" ""                        "followed_id" "follower_id";
    a_key_that_is_a_text        "compile_fail": "Option<Id>" "name"      "mentees" ""                        "followed_id" "follower_id";
    the_field_of_another_key    "compile_fail": "Option<Id>" "mentor_id" "team"    ""                        "followed_id" "follower_id";
    another_key_of_the_same_row "compile_fail": "Option<Id>" "boss_id"   "team"    ""                        "followed_id" "follower_id";
    a_null_that_cannot_be       "compile_fail": "Option<Id>" "mentor_id" "mentees" ", on delete set_null"    "followed_id" "follower_id";
    the_same_way_from_both      "compile_fail": "Option<Id>" "mentor_id" "mentees" ""                        "follower_id" "followed_id";
}

/// An entity with these rules, this default of a column, and this scope.
macro_rules! rules {
    ($($case:ident $attribute:literal: $rules:literal $default:literal $scope:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "
            use async_graphql::SimpleObject;
            use diesel::prelude::*;
            use doorway::{db::{Guid, Id, Json, JsonValue, List}, entity, relationships, text_enum};

            text_enum! {
                /// A kind.
                pub enum Kind as KindText {
                    /// One.
                    One = \"ONE\",
                }
            }

            diesel::table! {
                use super::{Guid, Json, KindText, List};
                use diesel::sql_types::{Binary, Bool, Integer, Nullable, Text};

                things (id) {
                    id -> Guid,
                    name -> Text,
                    kind -> Nullable<KindText>,
                    rank -> Integer,
                    is_open -> Bool,
                    data -> Json,
                    image -> Binary,
                    labels -> List<Text>,
                }
            }

            #[derive(Debug, Clone, Queryable, Identifiable, SimpleObject)]
            #[diesel(table_name = things)]
            pub struct Thing {
                pub id: Id,
                pub name: String,
                pub kind: Option<Kind>,
                pub rank: i32,
                pub is_open: bool,
                pub data: JsonValue,
                pub image: Vec<u8>,
                pub labels: Vec<String>,
            }
            entity! { Thing: things, order [asc name], ", $rules, " default [", $default, "], scope [", $scope, "] }
            relationships! { Thing {} }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

rules! {
    right_rules                   "":             "named name, text [name 1..=50, data 0..=99], bytes [image 1..=9], list [labels 1..=9], unique [[name, image], [rank]]," "rank 1, labels []" "kind not_null, kind is \"ONE\", name is_not \"x\", is_open is true";
    bytes_without_a_least_length  "":             "bytes [image ..=65536],"       "rank 1"     "kind is_null";
    a_length_in_bytes_of_a_text   "compile_fail": "bytes [name ..=65536],"        "rank 1"     "kind is_null";
    a_length_in_letters_of_bytes  "compile_fail": "text [image 0..=65536],"       "rank 1"     "kind is_null";
    a_list_without_a_least_length "":             "list [labels ..=20],"          "labels []"  "kind is_null";
    a_length_in_items_of_a_text   "compile_fail": "list [name ..=20],"            "rank 1"     "kind is_null";
    a_length_in_letters_of_a_list "compile_fail": "text [labels 0..=20],"         "rank 1"     "kind is_null";
    lists_that_are_unique         "compile_fail": "unique [[labels]],"            "rank 1"     "kind is_null";
    a_name_that_is_a_list         "compile_fail": "named labels,"                 "rank 1"     "kind is_null";
    a_default_list_of_a_number    "compile_fail": ""                              "rank []"    "kind is_null";
    a_default_list_with_elements  "compile_fail": ""                              "labels [\"a\"]" "kind is_null";
    a_default_text_of_a_list      "compile_fail": ""                              "labels \"[]\""  "kind is_null";
    json_that_is_unique           "compile_fail": "unique [[data]],"              "rank 1"     "kind is_null";
    json_that_is_unique_with_more "compile_fail": "unique [[rank, data]],"        "rank 1"     "kind is_null";
    a_name_that_is_no_text        "compile_fail": "named rank,"                   "rank 1"     "kind is_null";
    a_default_of_another_type     "compile_fail": ""                              "rank true"  "kind is_null";
    a_scope_of_a_missing_column   "compile_fail": ""                              "rank 1"     "knid is_null";
    a_scope_of_another_type       "compile_fail": ""                              "rank 1"     "is_open is 1";
    a_scope_that_is_no_condition  "compile_fail": ""                              "rank 1"     "rank above 1";
}

/// An entity with a column of this type, which has this Rust type, in this order.
macro_rules! lists {
    ($($case:ident $attribute:literal: $sql:literal $rust:literal $order:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "
            use async_graphql::SimpleObject;
            use diesel::prelude::*;
            use doorway::{db::{Decimal, Fixed, Guid, Id, Json, JsonValue, List}, entity, relationships, text_enum};

            text_enum! {
                /// A kind.
                pub enum Kind as KindText {
                    /// One.
                    One = \"ONE\",
                }
            }

            diesel::table! {
                use super::{Fixed, Guid, Json, KindText, List};
                use diesel::sql_types::{Binary, Nullable, Text};

                things (id) {
                    id -> Guid,
                    name -> Text,
                    labels -> ", $sql, ",
                }
            }

            #[derive(Debug, Clone, Queryable, Identifiable, SimpleObject)]
            #[diesel(table_name = things)]
            pub struct Thing {
                pub id: Id,
                pub name: String,
                pub labels: ", $rust, ",
            }
            entity! { Thing: things, order [asc ", $order, "] }
            relationships! { Thing {} }
            fn unused() -> (Option<Decimal>, Option<Fixed<1, 1>>, Option<Json>, Option<JsonValue>, Option<KindText>) {
                (None, None, None, None, None)
            }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

lists! {
    a_list                    "":             "List<Text>"                    "Vec<String>"          "name";
    a_list_that_may_be_null   "":             "Nullable<List<Fixed<10, 2>>>"  "Option<Vec<Decimal>>" "name";
    a_list_of_enums           "":             "List<KindText>"                "Vec<Kind>"            "name";
    a_list_of_bytes           "":             "List<Binary>"                  "Vec<Vec<u8>>"         "name";
    a_list_of_another_type    "compile_fail": "List<Text>"                    "Vec<i32>"             "name";
    a_list_of_json            "compile_fail": "List<Json>"                    "Vec<JsonValue>"       "name";
    a_list_of_lists           "compile_fail": "List<List<Text>>"              "Vec<Vec<String>>"     "name";
    a_list_of_nulls           "compile_fail": "List<Nullable<Text>>"          "Vec<Option<String>>"  "name";
    a_list_that_must_not_null "compile_fail": "Nullable<List<Text>>"          "Vec<String>"          "name";
    an_order_by_a_list        "compile_fail": "List<Text>"                    "Vec<String>"          "labels";
}

/// An entity with a computed field of this description, name, type, inputs and expression, and a mutation of its own with this description
/// and body.
macro_rules! own {
    ($($case:ident $attribute:literal: $doc:literal $field:literal $from:literal $value:literal $own_doc:literal $body:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "\n",
            include_str!("example/rows.txt"),
            include_str!("example/link.txt"),
            include_str!("example/entities.txt"),
            "use doorway::{db::{DbError, Reader}, mutation::{Undone, Writing}, own_mutations, relation::{RowOf, RowsOf}, resolvers};
            join_table! { HeroPower: hero_powers }
            relationships! { Team { has_many { heroes, heroes_connection: Hero, back_populates team; } } }
            relationships! { Hero {
                belongs_to { team: Team, back_populates heroes; }
                many_to_many { powers, powers_connection: Power, through HeroPower by rank, back_populates owners; }
            } }
            relationships! { Power {
                many_to_many { owners, owners_connection: Hero, through HeroPower, back_populates powers; }
            } }
            resolvers! { Hero {
                ", $doc, "
                ", $field, ", from [", $from, "] => ", $value, ";
                /// One for each.
                lengths: i32, from [name] through reader => lengths(&reader, name).await;
            } }
            async fn lengths(_: &Reader, names: Vec<String>) -> Result<Vec<i32>, DbError> {
                Ok(names.iter().map(|name| name.len() as i32).collect())
            }
            own_mutations! { HeroOwnMutation {
                ", $own_doc, "
                rename(
                    /// The hero.
                    hero: Id,
                ): Hero, tx => ", $body, ";
            } }
            async fn rename(tx: &mut Writing, hero: Id) -> Result<Id, Undone> {
                tx.delete::<Hero>(hero).await
            }
            fn unused() -> (Option<RowOf<Team>>, Option<RowsOf<Team>>) {
                (None, None)
            }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

own! {
    right_own                    "":             "/// D." "title: String" "name, powers { id, name }" "name + &powers[0].1" "/// D." "rename(tx, hero).await";
    right_own_with_an_error      "":             "/// D." "title: Option<String>" "team { name }, powers count" "Ok::<_, DbError>(team.get(powers as usize).cloned())" "/// D." "rename(tx, hero).await";
    right_own_rows               "":             "/// D." "peers: RowsOf<Team>" "team_id"            "vec![team_id]"       "/// D." "rename(tx, hero).await";
    right_own_row                "":             "/// D." "first: RowOf<Power>" "powers { id }"      "powers.first().copied()" "/// D." "rename(tx, hero).await";
    rows_of_no_entity            "compile_fail": "/// D." "peers: RowsOf<HeroPower>" "team_id"       "vec![team_id]"       "/// D." "rename(tx, hero).await";
    rows_that_are_no_ids         "compile_fail": "/// D." "peers: RowsOf<Team>" "name"               "vec![name]"          "/// D." "rename(tx, hero).await";
    a_column_that_is_missing     "compile_fail": "/// D." "title: String" "nmae"                     "nmae"                "/// D." "rename(tx, hero).await";
    a_value_of_another_type      "compile_fail": "/// D." "title: i32"    "name"                     "name"                "/// D." "rename(tx, hero).await";
    a_type_that_is_no_scalar     "compile_fail": "/// D." "title: Team"   "name"                     "name"                "/// D." "rename(tx, hero).await";
    a_field_without_description  "compile_fail": ""       "title: String" "name"                     "name"                "/// D." "rename(tx, hero).await";
    an_argument_without_one      "compile_fail": "/// D." "title(short: bool): String" "name"        "name"                "/// D." "rename(tx, hero).await";
    a_field_that_is_a_column     "compile_fail": "/// D." "name: String"  "id"                       "id.to_string()"      "/// D." "rename(tx, hero).await";
    a_field_that_is_a_connection "compile_fail": "/// D." "powers_connection: String" "name"         "name"                "/// D." "rename(tx, hero).await";
    a_field_that_is_there_twice  "compile_fail": "/// D." "lengths: String" "name"                   "name"                "/// D." "rename(tx, hero).await";
    through_no_relationship      "compile_fail": "/// D." "title: String" "name, pwers { name }"     "name"                "/// D." "rename(tx, hero).await";
    through_to_a_missing_column  "compile_fail": "/// D." "title: String" "name, powers { nmae }"    "name"                "/// D." "rename(tx, hero).await";
    a_count_of_a_column          "compile_fail": "/// D." "title: String" "name count"               "name.to_string()"    "/// D." "rename(tx, hero).await";
    a_mutation_without_one       "compile_fail": "/// D." "title: String" "name"                     "name"                ""       "rename(tx, hero).await";
    a_mutation_that_gives_a_text "compile_fail": "/// D." "title: String" "name"                     "name"                "/// D." "Ok(String::new())";
}

/// An entity with this primary key, and another that belongs to it.
macro_rules! keys {
    ($($case:ident $attribute:literal: $primary:literal $column:literal $key:literal $field:literal $foreign:literal $refers:literal $by:literal;)*) => {
        $(#[doc = concat!("```", $attribute, "
            use async_graphql::SimpleObject;
            use diesel::prelude::*;
            use doorway::{db::{Guid, Id}, entity, relationships};

            diesel::table! {
                use super::Guid;
                use diesel::sql_types::*;

                teams (", $primary, ") {
                    ", $column, " -> ", $key, ",
                    name -> Text,
                }
            }
            diesel::table! {
                use super::Guid;
                use diesel::sql_types::*;

                heroes (id) {
                    id -> Guid,
                    name -> Text,
                    team_id -> Nullable<", $foreign, ">,
                }
            }
            diesel::allow_tables_to_appear_in_same_query!(teams, heroes);

            #[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
            #[diesel(table_name = teams, primary_key(", $primary, "))]
            pub struct Team {
                pub ", $column, ": ", $field, ",
                pub name: String,
            }
            entity! { Team: teams, order [asc name] }

            #[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
            #[diesel(table_name = heroes, belongs_to(Team))]
            pub struct Hero {
                pub id: Id,
                pub name: String,
                pub team_id: Option<", $refers, ">,
            }
            entity! { Hero: heroes, order [asc name] }

            relationships! { Team {
                has_many { heroes, heroes_connection: Hero, back_populates team; }
            } }
            relationships! { Hero {
                belongs_to { team: Team ", $by, ", back_populates heroes; }
            } }
            fn main() {}\n```"
        )]
        mod $case {})*
    };
}

keys! {
    uuids                         "":             "id"       "id"     "Guid"    "Id"     "Guid"    "Id"     "";
    numbers                       "":             "id"       "id"     "BigInt"  "i64"    "BigInt"  "i64"    "";
    numbers_by_key                "":             "id"       "id"     "BigInt"  "i64"    "BigInt"  "i64"    "by team_id";
    a_number_in_a_uuid            "compile_fail": "id"       "id"     "BigInt"  "Id"     "BigInt"  "i64"    "";
    a_uuid_that_is_to_be_a_number "compile_fail": "id"       "id"     "BigInt"  "i64"    "Guid"    "Id"     "";
    a_uuid_by_key                 "compile_fail": "id"       "id"     "BigInt"  "i64"    "Guid"    "Id"     "by team_id";
    a_number_that_is_to_be_a_uuid "compile_fail": "id"       "id"     "Guid"    "Id"     "BigInt"  "i64"    "by team_id";
    a_primary_key_that_is_a_text  "compile_fail": "id"       "id"     "Text"    "String" "Text"    "String" "by team_id";
    a_primary_key_of_32_bits      "compile_fail": "id"       "id"     "Integer" "i32"    "Integer" "i32"    "by team_id";
    a_primary_key_of_two_columns  "compile_fail": "id, name" "id"     "BigInt"  "i64"    "BigInt"  "i64"    "by team_id";
    a_primary_key_called_another  "compile_fail": "number"   "number" "BigInt"  "i64"    "BigInt"  "i64"    "by team_id";
}
