//! The variables of the questions, as the bodies of requests.

use serde::Deserialize;
use std::borrow::Cow;
use uuid::Uuid;

/// Of question 3.
#[derive(Deserialize)]
pub struct ById {
    /// The post's id.
    pub id: Uuid,
}

/// Of question 4.
#[derive(Deserialize)]
pub struct ByName<'a> {
    /// The username.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
}

/// Of question 5.
#[derive(Deserialize)]
pub struct Create<'a> {
    /// The post.
    #[serde(borrow)]
    pub input: NewPost<'a>,
}

/// A post to create.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPost<'a> {
    /// The headline.
    #[serde(borrow)]
    pub title: Cow<'a, str>,
    /// The text.
    #[serde(borrow)]
    pub content: Cow<'a, str>,
    /// The author.
    pub author_id: Uuid,
    /// The tags.
    #[serde(borrow)]
    pub tags: Tags<'a>,
}

/// Tags to connect.
#[derive(Deserialize)]
pub struct Tags<'a> {
    /// Each by its name.
    #[serde(borrow)]
    pub connect: Vec<ByTagName<'a>>,
}

/// A tag.
#[derive(Deserialize)]
pub struct ByTagName<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
}
