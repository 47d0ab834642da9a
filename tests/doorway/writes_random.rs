//! Random mutations of any application, of all kinds and with all that may be nested in them, compared with a simple model in memory. After
//! each step all tables are read with SQL, hidden rows too: they must be what the model says, the payload must show what they have, and
//! what was told of it must be what has changed. Both databases must give the same answers.

mod input;
mod model;
mod state;

use crate::reference::{Kind, Lead, List, Model as Reference, Schema};
use crate::support::{Database, Server};
use doorway::{
    app::App,
    db::{Id, Notice},
};
use fastrand::Rng;
use input::Maker;
use model::{Model, Verb};
use serde_json::{Value, json};
use state::State;
use std::collections::{BTreeMap, BTreeSet};

const SEED: u64 = 20_261_130;
const STEPS: usize = 300;

/// A root field that writes rows.
struct Mutation {
    name: String,
    kind: Kind,
    verb: Verb,
    /// The type of its argument.
    input: String,
}

/// The mutations that are generated, by the names of their input types.
async fn mutations(server: &Server, schema: &'static Schema) -> Vec<Mutation> {
    let query = "{ __schema { mutationType { fields { name args { name type { ofType { name kind ofType { ofType { name } } } } } } } } }";
    let told = server.data(query).await;
    let mut all = Vec::new();
    for field in told["__schema"]["mutationType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap().to_owned();
        let [argument] = &field["args"].as_array().unwrap()[..] else { continue };
        let ty = &argument["type"]["ofType"];
        let list = ty["kind"] == "LIST";
        let input =
            if list { &ty["ofType"]["ofType"]["name"] } else { &ty["name"] }.as_str().unwrap_or_default();
        for kind in schema.kinds() {
            let is = |verb: &str| input == format!("{verb}{}Input", kind.name);
            let moved = |lead: &Lead| {
                let field = &lead.field;
                let pascal = field[..1].to_uppercase() + &field[1..];
                let is_ordered = lead.through.as_ref().is_some_and(|through| through.position.is_some());
                let names = [
                    format!("Move{}{pascal}Input", kind.name),
                    format!("Move{}{}Input", kind.name, lead.target().name),
                ];
                is_ordered && names.contains(&input.to_owned())
            };
            let verb = match list {
                true if is("Create") => Verb::CreateAll,
                false if is("Create") => Verb::Create,
                false if is("Update") => Verb::Update,
                false if is("Delete") => Verb::Delete,
                false if is("Upsert") => Verb::Upsert,
                false => match kind.leads().find(moved) {
                    Some(lead) => Verb::Move(lead),
                    None => continue,
                },
                true => continue,
            };
            all.push(Mutation { name: name.clone(), kind, verb, input: input.to_owned() });
        }
    }
    all
}

