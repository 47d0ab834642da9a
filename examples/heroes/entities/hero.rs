//! A hero, with a name and a secret name.

use super::{HeroTeamLink, Team};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    heroes (id) {
        id -> Guid,
        name -> Text,
        secret_name -> Text,
        age -> Nullable<Integer>,
    }
}

/// A hero.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = heroes, treat_none_as_default_value = false)]
pub struct Hero {
    /// The primary key.
    pub id: Id,
    /// What people call the hero.
    pub name: String,
    /// Who the hero is.
    pub secret_name: String,
    /// The hero's age in years, or null.
    pub age: Option<i32>,
}

entity! { Hero: heroes, order [asc name], text [name 1..=100, secret_name 1..=100] }

relationships! { Hero {
    many_to_many {
        /// The hero's teams, by name.
        teams, teams_connection: Team, through HeroTeamLink, back_populates heroes;
    }
} }

queries! { HeroQuery for Hero {
    /// Finds a hero by id. Null if there is no such hero.
    hero by id;
    /// All heroes, by name.
    heroes, heroes_connection;
} }

mutations! { HeroMutation for Hero, many "heroes" {
    create {
        /// Creates a hero, with teams.
        create_hero, create_heroes;
    }
    update {
        /// Updates a hero. Fields you leave out keep their values.
        update_hero, update_heroes;
    }
    delete {
        /// Deletes a hero. Teams stay.
        delete_hero, delete_heroes;
    }
} }
