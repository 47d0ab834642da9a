//! Profiles: from a person's page, or from the name alone.

use super::sources::{self, Kind, ROWS, Source};
use crate::blog::entities::profile::{Profile, profiles};
use crate::blog::import::blog::{Person, Plan};
use crate::blog::import::document::Options;
use crate::blog::import::names;
use crate::blog::import::report::{NotCarried, Reason, Report};
use crate::db::{DbError, Id, Timestamp, Transaction};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// Gives every user a profile, and fills it from the person's page.
pub(super) async fn store(
    tx: &mut Transaction,
    plan: &Plan,
    options: &Options,
    user_ids: &HashMap<String, Id>,
    report: &mut Report,
) -> Result<(), DbError> {
    let mut people: Vec<(&String, &Person)> = plan.people.iter().collect();
    // Posts may call a person by an older name than the page: the page counts.
    people.sort_by_key(|(_, person)| person.page.is_none());
    let mut seen = HashSet::new();
    people.retain(|(key, _)| user_ids.get(*key).is_some_and(|id| seen.insert(*id)));
    for people in people.chunks(ROWS) {
        let wanted: Vec<(&String, &Person, Profile)> = people
            .iter()
            .filter_map(|(key, person)| Some((*key, *person, profile(person, *user_ids.get(*key)?))))
            .collect();
        let pages =
            people.iter().filter_map(|(_, person)| Some(options.name_of(&person.page.as_ref()?.path)));
        let known = sources::find(tx, Kind::Profile, pages.collect()).await?;
        let of_users = wanted.iter().map(|(.., profile)| profile.user_id).collect::<Vec<_>>();
        let have = profiles::table.filter(profiles::user_id.eq_any(of_users));
        let have = tx.rows::<Profile, _>(have).await?.into_iter().map(|profile| (profile.user_id, profile));
        let have: HashMap<Id, Profile> = have.collect();
        let ids = wanted.iter().map(|(.., profile)| profile.id).chain(known.values().map(|one| one.row_id));
        let there = profiles::table.filter(profiles::id.eq_any(ids.collect::<Vec<_>>())).select(profiles::id);
        let mut there: HashSet<Id> = tx.rows(there).await?.into_iter().collect();
        // Only names that no page has said are spelled as the oldest post does.
        let of_pages = sources::claimed(tx, have.values().map(|profile| profile.id).collect()).await?;
        let (mut new, mut remembered) = (Vec::new(), Vec::new());
        for (key, person, mut profile) in wanted {
            let page = person.page.as_ref().map(|page| (&page.path, options.name_of(&page.path)));
            let memory = page.as_ref().and_then(|(_, source)| known.get(source));
            let digest = digest(&profile);
            let (row_id, version) = match have.get(&profile.user_id) {
                // It was given to another user since.
                None if memory.is_some_and(|one| there.contains(&one.row_id)) => {
                    report.profiles.unchanged += 1;
                    continue;
                }
                None => {
                    if !there.insert(profile.id) {
                        profile.id = Id::derived(person.at, &format!("profile/{}", profile.user_id));
                    }
                    let id = profile.id;
                    new.push(profile);
                    (id, 1)
                }
                Some(row) => {
                    let memory = memory.filter(|one| one.row_id == row.id);
                    let last = of_pages.get(&row.id).copied();
                    match change(key, person, row, &profile, memory, last, options) {
                        Change::Nothing => report.profiles.unchanged += 1,
                        Change::Spelling => {
                            report.profiles.unchanged +=
                                usize::from(row.display_name == profile.display_name);
                            report.profiles.changed += usize::from(row.display_name != profile.display_name);
                            spell(tx, row, person).await?;
                        }
                        Change::Values => {
                            report.profiles.changed += 1;
                            update(tx, row, profile).await?;
                            let source = page.map(|(path, source)| {
                                remember(source, row.id, digest, path, row.version + 1)
                            });
                            remembered.extend(source);
                            continue;
                        }
                        change @ (Change::Edited | Change::Taken) => {
                            report.profiles.unchanged += 1;
                            let path = page.map(|(path, _)| path.clone()).unwrap_or_default();
                            let is_edit = matches!(change, Change::Edited);
                            let reason = if is_edit { Reason::Edited } else { Reason::OtherPage };
                            report.not_carried.push(NotCarried { path, reason });
                            continue;
                        }
                    }
                    (row.id, row.version)
                }
            };
            if memory.is_none_or(|one| (&one.digest, one.row_id) != (&digest, row_id)) {
                remembered.extend(page.map(|(path, source)| remember(source, row_id, digest, path, version)));
            }
        }
        if !new.is_empty() {
            report.profiles.added += tx.run(diesel::insert_into(profiles::table).values(new)).await?;
        }
        sources::remember(tx, &known, &remembered).await?;
    }
    Ok(())
}

