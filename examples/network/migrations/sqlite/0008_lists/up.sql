-- Written by `doorway migrate generate`. What it changes:
-- - surveys: the table is missing
-- - clubs.tags: the column is missing
-- - follows.topics: the column is missing
CREATE TABLE surveys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    club_id BLOB NOT NULL REFERENCES clubs (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    words TEXT NOT NULL CHECK (json_valid(words) AND json_type(words) = 'array') DEFAULT '[]',
    kinds TEXT CHECK (json_valid(kinds) AND json_type(kinds) = 'array'),
    friends TEXT CHECK (json_valid(friends) AND json_type(friends) = 'array'),
    moments TEXT CHECK (json_valid(moments) AND json_type(moments) = 'array'),
    years TEXT CHECK (json_valid(years) AND json_type(years) = 'array'),
    scores TEXT CHECK (json_valid(scores) AND json_type(scores) = 'array'),
    gifts TEXT CHECK (json_valid(gifts) AND json_type(gifts) = 'array'),
    ratings TEXT CHECK (json_valid(ratings) AND json_type(ratings) = 'array'),
    fees TEXT CHECK (json_valid(fees) AND json_type(fees) = 'array'),
    days TEXT CHECK (json_valid(days) AND json_type(days) = 'array'),
    votes TEXT CHECK (json_valid(votes) AND json_type(votes) = 'array') DEFAULT '[]',
    drawings TEXT CHECK (json_valid(drawings) AND json_type(drawings) = 'array')
) STRICT;

CREATE INDEX surveys_title_id_idx ON surveys (title, id);
CREATE INDEX surveys_club_id_id_idx ON surveys (club_id, id);

ALTER TABLE clubs ADD COLUMN tags TEXT NOT NULL CHECK (json_valid(tags) AND json_type(tags) = 'array') DEFAULT '[]';

ALTER TABLE follows ADD COLUMN topics TEXT CHECK (json_valid(topics) AND json_type(topics) = 'array');
