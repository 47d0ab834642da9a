//! For unit tests: two entities, and what either database is sent.

use super::model::{Column, ColumnKind, Join, Kind, LinkShape, LinkTable, OnDelete, Relationship, Shape};
use super::sql::Dialect;
use async_graphql::{Value, parser::types::Selection};
use diesel::{
    debug_query,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sqlite::Sqlite,
};

const fn column(name: &'static str, kind: ColumnKind, nullable: bool) -> Column {
    Column { name, kind, nullable }
}

pub(super) const NAME: Column = column("name", ColumnKind::Text, false);
const TITLE: Column = column("title", ColumnKind::Text, false);
pub(super) const AGE: Column = column("age", ColumnKind::Int, true);
pub(super) const RANK: Column = column("rank", ColumnKind::Int, false);

const PLAYS: LinkTable =
    LinkTable { table: "plays", near: "player_id", far: "game_id", kinds: (ColumnKind::Id, ColumnKind::Id) };
pub(super) const GAMES: Join =
    Join { source: "players", from: "id", target: "games", to: "id", link: Some(PLAYS) };
pub(super) const TEAM: Join =
    Join { source: "players", from: "team_id", target: "teams", to: "id", link: None };
pub(super) const MEMBERS: Join =
    Join { source: "teams", from: "id", target: "players", to: "team_id", link: None };

/// `players`, who have a team and games.
pub(super) fn player() -> Shape {
    Shape {
        name: "Player",
        table: "players",
        columns: &[Column::KEY, NAME, AGE],
        relationships: &[
            Relationship {
                field: "team",
                back_populates: "members",
                kind: Kind::BelongsTo,
                join: TEAM,
                target: team,
                key: ColumnKind::Id,
                nullable: false,
                on_delete: OnDelete::Cascade,
                link: None,
                position: None,
                description: "",
            },
            Relationship {
                field: "games",
                back_populates: "players",
                kind: Kind::ManyToMany,
                join: GAMES,
                target: game,
                key: ColumnKind::Id,
                nullable: false,
                on_delete: OnDelete::Cascade,
                link: Some(play),
                position: Some("rank"),
                description: "",
            },
        ],
        resolvers: &[],
        named: None,
        lengths: &[],
        uniques: &[],
        checks: &[],
        defaults: &[],
        read_only: &[],
        scope: &[],
        generated: &[],
        order: &[],
        register: |_| (),
    }
}

fn team() -> Shape {
    Shape {
        name: "Team",
        table: "teams",
        columns: &[Column::KEY, NAME],
        relationships: &[Relationship {
            field: "members",
            back_populates: "team",
            kind: Kind::HasMany,
            join: MEMBERS,
            target: player,
            key: ColumnKind::Id,
            nullable: false,
            on_delete: OnDelete::Cascade,
            link: None,
            position: None,
            description: "",
        }],
        resolvers: &[],
        named: None,
        lengths: &[],
        uniques: &[],
        checks: &[],
        defaults: &[],
        read_only: &[],
        scope: &[],
        generated: &[],
        order: &[],
        register: |_| (),
    }
}

fn game() -> Shape {
    Shape {
        name: "Game",
        table: "games",
        columns: &[Column::KEY, NAME, TITLE],
        relationships: &[],
        resolvers: &[],
        named: Some("title"),
        lengths: &[],
        uniques: &[],
        checks: &[],
        defaults: &[],
        read_only: &[],
        scope: &[],
        generated: &[],
        order: &[],
        register: |_| (),
    }
}

fn play() -> LinkShape {
    LinkShape { name: "Play", keys: &[], columns: vec![RANK], fields: |_| Default::default() }
}

/// A value in GraphQL's own form: `{ name: { eq: "Ada" } }`.
pub(super) fn value(text: &str) -> Value {
    let document = async_graphql::parser::parse_query(format!("{{ a(b: {text}) }}")).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else { panic!("{text}") };
    let (_, value) = &field.node.arguments[0];
    value.node.clone().into_const().unwrap()
}

/// A part of a statement that has no type of its own.
pub(super) trait Part {
    fn render<'b, DB: Dialect>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

struct Shown<'a, P>(&'a P);

impl<P> QueryId for Shown<'_, P> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<P: Part, DB: Dialect> QueryFragment<DB> for Shown<'_, P> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.render(out)
    }
}

/// Checks what SQLite and PostgreSQL are sent: the text, and the bound values after ` -- binds: `.
pub(super) fn check(part: &impl Part, sqlite: &str, postgres: &str) {
    let part = Shown(part);
    assert_eq!(debug_query::<Sqlite, _>(&part).to_string(), sqlite, "on SQLite");
    assert_eq!(debug_query::<Pg, _>(&part).to_string(), postgres, "on PostgreSQL");
}
