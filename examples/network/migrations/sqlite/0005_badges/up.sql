-- Written by `doorway migrate generate`. What it changes:
-- - clubs.badge: the column is missing
ALTER TABLE clubs ADD COLUMN badge BLOB;
