-- Written by `doorway migrate generate`. What it changes:
-- - clubs.century: the column is missing
ALTER TABLE clubs ADD COLUMN century integer GENERATED ALWAYS AS ((founded + 99) / 100) STORED;
