//! What conditions, orders, keysets and pages are in SQL, on either database.

use super::alias::RowAlias;
use super::fetch::{Asked, Fetch};
use super::keyset::{self, Side};
use super::order;
use super::{Dialect, Expr, ListScope, OrderBy, Page, PageRequest, Predicate, Scope, Value, Values};
use crate::db::Id;
use crate::relation::check::{AGE, GAMES, MEMBERS, NAME, Part, check, player, value};
use crate::relation::input::read;
use crate::relation::model::{Column, ColumnKind};
use diesel::{query_builder::AstPass, query_builder::QueryFragment, result::QueryResult};
use std::sync::Arc;

impl Part for Predicate {
    fn render<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.render(RowAlias::outermost("players", None), &mut out)
    }
}

impl Part for Vec<OrderBy> {
    fn render<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        order::render(self, false, RowAlias::outermost("players", None), &mut out)
    }
}

/// Rows on one side of a keyset, or a part of them.
struct Keyset(Vec<OrderBy>, Vec<Value>, Side, Option<usize>);

impl Part for Keyset {
    fn render<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        keyset::render(&self.0, &self.1, self.2, self.3, RowAlias::outermost("players", None), &mut out)
    }
}

impl Part for Fetch {
    fn render<'b, DB: Dialect>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_ast(out)
    }
}

fn filter(input: &str, sqlite: &str, postgres: &str) {
    let (predicate, _) = read::filter(&player(), &value(input), None).unwrap();
    check(&predicate, sqlite, postgres);
}

fn refused(input: &str) -> String {
    read::filter(&player(), &value(input), None).unwrap_err().message
}

fn sorted(input: &str, sqlite: &str, postgres: &str) {
    let keys = [value(input)];
    let (order, _) = read::order(&player(), keys.iter(), None).unwrap();
    check(&order, sqlite, postgres);
}

#[test]
fn comparisons_bind_their_values() {
    filter(
        r#"{ name: { eq: "Ada" } }"#,
        r#"`players`.`name` = ? -- binds: ["Ada"]"#,
        r#""players"."name" = $1 -- binds: ["Ada"]"#,
    );
    filter(
        "{ age: { gte: 18, lt: 65 } }",
        "(`players`.`age` >= ? AND `players`.`age` < ?) -- binds: [18, 65]",
        r#"("players"."age" >= $1 AND "players"."age" < $2) -- binds: [18, 65]"#,
    );
}

#[test]
fn nothing_asked_is_true_of_every_row() {
    for input in ["{}", "{ and: [] }", "{ not: { or: [] } }"] {
        let expected = if input.contains("not") { "NOT (1 = 0) -- binds: []" } else { "1 = 1 -- binds: []" };
        filter(input, expected, expected);
    }
    filter("{ or: [] }", "1 = 0 -- binds: []", "1 = 0 -- binds: []");
}

#[test]
fn a_null_matches_only_is_null() {
    filter(
        "{ age: { isNull: true } }",
        "`players`.`age` IS NULL -- binds: []",
        r#""players"."age" IS NULL -- binds: []"#,
    );
    filter(
        "{ age: { isNull: false } }",
        "`players`.`age` IS NOT NULL -- binds: []",
        r#""players"."age" IS NOT NULL -- binds: []"#,
    );
    // NOT of a comparison with NULL is NULL in SQL, and true here.
    filter(
        "{ not: { age: { eq: 1 } } }",
        "NOT coalesce(`players`.`age` = ?, 0) -- binds: [1]",
        r#"NOT coalesce("players"."age" = $1, false) -- binds: [1]"#,
    );
    // A column that is never NULL needs no coalesce, through which PostgreSQL sees no anti-join.
    filter(
        r#"{ not: { name: { eq: "a" } } }"#,
        r#"NOT (`players`.`name` = ?) -- binds: ["a"]"#,
        r#"NOT ("players"."name" = $1) -- binds: ["a"]"#,
    );
}

