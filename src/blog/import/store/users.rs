//! Users, and who is who.

use super::sources::{self, Kind, ROWS, Source};
use crate::blog::entities::profile::profiles;
use crate::blog::entities::user::{User, users};
use crate::blog::import::blog::{Person, Plan};
use crate::blog::import::document::Options;
use crate::blog::import::names;
use crate::blog::import::report::Report;
use crate::db::{DbError, Id, Transaction};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// The id of every planned person's user; those that are new are written. A user is recognised by what an earlier import
/// remembers of the name; then by the username, unless that user is known to be somebody else.
pub(super) async fn store(
    tx: &mut Transaction,
    plan: &Plan,
    options: &Options,
    report: &mut Report,
) -> Result<HashMap<String, Id>, DbError> {
    let mut people: Vec<(&String, &Person)> = plan.people.iter().collect();
    people.sort_by_key(|(key, person)| (person.at, *key));
    let calls = calls(tx, options).await?;
    let mut ids = HashMap::new();
    for people in people.chunks(ROWS) {
        let known =
            sources::find(tx, Kind::User, people.iter().map(|(key, _)| (*key).clone()).collect()).await?;
        let rows = known.values().map(|one| one.row_id).chain(calls.values().copied());
        let live = users::table.filter(users::id.eq_any(rows.collect::<Vec<_>>()));
        let live: HashSet<Id> = tx.rows(live.select(users::id)).await?.into_iter().collect();
        let row = |key: &String| known.get(key).map(|one| one.row_id).filter(|id| live.contains(id));
        let owners = owners(tx, people, options).await?;
        let mut missing = Vec::new();
        for (key, person) in people {
            // What this blog calls somebody goes before a name, which may be another person's elsewhere.
            let called = calls.get(*key).filter(|id| person.page.is_none() && live.contains(id));
            let of_page = person.page.as_ref().and_then(|page| owners.get(&page.path));
            match called.copied().or_else(|| row(key)).or(of_page.copied()) {
                Some(id) => drop(ids.insert((*key).clone(), id)),
                None => missing.push((*key, *person)),
            }
        }
        add(tx, missing, &mut ids, report).await?;
        let new = people.iter().filter(|(key, _)| row(key).is_none() && !calls.contains_key(*key));
        let new = new.filter_map(|(key, _)| Some(Source::new(Kind::User, (*key).clone(), *ids.get(*key)?)));
        sources::remember(tx, &known, &new.collect::<Vec<_>>()).await?;
    }
    remember_calls(tx, &people, options, &ids, &calls).await?;
    Ok(ids)
}

/// The users whose profiles came from these people's pages, by the path of the page: the name on it may be another one now.
async fn owners(
    tx: &mut Transaction,
    people: &[(&String, &Person)],
    options: &Options,
) -> Result<HashMap<String, Id>, DbError> {
    let pages = people.iter().filter_map(|(_, person)| Some(options.name_of(&person.page.as_ref()?.path)));
    let known = sources::find(tx, Kind::Profile, pages.collect()).await?;
    let rows =
        profiles::table.filter(profiles::id.eq_any(known.values().map(|one| one.row_id).collect::<Vec<_>>()));
    let rows: HashMap<Id, Id> =
        tx.rows(rows.select((profiles::id, profiles::user_id))).await?.into_iter().collect();
    Ok(known.into_values().filter_map(|one| Some((one.path, *rows.get(&one.row_id)?))).collect())
}

/// What the posts of this blog may call its people, besides by name: the keys that earlier imports of this folder, or of one
/// that it lies in, found on people's pages.
async fn calls(tx: &mut Transaction, options: &Options) -> Result<HashMap<String, Id>, DbError> {
    let mut scopes: Vec<String> =
        options.source.match_indices('/').map(|(at, _)| options.source[..at].to_owned()).collect();
    scopes.push(options.source.clone());
    scopes.retain(|scope| !scope.is_empty());
    let mut calls = HashMap::new();
    // The longest scope comes last, and wins.
    let mut found = sources::at_paths(tx, Kind::User, scopes).await?;
    found.sort_by_key(|one| one.path.len());
    for one in found {
        if let Some((_, key)) = one.source.rsplit_once("/@") {
            calls.insert(key.to_owned(), one.row_id);
        }
    }
    Ok(calls)
}

