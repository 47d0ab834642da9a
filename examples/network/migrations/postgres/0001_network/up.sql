CREATE TABLE persons (
    id uuid PRIMARY KEY,
    handle text COLLATE "C" NOT NULL UNIQUE,
    mentor_id uuid REFERENCES persons (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX persons_mentor_id_id_idx ON persons (mentor_id, id);

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    body text COLLATE "C" NOT NULL,
    author_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    editor_id uuid REFERENCES persons (id) ON DELETE SET NULL,
    parent_id uuid REFERENCES messages (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX messages_author_id_id_idx ON messages (author_id, id);
CREATE INDEX messages_editor_id_id_idx ON messages (editor_id, id);
CREATE INDEX messages_parent_id_id_idx ON messages (parent_id, id);

CREATE TABLE follows (
    follower_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    followed_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    closeness integer NOT NULL,
    note text COLLATE "C",
    added_at timestamptz NOT NULL,
    PRIMARY KEY (follower_id, followed_id)
);
CREATE INDEX follows_followed_id_follower_id_idx ON follows (followed_id, follower_id);

CREATE TABLE likes (
    person_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, message_id)
);
CREATE INDEX likes_message_id_person_id_idx ON likes (message_id, person_id);

CREATE TABLE bookmarks (
    person_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    rank integer NOT NULL,
    PRIMARY KEY (person_id, message_id)
);
CREATE INDEX bookmarks_person_id_rank_message_id_idx ON bookmarks (person_id, rank, message_id);
CREATE INDEX bookmarks_message_id_person_id_idx ON bookmarks (message_id, person_id);

CREATE TABLE pins (
    person_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    rank integer NOT NULL,
    PRIMARY KEY (person_id, message_id)
);
CREATE INDEX pins_person_id_rank_message_id_idx ON pins (person_id, rank, message_id);
CREATE INDEX pins_message_id_person_id_idx ON pins (message_id, person_id);

CREATE TABLE clubs (
    id uuid PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    kind text COLLATE "C" CHECK (kind IN ('SPORTS', 'GAMES', 'BOOKS')),
    is_open boolean,
    founded smallint,
    budget bigint,
    rating double precision,
    meets_on date
);

CREATE TABLE memberships (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    club_id uuid NOT NULL REFERENCES clubs (id) ON DELETE RESTRICT,
    number integer NOT NULL,
    card text COLLATE "C",
    level integer NOT NULL DEFAULT 1,
    visits bigint NOT NULL DEFAULT 0,
    CONSTRAINT memberships_person_id_club_id_key UNIQUE (person_id, club_id),
    CONSTRAINT memberships_club_id_number_key UNIQUE (club_id, number),
    CONSTRAINT memberships_card_key UNIQUE (card),
    CONSTRAINT memberships_number_is_positive_check CHECK (number > 0)
);
CREATE INDEX memberships_person_id_id_idx ON memberships (person_id, id);
CREATE INDEX memberships_club_id_id_idx ON memberships (club_id, id);
CREATE INDEX memberships_number_id_idx ON memberships (number, id);
