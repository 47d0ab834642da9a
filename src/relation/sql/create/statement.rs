//! The one statement by which PostgreSQL creates it all.
//!
//! The rows are arrays, one for each column, so that the text does not depend on how many there are.

use super::data::{Creation, Far, NewLinks, NewRows, Notices};
use crate::db::{IS_LISTENED, Id};
use crate::relation::model::{Column, ColumnKind, LinkTable};
use crate::relation::sql::arrays::Cells;
use crate::relation::sql::lists::of_literal;
use crate::relation::sql::text::Text;
use crate::relation::sql::values::Value;
use crate::relation::sql::write::{given_number, names};
use diesel::{
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
};

/// The statement.
pub(super) struct Create {
    rows: Vec<(&'static str, Vec<Column>, Vec<Cells>)>,
    links: Vec<CreateLinks>,
    notices: Vec<Cells>,
}

impl Create {
    /// The statement's text. It follows from the tables, and from what is linked by name.
    pub(super) fn text(&self) -> QueryResult<Text> {
        let tables: Vec<_> = self.rows.iter().map(|(table, ..)| *table).collect();
        let links: Vec<_> = self.links.iter().map(|links| (links.link, links.named)).collect();
        Text::of_shape((tables, links, self.notices.len()), self)
    }
}

struct CreateLinks {
    link: LinkTable,
    target: &'static str,
    /// Where some are linked to by name, the column that holds names.
    named: Option<Column>,
    own: Vec<Column>,
    /// The near ids, the far ids, the names if any, and the own values.
    cells: Vec<Cells>,
}

impl From<Creation> for Create {
    fn from(creation: Creation) -> Create {
        let rows = creation.rows.into_iter().map(|NewRows { table, columns, rows }| {
            let cells = Cells::of(columns.iter().map(|column| column.kind), rows);
            (table, columns, cells)
        });
        let links = creation.links.into_iter().map(CreateLinks::from);
        let notices = match creation.notices {
            Notices::Known(texts) => vec![Cells::texts(texts)],
            Notices::Related(heads, related) => {
                let (heads, ids) = heads.into_iter().unzip();
                let (near, far) = related.into_iter().unzip();
                vec![Cells::texts(heads), Cells::ids(ids), Cells::ids(near), Cells::ids(far)]
            }
        };
        Create { rows: rows.collect(), links: links.collect(), notices }
    }
}

impl From<NewLinks> for CreateLinks {
    fn from(links: NewLinks) -> CreateLinks {
        let (target, name) = links.target;
        let named = name.filter(|_| links.names().next().is_some());
        let (near, far) = links.link.kinds;
        let kinds = [Some(near), Some(far), named.map(|_| ColumnKind::Text)];
        let kinds = kinds.into_iter().flatten().chain(links.own.iter().map(|column| column.kind));
        let row = |(near, far, own): (Id, Far, Vec<Value>)| {
            let (far, name) = match far {
                Far::Id(id) => (Value::Id(id), Value::Null),
                Far::Name(name) => (Value::Null, Value::Text(name)),
            };
            [Value::Id(near), far].into_iter().chain(named.map(|_| name)).chain(own).collect()
        };
        let cells = Cells::of(kinds, links.rows.into_iter().map(row).collect());
        CreateLinks { link: links.link, target, named, own: links.own, cells }
    }
}

// No static id: prepared statements are found by their text.
impl QueryId for Create {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Create {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let related = self.notices.len() > 1;
        for (nth, (table, columns, cells)) in self.rows.iter().enumerate() {
            out.push_sql(if nth > 0 { ", " } else { "WITH " });
            out.push_sql(&format!("new_rows_{nth} AS (INSERT INTO "));
            out.push_identifier(table)?;
            names(columns.iter(), &mut out)?;
            out.push_sql(given_number::<Pg>(columns));
            select(columns.iter().map(|column| column.kind), cells, &mut out)?;
            out.push_sql(")");
        }
        for (nth, links) in self.links.iter().enumerate() {
            out.push_sql(&format!(", new_links_{nth} AS ("));
            links.insert(&mut out)?;
            if related {
                out.push_sql(" RETURNING ");
                out.push_identifier(links.link.near)?;
                out.push_sql(", ");
                out.push_identifier(links.link.far)?;
            }
            out.push_sql(")");
        }
        if related {
            out.push_sql(", related(near, far) AS (SELECT * FROM ");
            unnest(&self.notices[2..], &mut out)?;
            for nth in 0..self.links.len() {
                out.push_sql(&format!(" UNION SELECT * FROM new_links_{nth}"));
            }
            // One pass over all that is related, however many notices there are.
            out.push_sql(
                "), texts(id, text) AS (SELECT near, string_agg(replace(far::text, '-', ''), '' ORDER BY far) \
                 FROM related GROUP BY near) SELECT count(pg_notify('doorway', payload)) FROM \
                 (SELECT head || coalesce(text, '') AS payload FROM ",
            );
            unnest(&self.notices[..2], &mut out)?;
            out.push_sql(
                " WITH ORDINALITY AS notices(head, id, nth) LEFT JOIN texts USING (id) ORDER BY nth) AS payloads WHERE ",
            );
        } else {
            out.push_sql(" SELECT count(pg_notify('doorway', payload)) FROM ");
            unnest(&self.notices, &mut out)?;
            out.push_sql(" AS payload WHERE ");
        }
        out.push_sql(IS_LISTENED);
        Ok(())
    }
}

impl CreateLinks {
    fn insert<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let keys = [self.link.near_key(), self.link.far_key()];
        out.push_sql("INSERT INTO ");
        out.push_identifier(self.link.table)?;
        names(keys.iter().chain(&self.own), out)?;
        let Some(name) = self.named else {
            let kinds = keys.iter().chain(&self.own).map(|column| column.kind);
            return select(kinds, &self.cells, out);
        };
        out.push_sql(" SELECT near, coalesce(far, (SELECT id FROM ");
        out.push_identifier(self.target)?;
        out.push_sql(" AS target WHERE target.");
        out.push_identifier(name.name)?;
        out.push_sql(" = links.name))");
        for (nth, own) in self.own.iter().enumerate() {
            out.push_sql(&format!(", own{nth}{}", of_literal(own.kind).unwrap_or_default()));
        }
        // The planner is kept from seeing how many there are: it would plan anew at each run.
        out.push_sql(" FROM unnest((SELECT ");
        for (nth, cells) in self.cells.iter().enumerate() {
            out.push_sql(if nth > 0 { "), (SELECT " } else { "" });
            cells.push(out)?;
        }
        out.push_sql(")) AS links(near, far, name");
        for nth in 0..self.own.len() {
            out.push_sql(&format!(", own{nth}"));
        }
        out.push_sql(")");
        Ok(())
    }
}

