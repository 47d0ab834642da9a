-- Reverts 0008_lists.
-- Loses the values of clubs.tags.
ALTER TABLE clubs DROP COLUMN tags;

-- Loses the values of follows.topics.
ALTER TABLE follows DROP COLUMN topics;

-- Loses the table surveys and all of its rows.
DROP TABLE surveys;
