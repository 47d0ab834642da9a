//! Writing a plan: what the database has already is looked up and kept, the rest is inserted.

use super::blog::{Plan, Post, tag_key};
use super::report::Report;
use crate::db::{Db, DbError, Id, Timestamp, Transaction};
use crate::entities::blog_post::blog_posts;
use crate::entities::post_tag_link::post_tags;
use crate::entities::profile::profiles;
use crate::entities::tag::tags;
use crate::entities::user::users;
use crate::entities::{BlogPost, PostTagLink, Profile, Tag, User};
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// How many rows a statement writes or looks up. A row binds 8 values at most; SQLite allows 32,766 a
/// statement, PostgreSQL 65,535.
const ROWS: usize = 500;

/// Writes the plan in one transaction and counts the rows. It calls `progress` with the number of posts done so far.
pub(super) async fn store(
    db: &Db,
    plan: &Plan,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Report, DbError> {
    let mut tx = db.begin().await?;
    // Two imports of the same files would each find the other's rows missing.
    tx.alone().await?;
    let mut report = Report::default();
    let user_ids = store_users(&mut tx, plan, &mut report).await?;
    store_profiles(&mut tx, plan, &user_ids, &mut report).await?;
    let tag_ids = store_tags(&mut tx, plan, &mut report).await?;
    let mut done = 0;
    for posts in plan.posts.chunks(ROWS) {
        let known = store_posts(&mut tx, posts, &user_ids, &mut report).await?;
        store_links(&mut tx, posts, &known, &tag_ids, &mut report).await?;
        done += posts.len();
        progress(done);
    }
    tx.commit().await?;
    if report.posts > 0 {
        db.analyze().await?;
    }
    Ok(report)
}

/// Every planned username's id. A user whose username was changed since is recognised by its id.
async fn store_users(
    tx: &mut Transaction,
    plan: &Plan,
    report: &mut Report,
) -> Result<HashMap<String, Id>, DbError> {
    let people: Vec<(Id, &String, Timestamp)> = plan
        .people
        .iter()
        .map(|(username, person)| (Id::derived(person.at, &format!("user/{username}")), username, person.at))
        .collect();
    let mut found = HashMap::new();
    for people in people.chunks(ROWS) {
        let usernames: Vec<String> = people.iter().map(|(_, username, _)| (*username).clone()).collect();
        let ids: Vec<Id> = people.iter().map(|(id, ..)| *id).collect();
        let by_username = users::table.filter(users::username.eq_any(usernames));
        let by_id = users::table.filter(users::id.eq_any(ids)).select(users::id);
        found.extend(tx.rows(by_username.select((users::username, users::id))).await?);
        let renamed: HashSet<Id> = tx.rows(by_id).await?.into_iter().collect();
        let mut new = Vec::new();
        for (id, username, at) in people {
            if !found.contains_key(*username) {
                found.insert((*username).clone(), *id);
                if !renamed.contains(id) {
                    let username = (*username).clone();
                    new.push(User { id: *id, username, created_at: *at, updated_at: *at, version: 1 });
                }
            }
        }
        if !new.is_empty() {
            let insert = diesel::insert_into(users::table).values(new);
            report.users += tx.run(insert).await?;
        }
    }
    Ok(found)
}

/// A profile for every user who has a page and had no profile.
async fn store_profiles(
    tx: &mut Transaction,
    plan: &Plan,
    user_ids: &HashMap<String, Id>,
    report: &mut Report,
) -> Result<(), DbError> {
    let wanted: Vec<Profile> = plan
        .people
        .iter()
        .filter_map(|(username, person)| {
            let page = person.page.as_ref()?;
            Some(Profile {
                id: Id::derived(person.at, &format!("profile/{username}")),
                user_id: *user_ids.get(username)?,
                display_name: Some(page.display_name.clone()),
                bio: page.bio.clone(),
                website_url: page.website_url.clone(),
                created_at: person.at,
                updated_at: person.at,
                version: 1,
            })
        })
        .collect();
    for wanted in wanted.chunks(ROWS) {
        let of_users: Vec<Id> = wanted.iter().map(|profile| profile.user_id).collect();
        let ids: Vec<Id> = wanted.iter().map(|profile| profile.id).collect();
        let by_user = profiles::table.filter(profiles::user_id.eq_any(of_users)).select(profiles::user_id);
        let by_id = profiles::table.filter(profiles::id.eq_any(ids)).select(profiles::id);
        let have: HashSet<Id> = tx.rows(by_user).await?.into_iter().collect();
        // One that was given to another user since is there all the same.
        let moved: HashSet<Id> = tx.rows(by_id).await?.into_iter().collect();
        let is_new = |profile: &&Profile| !have.contains(&profile.user_id) && !moved.contains(&profile.id);
        let new: Vec<Profile> = wanted.iter().filter(is_new).cloned().collect();
        if !new.is_empty() {
            let insert = diesel::insert_into(profiles::table).values(new);
            report.profiles += tx.run(insert).await?;
        }
    }
    Ok(())
}

/// Every planned tag's id, by its name in lowercase. All tags are read, because SQLite's own `lower` knows
/// ASCII alone; of several that differ in case only, the oldest counts. A tag whose name was changed since
/// is recognised by its id.
async fn store_tags(
    tx: &mut Transaction,
    plan: &Plan,
    report: &mut Report,
) -> Result<HashMap<String, Id>, DbError> {
    let mut found = HashMap::new();
    let mut ids = HashSet::new();
    let all = tags::table.order(tags::id).select((tags::name, tags::id));
    for (name, id) in tx.rows::<(String, Id), _>(all).await? {
        found.entry(tag_key(&name)).or_insert(id);
        ids.insert(id);
    }
    let mut new = Vec::new();
    for (key, tag) in &plan.tags {
        if !found.contains_key(key) {
            let id = Id::derived(tag.at, &format!("tag/{key}"));
            found.insert(key.clone(), id);
            if ids.insert(id) {
                let name = tag.name.clone();
                new.push(Tag { id, name, created_at: tag.at, updated_at: tag.at, version: 1 });
            }
        }
    }
    for new in new.chunks(ROWS) {
        let insert = diesel::insert_into(tags::table).values(new.to_vec());
        report.tags += tx.run(insert).await?;
    }
    Ok(found)
}

/// Inserts the posts that are new; the ids of those that were there.
async fn store_posts(
    tx: &mut Transaction,
    posts: &[Post],
    user_ids: &HashMap<String, Id>,
    report: &mut Report,
) -> Result<HashSet<Id>, DbError> {
    let ids: Vec<Id> = posts.iter().map(|post| post.id).collect();
    let by_id = blog_posts::table.filter(blog_posts::id.eq_any(ids)).select(blog_posts::id);
    let known: HashSet<Id> = tx.rows(by_id).await?.into_iter().collect();
    let new: Vec<BlogPost> = posts
        .iter()
        .filter(|post| !known.contains(&post.id))
        .filter_map(|post| {
            Some(BlogPost {
                id: post.id,
                title: post.title.clone(),
                content: post.content.clone(),
                user_id: *post.authors.first().and_then(|author| user_ids.get(author))?,
                published_at: (!post.draft).then_some(post.at),
                created_at: post.at,
                updated_at: post.at,
                version: 1,
            })
        })
        .collect();
    if !new.is_empty() {
        let insert = diesel::insert_into(blog_posts::table).values(new);
        report.posts += tx.run(insert).await?;
    }
    Ok(known)
}

/// Links the posts to those of their tags that they do not have yet, behind the ones they have.
async fn store_links(
    tx: &mut Transaction,
    posts: &[Post],
    known: &HashSet<Id>,
    tag_ids: &HashMap<String, Id>,
    report: &mut Report,
) -> Result<(), DbError> {
    let mut linked: HashSet<(Id, Id)> = HashSet::new();
    let mut next: HashMap<Id, i32> = HashMap::new();
    if !known.is_empty() {
        let of_posts: Vec<Id> = known.iter().copied().collect();
        let links = post_tags::table.filter(post_tags::post_id.eq_any(of_posts));
        for link in tx.rows::<PostTagLink, _>(links).await? {
            linked.insert((link.post_id, link.tag_id));
            let next = next.entry(link.post_id).or_default();
            *next = link.position.saturating_add(1).max(*next);
        }
    }
    let mut new = Vec::new();
    for post in posts {
        for tag_id in post.tags.iter().filter_map(|name| tag_ids.get(&tag_key(name)).copied()) {
            if linked.insert((post.id, tag_id)) {
                let next = next.entry(post.id).or_default();
                new.push(PostTagLink { post_id: post.id, tag_id, position: *next, added_at: post.at });
                *next = next.saturating_add(1);
            }
        }
    }
    for new in new.chunks(ROWS) {
        let insert = diesel::insert_into(post_tags::table).values(new.to_vec());
        report.links += tx.run(insert).await?;
    }
    Ok(())
}
