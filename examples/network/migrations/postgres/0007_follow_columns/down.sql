-- Reverts 0007_follow_columns.
ALTER TABLE clubs DROP CONSTRAINT clubs_badge_check;

-- Loses the values of follows.gifts.
-- Loses the values of follows.share.
-- Loses the values of follows.token.
-- Loses the values of follows.terms.
ALTER TABLE follows DROP COLUMN gifts;
ALTER TABLE follows DROP COLUMN share;
ALTER TABLE follows DROP COLUMN token;
ALTER TABLE follows DROP COLUMN terms;
