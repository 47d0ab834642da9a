-- Written by `doorway migrate generate`. What it changes:
-- - tasks: the table is missing
CREATE TABLE tasks (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    title TEXT NOT NULL,
    is_done INTEGER NOT NULL CHECK (is_done IN (0, 1)) DEFAULT 0,
    parent_id BLOB REFERENCES tasks (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX tasks_title_id_idx ON tasks (title, id);
CREATE INDEX tasks_parent_id_id_idx ON tasks (parent_id, id);