/// ` SELECT * FROM unnest($1, $2)`, with lists made of their texts.
fn select<'b>(
    kinds: impl Iterator<Item = ColumnKind>,
    cells: &'b [Cells],
    out: &mut AstPass<'_, 'b, Pg>,
) -> QueryResult<()> {
    let lists: Vec<_> = kinds.map(of_literal).collect();
    let has_lists = lists.iter().any(Option::is_some);
    let mut names = String::new();
    out.push_sql(" SELECT ");
    for (nth, list) in lists.into_iter().enumerate().filter(|_| has_lists) {
        let comma = if nth > 0 { ", " } else { "" };
        names += &format!("{comma}v{nth}");
        out.push_sql(&format!("{comma}v{nth}{}", list.unwrap_or_default()));
    }
    out.push_sql(if has_lists { " FROM " } else { "* FROM " });
    unnest(cells, out)?;
    if has_lists {
        out.push_sql(&format!(" AS given({names})"));
    }
    Ok(())
}

/// `unnest($1, $2)`
fn unnest<'b>(cells: &'b [Cells], out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    out.push_sql("unnest(");
    for (nth, cells) in cells.iter().enumerate() {
        out.push_sql(if nth > 0 { ", " } else { "" });
        cells.push(out)?;
    }
    out.push_sql(")");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::sql::values::Values;
    use diesel::debug_query;

    #[test]
    fn lists_become_arrays_of_their_texts() {
        let columns = vec![
            Column::KEY,
            Column { name: "labels", kind: ColumnKind::List(&ColumnKind::Text), nullable: false },
            Column { name: "sizes", kind: ColumnKind::List(&ColumnKind::Small), nullable: true },
        ];
        let labels = Values::Texts(vec!["a".to_owned(), "\"".to_owned()]);
        let row = vec![Value::Id(Id::NIL), Value::List(labels), Value::Null];
        let rows = vec![NewRows { table: "things", columns, rows: vec![row] }];
        let creation = Creation { rows, links: Vec::new(), notices: Notices::Known(Vec::new()) };
        let text = debug_query::<Pg, _>(&Create::from(creation)).to_string();
        let expected = r#"WITH new_rows_0 AS (INSERT INTO "things" ("id", "labels", "sizes") SELECT v0, v1::text[], v2::smallint[] FROM unnest($1, $2, $3) AS given(v0, v1, v2)) SELECT "#;
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains(r#"Texts([Some("{\"a\",\"\\\"\"}")]), Texts([None])"#), "{text}");
    }
}
