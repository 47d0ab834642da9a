-- Written by `doorway migrate generate`. What it changes:
-- - clubs.fee: the column is missing
ALTER TABLE clubs ADD COLUMN fee numeric(10, 2);