fn remember(source: String, row_id: Id, digest: String, path: &str, version: i32) -> Source {
    Source::new(Kind::Profile, source, row_id).saying(digest, path, version)
}

/// What is to be done with a profile that is there.
enum Change {
    Nothing,
    /// An older post spells the name, as in one import of both, and nobody has touched the profile.
    Spelling,
    Values,
    /// The page has changed, and so has the row.
    Edited,
    /// It says what another page says.
    Taken,
}

fn change(
    key: &str,
    person: &Person,
    row: &Profile,
    wanted: &Profile,
    memory: Option<&Source>,
    last: Option<i32>,
    options: &Options,
) -> Change {
    let is_name_alone = row.version == 1 && row.bio.is_none() && row.website_url.is_none();
    if person.page.is_none() {
        let is_older = row.display_name.as_ref().is_some_and(|name| {
            names::key(name) == key && (person.at, &person.name) < (row.created_at, name)
        });
        return if is_name_alone && is_older && last.is_none() { Change::Spelling } else { Change::Nothing };
    }
    let values = |one: &Profile| (one.display_name.clone(), one.bio.clone(), one.website_url.clone());
    if memory.is_some_and(|one| one.digest == digest(wanted)) || values(row) == values(wanted) {
        return Change::Nothing;
    }
    match last {
        _ if options.overwrite => Change::Values,
        // Another blog has a page about the same person.
        Some(_) if memory.is_none() => Change::Taken,
        Some(last) if last == row.version => Change::Values,
        // An import wrote the row from the name, or before imports remembered.
        None if is_name_alone || (row.version == 1 && row.id == wanted.id) => Change::Values,
        _ => Change::Edited,
    }
}

/// Writes the name as this person's oldest post has it. That is no change of the profile: it is what one import of all posts makes.
async fn spell(tx: &mut Transaction, row: &Profile, person: &Person) -> Result<(), DbError> {
    let update = diesel::update(profiles::table.filter(profiles::id.eq(row.id))).set((
        profiles::display_name.eq(Some(person.name.clone())),
        profiles::created_at.eq(person.at),
        profiles::updated_at.eq(person.at),
    ));
    tx.run(update).await.map(drop)
}

async fn update(tx: &mut Transaction, row: &Profile, wanted: Profile) -> Result<(), DbError> {
    let update = diesel::update(profiles::table.filter(profiles::id.eq(row.id))).set((
        profiles::display_name.eq(wanted.display_name),
        profiles::bio.eq(wanted.bio),
        profiles::website_url.eq(wanted.website_url),
        profiles::updated_at.eq(Timestamp::now()?),
        profiles::version.eq(row.version + 1),
    ));
    tx.run(update).await.map(drop)
}

fn profile(person: &Person, user_id: Id) -> Profile {
    let (bio, website_url) =
        person.page.as_ref().map_or((None, None), |page| (page.bio.clone(), page.website_url.clone()));
    Profile {
        id: Id::derived(person.at, &format!("profile/{}", slug::slugify(&person.name))),
        user_id,
        display_name: Some(person.name.clone()),
        bio,
        website_url,
        created_at: person.at,
        updated_at: person.at,
        version: 1,
    }
}

fn digest(profile: &Profile) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let parts = [text(&profile.display_name), text(&profile.bio), text(&profile.website_url)];
    sources::digest(parts.iter().map(String::as_str))
}