#[test]
fn a_list_is_searched_for_its_elements() {
    let labels =
        |kind, nullable| Expr::Column(Column { name: "labels", kind: ColumnKind::List(kind), nullable });
    let has = |expr, all, values| Predicate::Has { expr, all, values };
    let texts = || Values::Texts(vec!["a".to_owned()]);
    check(
        &has(labels(&ColumnKind::Text, false), true, texts()),
        r#"NOT EXISTS (SELECT value FROM json_each(?) EXCEPT SELECT value FROM json_each(`players`.`labels`)) -- binds: [Texts(["a"])]"#,
        r#""players"."labels" @> $1 -- binds: [Texts(["a"])]"#,
    );
    check(
        &has(labels(&ColumnKind::Text, true), false, texts()),
        r#"EXISTS (SELECT value FROM json_each(?) INTERSECT SELECT value FROM json_each(`players`.`labels`)) -- binds: [Texts(["a"])]"#,
        r#""players"."labels" && $1 -- binds: [Texts(["a"])]"#,
    );
    // NULL has not even none; and PostgreSQL compares arrays of one type only.
    check(
        &Predicate::Not(Box::new(has(labels(&ColumnKind::Small, true), true, Values::Ints(Vec::new())))),
        "NOT coalesce((`players`.`labels` IS NOT NULL AND NOT EXISTS (SELECT value FROM json_each(?) EXCEPT SELECT value FROM json_each(`players`.`labels`))), 0) -- binds: [Ints([])]",
        r#"NOT coalesce("players"."labels" @> $1::smallint[], false) -- binds: [Ints([])]"#,
    );
    check(
        &Predicate::IsEmpty(labels(&ColumnKind::Text, false)),
        "json_array_length(`players`.`labels`) = 0 -- binds: []",
        r#"cardinality("players"."labels") = 0 -- binds: []"#,
    );
}

