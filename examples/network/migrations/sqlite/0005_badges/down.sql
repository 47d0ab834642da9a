-- Reverts 0005_badges.
-- Loses the values of clubs.badge.
ALTER TABLE clubs DROP COLUMN badge;
