-- What `doorway import` remembers: which row each source became. A source is a post's or a person's file, a person's
-- name, or a tag's name. There is no foreign key, because the rows are in several tables; a row that is gone is
-- imported anew.
CREATE TABLE import_sources (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    -- The file, below the imported folder: it finds the same file in a copy of the folder.
    path TEXT NOT NULL,
    row_id BLOB NOT NULL CHECK (length(row_id) = 16),
    -- What the file said, and the version that the row then had: together they tell who has changed it since.
    digest TEXT NOT NULL,
    row_version INTEGER NOT NULL,
    PRIMARY KEY (kind, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_sources_kind_path_idx ON import_sources (kind, path);
CREATE INDEX import_sources_row_id_idx ON import_sources (row_id);
