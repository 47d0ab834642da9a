-- Written by `doorway migrate generate`. What it changes:
-- - messages.removed_at: the column is missing
-- - persons.is_suspended: the column is missing
ALTER TABLE messages ADD COLUMN removed_at INTEGER;

ALTER TABLE persons ADD COLUMN is_suspended INTEGER NOT NULL CHECK (is_suspended IN (0, 1)) DEFAULT 0;
