-- Reverts 0006_hidden_rows.
-- Loses the values of messages.removed_at.
ALTER TABLE messages DROP COLUMN removed_at;

-- Loses the values of persons.is_suspended.
ALTER TABLE persons DROP COLUMN is_suspended;
