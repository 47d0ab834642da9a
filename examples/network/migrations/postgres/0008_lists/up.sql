-- Written by `doorway migrate generate`. What it changes:
-- - surveys: the table is missing
-- - clubs.tags: the column is missing
-- - follows.topics: the column is missing
CREATE TABLE surveys (
    id uuid PRIMARY KEY,
    club_id uuid NOT NULL REFERENCES clubs (id) ON DELETE CASCADE,
    title text COLLATE "C" NOT NULL,
    words text[] COLLATE "C" NOT NULL CHECK (coalesce(array_ndims(words), 1) = 1 AND array_position(words, NULL) IS NULL) DEFAULT '{}',
    kinds text[] COLLATE "C" CHECK (coalesce(array_ndims(kinds), 1) = 1 AND array_position(kinds, NULL) IS NULL),
    friends uuid[] CHECK (coalesce(array_ndims(friends), 1) = 1 AND array_position(friends, NULL) IS NULL),
    moments timestamptz[] CHECK (coalesce(array_ndims(moments), 1) = 1 AND array_position(moments, NULL) IS NULL),
    years smallint[] CHECK (coalesce(array_ndims(years), 1) = 1 AND array_position(years, NULL) IS NULL),
    scores integer[] CHECK (coalesce(array_ndims(scores), 1) = 1 AND array_position(scores, NULL) IS NULL),
    gifts bigint[] CHECK (coalesce(array_ndims(gifts), 1) = 1 AND array_position(gifts, NULL) IS NULL),
    ratings double precision[] CHECK (coalesce(array_ndims(ratings), 1) = 1 AND array_position(ratings, NULL) IS NULL),
    fees numeric(10, 2)[] CHECK (coalesce(array_ndims(fees), 1) = 1 AND array_position(fees, NULL) IS NULL),
    days date[] CHECK (coalesce(array_ndims(days), 1) = 1 AND array_position(days, NULL) IS NULL),
    votes boolean[] CHECK (coalesce(array_ndims(votes), 1) = 1 AND array_position(votes, NULL) IS NULL) DEFAULT '{}',
    drawings bytea[] CHECK (coalesce(array_ndims(drawings), 1) = 1 AND array_position(drawings, NULL) IS NULL)
);

CREATE INDEX surveys_title_id_idx ON surveys (title, id);
CREATE INDEX surveys_club_id_id_idx ON surveys (club_id, id);

ALTER TABLE clubs ADD COLUMN tags text[] COLLATE "C" NOT NULL CHECK (coalesce(array_ndims(tags), 1) = 1 AND array_position(tags, NULL) IS NULL) DEFAULT '{}';

ALTER TABLE follows ADD COLUMN topics text[] COLLATE "C" CHECK (coalesce(array_ndims(topics), 1) = 1 AND array_position(topics, NULL) IS NULL);
