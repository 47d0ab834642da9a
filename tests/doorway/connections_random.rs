//! Random `where` and `orderBy` on lists and connections, compared with the reference: lists have the right rows in
//! the right order, pages add up to the list even while rows come and go, and a cursor works only in its own list.

use crate::reference::{
    Kind, List, Model,
    arguments::{Arguments, Reach},
    connections::{Bounds, ConnectionQuery, Cursor, ask},
    fixture::{Seen, fill},
    walk::Walk,
};
use crate::support::Server;
use doorway::{db::DbError, relation::ColumnKind};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

mod blog {
    use super::*;

    on_both_databases!(
        lists_match_the_reference,
        pages_add_up_to_the_list,
        paging_returns_each_row_once_while_rows_come_and_go,
        cursors_work_only_in_their_own_list,
    );
}

mod heroes {
    use super::*;

    on_both_databases!(
        serving crate::heroes::entities::app();
        lists_match_the_reference,
        pages_add_up_to_the_list,
        paging_returns_each_row_once_while_rows_come_and_go,
        cursors_work_only_in_their_own_list,
    );
}

mod network {
    use super::*;

    on_both_databases!(
        serving crate::network::entities::app();
        lists_match_the_reference,
        pages_add_up_to_the_list,
        paging_returns_each_row_once_while_rows_come_and_go,
        cursors_work_only_in_their_own_list,
    );
}

mod desk {
    use super::*;

    on_both_databases!(
        serving crate::desk::entities::app();
        lists_match_the_reference,
        pages_add_up_to_the_list,
        paging_returns_each_row_once_while_rows_come_and_go,
        cursors_work_only_in_their_own_list,
    );
}

async fn lists_match_the_reference(server: Server) {
    let server = server.with_any_cost();
    let model = fill(&server).await;
    let rng = &mut Rng::with_seed(1);
    let mut seen = Seen::default();
    let lists = List::all(model.schema);
    let rounds = lists.len() * if is_blog(&model) { 30 } else { 120_usize.div_ceil(lists.len()) };
    for list in lists.iter().copied().cycle().take(rounds) {
        let outer = list.parent().map(List::root);
        let mut random = Arguments { model: &model, rng };
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
            list.field()
        );
        let (more, body) = match outer {
            None => (String::new(), format!("rows: {field}")),
            Some(outer) => (
                format!("$outer: {0}Filter, $outerOrder: [{0}Order!]", outer.target.name),
                format!(
                    "outer: {}(where: $outer, orderBy: $outerOrder) {{ id rows: {field} }}",
                    outer.field()
                ),
            ),
        };
        let query = format!(
            "query($limit: Int! $offset: Int! $where: {0}Filter, $orderBy: [{0}Order!] {more}) {{ {body} }}",
            list.target.name
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
            seen.list(&model, list, parent, &filter, &order_by);
            let rows = model.list(list, parent, &filter, &list.keys(&order_by));
            let page = rows.iter().skip(offset).take(limit);
            page.map(|row| json!({ "id": row.id() })).collect::<Vec<_>>()
        };
        let (expected, fields) = match outer {
            None => (json!({ "rows": rows(None) }), 1),
            Some(outer) => {
                let parents = model.list(outer, None, &outer_filter, &outer.keys(&outer_order));
                let mut row = |id: &str| json!({ "id": id, "rows": rows(Some(id)) });
                let parents: Vec<Value> = parents.iter().map(|parent| row(parent.id())).collect();
                (json!({ "outer": parents }), if parents.is_empty() { 1 } else { 2 })
            }
        };
        assert_eq!(answer, json!({ "data": expected }), "{query}\n{variables:#}");
        assert_eq!(statements.len(), fields, "{query}\n{variables:#}\n{statements:#?}");
    }
    seen.enough(if is_blog(&model) { 100 } else { 40 });
}