/// What this mutation answers: the codes of its errors, and the rows in its payload.
async fn ask(server: &Server, mutation: &Mutation, input: &Value) -> (Vec<String>, Vec<Value>, Value) {
    let Mutation { name, kind, verb, input: of } = mutation;
    let columns: String = kind.entity().columns.iter().map(|column| format!("{} ", column.name)).collect();
    let variable = kind.name[..1].to_lowercase() + &kind.name[1..];
    let (argument, of, rows) = match verb {
        Verb::CreateAll => {
            ("inputs", format!("[{of}!]!"), format!("rows: {} {{ {columns} }}", list_of(name)))
        }
        Verb::Delete => ("input", format!("{of}!"), "deletedId".to_owned()),
        _ => ("input", format!("{of}!"), format!("row: {variable} {{ {columns} }}")),
    };
    let query = format!(
        "mutation($in: {of}) {{ it: {name}({argument}: $in) {{ {rows} userErrors {{ code message }} }} }}"
    );
    let answer = server.post(&query, json!({ "in": input })).await.json();
    assert!(answer.get("errors").is_none(), "seed {SEED}: {query} {input}: {answer}");
    let payload = &answer["data"]["it"];
    let codes = payload["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap().to_owned());
    let rows = payload["rows"].as_array().cloned().unwrap_or_default();
    let row = payload.get("row").filter(|row| !row.is_null()).cloned();
    (codes.collect(), rows.into_iter().chain(row).collect(), answer)
}

/// The list in the payload of `createUsers`: `users`.
fn list_of(mutation: &str) -> String {
    let list = mutation.trim_start_matches("create");
    list[..1].to_lowercase() + &list[1..]
}

/// What the steps did to the tables: the same on both databases but for ids and times.
async fn run(server: Server) -> Vec<String> {
    let server = server.with_any_cost();
    let schema = Schema::of(&server.app, &server).await;
    let mutations = mutations(&server, schema).await;
    number(&server, schema).await;
    let mut notices = server.db.notices().await.unwrap();
    let (mut rng, mut texts) = (Rng::with_seed(SEED), 0);
    let mut state = State::read(&server, schema).await;
    let (mut transcript, mut told, mut done) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for nth in 0..STEPS {
        let mutation = &mutations[rng.usize(..mutations.len())];
        let Mutation { kind, verb, .. } = mutation;
        // Rows come faster than they go.
        if matches!(verb, Verb::Delete) && rng.usize(..3) > 0 {
            continue;
        }
        let mut maker = Maker { schema, state: &state, rng: &mut rng, texts: &mut texts };
        let Some(input) = maker.input(*kind, verb, &mutation.input) else { continue };
        let why = format!("seed {SEED}, step {nth}: {} {input}", mutation.name);
        let mut model = Model::new(schema, &state);
        model.apply(*kind, verb, &input);
        let (codes, rows, answer) = ask(&server, mutation, &input).await;
        let found = State::read(&server, schema).await;
        let counted = done.entry((mutation.name.clone(), codes.is_empty())).or_insert(0);
        *counted += 1;
        if model.errors.is_empty() {
            assert!(codes.is_empty(), "{why}: {answer}");
            let new = model.state.name_new_rows(schema, &found);
            model.state.check(schema, &state, &found, &why);
            for row in rows {
                assert_eq!(row, *found.row(*kind, row["id"].as_str().unwrap()).unwrap(), "{why}");
            }
            let mut heard: Vec<String> = model
                .told
                .iter()
                .map(|((table, id), what)| {
                    let id = new.get(id).unwrap_or(id);
                    let hex = match id.parse::<i64>() {
                        Ok(number) => Id::from(number).of_table(table).to_hex(),
                        Err(_) => id.replace('-', ""),
                    };
                    format!("{what}.{table}:{hex}")
                })
                .collect();
            heard.sort();
            told.push((heard, why.clone()));
        } else {
            let expected = |code: &String| model.errors.contains(code.as_str());
            assert!(
                !codes.is_empty() && codes.iter().all(expected),
                "{why}: {:?}, not {answer}",
                model.errors
            );
            assert_eq!(found, state, "{why}: {answer}");
        }
        state = found;
        for kind in schema.kinds().filter(|kind| !kind.is_numbered()) {
            for row in state.rows[kind.nth].values() {
                names.insert(
                    row["id"].as_str().unwrap().to_owned(),
                    format!("{} {}", kind.name, row[state::mark(kind)]),
                );
            }
        }
        // Of several rules that are broken, each database names one: only the kinds of mistakes are the same.
        let refused: BTreeSet<&String> = codes.iter().collect();
        let answer = if codes.is_empty() { answer.to_string() } else { format!("{refused:?}") };
        transcript.push(masked(&format!("{why}: {answer}"), &names));
    }
    // The last one is known by its end.
    for (expected, why) in told {
        let mut heard = Vec::new();
        while heard.len() < expected.len() {
            match notices.next().await.unwrap().unwrap() {
                Notice::Payload(text) => {
                    let ids = text.find(':').unwrap() + 1;
                    let length = if text[ids..].starts_with('n') { 33 } else { 32 };
                    heard.push(text[..ids + length].to_owned());
                }
                other @ Notice::Resync => panic!("{other:?}"),
            }
        }
        heard.sort();
        assert_eq!(heard, expected, "{why}");
    }
    read_everything(&server, schema).await;
    let most = done.iter().filter(|((_, right), _)| *right).map(|(_, times)| times).sum::<usize>();
    let all: usize = done.values().sum();
    assert!(mutations.iter().all(|one| done.contains_key(&(one.name.clone(), true))), "{done:?}");
    assert!(most * 2 > all && most < all, "{most} of {all}: {done:#?}");
    transcript
}

/// A text with the names of rows for their ids that are UUIDs, and without times and those that are numbers.
fn masked(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (id, name) in names {
        text = text.replace(id, name);
    }
    let year = format!("\"{}-", chrono::Utc::now().format("%Y"));
    while let Some(at) = text.find(&year) {
        text.replace_range(at..at + 29, "now");
    }
    let is_number = |part: &&str| part.len() == 16 && part.starts_with('9');
    let parts: Vec<&str> = text.split_inclusive(|one: char| !one.is_ascii_digit()).collect();
    let numbers = parts.iter().map(|part| part.trim_end_matches(|one: char| !one.is_ascii_digit()));
    let numbers: BTreeSet<String> = numbers.filter(is_number).map(str::to_owned).collect();
    numbers.iter().for_each(|number| text = text.replace(number, "number"));
    text
}

/// Where numbers begin: above those that JavaScript knows, at the same one in every table, and told from everything else in a
/// transcript, since the databases leave different gaps.
async fn number(server: &Server, schema: &'static Schema) {
    let last = 9_007_199_254_740_993_i64;
    for kind in schema.kinds().filter(|kind| kind.is_numbered()) {
        let table = kind.table;
        server
            .sql(&match server.is_postgres() {
                true => format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {}", last + 1),
                false => format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last})"),
            })
            .await;
    }
}

