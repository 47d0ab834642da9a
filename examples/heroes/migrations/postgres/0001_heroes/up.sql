-- Written by `doorway migrate generate`. What it changes:
-- - heroes: the table is missing
-- - teams: the table is missing
-- - hero_team_links: the table is missing
CREATE TABLE heroes (
    id uuid PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    secret_name text COLLATE "C" NOT NULL,
    age integer
);

CREATE INDEX heroes_name_id_idx ON heroes (name, id);

CREATE TABLE teams (
    id uuid PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    headquarters text COLLATE "C" NOT NULL
);

CREATE TABLE hero_team_links (
    hero_id uuid NOT NULL REFERENCES heroes (id) ON DELETE CASCADE,
    team_id uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    is_training boolean NOT NULL,
    PRIMARY KEY (hero_id, team_id)
);

CREATE INDEX hero_team_links_team_id_hero_id_idx ON hero_team_links (team_id, hero_id);
