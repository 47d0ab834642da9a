-- Written by `doorway migrate generate`. What it changes:
-- - clubs: CHECK (length(badge) <= 65536) is missing
-- - follows.gifts: the column is missing
-- - follows.share: the column is missing
-- - follows.token: the column is missing
-- - follows.terms: the column is missing
-- Fails while a row of clubs breaks: length(badge) <= 65536.
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
    extra TEXT CHECK (json_valid(extra)),
    fee INTEGER CHECK (fee BETWEEN -9999999999 AND 9999999999),
    badge BLOB CHECK (length(badge) <= 65536)
) STRICT;
INSERT INTO clubs_new (id, name, kind, is_open, founded, budget, rating, meets_on, extra, fee, badge)
    SELECT id, name, kind, is_open, founded, budget, rating, meets_on, extra, fee, badge FROM clubs;
DROP TABLE clubs;
ALTER TABLE clubs_new RENAME TO clubs;

ALTER TABLE follows ADD COLUMN gifts INTEGER;
ALTER TABLE follows ADD COLUMN share INTEGER CHECK (share BETWEEN -99999 AND 99999);
ALTER TABLE follows ADD COLUMN token BLOB;
ALTER TABLE follows ADD COLUMN terms TEXT CHECK (json_valid(terms));
