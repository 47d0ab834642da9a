-- What `doorway import` remembers: which row each source became. A source is a post's or a person's file, a person's
-- name, or a tag's name. There is no foreign key, because the rows are in several tables; a row that is gone is
-- imported anew.
CREATE TABLE import_sources (
    kind text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    -- The file, below the imported folder: it finds the same file in a copy of the folder.
    path text COLLATE "C" NOT NULL,
    row_id uuid NOT NULL,
    -- What the file said, and the version that the row then had: together they tell who has changed it since.
    digest text COLLATE "C" NOT NULL,
    row_version integer NOT NULL,
    PRIMARY KEY (kind, source)
);

CREATE INDEX import_sources_kind_path_idx ON import_sources (kind, path);
CREATE INDEX import_sources_row_id_idx ON import_sources (row_id);