async fn pages_add_up_to_the_list(server: Server) {
    let server = server.with_any_cost();
    let model = fill(&server).await;
    let rng = &mut Rng::with_seed(2);
    let (mut seen, mut pages) = (Seen::default(), 0);
    let lists = List::all(model.schema);
    for nth in 0..70 {
        // One walk, whose statements are counted exactly, or several walks in one request.
        let mut walks = vec![Walk::random(&model, rng, lists[nth % lists.len()], Reach::HasRelationships(2))];
        for _ in 0..rng.usize(..6).saturating_sub(3) {
            let list = lists[rng.usize(..lists.len())];
            walks.push(Walk::random(&model, rng, list, Reach::HasRelationships(2)));
        }
        let most = rng.usize(3..40);
        while walks.iter().any(|walk| !walk.done) {
            let mut going: Vec<&mut Walk> = walks.iter_mut().filter(|walk| !walk.done).collect();
            let queries: Vec<ConnectionQuery> =
                going.iter_mut().map(|walk| walk.next(rng, 0..most)).collect();
            for (walk, page) in going.iter_mut().zip(ask(&server, &model, &queries).await) {
                walk.take(&page[0]);
            }
            pages += 1;
        }
        for walk in &walks {
            let ConnectionQuery { list, filter, order_by, .. } = &walk.query;
            seen.list(&model, *list, walk.parent(), filter, order_by);
            assert_eq!(walk.ids, walk.whole(&model), "{:#?}", walk.query);
            for _ in 0..3 {
                ask(&server, &model, &[walk.anywhere(rng)]).await;
            }
        }
    }
    assert!(pages > if is_blog(&model) { 150 } else { 100 }, "{pages}");
    seen.enough(20);
}

