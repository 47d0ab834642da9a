-- Reverts 0008_lists.
-- Loses the values of clubs.tags.
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

-- Loses the values of follows.topics.
-- A new table in place of the old: ALTER TABLE cannot do this on SQLite.
CREATE TABLE follows_new (
    follower_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    followed_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    closeness INTEGER NOT NULL,
    note TEXT,
    added_at INTEGER NOT NULL,
    gifts INTEGER,
    share INTEGER CHECK (share BETWEEN -99999 AND 99999),
    token BLOB,
    terms TEXT CHECK (json_valid(terms)),
    PRIMARY KEY (follower_id, followed_id)
) STRICT, WITHOUT ROWID;
INSERT INTO follows_new (follower_id, followed_id, closeness, note, added_at, gifts, share, token, terms)
    SELECT follower_id, followed_id, closeness, note, added_at, gifts, share, token, terms FROM follows;
DROP TABLE follows;
ALTER TABLE follows_new RENAME TO follows;
CREATE INDEX follows_followed_id_follower_id_idx ON follows (followed_id, follower_id);

-- Loses the table surveys and all of its rows.
DROP TABLE surveys;
