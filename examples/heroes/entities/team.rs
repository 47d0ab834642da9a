//! A team of heroes.

use super::{Hero, HeroTeamLink};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    teams (id) {
        id -> Guid,
        name -> Text,
        headquarters -> Text,
    }
}

/// A team.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = teams, treat_none_as_default_value = false)]
pub struct Team {
    /// The primary key.
    pub id: Id,
    /// A unique name.
    pub name: String,
    /// Where the team meets.
    pub headquarters: String,
}

entity! { Team: teams, order [asc name], named name, text [name 1..=100, headquarters 1..=100] }

relationships! { Team {
    many_to_many {
        /// The team's heroes, by name.
        heroes, heroes_connection: Hero, through HeroTeamLink, back_populates teams;
    }
} }

queries! { TeamQuery for Team {
    /// Finds a team by id or by name. Give exactly one of the two. Null if there is no such team.
    team by id or name: "The exact name. Not together with `id`.";
    /// All teams, by name.
    teams, teams_connection;
} }

mutations! { TeamMutation for Team, many "teams" {
    create {
        /// Creates a team, with heroes.
        create_team, create_teams;
    }
    update {
        /// Updates a team. Fields you leave out keep their values.
        update_team, update_teams;
    }
    delete {
        /// Deletes a team. Heroes stay.
        delete_team, delete_teams;
    }
    upsert {
        /// Returns the team with this name and creates it if necessary.
        upsert_team, upsert_teams by "names";
    }
} }
