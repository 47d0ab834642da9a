-- Written by `doorway migrate generate`. What it changes:
-- - clubs.fee: the column is missing
ALTER TABLE clubs ADD COLUMN fee INTEGER CHECK (fee BETWEEN -9999999999 AND 9999999999);
