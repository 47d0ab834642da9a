-- Reverts 0001_heroes.
-- Loses the table hero_team_links and all of its rows.
DROP TABLE hero_team_links;
-- Loses the table teams and all of its rows.
DROP TABLE teams;
-- Loses the table heroes and all of its rows.
DROP TABLE heroes;
