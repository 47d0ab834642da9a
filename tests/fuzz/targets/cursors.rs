//! Cursors, and the JSON in them: each is an error, or a keyset that comes back from a cursor of its own.
//!
//! The first byte chooses an order, the second whether the rest is a cursor or what it holds. A keyset is then paged from.

#![no_main]

use async_graphql::{Request, Variables};
use doorway::blog::shapes;
use doorway::execution::{Bounds, Operation, answer};
use doorway::relation::{Column, CursorCodec, Expr, ListScope, OrderBy};
use doorway_fuzz::{APP, block_on, check_response, in_time, with_blog};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::sync::LazyLock;

/// A list in an order: its cursors, and the query for the page after one of them.
struct List {
    codec: CursorCodec,
    query: String,
}

static BOUNDS: LazyLock<Bounds> = LazyLock::new(Bounds::default);

/// An order by each kind of key: text, id, time, nullable time, whole number, count, a key of another row, and by all at once.
static LISTS: LazyLock<Vec<List>> = LazyLock::new(|| {
    let shape = shapes().into_iter().find(|shape| shape.table == "blog_posts").unwrap();
    let column = |name: &str| Expr::Column(Column::named(shape.columns, name));
    let join = |name: &str| shape.relationships.iter().find(|one| one.field == name).unwrap().join;
    let users = shapes().into_iter().find(|shape| shape.table == "users").unwrap();
    let username = Box::new(Expr::Column(Column::named(users.columns, "username")));
    let keys = [
        (column("title"), "title: "),
        (column("user_id"), "userId: "),
        (column("created_at"), "createdAt: "),
        (column("published_at"), "publishedAt: "),
        (column("version"), "version: "),
        (Expr::Count(join("tags"), None), "tagsCount: "),
        (Expr::Across(join("author"), None, username), "author: {username: "),
    ];
    let list = |keys: &[(Expr, &str)], descending: bool| {
        let order: Vec<OrderBy> =
            keys.iter().map(|(expr, _)| OrderBy { expr: expr.clone(), descending }).collect();
        let direction = if descending { "DESC" } else { "ASC" };
        let keys: Vec<String> = keys
            .iter()
            .map(|(_, key)| format!("{{{key}{direction}}}{}", if key.contains('{') { "}" } else { "" }))
            .collect();
        let query = format!(
            "query($cursor: String!) {{ blogPostsConnection(first: 1, after: $cursor, orderBy: [{}]) {{ nodes {{ id }} }} }}",
            keys.join(", ")
        );
        List { codec: CursorCodec::new(ListScope::Table("blog_posts"), &order), query }
    };
    let one = keys.chunks(1).flat_map(|key| [list(key, false), list(key, true)]);
    one.chain([list(&keys, false), list(&keys, true)]).collect()
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let [order, form, rest @ ..] = data else { return Corpus::Reject };
    let Ok(text) = std::str::from_utf8(rest) else { return Corpus::Reject };
    let List { codec, query } = &LISTS[usize::from(*order) % LISTS.len()];
    let keyset = if form % 2 == 0 {
        codec.keyset("after", text).ok().map(|keyset| keyset.to_vec())
    } else {
        in_time(|| codec.read(text))
    };
    // Nobody has given one that is too long.
    let cursor = keyset.as_ref().and_then(|keyset| codec.cursor(keyset).ok());
    if let (Some(keyset), Some(cursor)) = (&keyset, &cursor) {
        assert_eq!(**keyset, *codec.keyset("after", cursor).unwrap());
    }
    let cursor = match cursor {
        Some(cursor) => cursor,
        None if form % 2 == 0 => text.to_owned(),
        None => return Corpus::Keep,
    };
    let variables = Variables::from_json(serde_json::json!({ "cursor": cursor }));
    let request = || Request::new(query).variables(variables.clone());
    let response = with_blog(false, |db| {
        in_time(|| block_on(answer(&APP, &BOUNDS, db, Operation::read(&APP, request()))).into_json())
    });
    let response = check_response(&response);
    // The endpoint and the codec are of one mind.
    assert_eq!(response["errors"].is_null(), keyset.is_some(), "{response}");
    Corpus::Keep
});
