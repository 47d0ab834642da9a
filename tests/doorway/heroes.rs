//! The example `heroes`, with the rows of SQLModel's tutorial ("Link Model with Extra Fields").

#[path = "../../examples/heroes/entities/mod.rs"]
pub mod entities;

use crate::support::{Server, assert_migrations_make_what_is_declared};
use serde_json::json;

on_both_databases!(serving crate::heroes::entities::app(); the_tutorial);

async fn the_tutorial(server: Server) {
    let team = |name: &str, is_training: bool| {
        format!(r#"{{ name: "{name}", heroTeamLink: {{ isTraining: {is_training} }} }}"#)
    };
    let errors = "userErrors { code field message }";
    let teams = format!(
        r#"createTeams(inputs: [{{ name: "Preventers", headquarters: "Sharp Tower" }}
            {{ name: "Z-Force", headquarters: "Sister Margaret's Bar" }}]) {{ {errors} }}"#
    );
    let hero = |name: &str, secret: &str, age: &str, teams: &[String]| {
        let teams = teams.join(" ");
        format!(
            r#"{{ name: "{name}", secretName: "{secret}", age: {age}, teams: {{ connect: [{teams}] }} }}"#
        )
    };
    let heroes = [
        hero("Deadpond", "Dive Wilson", "null", &[team("Z-Force", false), team("Preventers", true)]),
        hero("Rusty-Man", "Tommy Sharp", "48", &[team("Preventers", false)]),
        hero("Spider-Boy", "Pedro Parqueador", "null", &[team("Preventers", true)]),
    ];
    let heroes = format!("createHeroes(inputs: [{}]) {{ {errors} }}", heroes.join(" "));
    let data = server.data(&format!("mutation {{ teams: {teams} heroes: {heroes} }}")).await;
    assert_eq!(data, json!({ "teams": { "userErrors": [] }, "heroes": { "userErrors": [] } }));
    server.take_statements();
    let query = r#"{ teams { name heroesConnection { edges { isTraining node { name } } } }
        heroes(where: { teams: { some: { heroTeamLink: { isTraining: { eq: true } } } } }) { name age teams { name } } }"#;
    let data = server.data(query).await;
    let edge = |name: &str, is_training: bool| json!({ "isTraining": is_training, "node": { "name": name } });
    let preventers = [edge("Deadpond", true), edge("Rusty-Man", false), edge("Spider-Boy", true)];
    assert_eq!(
        data["teams"],
        json!([
            { "name": "Preventers", "heroesConnection": { "edges": preventers } },
            { "name": "Z-Force", "heroesConnection": { "edges": [edge("Deadpond", false)] } },
        ])
    );
    let teams = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>();
    assert_eq!(
        data["heroes"],
        json!([
            { "name": "Deadpond", "age": null, "teams": teams(&["Preventers", "Z-Force"]) },
            { "name": "Spider-Boy", "age": null, "teams": teams(&["Preventers"]) },
        ])
    );
    assert_eq!(server.take_statements().len(), 4);
    // The training is over.
    let id =
        server.data(r#"{ heroes(where: { name: { eq: "Spider-Boy" } }) { id } }"#).await["heroes"][0]["id"]
            .clone();
    let update = format!(
        "mutation {{ updateHero(input: {{ id: {id}, teams: {{ connect: [{}] }} }}) {{
            hero {{ teamsConnection {{ edges {{ isTraining }} }} }} {errors} }} }}",
        team("Preventers", false)
    );
    let hero = server.data(&update).await["updateHero"]["hero"].clone();
    assert_eq!(hero["teamsConnection"]["edges"], json!([{ "isTraining": false }]));
}

#[test]
fn its_migrations_make_what_its_code_declares() {
    assert_migrations_make_what_is_declared("examples/heroes/migrations", &entities::app());
}
