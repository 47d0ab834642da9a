-- Written by `doorway migrate generate`. What it changes:
-- - clubs: CHECK (length(badge) <= 65536) is missing
-- - follows.gifts: the column is missing
-- - follows.share: the column is missing
-- - follows.token: the column is missing
-- - follows.terms: the column is missing
-- Fails while a row of clubs breaks: length(badge) <= 65536.
ALTER TABLE clubs ADD CONSTRAINT clubs_badge_check CHECK (length(badge) <= 65536);

ALTER TABLE follows ADD COLUMN gifts bigint;
ALTER TABLE follows ADD COLUMN share numeric(5, 2);
ALTER TABLE follows ADD COLUMN token bytea;
ALTER TABLE follows ADD COLUMN terms jsonb;
