CREATE TABLE persons (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    handle TEXT NOT NULL UNIQUE,
    mentor_id BLOB REFERENCES persons (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX persons_mentor_id_id_idx ON persons (mentor_id, id);

CREATE TABLE messages (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    body TEXT NOT NULL,
    author_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    editor_id BLOB REFERENCES persons (id) ON DELETE SET NULL,
    parent_id BLOB REFERENCES messages (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX messages_author_id_id_idx ON messages (author_id, id);
CREATE INDEX messages_editor_id_id_idx ON messages (editor_id, id);
CREATE INDEX messages_parent_id_id_idx ON messages (parent_id, id);

CREATE TABLE follows (
    follower_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    followed_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    closeness INTEGER NOT NULL,
    note TEXT,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (follower_id, followed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follows_followed_id_follower_id_idx ON follows (followed_id, follower_id);

CREATE TABLE likes (
    person_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX likes_message_id_person_id_idx ON likes (message_id, person_id);

CREATE TABLE bookmarks (
    person_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    PRIMARY KEY (person_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bookmarks_person_id_rank_message_id_idx ON bookmarks (person_id, rank, message_id);
CREATE INDEX bookmarks_message_id_person_id_idx ON bookmarks (message_id, person_id);

CREATE TABLE pins (
    person_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    PRIMARY KEY (person_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_person_id_rank_message_id_idx ON pins (person_id, rank, message_id);
CREATE INDEX pins_message_id_person_id_idx ON pins (message_id, person_id);

CREATE TABLE clubs (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    kind TEXT CHECK (kind IN ('SPORTS', 'GAMES', 'BOOKS')),
    is_open INTEGER CHECK (is_open IN (0, 1)),
    founded INTEGER,
    budget INTEGER,
    rating REAL,
    meets_on TEXT
) STRICT;

CREATE TABLE memberships (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    club_id BLOB NOT NULL REFERENCES clubs (id) ON DELETE RESTRICT,
    number INTEGER NOT NULL,
    card TEXT,
    level INTEGER NOT NULL DEFAULT 1,
    visits INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT memberships_person_id_club_id_key UNIQUE (person_id, club_id),
    CONSTRAINT memberships_club_id_number_key UNIQUE (club_id, number),
    CONSTRAINT memberships_card_key UNIQUE (card),
    CONSTRAINT memberships_number_is_positive_check CHECK (number > 0)
) STRICT;
CREATE INDEX memberships_person_id_id_idx ON memberships (person_id, id);
CREATE INDEX memberships_club_id_id_idx ON memberships (club_id, id);
CREATE INDEX memberships_number_id_idx ON memberships (number, id);
