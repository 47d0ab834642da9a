//! The entities, and the application that they make.

mod hero;
mod hero_team_link;
mod team;

use doorway::{app::App, history, registry};

registry! {
    entities {
        hero: Hero, heroes, HeroQuery, HeroMutation;
        team: Team, teams, TeamQuery, TeamMutation;
    }
    links {
        hero_team_link: HeroTeamLink, hero_team_links;
    }
    changed {
        /// An event for each hero that a mutation creates, updates or deletes, in commit order.
        hero_changed: Hero as HeroEvent,
            "A change to a hero.",
            "The hero at the time of delivery. Null if they are gone, and for RESYNC.",
            by { id "Only the hero with this id."; }
    }
}

/// The application.
pub fn app() -> App {
    app_with(history!("examples/heroes/migrations/sqlite", "examples/heroes/migrations/postgres"))
}
