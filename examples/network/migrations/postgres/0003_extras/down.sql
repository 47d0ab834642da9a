-- Reverts 0003_extras.
-- Loses the values of clubs.extra.
ALTER TABLE clubs DROP COLUMN extra;
