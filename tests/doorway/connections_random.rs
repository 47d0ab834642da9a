//! Random `where` and `orderBy` on lists and connections, compared with the reference: lists have the right rows in
//! the right order, pages add up to the list even while rows come and go, and a cursor works only in its own list.

use crate::reference::{
    Blog, Kind, List,
    arguments::{Arguments, Reach},
    connections::{Bounds, ConnectionQuery, Cursor, ask},
    fixture::{Seen, fill},
    walk::Walk,
};
use crate::support::Server;
use fastrand::Rng;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

on_both_databases!(
    lists_match_the_reference,
    pages_add_up_to_the_list,
    paging_returns_each_row_once_while_rows_come_and_go,
    cursors_work_only_in_their_own_list,
);

async fn lists_match_the_reference(server: Server) {
    let server = server.with_any_cost();
    let blog = fill(&server).await;
    let rng = &mut Rng::with_seed(1);
    let mut seen = Seen::default();
    for list in List::all().collect::<Vec<_>>().repeat(30) {
        let outer = list.parent.map(|kind| List { parent: None, field: kind.root(), target: kind });
        let mut random = Arguments { blog: &blog, rng };
        let mut arguments = |list| {
            (
                random.filter_of(list, Reach::HasRelationships(3)),
                random.order_of(list, Reach::HasRelationships(3)),
            )
        };
        let (filter, order_by) = arguments(list);
        let (outer_filter, outer_order) = outer.map(arguments).unwrap_or_default();
        let (limit, offset) = (rng.usize(1..100), if rng.bool() { 0 } else { rng.usize(0..6) });
        let field = format!(
            "{}(limit: $limit, offset: $offset, where: $where, orderBy: $orderBy) {{ id }}",
            list.field
        );
        let (more, body) = match outer {
            None => (String::new(), format!("rows: {field}")),
            Some(List { field: root, target, .. }) => (
                format!("$outer: {target:?}Filter, $outerOrder: [{target:?}Order!]"),
                format!("outer: {root}(where: $outer, orderBy: $outerOrder) {{ id rows: {field} }}"),
            ),
        };
        let query = format!(
            "query($limit: Int! $offset: Int! $where: {0:?}Filter, $orderBy: [{0:?}Order!] {more}) {{ {body} }}",
            list.target
        );
        let mut variables = json!({ "limit": limit, "offset": offset, "where": filter, "orderBy": order_by });
        if outer.is_some() {
            variables["outer"] = outer_filter.clone();
            variables["outerOrder"] = outer_order.clone();
        }
        server.take_statements();
        let answer = server.post(&query, variables.clone()).await.json();
        let statements = server.take_statements();

        let mut rows = |parent: Option<&str>| {
            seen.list(&blog, list, parent, &filter, &order_by);
            let rows = blog.list(list, parent, &filter, &list.keys(&order_by));
            let page = rows.iter().skip(offset).take(limit);
            page.map(|row| json!({ "id": row.id() })).collect::<Vec<_>>()
        };
        let (expected, fields) = match outer {
            None => (json!({ "rows": rows(None) }), 1),
            Some(outer) => {
                let parents = blog.list(outer, None, &outer_filter, &outer.keys(&outer_order));
                let mut row = |id: &str| json!({ "id": id, "rows": rows(Some(id)) });
                let parents: Vec<Value> = parents.iter().map(|parent| row(parent.id())).collect();
                (json!({ "outer": parents }), if parents.is_empty() { 1 } else { 2 })
            }
        };
        assert_eq!(answer, json!({ "data": expected }), "{query}\n{variables:#}");
        assert_eq!(statements.len(), fields, "{query}\n{variables:#}\n{statements:#?}");
    }
    seen.enough(100);
}

async fn pages_add_up_to_the_list(server: Server) {
    let server = server.with_any_cost();
    let blog = fill(&server).await;
    let rng = &mut Rng::with_seed(2);
    let (mut seen, mut pages) = (Seen::default(), 0);
    let lists: Vec<List> = List::all().collect();
    for nth in 0..70 {
        // One walk, whose statements are counted exactly, or several walks in one request.
        let mut walks = vec![Walk::random(&blog, rng, lists[nth % 7], Reach::HasRelationships(2))];
        for _ in 0..rng.usize(..6).saturating_sub(3) {
            let list = lists[rng.usize(..7)];
            walks.push(Walk::random(&blog, rng, list, Reach::HasRelationships(2)));
        }
        let most = rng.usize(3..40);
        while walks.iter().any(|walk| !walk.done) {
            let mut going: Vec<&mut Walk> = walks.iter_mut().filter(|walk| !walk.done).collect();
            let queries: Vec<ConnectionQuery> =
                going.iter_mut().map(|walk| walk.next(rng, 0..most)).collect();
            for (walk, page) in going.iter_mut().zip(ask(&server, &blog, &queries).await) {
                walk.take(&page[0]);
            }
            pages += 1;
        }
        for walk in &walks {
            let ConnectionQuery { list, filter, order_by, .. } = &walk.query;
            seen.list(&blog, *list, walk.parent(), filter, order_by);
            assert_eq!(walk.ids, walk.whole(&blog), "{:#?}", walk.query);
            for _ in 0..3 {
                ask(&server, &blog, &[walk.anywhere(rng)]).await;
            }
        }
    }
    assert!(pages > 150, "{pages}");
    seen.enough(20);
}