async fn remember_calls(
    tx: &mut Transaction,
    people: &[(&String, &Person)],
    options: &Options,
    ids: &HashMap<String, Id>,
    calls: &HashMap<String, Id>,
) -> Result<(), DbError> {
    let mut new: HashMap<&String, Id> = HashMap::new();
    for (key, person) in people {
        let Some(id) = ids.get(*key) else { continue };
        for call in person.keys.iter().filter(|call| calls.get(*call) != Some(id)) {
            new.entry(call).or_insert(*id);
        }
    }
    let name = |call: &String| options.name_of(&format!("@{call}"));
    let known = sources::find(tx, Kind::User, new.keys().map(|call| name(call)).collect()).await?;
    let new = new
        .into_iter()
        .map(|(call, id)| Source::new(Kind::User, name(call), id).saying(String::new(), &options.source, 0));
    let mut new: Vec<Source> = new.collect();
    new.sort_by(|a, b| a.source.cmp(&b.source));
    sources::remember(tx, &known, &new).await
}

/// A user that may be the one that is looked for.
type Candidate = (Id, String, Option<String>);

/// Finds the users of people whom no import remembers, and writes those that there are not.
async fn add(
    tx: &mut Transaction,
    missing: Vec<(&String, &Person)>,
    ids: &mut HashMap<String, Id>,
    report: &mut Report,
) -> Result<(), DbError> {
    let slugs: Vec<String> = missing.iter().map(|(_, person)| slug::slugify(&person.name)).collect();
    let derived: Vec<Id> =
        missing.iter().zip(&slugs).map(|((_, person), slug)| user_id(person, slug)).collect();
    let mut found = candidates(tx, slugs.clone(), derived.clone()).await?;
    let claimed = sources::claimed(tx, found.iter().map(|(id, ..)| *id).collect()).await?;
    let mut taken: HashSet<Id> = claimed.into_keys().collect();
    let mut new: Vec<User> = Vec::new();
    for (((key, person), slug), derived) in missing.into_iter().zip(&slugs).zip(derived) {
        // One whose username was changed since still has its id.
        let is_it = |(id, username, display_name): &&Candidate| {
            let other = display_name
                .as_ref()
                .is_some_and(|name| slug::slugify(name) == *slug && names::key(name) != *key);
            !taken.contains(id) && (username == slug || *id == derived) && !other
        };
        if let Some((id, ..)) = found.iter().find(is_it) {
            taken.insert(*id);
            ids.insert(key.clone(), *id);
            continue;
        }
        let (mut username, mut nth) = (slug.clone(), 1);
        // Another person has the name already: 李薇 comes after 李伟.
        while found.iter().any(|(_, name, _)| *name == username) {
            nth += 1;
            username = format!("{slug}-{nth}");
            let id = user_id(person, &username);
            found.extend(candidates(tx, vec![username.clone()], vec![id]).await?);
        }
        let mut id = user_id(person, &username);
        if found.iter().any(|(other, ..)| *other == id) {
            id = user_id(person, &format!("{username}/{key}"));
        }
        taken.insert(id);
        ids.insert(key.clone(), id);
        found.push((id, username.clone(), Some(person.name.clone())));
        new.push(User { id, username, created_at: person.at, updated_at: person.at, version: 1 });
    }
    if !new.is_empty() {
        report.users += tx.run(diesel::insert_into(users::table).values(new)).await?;
    }
    Ok(())
}

fn user_id(person: &Person, username: &str) -> Id {
    Id::derived(person.at, &format!("user/{username}"))
}

/// The users of these names or ids, with the names that they show.
async fn candidates(
    tx: &mut Transaction,
    usernames: Vec<String>,
    ids: Vec<Id>,
) -> Result<Vec<Candidate>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let columns = (users::id, users::username, profiles::display_name.nullable());
    let all = users::table.left_join(profiles::table).order(users::id).select(columns);
    tx.rows(all.filter(users::username.eq_any(usernames).or(users::id.eq_any(ids)))).await
}
