//! What conditions, orders, keysets and pages are in SQL, on either database.

use super::alias::RowAlias;
use super::fetch::{Asked, Fetch};
use super::order::{self, Side};
use super::{Dialect, ListScope, OrderBy, Page, PageRequest, Predicate, Scope, Value, Values};
use crate::db::Id;
use crate::relation::check::{AGE, GAMES, MEMBERS, NAME, Part, check, player, value};
use crate::relation::input::read;
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

/// Rows on one side of a keyset.
struct Keyset(Vec<OrderBy>, Vec<Value>, Side);

impl Part for Keyset {
    fn render<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        order::keyset(&self.0, &self.1, self.2, RowAlias::outermost("players", None), &mut out)
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
fn relationships_become_exists() {
    filter(
        r#"{ team: { name: { eq: "a" } } }"#,
        r#"EXISTS (SELECT 1 FROM `teams` AS t1 WHERE t1.`id` = `players`.`team_id` AND t1.`name` = ?) -- binds: ["a"]"#,
        r#"EXISTS (SELECT 1 FROM "teams" AS t1 WHERE t1."id" = "players"."team_id" AND t1."name" = $1) -- binds: ["a"]"#,
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
        &Keyset(vec![OrderBy::desc(NAME)], values, after),
        &format!(r#"(`players`.`name`, `players`.`id`) < (?, ?) -- binds: ["a", {id:?}]"#),
        &format!(r#"("players"."name", "players"."id") < ($1, $2) -- binds: ["a", {id:?}]"#),
    );
}

#[test]
fn keysets_with_nulls_are_spelled_out_behind_a_bound() {
    let id = Id::NIL;
    let after = Side { after: true, inclusive: false };
    check(
        &Keyset(vec![OrderBy::asc(AGE)], vec![Value::Int(7), Value::Id(id)], after),
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
        &Keyset(vec![OrderBy::asc(AGE)], vec![Value::Null, Value::Id(id)], after),
        &format!(
            "(`players`.`age` IS NULL AND ((1 = 0) OR (`players`.`age` IS NULL AND `players`.`id` > ?))) -- binds: [{id:?}]"
        ),
        &format!(
            r#"("players"."age" IS NULL AND ((1 = 0) OR ("players"."age" IS NULL AND "players"."id" > $1))) -- binds: [{id:?}]"#
        ),
    );
}

fn page(
    join: crate::relation::model::Join,
    table: &'static str,
    order: &'static [OrderBy],
    page: Page,
) -> Fetch {
    let request =
        PageRequest { order: order.into(), page, ..PageRequest::new(Scope::List(ListScope::Joined(join))) };
    Fetch::new(table, [Asked::Own(NAME)].into(), request.into(), Values::Ids(vec![Id::NIL]))
}

const BY_NAME: &[OrderBy] = &[OrderBy::asc(NAME)];

#[test]
fn each_parent_gets_its_own_page() {
    let one = Id::NIL;
    check(
        &page(MEMBERS, "players", BY_NAME, Page { limit: 2, look_ahead: true, ..Page::default() }),
        "WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `players`.`name` FROM p CROSS JOIN `players` \
         ON `players`.`id` IN (SELECT `players`.`id` FROM `players` WHERE `players`.`team_id` = p.id ORDER BY \
         `players`.`name` ASC, `players`.`id` ASC LIMIT ? + 0) ORDER BY `players`.`name` ASC, `players`.`id` ASC \
         -- binds: [Ids([NIL]), 3]"
            .replace("NIL", &format!("{one:?}"))
            .as_str(),
        r#"SELECT p.id, "players"."name" FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "players".* FROM "players" WHERE "players"."team_id" = p.id ORDER BY "players"."name" ASC, "players"."id" ASC LIMIT $2) AS "players" ORDER BY "players"."name" ASC, "players"."id" ASC -- binds: [Ids([NIL]), 3]"#
            .replace("NIL", &format!("{one:?}"))
            .as_str(),
    );
}

#[test]
fn a_page_through_a_join_table_reads_the_target_only_for_its_rows() {
    const BY_KEY: &[OrderBy] = &[OrderBy::desc(crate::relation::model::Column::KEY)];
    let text = page(
        GAMES,
        "games",
        BY_KEY,
        Page { limit: 5, after: Some(Arc::new([Value::Id(Id::NIL)])), ..Page::default() },
    );
    let shown = |sql: &str| sql.replace("NIL", &format!("{:?}", Id::NIL));
    check(
        &text,
        &shown(
            "WITH p(id) AS MATERIALIZED (SELECT unhex(value) FROM json_each(?)) SELECT p.id, `games`.`name` FROM p CROSS JOIN `plays` \
             ON `plays`.`player_id` = p.id AND `plays`.`game_id` IN (SELECT `plays`.`game_id` FROM `plays` WHERE \
             `plays`.`player_id` = p.id AND (`plays`.`game_id`) < (?) ORDER BY `plays`.`game_id` DESC LIMIT ? + 0) CROSS JOIN \
             `games` ON `games`.`id` = `plays`.`game_id` ORDER BY `plays`.`game_id` DESC -- binds: [Ids([NIL]), NIL, 5]",
        ),
        &shown(
            r#"SELECT p.id, "games"."name" FROM unnest($1) AS p(id) CROSS JOIN LATERAL (SELECT "plays".* FROM "plays" WHERE "plays"."player_id" = p.id AND ("plays"."game_id") < ($2) ORDER BY "plays"."game_id" DESC LIMIT $3) AS "plays" JOIN "games" ON "games"."id" = "plays"."game_id" ORDER BY "plays"."game_id" DESC -- binds: [Ids([NIL]), NIL, 5]"#,
        ),
    );
}
