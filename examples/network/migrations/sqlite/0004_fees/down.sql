-- Reverts 0004_fees.
-- Loses the values of clubs.fee.
-- A new table in place of the old: ALTER TABLE cannot do this on SQLite.
CREATE TABLE clubs_new (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    kind TEXT CHECK (kind IN ('SPORTS', 'GAMES', 'BOOKS')),
    is_open INTEGER CHECK (is_open IN (0, 1)),
    founded INTEGER,
    budget INTEGER,
    rating REAL,
    meets_on TEXT,
    century INTEGER GENERATED ALWAYS AS ((founded + 99) / 100) STORED,
    extra TEXT CHECK (json_valid(extra))
) STRICT;
INSERT INTO clubs_new (id, name, kind, is_open, founded, budget, rating, meets_on, extra)
    SELECT id, name, kind, is_open, founded, budget, rating, meets_on, extra FROM clubs;
DROP TABLE clubs;
ALTER TABLE clubs_new RENAME TO clubs;