async fn paging_returns_each_row_once_while_rows_come_and_go(server: Server) {
    let mut blog = fill(&server).await;
    let rng = &mut Rng::with_seed(3);
    let (mut cursors_without_row, mut newcomers, mut leavers) = (0, 0, 0);
    for list in List::all().collect::<Vec<_>>().repeat(5) {
        let mut walk = Walk::random(&blog, rng, list, Reach::Own);
        let before = walk.whole(&blog);
        let mut gone = HashSet::new();
        let mut pages = 0;
        while !walk.done {
            let query = walk.next(rng, 1..8);
            let page = ask(&server, &blog, &[query]).await.remove(0).remove(0);
            walk.take(&page);
            pages += 1;
            if pages > 10 {
                continue;
            }
            let now: Vec<String> = walk.whole(&blog);
            let at_cursor = if walk.backward { walk.ids.first() } else { walk.ids.last() };
            let near = |rng: &mut Rng| match at_cursor {
                Some(id) if rng.bool() && now.contains(id) => Some(id.clone()),
                _ => rng.choice(&now).cloned(),
            };
            let mut tables = Tables { server: &server, list, parent: walk.parent(), rng };
            for _ in 0..tables.rng.usize(..3) {
                if let Some(id) = near(tables.rng) {
                    tables.copy(&id).await;
                }
            }
            let scarce = list.parent.is_none() && list.target != Kind::BlogPost;
            if let Some(id) = near(tables.rng).filter(|_| !scarce || tables.rng.usize(..3) == 0) {
                tables.delete(&id).await;
                cursors_without_row += usize::from(at_cursor == Some(&id));
                gone.insert(id);
            }
            blog = Blog::read(&server).await;
        }
        let once: HashSet<&String> = walk.ids.iter().collect();
        assert_eq!(once.len(), walk.ids.len(), "a row came twice: {:#?}", walk.query);
        let known: HashSet<&String> = before.iter().collect();
        let stayed = |ids: &[String]| -> Vec<String> {
            ids.iter().filter(|id| known.contains(id) && !gone.contains(*id)).cloned().collect()
        };
        assert_eq!(stayed(&walk.ids), stayed(&before), "{:#?}", walk.query);
        newcomers += walk.ids.iter().filter(|id| !known.contains(id)).count();
        leavers += gone.iter().filter(|id| !once.contains(id)).count();
    }
    let seen = (cursors_without_row, newcomers, leavers);
    assert!(seen.0 > 30 && seen.1 > 30 && seen.2 > 10, "{seen:?}");
}

/// Changes the rows of a list, with SQL.
struct Tables<'a> {
    server: &'a Server,
    list: List,
    parent: Option<&'a str>,
    rng: &'a mut Rng,
}

