use super::{Alter, Plan, Rename, Wishes};
use crate::ddl::model::{
    Check, Column, DefaultValue, ForeignKey, Index, Kind, Model, OnDelete, Table, Unique,
};

fn posts() -> Table {
    Table {
        name: "posts".to_owned(),
        columns: vec![
            Column::new("id", Kind::Id),
            Column::new("title", Kind::Text),
            Column::new("size", Kind::Int),
        ],
        primary_key: vec!["id".to_owned()],
        ..Table::default()
    }
}

fn plan(found: Table, declared: Table) -> Plan {
    let [found, declared] = [found, declared].map(|table| Model { tables: vec![table] });
    Plan::new(&found, &declared, &Wishes::default()).unwrap()
}

/// Whether nothing has to change.
fn is_enough(found: Table, declared: Table) -> bool {
    plan(found, declared).steps().is_empty()
}

fn indexed(indexes: Vec<Index>) -> Table {
    Table { indexes, ..posts() }
}

fn check(name: &str, expression: &str) -> Check {
    Check { name: name.to_owned(), expression: expression.to_owned() }
}

#[test]
fn an_index_is_enough_that_begins_with_the_columns() {
    let has = |found: Index, wanted: Index| is_enough(indexed(vec![found]), indexed(vec![wanted]));
    let ordered = |columns: &[(&str, bool)]| Index::ordered("posts", columns);
    let named = Index { name: "mine".to_owned(), ..Index::new("posts", &["title", "id"]) };
    assert!(has(named, Index::new("posts", &["title", "id"])));
    assert!(has(Index::new("posts", &["title", "size", "id"]), Index::new("posts", &["title", "size"])));
    assert!(has(Index::new("posts", &["title", "id"]), ordered(&[("title", true), ("id", true)])));
    assert!(!has(Index::new("posts", &["title", "id"]), ordered(&[("title", true), ("id", false)])));
    assert!(!has(Index::new("posts", &["title"]), Index::new("posts", &["title", "id"])));
    let sql = Some("CREATE INDEX x ON posts (title, id) WHERE size > 0".to_owned());
    let partial = Index { sql, ..Index::new("posts", &["title", "id"]) };
    assert!(!has(Index { name: "x".to_owned(), ..partial }, Index::new("posts", &["title", "id"])));
    // What is not declared stays.
    assert!(is_enough(indexed(vec![Index::new("posts", &["size"])]), posts()));
    // A key has an index.
    let unique = Table { uniques: vec![Unique::new(&["title"])], ..posts() };
    assert!(is_enough(unique.clone(), Table { indexes: vec![Index::new("posts", &["title"])], ..unique }));
}

#[test]
fn a_unique_index_is_a_unique_key() {
    let unique = Table { uniques: vec![Unique::new(&["title"])], ..posts() };
    let index = Index { unique: true, ..Index::new("posts", &["title"]) };
    assert!(is_enough(indexed(vec![index.clone()]), unique.clone()));
    let sql = Some("CREATE UNIQUE INDEX i ON posts (title) WHERE size > 0".to_owned());
    assert!(!is_enough(indexed(vec![Index { sql, ..index }]), unique.clone()));
    assert!(!is_enough(unique, posts()), "a unique key that the code does not declare keeps rows out");
}

#[test]
fn conditions_of_columns_are_the_same_under_any_name_and_in_any_place() {
    let of_table = Table { checks: vec![check("mine", "(\"size\" >0)")], ..posts() };
    let mut of_column = posts();
    of_column.columns[2] = of_column.columns[2].clone().check("size > 0");
    assert!(is_enough(of_table.clone(), of_column.clone()));
    assert!(is_enough(of_table.clone(), of_table));
    let plan = plan(of_column, posts());
    let [Alter { checks, .. }] = &plan.steps().altered[..] else { panic!() };
    assert_eq!((checks.added.len(), checks.dropped[0].name.as_str()), (0, "posts_size_check"));
}

