//! That a hero is in a team: a join table with a column of its own.

use super::{Hero, Team, hero::heroes, team::teams};
use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::join_table;

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    hero_team_links (hero_id, team_id) {
        hero_id -> Guid,
        team_id -> Guid,
        is_training -> Bool,
    }
}
diesel::joinable!(hero_team_links -> heroes (hero_id));
diesel::joinable!(hero_team_links -> teams (team_id));

/// That a hero is in a team.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, Associations, SimpleObject)]
#[diesel(table_name = hero_team_links, primary_key(hero_id, team_id), treat_none_as_default_value = false)]
#[diesel(belongs_to(Hero), belongs_to(Team))]
pub struct HeroTeamLink {
    /// The hero.
    #[graphql(skip)]
    pub hero_id: Id,
    /// The team.
    #[graphql(skip)]
    pub team_id: Id,
    /// Whether the hero is still in training there.
    pub is_training: bool,
}

join_table! { HeroTeamLink: hero_team_links }