impl Tables<'_> {
    fn literal(&self, id: &str) -> String {
        if self.server.is_postgres() {
            format!("'{id}'::uuid")
        } else {
            format!("x'{}'", id.replace('-', ""))
        }
    }

    /// Copies a row and its links. The copy has the same values in all columns that are not unique, so in an order
    /// by these columns it comes next to the row.
    async fn copy(&mut self, id: &str) {
        let ending = format!("{:06x}", self.rng.u32(..0x0100_0000));
        let (from, to) = (self.literal(id), self.literal(&(id[..30].to_owned() + &ending)));
        let user = format!(
            "INSERT INTO users SELECT {to}, username || '{ending}', created_at, updated_at, version FROM users"
        );
        let statements = match self.list.target {
            Kind::User => vec![format!("{user} WHERE id = {from}")],
            Kind::Profile => vec![
                format!("{user} WHERE id = (SELECT user_id FROM profiles WHERE id = {from})"),
                format!(
                    "INSERT INTO profiles SELECT {to}, {to}, display_name, bio, website_url, created_at,                      updated_at, version FROM profiles WHERE id = {from}"
                ),
            ],
            Kind::BlogPost => vec![
                format!(
                    "INSERT INTO blog_posts SELECT {to}, title, content, user_id, published_at, created_at,                      updated_at, version FROM blog_posts WHERE id = {from}"
                ),
                format!(
                    "INSERT INTO post_tags SELECT {to}, tag_id, position, added_at FROM post_tags                      WHERE post_id = {from}"
                ),
            ],
            Kind::Tag => vec![
                format!(
                    "INSERT INTO tags SELECT {to}, name || '{ending}', created_at, updated_at, version                      FROM tags WHERE id = {from}"
                ),
                format!(
                    "INSERT INTO post_tags SELECT post_id, {to}, position, added_at FROM post_tags                      WHERE tag_id = {from}"
                ),
            ],
        };
        for statement in statements {
            self.server.sql(&statement).await;
        }
    }

    /// Deletes a row, or only the link to it.
    async fn delete(&mut self, id: &str) {
        let id = self.literal(id);
        let table = match self.list.target {
            Kind::User => "users",
            Kind::Profile => "profiles",
            Kind::BlogPost => "blog_posts",
            Kind::Tag => "tags",
        };
        let columns = if table == "tags" { ("tag_id", "post_id") } else { ("post_id", "tag_id") };
        let sql = match self.parent.filter(|_| self.list.through_link() && self.rng.usize(..4) > 0) {
            Some(parent) => {
                let parent = self.literal(parent);
                format!("DELETE FROM post_tags WHERE {} = {id} AND {} = {parent}", columns.0, columns.1)
            }
            None => format!("DELETE FROM {table} WHERE id = {id}"),
        };
        self.server.sql(&sql).await;
    }
}

/// The code of the error that this query gives, if it gives one.
async fn code(server: &Server, query: &ConnectionQuery) -> Option<String> {
    let (mut head, mut body, mut variables) = (String::new(), String::new(), Map::new());
    query.write(0, &mut head, &mut body, &mut variables);
    let answer = server.post(&format!("query({head}) {{ {body} }}"), variables.into()).await.json();
    assert!(answer["errors"].as_array().is_none_or(|errors| errors.len() == 1), "{answer}");
    answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
}

async fn cursors_work_only_in_their_own_list(server: Server) {
    let blog = fill(&server).await;
    let rng = &mut Rng::with_seed(4);
    let orders = [
        Value::Null,
        json!([{ "version": "ASC" }]),
        json!([{ "version": "ASC" }, { "id": "DESC" }]),
        json!([{ "createdAt": "DESC" }]),
    ];
    let mut all = Vec::new();
    for list in List::all() {
        let rows = list.parent.map(|kind| blog.rows(kind)).unwrap_or_default().iter();
        let ids = rows.map(|row| row["id"].as_str().unwrap());
        let size = |id: &&str| blog.size(list, Some(id));
        let parents: Vec<String> = ids.max_by_key(size).map(str::to_owned).into_iter().collect();
        for order_by in &orders {
            let (parents, order_by) = (parents.clone(), order_by.clone());
            let (filter, bounds) = (Value::Null, Bounds { first: Some(2), ..Bounds::default() });
            let query = ConnectionQuery {
                list,
                parents,
                filter,
                order_by,
                bounds,
                count: false,
                without: Vec::new(),
            };
            let cursor = ask(&server, &blog, std::slice::from_ref(&query)).await[0][0].cursors[1].clone();
            all.push((query, cursor));
        }
    }
    let with = |query: &ConnectionQuery, cursor: Cursor, after: bool| {
        let (after, before) = if after { (Some(cursor), None) } else { (None, Some(cursor)) };
        ConnectionQuery { bounds: Bounds { first: Some(2), after, last: None, before }, ..query.clone() }
    };
    for (from, (query, cursor)) in all.iter().enumerate() {
        for (to, (other, _)) in all.iter().enumerate() {
            let expected = (from != to).then_some("BAD_USER_INPUT");
            let got = code(&server, &with(other, cursor.clone(), rng.bool())).await;
            assert_eq!(got.as_deref(), expected, "a cursor of {query:#?} in {other:#?}");
        }
        if query.order_by.is_null() {
            for length in 0..cursor.text.len() {
                let text = cursor.text[..length].to_owned();
                let short = Cursor { text, ..cursor.clone() };
                let got = code(&server, &with(query, short, rng.bool())).await;
                assert_eq!(got.as_deref(), Some("BAD_USER_INPUT"), "{length} bytes of {cursor:?}");
            }
        }
    }
}
