-- Written by `doorway migrate generate`. What it changes:
-- - heroes: the table is missing
-- - teams: the table is missing
-- - hero_team_links: the table is missing
CREATE TABLE heroes (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    secret_name TEXT NOT NULL,
    age INTEGER
) STRICT;

CREATE INDEX heroes_name_id_idx ON heroes (name, id);

CREATE TABLE teams (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    headquarters TEXT NOT NULL
) STRICT;

CREATE TABLE hero_team_links (
    hero_id BLOB NOT NULL REFERENCES heroes (id) ON DELETE CASCADE,
    team_id BLOB NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    is_training INTEGER NOT NULL CHECK (is_training IN (0, 1)),
    PRIMARY KEY (hero_id, team_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX hero_team_links_team_id_hero_id_idx ON hero_team_links (team_id, hero_id);