/// Every list that clients may read has the rows that it should.
async fn read_everything(server: &Server, schema: &'static Schema) {
    let model = Reference::read(server, schema).await;
    for kind in schema.kinds() {
        let fields: Vec<&'static str> =
            kind.leads().map(|lead| kind.entity().relationships[lead.nth].field.as_str()).collect();
        let body: String = fields.iter().map(|field| format!("{field} {{ id }} ")).collect();
        let data = server.data(&format!("{{ rows: {}(limit: 1000) {{ id {body} }} }}", kind.root)).await;
        let rows = model.list(List::root(kind), None, &Value::Null, &List::root(kind).keys(&Value::Null));
        let id = |item: crate::reference::Item<'_>| json!({ "id": item.id() });
        let expected = rows.iter().map(|row| {
            let mut object = id(*row);
            for lead in kind.leads() {
                object[&lead.field] = match lead.is_one {
                    true => model.one(*row, lead).map_or(Value::Null, id),
                    false => {
                        let (list, keys) = (List::of(lead), List::of(lead).keys(&Value::Null));
                        model.list(list, Some(row.id()), &Value::Null, &keys).into_iter().map(id).collect()
                    }
                };
            }
            object
        });
        assert_eq!(data["rows"], expected.collect::<Value>(), "{kind:?}");
    }
}

async fn on_sqlite(app: App) -> Vec<String> {
    run(Server::migrated(app, Database::sqlite()).await).await
}

async fn on_both(app: App) {
    let expected = on_sqlite(app.clone()).await;
    let found = run(Server::migrated(app, Database::postgres().await).await).await;
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

macro_rules! apps {
    ($($name:ident: $app:expr;)*) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn random_writes_do_what_a_simple_model_does() {
                super::on_sqlite($app).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs PostgreSQL: tests/run"]
            async fn random_writes_do_the_same_on_both_databases() {
                super::on_both($app).await;
            }
        })*
    };
}

apps! {
    blog: doorway::blog::app();
    heroes: crate::heroes::entities::app();
    network: crate::network::entities::app();
    desk: crate::desk::entities::app();
}