#[test]
fn a_condition_with_a_name_gets_that_name() {
    let named = |name: &str, sql: &str| Table { checks: vec![check(name, sql)], ..posts() };
    let mut of_column = posts();
    of_column.columns[2] = of_column.columns[2].clone().check("size > 0");
    for found in [of_column, named("mine", "size>0")] {
        let plan = plan(found, named("posts_sane_check", "size > 0"));
        let [Alter { checks, recalled, .. }] = &plan.steps().altered[..] else { panic!() };
        assert!(checks.is_empty());
        assert_eq!(recalled[0].1.name, "posts_sane_check");
    }
    // A list of texts, whose name nothing declares, keeps it.
    let listed = |name: Option<&str>, values: [&str; 2]| {
        let mut table = posts();
        table.columns[1].kind = Kind::Enum(values.map(str::to_owned).to_vec());
        table.columns[1].list_name = name.map(str::to_owned);
        table
    };
    let mine = || named("mine", "title IN ('a', 'b')").sorted_out();
    assert_eq!(mine(), listed(Some("mine"), ["a", "b"]));
    assert!(is_enough(mine(), listed(None, ["b", "a"])));
    assert!(!is_enough(listed(None, ["a", "b"]), mine()));
    let plan = plan(mine(), listed(None, ["a", "c"]));
    assert_eq!(plan.target.tables[0], listed(Some("mine"), ["a", "c"]));
}

#[test]
fn a_list_of_texts_is_a_kind() {
    let with = |column: Column| {
        let mut table = posts();
        table.columns[1] = column;
        table
    };
    let kind = Kind::Enum(vec!["a".to_owned(), "b".to_owned()]);
    let listed = with(Column::new("title", Kind::Text).check("title IN ('b', 'a')"));
    assert!(is_enough(with(Column::new("title", kind)), listed));
}

#[test]
fn a_default_is_compared_by_its_value() {
    let with = |value: &str| {
        let mut table = posts();
        table.columns[2] = Column::new("size", Kind::Int).default(DefaultValue::Number(value.to_owned()));
        table
    };
    assert!(is_enough(with("1.0"), with("1")));
    assert!(!is_enough(with("2"), with("1")));
    assert!(!is_enough(posts(), with("1")));
}

#[test]
fn columns_keep_their_order_and_new_ones_come_last() {
    let mut declared = posts();
    declared.columns.insert(1, Column::new("state", Kind::Text).nullable());
    declared.columns.swap(2, 3);
    let names: Vec<String> =
        plan(posts(), declared).target.tables[0].columns.iter().map(|column| column.name.clone()).collect();
    assert_eq!(names, ["id", "title", "size", "state"]);
}

#[test]
fn a_rename_follows_into_keys_indexes_and_conditions() {
    let comments = |target: &str| Table {
        name: "comments".to_owned(),
        foreign_keys: vec![ForeignKey::new("id", target, OnDelete::Cascade)],
        ..posts()
    };
    let made = |name: &str, title: &str| Table {
        name: name.to_owned(),
        columns: [vec![Column::new(title, Kind::Text)], posts().columns[..1].to_vec()].concat(),
        uniques: vec![Unique::new(&[title, "id"])],
        checks: vec![check("sane", &format!("{title} <> 'title'"))],
        indexes: vec![Index::new(name, &[title])],
        ..posts()
    };
    let found = Model { tables: vec![made("posts", "title"), comments("posts")] };
    let declared = Model { tables: vec![comments("articles"), made("articles", "head")] };
    let renames = ["articles.title:head".to_owned(), "posts:articles".to_owned()];
    let wishes = Wishes::read(&renames, &[], &[]).unwrap();
    let plan = Plan::new(&found, &declared, &wishes).unwrap();
    assert_eq!(plan.renames[0], Rename::Table { old: "posts".to_owned(), new: "articles".to_owned() });
    let steps = plan.steps();
    // Only the index's name is left to change.
    let [alter] = &steps.altered[..] else { panic!("{steps:?}") };
    assert_eq!(alter.renamed_indexes[0].1.name, "articles_head_idx");
    assert!(alter.uniques.is_empty() && alter.checks.is_empty() && alter.changed.is_empty(), "{alter:?}");
    let wishes = Wishes::read(&["posts:comments".to_owned()], &[], &[]).unwrap();
    assert!(Plan::new(&found, &declared, &wishes).unwrap_err()[0].contains("make comments already"));
}
