-- Reverts 0006_hidden_rows.
-- Loses the values of messages.removed_at.
ALTER TABLE messages DROP COLUMN removed_at;

-- Loses the values of persons.is_suspended.
-- A new table in place of the old: ALTER TABLE cannot do this on SQLite.
CREATE TABLE persons_new (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    handle TEXT NOT NULL UNIQUE,
    mentor_id BLOB REFERENCES persons (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO persons_new (id, handle, mentor_id, created_at, updated_at, version)
    SELECT id, handle, mentor_id, created_at, updated_at, version FROM persons;
DROP TABLE persons;
ALTER TABLE persons_new RENAME TO persons;
CREATE INDEX persons_mentor_id_id_idx ON persons (mentor_id, id);