async fn paging_returns_each_row_once_while_rows_come_and_go(server: Server) {
    let mut model = fill(&server).await;
    let rng = &mut Rng::with_seed(3);
    let (mut cursors_without_row, mut newcomers, mut leavers) = (0, 0, 0);
    let lists = List::all(model.schema);
    let rounds = lists.len() * 35_usize.div_ceil(lists.len());
    'lists: for list in lists.iter().copied().cycle().take(rounds) {
        let mut walk = Walk::random(&model, rng, list, Reach::Own);
        let before = walk.whole(&model);
        let mut gone = HashSet::new();
        let mut pages = 0;
        while !walk.done {
            let query = walk.next(rng, 1..8);
            let page = ask(&server, &model, &[query]).await.remove(0).remove(0);
            walk.take(&page);
            pages += 1;
            if pages > 10 {
                continue;
            }
            let now: Vec<String> = walk.whole(&model);
            let at_cursor = if walk.backward { walk.ids.first() } else { walk.ids.last() };
            let near = |rng: &mut Rng| match at_cursor {
                Some(id) if rng.bool() && now.contains(id) => Some(id.clone()),
                _ => rng.choice(&now).cloned(),
            };
            let mut tables = Tables { server: &server, list, parent: walk.parent(), rng };
            for _ in 0..tables.rng.usize(..3) {
                if let Some(id) = near(tables.rng) {
                    tables.copy(list.target, &id).await;
                }
            }
            let scarce = list.lead.is_none() && model.rows(list.target).len() < 40;
            if let Some(id) = near(tables.rng).filter(|_| !scarce || tables.rng.usize(..3) == 0) {
                tables.delete(&id).await;
                cursors_without_row += usize::from(at_cursor == Some(&id));
                gone.insert(id);
            }
            model = Model::read(&server, model.schema).await;
            // Others may go with a row: those that belong to it.
            let is_there = |kind: Kind, id: &str| model.find(kind, "id", id).is_some();
            gone.extend(now.into_iter().filter(|id| !is_there(list.target, id)));
            if list.parent().zip(walk.parent()).is_some_and(|(kind, id)| !is_there(kind, id)) {
                continue 'lists;
            }
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
    // The blog's lists are longer.
    let least = if is_blog(&model) { (30, 30, 10) } else { (15, 8, 1) };
    assert!(seen.0 > least.0 && seen.1 > least.1 && seen.2 > least.2, "{seen:?}");
}

fn is_blog(model: &Model) -> bool {
    model.schema.kinds().any(|kind| kind.name == "BlogPost")
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
        if id.parse::<i64>().is_ok() {
            id.to_owned()
        } else if self.server.is_postgres() {
            format!("'{id}'::uuid")
        } else {
            format!("x'{}'", id.replace('-', ""))
        }
    }

    /// Runs statements, all or none of them; none where they would break a rule of the tables.
    async fn run(&self, statements: &[String]) {
        let mut tx = self.server.db.begin().await.unwrap();
        for sql in statements {
            match tx.run(diesel::sql_query(sql)).await {
                Ok(_) => {}
                Err(DbError::Violation { .. }) => return,
                // SQLite does not say which.
                Err(error) if error.to_string().contains("FOREIGN KEY") => return,
                Err(error) => panic!("{error}: {sql}"),
            }
        }
        tx.commit().await.unwrap();
    }

    /// A key like this one, if it is of the same kind.
    fn key_near(&mut self, kind: Kind, near: &str) -> String {
        let step = self.rng.i64(1..0x0100_0000);
        match (kind.is_numbered(), near.parse::<i64>()) {
            (true, Ok(near)) => (if near > 0 { near - step } else { near + step }).to_string(),
            (true, Err(_)) => step.to_string(),
            (false, Ok(_)) => format!("01890a5d-ac96-774b-bcce-b30209{step:06x}"),
            (false, Err(_)) => format!("{}{step:06x}", &near[..30]),
        }
    }

    /// Copies a row and its links. The copy has the same values in all columns that are not unique, so in an order
    /// by these columns it comes next to the row.
    async fn copy(&mut self, kind: Kind, id: &str) {
        let mut statements = Vec::new();
        let from = self.literal(id);
        self.copy_row(kind, &from, id, &mut statements);
        self.run(&statements).await;
    }

    /// The statements that copy a row, and before it those that it needs a copy of; returns the new id. `near` is like an id that is next
    /// to the new one.
    fn copy_row(&mut self, kind: Kind, from: &str, near: &str, statements: &mut Vec<String>) -> String {
        let key = self.key_near(kind, near);
        let (ending, to) = (&key[key.len().saturating_sub(6)..], self.literal(&key));
        // Of columns that are unique together, a copy belongs to another copy.
        let is_unique = |column: &str| kind.uniques.iter().filter(|set| set.contains(&column)).count();
        let mut keys: Vec<_> =
            kind.leads().filter(|lead| lead.is_one && lead.to == "id" && is_unique(lead.from) > 0).collect();
        keys.sort_by_key(|lead| is_unique(lead.from));
        let moved = keys.last().map(|lead| {
            let owner = format!("(SELECT {} FROM {} WHERE id = {from})", lead.from, kind.table);
            (lead.from, self.copy_row(lead.target(), &owner, near, statements))
        });
        let values = kind.entity().columns.iter().filter(|column| !column.generated).map(|column| {
            let name = column.sql;
            match &moved {
                _ if name == "id" => to.clone(),
                Some((key, owner)) if *key == name => owner.clone(),
                _ if kind.uniques.contains(&vec![name]) && column.kind == ColumnKind::Text => {
                    format!("{name} || '{ending}'")
                }
                _ => name.to_owned(),
            }
        });
        let values: Vec<String> = values.collect();
        let names: Vec<&str> = kind
            .entity()
            .columns
            .iter()
            .filter(|column| !column.generated)
            .map(|column| column.sql)
            .collect();
        let (table, names) = (kind.table, names.join(", "));
        statements.push(format!(
            "INSERT INTO {table} ({names}) SELECT {} FROM {table} WHERE id = {from}",
            values.join(", ")
        ));
        for lead in kind.leads() {
            if let (Some(link), Some(through)) = (lead.link(), &lead.through) {
                let own: String = link.columns.iter().map(|column| format!(", {}", column.sql)).collect();
                let (table, near, far) = (link.table, through.near, through.far);
                statements.push(format!(
                    "INSERT INTO {table} ({near}, {far}{own}) SELECT {to}, {far}{own} FROM {table} WHERE {near} = {from}"
                ));
            }
        }
        to
    }

    /// Deletes a row, or only the link to it.
    async fn delete(&mut self, id: &str) {
        let id = self.literal(id);
        let through = self.list.lead.and_then(|lead| Some((lead.link()?, lead)));
        let sql = match (through, self.parent.filter(|_| self.rng.usize(..4) > 0)) {
            (Some((link, lead)), Some(parent)) => {
                let (through, parent) = (lead.through.as_ref().unwrap(), self.literal(parent));
                let (table, near, far) = (link.table, through.near, through.far);
                format!("DELETE FROM {table} WHERE {far} = {id} AND {near} = {parent}")
            }
            _ => format!("DELETE FROM {} WHERE id = {id}", self.list.target.table),
        };
        self.run(&[sql]).await;
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

/// The default order, and some that it is not.
fn orders(kind: Kind) -> Vec<Value> {
    let is_default = |name: &str| kind.order.iter().any(|key| key.get(name).is_some());
    let columns: Vec<&str> = kind
        .ordered()
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| *name != "id" && !is_default(name))
        .collect();
    if columns.is_empty() {
        return vec![Value::Null, json!([{ "id": "ASC" }]), json!([{ "id": "DESC" }])];
    }
    let (last, before) = (columns[columns.len() - 1], columns[columns.len().saturating_sub(3)]);
    let mut orders = vec![
        Value::Null,
        json!([{ last: "ASC" }]),
        json!([{ last: "ASC" }, { "id": "DESC" }]),
        json!([{ before: "DESC" }]),
    ];
    if before == last {
        orders[3] = json!([{ last: "DESC" }, { "id": "ASC" }]);
    }
    orders
}

async fn cursors_work_only_in_their_own_list(server: Server) {
    let model = fill(&server).await;
    let rng = &mut Rng::with_seed(4);
    let mut all = Vec::new();
    for list in List::all(model.schema) {
        let rows = list.parent().map(|kind| model.rows(kind)).unwrap_or_default().iter();
        let ids = rows.map(|row| row["id"].as_str().unwrap());
        let size = |id: &&str| model.size(list, Some(id));
        let parents: Vec<String> = ids.max_by_key(size).map(str::to_owned).into_iter().collect();
        for order_by in orders(list.target) {
            let parents = parents.clone();
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
            let cursor = ask(&server, &model, std::slice::from_ref(&query)).await[0][0].cursors[1].clone();
            all.push((query, cursor));
        }
    }
    let with = |query: &ConnectionQuery, cursor: Cursor, after: bool| {
        let (after, before) = if after { (Some(cursor), None) } else { (None, Some(cursor)) };
        ConnectionQuery { bounds: Bounds { first: Some(2), after, last: None, before }, ..query.clone() }
    };
    // Of many lists, some of the pairs.
    let is_many = all.len() > 32;
    for (from, (query, cursor)) in all.iter().enumerate() {
        for (to, (other, _)) in all.iter().enumerate() {
            if from != to && is_many && rng.usize(..all.len()) > 12 {
                continue;
            }
            let expected = (from != to).then_some("BAD_USER_INPUT");
            let got = code(&server, &with(other, cursor.clone(), rng.bool())).await;
            assert_eq!(got.as_deref(), expected, "a cursor of {query:#?} in {other:#?}");
        }
        if query.order_by.is_null() && (!is_many || from < 16) {
            for length in 0..cursor.text.len() {
                let text = cursor.text[..length].to_owned();
                let short = Cursor { text, ..cursor.clone() };
                let got = code(&server, &with(query, short, rng.bool())).await;
                assert_eq!(got.as_deref(), Some("BAD_USER_INPUT"), "{length} bytes of {cursor:?}");
            }
        }
    }
}
