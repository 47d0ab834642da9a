-- Written by `doorway migrate generate`. What it changes:
-- - clubs.extra: the column is missing
ALTER TABLE clubs ADD COLUMN extra jsonb;
