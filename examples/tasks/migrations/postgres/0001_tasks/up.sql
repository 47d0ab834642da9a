-- Written by `doorway migrate generate`. What it changes:
-- - tasks: the table is missing
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    title text COLLATE "C" NOT NULL,
    is_done boolean NOT NULL DEFAULT false,
    parent_id uuid REFERENCES tasks (id) ON DELETE CASCADE
);

CREATE INDEX tasks_title_id_idx ON tasks (title, id);
CREATE INDEX tasks_parent_id_id_idx ON tasks (parent_id, id);
