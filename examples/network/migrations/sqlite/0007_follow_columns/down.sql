-- Reverts 0007_follow_columns.
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
    badge BLOB
) STRICT;
INSERT INTO clubs_new (id, name, kind, is_open, founded, budget, rating, meets_on, extra, fee, badge)
    SELECT id, name, kind, is_open, founded, budget, rating, meets_on, extra, fee, badge FROM clubs;
DROP TABLE clubs;
ALTER TABLE clubs_new RENAME TO clubs;

-- Loses the values of follows.gifts.
-- Loses the values of follows.share.
-- Loses the values of follows.token.
-- Loses the values of follows.terms.
-- A new table in place of the old: ALTER TABLE cannot do this on SQLite.
CREATE TABLE follows_new (
    follower_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    followed_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    closeness INTEGER NOT NULL,
    note TEXT,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (follower_id, followed_id)
) STRICT, WITHOUT ROWID;
INSERT INTO follows_new (follower_id, followed_id, closeness, note, added_at)
    SELECT follower_id, followed_id, closeness, note, added_at FROM follows;
DROP TABLE follows;
ALTER TABLE follows_new RENAME TO follows;
CREATE INDEX follows_followed_id_follower_id_idx ON follows (followed_id, follower_id);