#[test]
fn a_text_within_a_text_has_no_wildcards() {
    filter(
        r#"{ name: { contains: "%" } }"#,
        r#"instr(`players`.`name`, ?) > 0 -- binds: ["%"]"#,
        r#"strpos("players"."name", $1) > 0 -- binds: ["%"]"#,
    );
    filter(
        r#"{ name: { endsWithI: "X" } }"#,
        r#"substr(doorway_fold(`players`.`name`), -length(doorway_fold(?))) = doorway_fold(?) -- binds: ["X", "X"]"#,
        r#"right(doorway_fold("players"."name"), length(doorway_fold($1))) = doorway_fold($2) -- binds: ["X", "X"]"#,
    );
    // Every text contains the empty one.
    filter(r#"{ name: { startsWith: "" } }"#, "1 = 1 -- binds: []", "1 = 1 -- binds: []");
}

#[test]
fn conditions_of_many_rows_are_tested_row_by_row() {
    // PostgreSQL's statistics say where to begin. SQLite lists the teams, which are probably few, and goes from them to
    // players; or, where they are probably many, from players to the list.
    filter(
        r#"{ team: { name: { eq: "a" } } }"#,
        r#"`players`.`team_id` IN (SELECT t1.`id` FROM `teams` AS t1 WHERE t1.`name` = ?) -- binds: ["a"]"#,
        r#"EXISTS (SELECT 1 FROM "teams" AS t1 WHERE t1."id" = "players"."team_id" AND t1."name" = $1) -- binds: ["a"]"#,
    );
    filter(
        r#"{ team: { name: { ne: "a" } } }"#,
        r#"+`players`.`team_id` IN (SELECT t1.`id` FROM `teams` AS t1 WHERE t1.`name` <> ?) -- binds: ["a"]"#,
        r#"EXISTS (SELECT 1 FROM "teams" AS t1 WHERE t1."id" = "players"."team_id" AND t1."name" <> $1) -- binds: ["a"]"#,
    );
    // A player without a team is in none, and `NULL IN (…)` is not false.
    filter(
        r#"{ not: { team: { name: { eq: "a" } } } }"#,
        r#"NOT coalesce(`players`.`team_id` IN (SELECT t1.`id` FROM `teams` AS t1 WHERE t1.`name` = ?), 0) -- binds: ["a"]"#,
        r#"NOT (EXISTS (SELECT 1 FROM "teams" AS t1 WHERE t1."id" = "players"."team_id" AND t1."name" = $1)) -- binds: ["a"]"#,
    );
    filter(
        "{ team: {} }",
        "EXISTS (SELECT 1 FROM `teams` AS t1 WHERE t1.`id` = `players`.`team_id`) -- binds: []",
        r#"EXISTS (SELECT 1 FROM "teams" AS t1 WHERE t1."id" = "players"."team_id") -- binds: []"#,
    );
    // The join table alone answers what asks for no column of the target.
    filter(
        "{ games: { some: {} } }",
        "EXISTS (SELECT 1 FROM `plays` AS l1 WHERE l1.`player_id` = `players`.`id`) -- binds: []",
        r#"EXISTS (SELECT 1 FROM "plays" AS l1 WHERE l1."player_id" = "players"."id") -- binds: []"#,
    );
    // Every row matches: none that does not.
    filter(
        r#"{ games: { every: { name: { eq: "a" } } } }"#,
        r#"NOT (EXISTS (SELECT 1 FROM `plays` AS l1 JOIN `games` AS t1 ON t1.`id` = l1.`game_id` WHERE l1.`player_id` = `players`.`id` AND NOT (t1.`name` = ?))) -- binds: ["a"]"#,
        r#"NOT (EXISTS (SELECT 1 FROM "plays" AS l1 JOIN "games" AS t1 ON t1."id" = l1."game_id" WHERE l1."player_id" = "players"."id" AND NOT (t1."name" = $1))) -- binds: ["a"]"#,
    );
}

#[test]
fn a_condition_that_names_its_row_looks_it_up_first() {
    let id = "00000000-0000-0000-0000-000000000000";
    filter(
        &format!(r#"{{ team: {{ id: {{ eq: "{id}" }}, name: {{ ne: "a" }} }} }}"#),
        &shown(
            r#"`players`.`team_id` = (SELECT t1.`id` FROM `teams` AS t1 WHERE (t1.`id` = ? AND t1.`name` <> ?)) -- binds: [NIL, "a"]"#,
        ),
        &shown(
            r#""players"."team_id" = (SELECT t1."id" FROM "teams" AS t1 WHERE (t1."id" = $1 AND t1."name" <> $2)) -- binds: [NIL, "a"]"#,
        ),
    );
    // Where there is no such row, the comparison is NULL.
    filter(
        &format!(
            r#"{{ games: {{ none: {{ title: {{ in: ["a"] }} }} }}, not: {{ team: {{ id: {{ eq: "{id}" }} }} }} }}"#
        ),
        &shown(
            r#"(NOT (EXISTS (SELECT 1 FROM `plays` AS l1 WHERE l1.`player_id` = `players`.`id` AND l1.`game_id` = (SELECT t1.`id` FROM `games` AS t1 WHERE t1.`title` = ?))) AND NOT coalesce(`players`.`team_id` = (SELECT t1.`id` FROM `teams` AS t1 WHERE t1.`id` = ?), 0)) -- binds: ["a", NIL]"#,
        ),
        &shown(
            r#"(NOT (EXISTS (SELECT 1 FROM "plays" AS l1 WHERE l1."player_id" = "players"."id" AND l1."game_id" = (SELECT t1."id" FROM "games" AS t1 WHERE t1."title" = $1))) AND NOT coalesce("players"."team_id" = (SELECT t1."id" FROM "teams" AS t1 WHERE t1."id" = $2), false)) -- binds: ["a", NIL]"#,
        ),
    );
    // A condition on the join table's row is tested beside that row.
    filter(
        r#"{ games: { some: { title: { eq: "a" }, play: { rank: { eq: 1 } } } } }"#,
        r#"EXISTS (SELECT 1 FROM `plays` AS l1 JOIN `games` AS t1 ON t1.`id` = l1.`game_id` WHERE l1.`player_id` = `players`.`id` AND (t1.`title` = ? AND l1.`rank` = ?)) -- binds: ["a", 1]"#,
        r#"EXISTS (SELECT 1 FROM "plays" AS l1 JOIN "games" AS t1 ON t1."id" = l1."game_id" WHERE l1."player_id" = "players"."id" AND (t1."title" = $1 AND l1."rank" = $2)) -- binds: ["a", 1]"#,
    );
}

#[test]
fn small_counts_stop_early_and_great_ones_are_grouped() {
    filter(
        "{ gamesCount: { gt: 2 } }",
        "(SELECT count(*) FROM (SELECT 1 FROM `plays` AS l1 WHERE l1.`player_id` = `players`.`id` LIMIT ? + 1) AS few) > ? -- binds: [2, 2]",
        r#"(SELECT count(*) FROM (SELECT 1 FROM "plays" AS l1 WHERE l1."player_id" = "players"."id" LIMIT $1 + 1) AS few) > $2 -- binds: [2, 2]"#,
    );
    // Players without games are in no group; 0 < 100 holds, so it is said the other way round.
    filter(
        "{ gamesCount: { lt: 100 } }",
        "+`players`.`id` NOT IN (SELECT l1.`player_id` FROM `plays` AS l1 WHERE l1.`player_id` IS NOT NULL GROUP BY l1.`player_id` HAVING NOT count(*) < ?) -- binds: [100]",
        r#""players"."id" NOT IN (SELECT l1."player_id" FROM "plays" AS l1 WHERE l1."player_id" IS NOT NULL GROUP BY l1."player_id" HAVING NOT count(*) < $1) -- binds: [100]"#,
    );
}

#[test]
fn mistakes_name_their_place() {
    assert_eq!(refused("{ name: { eq: null } }").split(' ').nth(1), Some("`where.name.eq`"));
    assert_eq!(
        refused("{ or: [{}, { age: { in: [1, 1.5] } }] }").split(' ').nth(1),
        Some("`where.or[1].age.in[1]`")
    );
    assert_eq!(refused("{ team: { members: { all: {} } } }").split(' ').nth(1), Some("`where.team.members`"));
}

#[test]
fn orders_are_total_and_put_nulls_last() {
    sorted(
        "{ name: DESC }",
        " ORDER BY `players`.`name` DESC, `players`.`id` DESC -- binds: []",
        r#" ORDER BY "players"."name" DESC, "players"."id" DESC -- binds: []"#,
    );
    // PostgreSQL has NULL as the greatest value by itself.
    sorted(
        "{ age: ASC }",
        " ORDER BY `players`.`age` ASC NULLS LAST, `players`.`id` ASC -- binds: []",
        r#" ORDER BY "players"."age" ASC, "players"."id" ASC -- binds: []"#,
    );
    sorted(
        "{ team: { name: ASC } }",
        " ORDER BY (SELECT t1.`name` FROM `teams` AS t1 WHERE t1.`id` = `players`.`team_id`) ASC NULLS LAST, `players`.`id` ASC -- binds: []",
        r#" ORDER BY (SELECT t1."name" FROM "teams" AS t1 WHERE t1."id" = "players"."team_id") ASC, "players"."id" ASC -- binds: []"#,
    );
}

#[test]
fn keysets_that_go_one_way_compare_rows() {
    let id = Id::NIL;
    let values = vec![Value::Text("a".into()), Value::Id(id)];
    let after = Side { after: true, inclusive: false };
    check(
        &Keyset(vec![OrderBy::desc(NAME)], values, after, None),
        &format!(r#"(`players`.`name`, `players`.`id`) < (?, ?) -- binds: ["a", {id:?}]"#),
        &format!(r#"("players"."name", "players"."id") < ($1, $2) -- binds: ["a", {id:?}]"#),
    );
}

#[test]
fn keysets_with_nulls_are_spelled_out_behind_a_bound() {
    let id = Id::NIL;
    let after = Side { after: true, inclusive: false };
    check(
        &Keyset(vec![OrderBy::asc(AGE)], vec![Value::Int(7), Value::Id(id)], after, None),
        &format!(
            "((`players`.`age` >= ? OR `players`.`age` IS NULL) AND (((`players`.`age` > ? OR `players`.`age` IS NULL)) \
             OR (`players`.`age` = ? AND `players`.`id` > ?))) -- binds: [7, 7, 7, {id:?}]"
        ),
        &format!(
            r#"(("players"."age" >= $1 OR "players"."age" IS NULL) AND ((("players"."age" > $2 OR "players"."age" IS NULL)) OR ("players"."age" = $3 AND "players"."id" > $4))) -- binds: [7, 7, 7, {id:?}]"#
        ),
    );
    // Nothing comes after NULL but rows that are NULL too, with a greater id.
    check(
        &Keyset(vec![OrderBy::asc(AGE)], vec![Value::Null, Value::Id(id)], after, None),
        &format!("`players`.`age` IS NULL AND (`players`.`id`) > (?) -- binds: [{id:?}]"),
        &format!(r#""players"."age" IS NULL AND ("players"."id") > ($1) -- binds: [{id:?}]"#),
    );
}

#[test]
fn an_index_leads_to_each_part_of_a_keyset() {
    let id = Id::NIL;
    let values = vec![Value::Int(7), Value::Id(id)];
    let side = |after, inclusive| Side { after, inclusive };
    let part = |order, values: &[Value], side, part, sqlite: &str| {
        let shown = sqlite.replace("NIL", &format!("{id:?}"));
        let postgres = shown.replacen('?', "$1", 1).replacen('?', "$2", 1).replace('`', "\"");
        check(&Keyset(vec![order], values.to_vec(), side, part), &shown, &postgres);
    };
    // NULL is the greatest: a comparison finds all that is less.
    part(
        OrderBy::desc(AGE),
        &values,
        side(true, false),
        None,
        "(`players`.`age`, `players`.`id`) < (?, ?) -- binds: [7, NIL]",
    );
    assert_eq!(keyset::parts(&[OrderBy::desc(AGE)], &values, side(true, false)), 1);
    // What is greater is found by a comparison, or is NULL.
    assert_eq!(keyset::parts(&[OrderBy::desc(AGE)], &values, side(false, true)), 2);
    part(
        OrderBy::desc(AGE),
        &values,
        side(false, true),
        Some(0),
        "(`players`.`age`, `players`.`id`) >= (?, ?) -- binds: [7, NIL]",
    );
    part(OrderBy::desc(AGE), &values, side(false, true), Some(1), "`players`.`age` IS NULL -- binds: []");
    // What is less than a NULL is another one, or is not.
    let null = [Value::Null, Value::Id(id)];
    assert_eq!(keyset::parts(&[OrderBy::desc(AGE)], &null, side(true, false)), 2);
    part(
        OrderBy::desc(AGE),
        &null,
        side(true, false),
        Some(0),
        "`players`.`age` IS NULL AND (`players`.`id`) < (?) -- binds: [NIL]",
    );
    part(OrderBy::desc(AGE), &null, side(true, false), Some(1), "`players`.`age` IS NOT NULL -- binds: []");
    // Two keys that go different ways have one place in no index.
    let both_ways = [OrderBy::desc(AGE), OrderBy::asc(NAME)];
    let values = [Value::Int(7), Value::Text("a".into()), Value::Id(id)];
    assert_eq!(keyset::parts(&both_ways, &values, side(false, true)), 1);
}

fn page(
    join: crate::relation::model::Join,
    table: &'static str,
    order: &'static [OrderBy],
    page: Page,
    parents: usize,
) -> Fetch {
    let request =
        PageRequest { order: order.into(), page, ..PageRequest::new(Scope::List(ListScope::Joined(join))) };
    Fetch::new(table, [Asked::Own(NAME)].into(), request.into(), Values::Ids(vec![Id::NIL; parents]))
}

const BY_NAME: &[OrderBy] = &[OrderBy::asc(NAME)];

fn shown(sql: &str) -> String {
    sql.replace("NIL", &format!("{:?}", Id::NIL))
}

#[test]
fn each_parent_gets_its_own_page() {
    check(
        &page(MEMBERS, "players", BY_NAME, Page { limit: 2, look_ahead: true, ..Page::default() }, 2),
        &shown(
            "WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `players`.`name` FROM p CROSS JOIN `players` \
             ON `players`.`id` IN (SELECT `players`.`id` FROM `players` WHERE `players`.`team_id` = p.id ORDER BY \
             `players`.`name` ASC, `players`.`id` ASC LIMIT 3) ORDER BY `players`.`name` ASC, `players`.`id` ASC \
             -- binds: [Ids([NIL, NIL])]",
        ),
        &shown(
            r#"SELECT p.id, "players"."name" FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "players".* FROM "players" WHERE "players"."team_id" = p.id ORDER BY "players"."name" ASC, "players"."id" ASC LIMIT 3) AS "players" ORDER BY "players"."name" ASC, "players"."id" ASC -- binds: [Ids([NIL, NIL])]"#,
        ),
    );
}

#[test]
fn a_single_parent_is_compared() {
    check(
        &page(MEMBERS, "players", BY_NAME, Page { limit: 2, offset: Some(0), ..Page::default() }, 1),
        &shown(
            "SELECT `players`.`team_id`, `players`.`name` FROM `players` WHERE `players`.`team_id` = ? ORDER BY `players`.`name` ASC, \
             `players`.`id` ASC LIMIT 2 -- binds: [NIL]",
        ),
        &shown(
            r#"SELECT "players"."team_id", "players"."name" FROM "players" WHERE "players"."team_id" = $1 ORDER BY "players"."name" ASC, "players"."id" ASC LIMIT 2 -- binds: [NIL]"#,
        ),
    );
    // The last rows come in the list's order all the same.
    check(
        &page(MEMBERS, "players", BY_NAME, Page { limit: 2, backward: true, ..Page::default() }, 1),
        &shown(
            "SELECT `players`.`team_id`, `players`.`name` FROM (SELECT `players`.* FROM `players` WHERE `players`.`team_id` = ? ORDER BY \
             `players`.`name` DESC, `players`.`id` DESC LIMIT 2) AS `players` ORDER BY `players`.`name` ASC, `players`.`id` ASC \
             -- binds: [NIL]",
        ),
        &shown(
            r#"SELECT "players"."team_id", "players"."name" FROM (SELECT "players".* FROM "players" WHERE "players"."team_id" = $1 ORDER BY "players"."name" DESC, "players"."id" DESC LIMIT 2) AS "players" ORDER BY "players"."name" ASC, "players"."id" ASC -- binds: [NIL]"#,
        ),
    );
}

#[test]
fn only_rows_to_skip_are_bound() {
    check(
        &page(MEMBERS, "players", BY_NAME, Page { limit: 2, offset: Some(7), ..Page::default() }, 1),
        &shown(
            "SELECT `players`.`team_id`, `players`.`name` FROM `players` WHERE `players`.`team_id` = ? ORDER BY `players`.`name` ASC, \
             `players`.`id` ASC LIMIT 2 OFFSET ? + 0 -- binds: [NIL, 7]",
        ),
        &shown(
            r#"SELECT "players"."team_id", "players"."name" FROM "players" WHERE "players"."team_id" = $1 ORDER BY "players"."name" ASC, "players"."id" ASC LIMIT 2 OFFSET $2 -- binds: [NIL, 7]"#,
        ),
    );
}

#[test]
fn a_page_through_a_join_table_reads_the_target_only_for_its_rows() {
    const BY_KEY: &[OrderBy] = &[OrderBy::desc(crate::relation::model::Column::KEY)];
    let after = || Page { limit: 5, after: Some(Arc::new([Value::Id(Id::NIL)])), ..Page::default() };
    check(
        &page(GAMES, "games", BY_KEY, after(), 2),
        &shown(
            "WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `games`.`name` FROM p CROSS JOIN `plays` \
             ON `plays`.`player_id` = p.id AND `plays`.`game_id` IN (SELECT `plays`.`game_id` FROM `plays` WHERE \
             `plays`.`player_id` = p.id AND (`plays`.`game_id`) < (?) ORDER BY `plays`.`game_id` DESC LIMIT 5) CROSS JOIN \
             `games` ON `games`.`id` = `plays`.`game_id` ORDER BY `plays`.`game_id` DESC -- binds: [Ids([NIL, NIL]), NIL]",
        ),
        // The fence keeps PostgreSQL from reading all games for each player.
        &shown(
            r#"SELECT "plays"."player_id", "games"."name" FROM (SELECT "plays".* FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "plays".* FROM "plays" WHERE "plays"."player_id" = p.id AND ("plays"."game_id") < ($2) ORDER BY "plays"."game_id" DESC LIMIT 5) AS "plays" OFFSET 0) AS "plays" JOIN "games" ON "games"."id" = "plays"."game_id" ORDER BY "plays"."game_id" DESC -- binds: [Ids([NIL, NIL]), NIL]"#,
        ),
    );
    check(
        &page(GAMES, "games", BY_KEY, after(), 1),
        &shown(
            "SELECT `plays`.`player_id`, `games`.`name` FROM (SELECT `plays`.* FROM `plays` WHERE `plays`.`player_id` = ? AND \
             (`plays`.`game_id`) < (?) ORDER BY `plays`.`game_id` DESC LIMIT 5) AS `plays` CROSS JOIN `games` ON `games`.`id` = \
             `plays`.`game_id` ORDER BY `plays`.`game_id` DESC -- binds: [NIL, NIL]",
        ),
        &shown(
            r#"SELECT "plays"."player_id", "games"."name" FROM (SELECT "plays".* FROM "plays" WHERE "plays"."player_id" = $1 AND ("plays"."game_id") < ($2) ORDER BY "plays"."game_id" DESC LIMIT 5) AS "plays" JOIN "games" ON "games"."id" = "plays"."game_id" ORDER BY "plays"."game_id" DESC -- binds: [NIL, NIL]"#,
        ),
    );
}

#[test]
fn a_page_of_a_whole_table_is_read_in_the_parts_of_its_keyset() {
    const BY_AGE: &[OrderBy] = &[OrderBy::asc(AGE)];
    let keyset: Arc<[Value]> = Arc::new([Value::Int(7), Value::Id(Id::NIL)]);
    let page = Page { limit: 5, after: Some(keyset), evidence_before: true, ..Page::default() };
    let scope = Scope::List(ListScope::Table("players"));
    let request = PageRequest { order: BY_AGE.into(), page, ..PageRequest::new(scope) };
    check(
        &Fetch::new("players", [Asked::Own(NAME)].into(), request.into(), Values::Ids(vec![Id::NIL])),
        &shown(
            "SELECT `players`.`name` FROM (SELECT * FROM (SELECT `players`.* FROM (SELECT * FROM (SELECT `players`.* FROM \
             `players` WHERE (`players`.`age`, `players`.`id`) > (?, ?) ORDER BY `players`.`age` ASC NULLS LAST, `players`.`id` \
             ASC LIMIT 5) UNION ALL SELECT * FROM (SELECT `players`.* FROM `players` WHERE `players`.`age` IS NULL ORDER BY \
             `players`.`age` ASC NULLS LAST, `players`.`id` ASC LIMIT 5)) AS `players` ORDER BY `players`.`age` ASC NULLS LAST, \
             `players`.`id` ASC LIMIT 5) UNION ALL SELECT * FROM (SELECT `players`.* FROM `players` WHERE (`players`.`age`, \
             `players`.`id`) <= (?, ?) ORDER BY `players`.`age` DESC NULLS FIRST, `players`.`id` DESC LIMIT 1)) AS `players` \
             ORDER BY `players`.`age` ASC NULLS LAST, `players`.`id` ASC -- binds: [7, NIL, 7, NIL]",
        ),
        &shown(
            r#"SELECT "players"."name" FROM ((SELECT "players".* FROM ((SELECT "players".* FROM "players" WHERE ("players"."age", "players"."id") > ($1, $2) ORDER BY "players"."age" ASC, "players"."id" ASC LIMIT 5) UNION ALL (SELECT "players".* FROM "players" WHERE "players"."age" IS NULL ORDER BY "players"."age" ASC, "players"."id" ASC LIMIT 5)) AS "players" ORDER BY "players"."age" ASC, "players"."id" ASC LIMIT 5) UNION ALL (SELECT "players".* FROM "players" WHERE ("players"."age", "players"."id") <= ($3, $4) ORDER BY "players"."age" DESC, "players"."id" DESC LIMIT 1)) AS "players" ORDER BY "players"."age" ASC, "players"."id" ASC -- binds: [7, NIL, 7, NIL]"#,
        ),
    );
}
